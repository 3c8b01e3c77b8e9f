package standin

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tranship/tranship/lab/rpc"
)

// maxBody bounds what /slow reads of a request, in bytes.
const maxBody = 1 << 20

// handler answers:
//
//	GET /healthz        200 or 503, by SetReady
//	GET /sees           what its containers see, Options.Sees; 404 where nobody said
//	/slow?for=20s       the identity after that long, once the request is read; 400 if it is no duration or longer than MaxSlow
//	gRPC                what package rpc says, over HTTP/2 without TLS
//	anything else       the identity
func (s *StandIn) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		if s.ready.Load() {
			s.answer(w, http.StatusOK, "text/plain", []byte("ready\n"))
			return
		}
		s.answer(w, http.StatusServiceUnavailable, "text/plain", []byte("not ready\n"))
	})
	mux.HandleFunc("GET /sees", func(w http.ResponseWriter, _ *http.Request) {
		if len(s.o.Sees) == 0 {
			s.answer(w, http.StatusNotFound, "text/plain", []byte("nobody has told what it sees\n"))
			return
		}
		s.answer(w, http.StatusOK, "application/json", s.o.Sees)
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		d, err := time.ParseDuration(r.URL.Query().Get("for"))
		if err != nil || d < 0 || d > s.o.MaxSlow {
			s.answer(w, http.StatusBadRequest, "text/plain",
				fmt.Appendf(nil, "for: want a duration from 0s to %s, such as /slow?for=20s\n", s.o.MaxSlow))
			return
		}
		if _, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, maxBody)); err != nil {
			s.answer(w, http.StatusBadRequest, "text/plain", fmt.Appendf(nil, "reading the request: %v\n", err))
			return
		}
		if err := pause(r.Context(), d); err != nil {
			// The client left, or the stand-in was killed. A plain return would be an empty 200, if it came before the cut.
			panic(http.ErrAbortHandler)
		}
		s.answer(w, http.StatusOK, "application/json", s.who)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		s.answer(w, http.StatusOK, "application/json", s.who)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), rpc.ContentType) {
			s.call(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// answer looks at the draining mark as late as possible, so that a request that was in flight at SIGTERM says
// "Connection: close" too.
func (s *StandIn) answer(w http.ResponseWriter, code int, contentType string, body []byte) {
	h := w.Header()
	if s.draining.Load() {
		h.Set("Connection", "close")
	}
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(code)
	_, _ = w.Write(body) // an error means that the client left
}
