package rpc

import (
	"fmt"
	"net/http"
	"strconv"
)

// Code is how a call ended: https://github.com/grpc/grpc/blob/master/doc/statuscodes.md
type Code int

// The codes that a stand-in answers.
const (
	OK              Code = 0
	InvalidArgument Code = 3
	Unimplemented   Code = 12
)

// Status is an end of a call that is not OK.
type Status struct {
	Code    Code
	Message string
}

// Error says code and message.
func (s *Status) Error() string { return fmt.Sprintf("gRPC status %d: %s", s.Code, s.Message) }

// Headers of the status.
const (
	statusHeader  = "Grpc-Status"
	messageHeader = "Grpc-Message"
)

// SetStatus puts the end of a call into what follows the answer's body; messages must not have line breaks.
func SetStatus(h http.Header, c Code, message string) {
	h.Set(http.TrailerPrefix+statusHeader, strconv.Itoa(int(c)))
	if message != "" {
		h.Set(http.TrailerPrefix+messageHeader, message)
	}
}

// End reads the status of a call whose body was read to its end: nil for OK, a *Status for another, and ErrMessage where there
// is none.
func End(r *http.Response) error {
	for _, h := range []http.Header{r.Trailer, r.Header} { // a call that failed at once has it in its only headers
		v := h.Get(statusHeader)
		if v == "" {
			continue
		}
		c, err := strconv.Atoi(v)
		if err != nil {
			return fmt.Errorf("%w: status %q", ErrMessage, v)
		}
		if Code(c) == OK {
			return nil
		}
		return &Status{Code(c), h.Get(messageHeader)}
	}
	return fmt.Errorf("%w: the call ended without a status (HTTP %s)", ErrMessage, r.Status)
}
