package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"
)

func TestOutcomes(t *testing.T) {
	reads := func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) }
	writes := func(text string) func(net.Conn) { return answers(text, always) }
	for _, tc := range []struct {
		name   string
		answer Answer
		lookup error
		serve  func(net.Conn)
		dial   func(context.Context) (net.Conn, error)
		want   Kind
	}{
		{name: "ok", serve: wellBehaved},
		{name: "its end is the connection's", serve: writes("HTTP/1.1 200 OK\r\n\r\n" + identity)},
		{name: "closes before it answers", serve: reads, want: EOF},
		{name: "closes in the head", serve: writes("HTTP/1.1 200 O"), want: EOF},
		{name: "closes in the body", serve: writes("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + identity), want: EOF},
		{name: "closes in a body without a length", serve: writes("HTTP/1.1 200 OK\r\n\r\n" + identity[:20]), want: EOF},
		{name: "closes in a chunk", serve: writes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{"), want: EOF},
		{name: "tears down", want: Reset, serve: func(c net.Conn) {
			reads(c)
			_ = c.(*net.TCPConn).SetLinger(0)
		}},
		{name: "another service", serve: writes(response("200 OK", "", `{"platform":"eks","service":"svc-002"}`)), want: WrongService},
		{name: "unavailable", serve: writes(response("503 Service Unavailable", "", "sorry")), want: Status5xx},
		{name: "not found", serve: writes(response("404 Not Found", "", identity)), want: Malformed},
		{name: "no identity", serve: writes(response("200 OK", "", "hello")), want: Malformed},
		{name: "no service in it", serve: writes(response("200 OK", "", "{}")), want: Malformed},
		{name: "no HTTP", serve: writes("220 mail.example ready\r\n\r\n"), want: Malformed},
		{name: "never answers", want: Timeout, serve: func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }},
		{name: "never accepts", want: Timeout, dial: func(ctx context.Context) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}},
		{name: "unreachable", want: NoDial, dial: func(context.Context) (net.Conn, error) { return nil, syscall.EHOSTUNREACH }},
		{name: "name unknown", answer: Answer{Rcode: "NXDOMAIN"}, want: NXDomain},
		{name: "name without address", answer: Answer{Rcode: "NOERROR"}, want: Empty},
		{name: "resolver broken", answer: Answer{Rcode: "SERVFAIL"}, want: NoLookup},
		{name: "resolver gone", lookup: errors.New("no route to it"), want: NoLookup},
		{name: "resolver silent", lookup: context.DeadlineExceeded, want: Timeout},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if tc.answer.Rcode == "" {
				tc.answer = Answer{Addrs: []netip.Addr{addr(1)}}
			}
			if tc.serve != nil {
				tc.dial = overTCP(t, tc.serve)
			}
			network := &planted{
				answer: func(int) (Answer, error) { return tc.answer, tc.lookup },
				peers:  map[netip.AddrPort]func(context.Context) (net.Conn, error){dst(1): tc.dial},
			}
			var times Timeouts // a small one only where it is what ends the request
			switch tc.name {
			case "never answers":
				times.Request = 50 * time.Millisecond
			case "never accepts":
				times.Connect = 50 * time.Millisecond
			}
			for _, h := range append([]Habit{Slow}, plain...) {
				// A stop excuses nothing but a connection that ends.
				for _, told := range []bool{false, true} {
					_, ask := single(t, h, Config{
						Network: network, Timeouts: times, SlowFor: time.Millisecond,
						Stopped: func(netip.AddrPort) (time.Time, bool) { return time.Now().Add(time.Hour), told },
					})
					got := ask()
					if excused := told && (tc.want == EOF || tc.want == Reset); kindOf(got) != tc.want || got.cutOff != excused {
						t.Errorf("%s, told to stop %v: got %q (cut off %v, %+v), want %q (%v)", h, told, kindOf(got), got.cutOff, got.failure, tc.want, excused)
					}
				}
			}
		})
	}
}

// A stop excuses a connection that ends under a request only if the connection
// was there first.
func TestCutOff(t *testing.T) {
	t0 := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name string
		told time.Duration // after the connection was established; 0: never
		want bool
	}{
		{name: "never told"},
		{name: "told before", told: -time.Second},
		{name: "told at the same moment", told: time.Nanosecond, want: true},
		{name: "told after", told: time.Second, want: true},
	} {
		for _, answered := range []int{0, 1} { // before the connection ends under a request
			t.Run(fmt.Sprintf("%s, %d answered", tc.name, answered), func(t *testing.T) {
				network := &planted{answer: says(time.Minute, addr(1)), peers: map[netip.AddrPort]func(context.Context) (net.Conn, error){
					dst(1): overTCP(t, func(c net.Conn) {
						answers(response("200 OK", "", identity), never)(&limited{Conn: c, left: answered})
					}),
				}}
				_, ask := single(t, Pool, Config{
					Network: network,
					Now:     func() time.Time { return t0 },
					Stopped: func(d netip.AddrPort) (time.Time, bool) {
						return t0.Add(tc.told.Truncate(time.Second)), d == dst(1) && tc.told != 0
					},
				})
				for range answered {
					if got := ask(); got.failure != nil {
						t.Fatalf("before the end: %+v", got.failure)
					}
				}
				got := ask()
				if got.reused != (answered > 0) || kindOf(got) != EOF || got.cutOff != tc.want {
					t.Errorf("%q %v (reused %v, cut off %v), want eof, cut off %v", kindOf(got), got.err, got.reused, got.cutOff, tc.want)
				}
			})
		}
	}
}

// limited ends the connection once it has answered so often.
type limited struct {
	net.Conn
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left--; l.left < 0 {
		return 0, net.ErrClosed
	}
	return l.Conn.Write(p)
}

// The whole story of a rude stop: what was in flight is cut off, what comes
// after it is refused and failed.
func TestStopInFlight(t *testing.T) {
	arrived, stop := make(chan struct{}), make(chan struct{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		c, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = c.Read(make([]byte, 4096))
		close(arrived)
		<-stop
		_ = l.Close()
		_ = c.Close()
	}()
	told := make(chan time.Time, 1)
	network := &planted{answer: says(time.Minute, addr(1)), peers: map[netip.AddrPort]func(context.Context) (net.Conn, error){
		dst(1): func(ctx context.Context) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
		},
	}}
	var at time.Time
	_, ask := single(t, TTL, Config{Network: network, Stopped: func(netip.AddrPort) (time.Time, bool) {
		if at.IsZero() {
			at = <-told
		}
		return at, true
	}})
	go func() {
		<-arrived
		told <- time.Now()
		close(stop)
	}()
	if got := ask(); !got.cutOff || !got.cut() {
		t.Errorf("in flight: %q %v, want cut off", kindOf(got), got.err)
	}
	<-gone
	if got := ask(); got.cutOff || kindOf(got) != Refused {
		t.Errorf("afterwards: %q (cut off %v), want refused and failed", kindOf(got), got.cutOff)
	}
}
