package load

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/tranship/tranship/lab/rpc"
)

func bothProtocols() *http.Protocols {
	p := &http.Protocols{}
	p.SetHTTP1(true)
	p.SetUnencryptedHTTP2(true)
	return p
}

// say sends one message of an answer.
func say(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", rpc.ContentType)
	b, err := rpc.Append(nil, wrapperspb.String(text))
	if err == nil {
		_, _ = w.Write(b)
	}
	_ = http.NewResponseController(w).Flush()
}

// overHTTP2 serves with the standard server.
func overHTTP2(t *testing.T, h http.HandlerFunc) func(context.Context) (net.Conn, error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Protocols: bothProtocols(), Handler: h}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
	}
}

// frames is a server that begins as it should and then does what it likes.
func frames(f func(*http2.Framer, net.Conn, *http2.MetaHeadersFrame)) func(net.Conn) {
	return func(c net.Conn) {
		if _, err := io.ReadFull(c, make([]byte, len(http2.ClientPreface))); err != nil {
			return
		}
		fr := http2.NewFramer(c, c)
		fr.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
		if fr.WriteSettings() != nil {
			return
		}
		for {
			got, err := fr.ReadFrame()
			if err != nil {
				return
			}
			switch got := got.(type) {
			case *http2.SettingsFrame:
				if !got.IsAck() {
					_ = fr.WriteSettingsAck()
				}
			case *http2.MetaHeadersFrame:
				f(fr, c, got)
			}
		}
	}
}

func TestCallOutcomes(t *testing.T) {
	ends := func(code, message string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			say(w, identity)
			w.Header().Set(http.TrailerPrefix+"Grpc-Status", code)
			w.Header().Set(http.TrailerPrefix+"Grpc-Message", message)
		}
	}
	raw := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			say(w, text)
			rpc.SetStatus(w.Header(), rpc.OK, "")
		}
	}
	for _, tc := range []struct {
		name    string
		handler http.HandlerFunc
		serve   func(net.Conn) // instead
		dial    func(context.Context) (net.Conn, error)
		want    Kind // of a unary call
		cut     bool // excused, when it was told to stop
	}{
		{name: "ok", handler: raw(identity)},
		{name: "another service", handler: raw(`{"platform":"eks","service":"svc-002"}`), want: WrongService},
		{name: "no identity", handler: raw("hello"), want: Malformed},
		{name: "no status", handler: func(w http.ResponseWriter, _ *http.Request) { say(w, identity) }, want: Malformed},
		{name: "unavailable", handler: ends("14", "sorry"), want: GRPCStatus},
		{name: "5xx", handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, want: Status5xx},
		{name: "no message", handler: func(w http.ResponseWriter, _ *http.Request) { rpc.SetStatus(w.Header(), rpc.OK, "") }, want: Malformed},
		{name: "never answers", handler: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, want: Timeout},
		{name: "resets the call", want: Reset, cut: true, handler: func(w http.ResponseWriter, _ *http.Request) {
			say(w, identity)
			panic(http.ErrAbortHandler)
		}},
		{name: "refuses the call", want: GoAway, cut: true, serve: frames(func(f *http2.Framer, _ net.Conn, h *http2.MetaHeadersFrame) {
			_ = f.WriteRSTStream(h.StreamID, http2.ErrCodeRefusedStream)
		})},
		{name: "goes away before the call", want: GoAway, cut: true, serve: frames(func(f *http2.Framer, _ net.Conn, _ *http2.MetaHeadersFrame) {
			_ = f.WriteGoAway(0, http2.ErrCodeNo, nil)
		})},
		{name: "goes away and ends with the call", want: EOF, cut: true, serve: frames(func(f *http2.Framer, c net.Conn, h *http2.MetaHeadersFrame) {
			_ = f.WriteGoAway(h.StreamID, http2.ErrCodeNo, nil)
			_ = c.Close()
		})},
		{name: "ends before it answers", want: EOF, cut: true, serve: frames(func(_ *http2.Framer, c net.Conn, _ *http2.MetaHeadersFrame) { _ = c.Close() })},
		{name: "tears down", want: EOF, cut: true, serve: frames(func(_ *http2.Framer, c net.Conn, _ *http2.MetaHeadersFrame) {
			_ = c.(*net.TCPConn).SetLinger(0)
			_ = c.Close()
		})},
		{name: "no HTTP/2", want: Malformed, serve: func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
			_, _ = io.Copy(io.Discard, c)
		}},
		{name: "refused", dial: func(ctx context.Context) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", "127.0.0.1:1")
		}, want: Refused},
	} {
		for _, h := range []Habit{GRPC, Stream} {
			for _, told := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %s, told %t", tc.name, h, told), func(t *testing.T) {
					t.Parallel()
					dial := tc.dial
					switch {
					case tc.handler != nil:
						dial = overHTTP2(t, tc.handler)
					case tc.serve != nil:
						dial = overTCP(t, tc.serve)
					}
					network := &planted{
						answer: says(time.Minute, addr(1)),
						peers:  map[netip.AddrPort]func(context.Context) (net.Conn, error){dst(1): dial},
					}
					cfg := Config{Network: network, Timeouts: Timeouts{Request: 300 * time.Millisecond}, StreamFor: time.Millisecond}
					if tc.want != Timeout {
						cfg.Timeouts.Request = time.Minute
					}
					if told {
						cfg.Stopped = func(netip.AddrPort) (time.Time, bool) { return time.Now(), true }
					}
					_, ask := single(t, h, cfg)
					got := ask()
					if kindOf(got) == Reset && tc.want == EOF {
						got.kind = EOF // which of the two the client sees is the kernel's choice
					}
					if kindOf(got) != tc.want || got.cutOff != (told && tc.cut) {
						t.Errorf("got %q (%+v), cut off %t; want %q", kindOf(got), got.failure, got.cutOff, tc.want)
					}
					if asked, dialled := network.counts(); asked != 1 || dialled != 1 {
						t.Errorf("%d look-ups and %d dials for one call", asked, dialled)
					}
				})
			}
		}
	}
}

// A connection is kept, until the server says that it goes: the next call, and no
// sooner, is for a new one, and the one under way ends where it is.
func TestCallsObeyGoAway(t *testing.T) {
	answered, hold := make(chan struct{}), make(chan struct{})
	n := 0
	dial := overHTTP2(t, func(w http.ResponseWriter, r *http.Request) {
		n++
		switch n {
		case 3: // under way while it goes
			say(w, identity)
			close(answered)
			<-hold
		case 4:
			w.Header().Set("Connection", "close") // net/http's word for GOAWAY
			fallthrough
		default:
			say(w, identity)
		}
		rpc.SetStatus(w.Header(), rpc.OK, "")
	})
	network := &planted{
		answer: says(time.Minute, addr(1)),
		peers:  map[netip.AddrPort]func(context.Context) (net.Conn, error){dst(1): dial},
	}
	r, ask := single(t, GRPC, Config{Network: network})
	for want := range 2 {
		if got := ask(); got.failure != nil || got.reused != (want > 0) {
			t.Fatalf("call %d: %+v, reused %t", want+1, got.failure, got.reused)
		}
	}
	done := make(chan outcome)
	go func() { done <- ask() }()
	<-answered
	if got := ask(); got.failure != nil || !got.reused {
		t.Errorf("the call that it answers with GOAWAY: %+v", got.failure)
	}
	// A call that is on its way as GOAWAY comes is refused by it: wait until it has been heard.
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for present := r.clients[slices.Index(Habits(), GRPC)][0].channels.slots[0].present.Load(); present.Available() > 0; {
		<-tick.C
	}
	if got := ask(); got.failure != nil || got.reused {
		t.Errorf("after GOAWAY: %+v, reused %t", got.failure, got.reused)
	}
	close(hold)
	if got := <-done; got.failure != nil {
		t.Errorf("the call that was under way: %+v", got.failure)
	}
	if _, dialled := network.counts(); dialled != 2 {
		t.Errorf("%d connections, want 2", dialled)
	}
}

// Nobody holds on to a connection that has ended, also not for the calls that its
// end cut off: in a lab that loses tasks all the time those would grow in number.
func TestConnectionsThatEndedAreLetGoOf(t *testing.T) {
	for _, tc := range []struct {
		name  string
		serve func(*http2.Framer, net.Conn, *http2.MetaHeadersFrame)
	}{
		{"cut before the answer", func(_ *http2.Framer, c net.Conn, _ *http2.MetaHeadersFrame) { _ = c.Close() }},
		{"cut after GOAWAY", func(f *http2.Framer, c net.Conn, h *http2.MetaHeadersFrame) {
			_ = f.WriteGoAway(h.StreamID, http2.ErrCodeNo, nil)
			_ = c.Close()
		}},
		{"torn down", func(_ *http2.Framer, c net.Conn, _ *http2.MetaHeadersFrame) {
			_ = c.(*net.TCPConn).SetLinger(0)
			_ = c.Close()
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			network := &planted{
				answer: says(time.Minute, addr(1)),
				peers:  map[netip.AddrPort]func(context.Context) (net.Conn, error){dst(1): overTCP(t, frames(tc.serve))},
			}
			r, ask := single(t, Stream, Config{Network: network})
			s := &r.clients[slices.Index(Habits(), Stream)][0].channels.slots[0]
			tick := time.NewTicker(time.Millisecond)
			defer tick.Stop()
			for n := range 3 {
				if got := ask(); got.failure == nil {
					t.Fatalf("call %d was answered", n+1)
				}
				for s.present.Load() != nil { // where writing failed, reading does a moment later
					<-tick.C
				}
				s.mu.Lock()
				if s.tidy(); len(s.leaving) > 0 {
					t.Errorf("after call %d it keeps %d", n+1, len(s.leaving))
				}
				s.mu.Unlock()
			}
		})
	}
}

// The same for one that was replaced while a call was under way on it, and that
// ended with it: net/http counts that call for ever.
func TestConnectionsThatWereReplacedAreLetGoOf(t *testing.T) {
	first, cut := make(chan struct{}), make(chan struct{})
	n := 0
	dial := overTCP(t, frames(func(_ *http2.Framer, c net.Conn, _ *http2.MetaHeadersFrame) {
		if n++; n == 1 {
			close(first)
			<-cut
		}
		_ = c.Close()
	}))
	network := &planted{
		answer: says(time.Minute, addr(1)),
		peers:  map[netip.AddrPort]func(context.Context) (net.Conn, error){dst(1): dial},
	}
	r, ask := single(t, Stream, Config{Network: network})
	s := &r.clients[slices.Index(Habits(), Stream)][0].channels.slots[0]
	done := make(chan outcome)
	go func() { done <- ask() }()
	<-first
	s.mu.Lock()
	s.leaving = append(s.leaving, s.present.Swap(nil)) // as take does with one that takes no more calls
	s.mu.Unlock()
	close(cut)
	if got := <-done; got.failure == nil {
		t.Error("the call that was cut off was answered")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tidy(); len(s.leaving) > 0 {
		t.Errorf("%d connections that ended are kept", len(s.leaving))
	}
}
