package standin

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/tranship/tranship/lab/rpc"
)

// caller is one HTTP/2 connection: nothing retries, nothing hides.
type caller struct {
	t  *testing.T
	cc *http.ClientConn
}

func dialHTTP2(t *testing.T, addr string) *caller {
	t.Helper()
	p := &http.Protocols{}
	p.SetUnencryptedHTTP2(true)
	tr := &http.Transport{Protocols: p, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", addr)
	}}
	cc, err := tr.NewClientConn(t.Context(), "http", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cc.Close() })
	return &caller{t, cc}
}

// begin sends a call and returns its answer's body, still to be read.
func (c *caller) begin(method string, m proto.Message) (*http.Response, error) {
	b, err := rpc.Append(nil, m)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, "http://stand-in"+method, bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", rpc.ContentType)
	return c.cc.RoundTrip(req)
}

// rest reads an answer to its status, and says how many messages there were.
func rest(resp *http.Response) (texts []string, _ error) {
	defer func() { _ = resp.Body.Close() }()
	for {
		var m wrapperspb.StringValue
		err := rpc.Read(resp.Body, &m)
		if errors.Is(err, io.EOF) {
			return texts, rpc.End(resp)
		}
		if err != nil {
			return texts, err
		}
		texts = append(texts, m.GetValue())
	}
}

func (c *caller) call(method string, m proto.Message) ([]string, error) {
	resp, err := c.begin(method, m)
	if err != nil {
		return nil, err
	}
	return rest(resp)
}

// left waits until the client has heard the server's GOAWAY, or the connection's end.
func (c *caller) left() {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for c.cc.Available() > 0 { // the test's own time-out ends this
		<-tick.C
	}
}

// drains waits until a stand-in that was told to stop says so: a process of its own hears the signal a moment later.
func drains(t *testing.T, addr string) {
	t.Helper()
	for said := false; !said; {
		c := dial(t, addr)
		said = c.get("/").Close
		_ = c.conn.Close()
	}
}

func TestAnswersCalls(t *testing.T) {
	forms(t, func(t *testing.T, l Launch) {
		in, _ := launch(t, l, Options{MaxSlow: 2 * time.Second})
		c := dialHTTP2(t, in.Addr())
		if got, err := c.call(rpc.Who, &emptypb.Empty{}); err != nil || len(got) != 1 || got[0] != body(t) {
			t.Errorf("who: %q, %v", got, err)
		}
		if got, err := c.call(rpc.Watch, durationpb.New(1200*time.Millisecond)); err != nil || len(got) != 3 || got[2] != body(t) {
			t.Errorf("watch: %q, %v; want three times the identity: at once, after a second and at the end", got, err)
		}
		var status *rpc.Status
		for _, bad := range []struct {
			method string
			m      proto.Message
			want   rpc.Code
		}{
			{"/other.Service/Do", &emptypb.Empty{}, rpc.Unimplemented},
			{rpc.Watch, durationpb.New(time.Hour), rpc.InvalidArgument},
			{rpc.Watch, durationpb.New(-time.Hour), rpc.InvalidArgument},
		} {
			if got, err := c.call(bad.method, bad.m); !errors.As(err, &status) || status.Code != bad.want {
				t.Errorf("%s: %q, %v; want code %d", bad.method, got, err, bad.want)
			}
		}
		// Ready or not, as gRPC's health check says it: an enum in field 1.
		for _, want := range []int32{1, 2} {
			in.SetReady(want == 1)
			for said := int32(0); said != want; { // a process of its own hears it a moment later
				resp, err := c.begin(rpc.Check, &emptypb.Empty{})
				if err != nil {
					t.Fatal(err)
				}
				var m wrapperspb.Int32Value
				if err := rpc.Read(resp.Body, &m); err != nil {
					t.Fatal(err)
				}
				said = m.GetValue()
				_ = resp.Body.Close()
			}
		}
	})
}

// What a client with a gRPC connection sees of each temper, at each moment.
func TestTempersOfCalls(t *testing.T) {
	for _, tt := range []struct {
		temper     Temper
		underWay   bool // a stream that began before ends as it should
		idle       bool // a call on a connection that was open is answered, and then GOAWAY comes
		fresh      bool // a new connection is answered
		signalOnly bool // gone at once
	}{
		{temper: Graceful, underWay: true, idle: true, fresh: true},
		{temper: Plain, underWay: true},
		{temper: Rude, signalOnly: true},
	} {
		t.Run(string(tt.temper), func(t *testing.T) {
			forms(t, func(t *testing.T, l Launch) {
				in, d := launch(t, l, Options{Temper: tt.temper, Drain: time.Minute})
				idle, busy := dialHTTP2(t, in.Addr()), dialHTTP2(t, in.Addr())
				if _, err := idle.call(rpc.Who, &emptypb.Empty{}); err != nil {
					t.Fatal(err)
				}
				length := 1500 * time.Millisecond // the answer is at its begin, after a second, and at its end
				if !tt.underWay {
					length = time.Minute
				}
				stream, err := busy.begin(rpc.Watch, durationpb.New(length))
				if err != nil {
					t.Fatal(err)
				}
				if err := rpc.Read(stream.Body, &wrapperspb.StringValue{}); err != nil {
					t.Fatal(err)
				}
				stopped := stopping(t.Context(), in, time.Hour)
				<-d.seen[Signalled]
				if tt.idle {
					drains(t, in.Addr()) // a second call could be on its way as GOAWAY comes, and be refused by it
					if _, err := idle.call(rpc.Who, &emptypb.Empty{}); err != nil {
						t.Fatalf("on an open connection: %v", err)
					}
				}
				idle.left() // as its answer, or after the listener is closed
				if tt.fresh {
					fresh := dialHTTP2(t, in.Addr())
					if _, err := fresh.call(rpc.Who, &emptypb.Empty{}); err != nil {
						t.Errorf("on a new connection: %v", err)
					}
				} else {
					if tt.signalOnly {
						<-in.Done()
					}
					refuses(t, in.Addr())
				}
				texts, err := rest(stream)
				if (err == nil) != tt.underWay || tt.underWay && len(texts) != 2 {
					t.Errorf("the stream under way: %d more messages, %v", len(texts), err)
				}
				_ = busy.cc.Close() // nothing else was asked for on it, so it heard of no end
				if err := <-stopped; err != nil {
					t.Error(err)
				}
				refuses(t, in.Addr())
			})
		})
	}
}

// The same over HTTP/1.1, and that both live on one port.
func TestBothProtocolsOnOnePort(t *testing.T) {
	in, _ := launch(t, InProcess, Options{})
	if r := dial(t, in.Addr()).get("/"); r.Body != body(t) {
		t.Errorf("HTTP/1.1: %+v", r)
	}
	c := dialHTTP2(t, in.Addr())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://stand-in/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.cc.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var b strings.Builder
	if _, err := io.Copy(&b, resp.Body); err != nil || b.String() != body(t) || resp.ProtoMajor != 2 {
		t.Errorf("HTTP/2: %q, %v, %s", b.String(), err, resp.Proto)
	}
}
