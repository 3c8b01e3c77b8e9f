package load

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// planted is a network whose names and peers the test decides.
type planted struct {
	mu      sync.Mutex
	answer  func(asked int) (Answer, error)
	asked   int
	peers   map[netip.AddrPort]func(ctx context.Context) (net.Conn, error)
	dialled []netip.AddrPort
}

func (p *planted) Lookup(context.Context, netip.Addr, string) (Answer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	return p.answer(p.asked)
}

func (p *planted) Dial(ctx context.Context, _ netip.Addr, dst netip.AddrPort) (net.Conn, error) {
	p.mu.Lock()
	p.dialled = append(p.dialled, dst)
	dial := p.peers[dst]
	p.mu.Unlock()
	return dial(ctx)
}

func (p *planted) counts() (asked, dialled int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked, len(p.dialled)
}

const port = 8080

func addr(n byte) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, 0, n}) }

func dst(n byte) netip.AddrPort { return netip.AddrPortFrom(addr(n), port) }

// says answers every look-up with the same.
func says(ttl time.Duration, addrs ...netip.Addr) func(int) (Answer, error) {
	return func(int) (Answer, error) { return Answer{Addrs: addrs, TTL: ttl, Rcode: "NOERROR"}, nil }
}

// overTCP serves each connection to a real socket and gives its dialler.
func overTCP(t *testing.T, serve func(net.Conn)) func(context.Context) (net.Conn, error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer func() { _ = c.Close() }()
				serve(c)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		all.Wait()
	})
	return func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
	}
}

// overPipe serves each connection within the process, which virtual time needs.
func overPipe(serve func(net.Conn)) func(context.Context) (net.Conn, error) {
	return func(context.Context) (net.Conn, error) {
		near, far := net.Pipe()
		go func() {
			defer func() { _ = far.Close() }()
			serve(far)
		}()
		return near, nil
	}
}

const identity = `{"platform":"ecs","service":"svc-001","instance":"task-1"}`

func response(status, header, body string) string {
	return fmt.Sprintf("HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s", status, len(body), header, body)
}

// answers reads requests and writes the given bytes for each, until the client
// leaves or after says that the connection ends.
func answers(text string, after func(*http.Request) (end bool)) func(net.Conn) {
	return func(c net.Conn) {
		in := bufio.NewReader(c)
		for {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			if _, err := io.WriteString(c, text); err != nil || after(r) {
				return
			}
		}
	}
}

func asksToClose(r *http.Request) bool { return r.Close }
func always(*http.Request) bool        { return true }
func never(*http.Request) bool         { return false }

// wellBehaved answers as svc-001 should, and keeps the connection if it may.
func wellBehaved(c net.Conn) { answers(response("200 OK", "", identity), asksToClose)(c) }

// single makes a Runner of one client of the habit, and what asks with it once.
func single(t *testing.T, h Habit, cfg Config) (*Runner, func() outcome) {
	t.Helper()
	cfg.Targets = []Target{{Service: "svc-001", Host: "svc-001.shop.internal", Port: port}}
	cfg.Rate, cfg.ClientsPerHabit, cfg.Mix = 1, 1, map[Habit]float64{h: 1}
	r, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var c *client
	for _, list := range r.clients {
		for _, one := range list {
			c = one
		}
	}
	t.Cleanup(func() {
		if c.pool != nil {
			c.pool.close()
		}
		if c.channels != nil {
			c.channels.close()
		}
	})
	rd := newReader()
	return r, func() outcome {
		t.Helper()
		return r.attempt(t.Context(), rd, c, 0)
	}
}

func kindOf(o outcome) Kind {
	if o.failure == nil {
		return ""
	}
	return o.kind
}
