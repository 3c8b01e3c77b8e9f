package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/tranship/tranship/lab/rpc"
)

// call makes one gRPC call: one address, one connection, no second try.
func (r *Runner) call(ctx context.Context, c *client, target int) (out outcome) {
	deadline := time.Now().Add(r.patience(c.habit))
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	ch, reused, fail := c.channels.take(target, func() (*channel, *failure) {
		ch, dst, fail := r.channel(ctx, c, target, deadline)
		out.dst = dst
		return ch, fail
	})
	out.reused = reused
	if ch != nil {
		out.dst = ch.dst
	}
	if fail != nil {
		out.failure = fail
		if ch != nil {
			out.cutOff = r.excused(ch.link, fail)
		}
		return out
	}
	q := &r.targets[target]
	who, fail := ch.exchange(ctx, q, c.habit == Stream)
	out.failure, out.platform, out.cutOff = fail, who.Platform, r.excused(ch.link, fail)
	if fail == nil && who.Service != q.Service {
		out.failure = q.wrong(who)
	}
	return out
}

// exchange makes the call on its reserved place and reads its answers to the
// status at their end.
func (ch *channel) exchange(ctx context.Context, q *question, stream bool) (who Identity, _ *failure) {
	path, body := rpc.Who, q.who
	if stream {
		path, body = rpc.Watch, q.watch
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+q.host+path, bytes.NewReader(body))
	if err != nil {
		ch.Release()
		return who, failed(Malformed, err)
	}
	req.Header = http.Header{"Content-Type": {rpc.ContentType}, "Te": {"trailers"}, "User-Agent": {"tranship-lab"}}
	resp, err := ch.RoundTrip(req)
	if err != nil {
		return who, ch.blame(fmt.Errorf("call: %w", err))
	}
	defer func() { _ = resp.Body.Close() }() // read to its end, or no use any more
	if resp.StatusCode >= 500 {
		return who, failed(Status5xx, errors.New(resp.Status))
	}
	if resp.StatusCode != http.StatusOK {
		return who, failed(Malformed, errors.New(resp.Status))
	}
	n := 0
	for ; ; n++ {
		var m wrapperspb.StringValue
		err := rpc.Read(resp.Body, &m)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return who, ch.blame(fmt.Errorf("read message %d of the answer: %w", n+1, err))
		}
		who = Identity{}
		if err := json.Unmarshal([]byte(m.GetValue()), &who); err != nil {
			return who, failed(Malformed, fmt.Errorf("no identity in message %d of the answer: %w", n+1, err))
		}
		if who.Service == "" {
			return who, failed(Malformed, fmt.Errorf("no service in the identity of message %d of the answer", n+1))
		}
		if who.Service != q.Service {
			return who, nil // the caller says that it is the wrong one
		}
	}
	if err := rpc.End(resp); err != nil {
		return who, ch.blame(err)
	}
	if n == 0 || !stream && n > 1 {
		return who, failed(Malformed, fmt.Errorf("%d messages in the answer", n))
	}
	return who, nil
}

// blame classifies what ended a call.
func (ch *channel) blame(err error) *failure {
	var status *rpc.Status
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &status):
		return failed(GRPCStatus, err)
	case errors.Is(err, rpc.ErrMessage):
		return failed(Malformed, err)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return of(err, Timeout)
	}
	var reset streamError
	how := ch.ended.err.Load()
	switch {
	case errors.As(err, &reset) && reset.Code == refusedStream:
		return failed(GoAway, err)
	case errors.As(err, &reset):
		return failed(Reset, err)
	case how != nil:
		return of(fmt.Errorf("%w: %w", err, *how), Reset)
	case ch.ended.goAway.Load():
		return failed(GoAway, err)
	}
	return of(err, Malformed)
}

// streamError has the form of net/http's HTTP/2 error for a stream that the
// server has reset: errors.As fills it in.
type streamError struct {
	StreamID uint32
	Code     uint32
	Cause    error
}

func (e streamError) Error() string { return fmt.Sprintf("stream %d: code %d", e.StreamID, e.Code) }

// refusedStream says that a server did nothing for a stream; RFC 9113, 7.
const refusedStream = 0x7

// messages writes the calls' bodies once.
func (q *question) messages(stream time.Duration) (err error) {
	if q.who, err = rpc.Append(nil, &emptypb.Empty{}); err == nil {
		q.watch, err = rpc.Append(nil, durationpb.New(stream))
	}
	return err
}
