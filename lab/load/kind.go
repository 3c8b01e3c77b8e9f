package load

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
)

// Kind is why a request failed.
type Kind string

// The kinds of failure.
const (
	Refused      Kind = "refused"      // nobody listens at the address
	Reset        Kind = "reset"        // the connection was torn down
	EOF          Kind = "eof"          // the connection ended before the answer did
	Timeout      Kind = "timeout"      // of the look-up, the connect or the request
	GoAway       Kind = "goaway"       // the peer did not take the call: GOAWAY, or a refused stream
	Status5xx    Kind = "5xx"          // the peer said that it can't
	GRPCStatus   Kind = "grpcStatus"   // the peer said so in gRPC's words
	Malformed    Kind = "malformed"    // an answer that is none: bad HTTP, another status, no identity
	WrongService Kind = "wrongService" // another service answered at the address
	NXDomain     Kind = "nxdomain"     // the name does not exist
	Empty        Kind = "empty"        // the name has no address
	NoLookup     Kind = "lookup"       // the look-up failed in another way (SERVFAIL, …)
	NoDial       Kind = "dial"         // the dial failed in another way (unreachable, …)
)

// failure is why a request got no answer.
type failure struct {
	kind Kind
	err  error
}

func failed(kind Kind, err error) *failure { return &failure{kind, err} }

// of classifies a transport's error; other is the kind of what has no own.
func of(err error, other Kind) *failure {
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return failed(Refused, err)
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.ErrClosedPipe):
		return failed(Reset, err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return failed(EOF, err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT),
		errors.As(err, &timeout) && timeout.Timeout():
		return failed(Timeout, err)
	}
	return failed(other, err)
}

// cut says whether the failure is a connection that ended, or that took no more,
// the only kind that a stop can excuse.
func (f *failure) cut() bool { return f.kind == EOF || f.kind == Reset || f.kind == GoAway }
