package standin

import (
	"fmt"
	"net/http"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/tranship/tranship/lab/rpc"
)

// beat is how often a Watch says something.
const beat = time.Second

// call answers gRPC: see the methods of package rpc.
func (s *StandIn) call(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case rpc.Who:
		if err := rpc.Read(r.Body, &emptypb.Empty{}); err != nil {
			s.fail(w, rpc.InvalidArgument, err)
			return
		}
		s.begin(w)
		if s.send(w, wrapperspb.String(string(s.who))) == nil {
			rpc.SetStatus(w.Header(), rpc.OK, "")
		}
	case rpc.Watch:
		var d durationpb.Duration
		if err := rpc.Read(r.Body, &d); err != nil {
			s.fail(w, rpc.InvalidArgument, err)
			return
		}
		if d.AsDuration() < 0 || d.AsDuration() > s.o.MaxSlow {
			s.fail(w, rpc.InvalidArgument, fmt.Errorf("want a duration from 0s to %s", s.o.MaxSlow))
			return
		}
		s.watch(w, r, d.AsDuration())
	case rpc.Check:
		// HealthCheckResponse: field 1, an enum: SERVING is 1, NOT_SERVING 2. An Int32Value has the same form.
		state := int32(2)
		if s.ready.Load() {
			state = 1
		}
		s.begin(w)
		if s.send(w, wrapperspb.Int32(state)) == nil {
			rpc.SetStatus(w.Header(), rpc.OK, "")
		}
	default:
		s.fail(w, rpc.Unimplemented, fmt.Errorf("unknown method %s", r.URL.Path))
	}
}

// begin writes the headers, as late as can be: net/http turns Connection: close into a GOAWAY, so that a client whose call was
// in flight at SIGTERM, or comes later, opens its next one elsewhere.
func (s *StandIn) begin(w http.ResponseWriter) {
	h := w.Header()
	if s.draining.Load() {
		h.Set("Connection", "close")
	}
	h.Set("Content-Type", rpc.ContentType)
	w.WriteHeader(http.StatusOK)
}

// fail ends a call that is none of ours.
func (s *StandIn) fail(w http.ResponseWriter, c rpc.Code, err error) {
	s.begin(w)
	rpc.SetStatus(w.Header(), c, err.Error())
}

func (s *StandIn) send(w http.ResponseWriter, m proto.Message) error {
	b, err := rpc.Append(nil, m)
	if err != nil {
		return err
	}
	if _, err = w.Write(b); err != nil {
		return err // the client left
	}
	return http.NewResponseController(w).Flush()
}

// watch sends the identity again and again for that long. Killed, it ends without a status.
func (s *StandIn) watch(w http.ResponseWriter, r *http.Request, d time.Duration) {
	s.begin(w)
	for left := d; ; left -= beat {
		if s.send(w, wrapperspb.String(string(s.who))) != nil {
			return
		}
		if left <= 0 {
			rpc.SetStatus(w.Header(), rpc.OK, "")
			return
		}
		if pause(r.Context(), min(beat, left)) != nil {
			panic(http.ErrAbortHandler) // resets the stream, instead of an end that looks like one
		}
	}
}
