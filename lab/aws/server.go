package aws

import (
	"net/http"
	"time"
)

// NewServer is an HTTP server for a handler of NewHandler, with time-outs, so
// that a client that says nothing does not hold a connection for ever. The caller
// serves and shuts down.
//
// Point clients at it as an HTTP proxy (HTTP_PROXY=http://127.0.0.1:PORT with the
// endpoint http://aws.lab.internal): it takes absolute URIs as they come, and the
// data- prefix that DiscoverInstances puts before the host needs no name lookup.
// It carries nothing to anywhere else.
func NewServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
}
