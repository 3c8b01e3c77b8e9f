package standin

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if Called(os.Args[1:]) {
		os.Exit(Main(os.Args[1:]))
	}
	goleak.VerifyTestMain(m)
}

var who = Identity{Platform: "eks", Service: "svc-001", Instance: "svc-001-abc"}

// forms runs a test against both forms of a stand-in.
func forms(t *testing.T, f func(t *testing.T, launch Launch)) {
	t.Run("in process", func(t *testing.T) { f(t, InProcess) })
	t.Run("own process", func(t *testing.T) { f(t, OwnProcess) })
}

// diary collects states and lets a test await one.
type diary struct {
	mu     sync.Mutex
	states []State
	seen   map[StateKind]chan struct{}
}

func newDiary() *diary {
	return &diary{seen: map[StateKind]chan struct{}{Listening: make(chan struct{}), Signalled: make(chan struct{}), Closed: make(chan struct{})}}
}

func (d *diary) write(s State) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.states = append(d.states, s)
	close(d.seen[s.Kind]) // a second time panics: each state is told once
}

func (d *diary) kinds() []StateKind {
	d.mu.Lock()
	defer d.mu.Unlock()
	var ks []StateKind
	for _, s := range d.states {
		ks = append(ks, s.Kind)
	}
	return ks
}

func launch(t *testing.T, l Launch, o Options) (Instance, *diary) {
	t.Helper()
	d := newDiary()
	o.OnState = d.write
	if o.Identity == (Identity{}) {
		o.Identity = who
	}
	in, err := l(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(in.Kill)
	return in, d
}

// client is one keep-alive connection, spoken by hand: nothing retries, nothing hides.
type client struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func dial(t *testing.T, addr string) *client {
	t.Helper()
	network := "tcp"
	if p, ok := strings.CutPrefix(addr, "unix:"); ok {
		network, addr = "unix", p
	}
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &client{t: t, conn: conn, in: bufio.NewReader(conn)}
}

func (c *client) send(path string) {
	c.t.Helper()
	if _, err := fmt.Fprintf(c.conn, "GET %s HTTP/1.1\r\nHost: stand-in\r\n\r\n", path); err != nil {
		c.t.Fatal(err)
	}
}

// hold begins a request and returns once its handler runs: only a handler that reads the body lets the server say 100. The
// handler waits for the body's last byte, which finish sends.
func (c *client) hold(path string) {
	c.t.Helper()
	_, err := fmt.Fprintf(c.conn, "POST %s HTTP/1.1\r\nHost: stand-in\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n", path)
	if err != nil {
		c.t.Fatal(err)
	}
	if got, err := c.in.ReadString('\n'); err != nil || !strings.HasPrefix(got, "HTTP/1.1 100") {
		c.t.Fatalf("beginning %s: %q, %v", path, got, err)
	}
	if got, err := c.in.ReadString('\n'); err != nil || got != "\r\n" {
		c.t.Fatalf("beginning %s: %q, %v", path, got, err)
	}
}

// begin sends a whole request and returns once its handler runs.
func (c *client) begin(path string) {
	c.t.Helper()
	c.hold(path)
	c.rest()
}

func (c *client) rest() {
	c.t.Helper()
	if _, err := c.conn.Write([]byte{'x'}); err != nil {
		c.t.Fatal(err)
	}
}

// finish sends the rest of what was held, and returns the answer.
func (c *client) finish() (reply, error) {
	c.t.Helper()
	c.rest()
	return c.receive()
}

type reply struct {
	Code  int
	Body  string
	Close bool
}

func (c *client) receive() (reply, error) {
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, string(b), res.Close}, err
}

func (c *client) get(path string) reply {
	c.t.Helper()
	c.send(path)
	r, err := c.receive()
	if err != nil {
		c.t.Fatalf("GET %s: %v", path, err)
	}
	return r
}

// ended waits for the server's end of the connection.
func (c *client) ended() error {
	_, err := c.in.ReadByte()
	return err
}

func refuses(t *testing.T, addr string) {
	t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", addr)
	if err == nil {
		_ = conn.Close()
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatalf("dialling %s: got %v, want refused", addr, err)
	}
}

func stopping(ctx context.Context, in Instance, grace time.Duration) <-chan error {
	done := make(chan error, 1)
	go func() { done <- in.Stop(ctx, grace) }()
	return done
}

func body(t *testing.T) string {
	t.Helper()
	b, err := json.Marshal(who)
	if err != nil {
		t.Fatal(err)
	}
	return string(b) + "\n"
}

func TestAnswers(t *testing.T) {
	forms(t, func(t *testing.T, l Launch) {
		in, d := launch(t, l, Options{NotReady: true, MaxSlow: time.Second})
		c := dial(t, in.Addr())
		for _, tc := range []struct {
			path string
			want reply
		}{
			{"/", reply{200, body(t), false}},
			{"/any/other", reply{200, body(t), false}},
			{"/slow?for=1ms", reply{200, body(t), false}},
			{"/slow?for=2s", reply{400, "for: want a duration from 0s to 1s, such as /slow?for=20s\n", false}},
			{"/slow", reply{400, "for: want a duration from 0s to 1s, such as /slow?for=20s\n", false}},
			{"/healthz", reply{503, "not ready\n", false}},
		} {
			if diff := cmp.Diff(tc.want, c.get(tc.path)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.path, diff)
			}
		}
		in.SetReady(true)
		for c.get("/healthz").Code != 200 { // a process of its own hears it a moment later
		}
		in.Kill()
		if err := c.ended(); err == nil {
			t.Error("the connection outlived the stand-in")
		}
		refuses(t, in.Addr())
		if diff := cmp.Diff([]StateKind{Listening, Closed}, d.kinds()); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
	})
}

func TestGracefulDrains(t *testing.T) {
	forms(t, func(t *testing.T, l Launch) {
		in, d := launch(t, l, Options{Temper: Graceful, Drain: time.Minute})
		idle, busy := dial(t, in.Addr()), dial(t, in.Addr())
		idle.get("/")
		busy.hold("/slow?for=0s")
		stopped := stopping(t.Context(), in, time.Hour)
		<-d.seen[Signalled]
		drains(t, in.Addr())
		if r, err := busy.finish(); err != nil || r != (reply{200, body(t), true}) {
			t.Errorf("in flight: %+v, %v", r, err)
		}
		if r := idle.get("/"); !r.Close || r.Code != 200 {
			t.Errorf("on an idle connection: %+v", r)
		}
		if err := <-stopped; err != nil {
			t.Error(err)
		}
		refuses(t, in.Addr())
		if diff := cmp.Diff([]StateKind{Listening, Signalled, Closed}, d.kinds()); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
	})
}

func TestGracefulEndsIdleConnectionsCleanlyAfterDrain(t *testing.T) {
	in, d := launch(t, InProcess, Options{Temper: Graceful, Drain: time.Millisecond})
	idle, busy := dial(t, in.Addr()), dial(t, in.Addr())
	idle.get("/")
	busy.hold("/slow?for=0s")
	stopped := stopping(t.Context(), in, time.Hour)
	<-d.seen[Closed]
	if err := idle.ended(); !errors.Is(err, io.EOF) {
		t.Errorf("idle connection: %v, want a clean end", err)
	}
	_ = idle.conn.Close()
	if r, err := busy.finish(); err != nil || !r.Close {
		t.Errorf("in flight after the drain time: %+v, %v", r, err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestGracefulWithoutConnectionsIsGoneAtOnce(t *testing.T) {
	in, _ := launch(t, InProcess, Options{Temper: Graceful, Drain: time.Hour})
	if err := in.Stop(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := in.Stop(t.Context(), 0); err != nil {
		t.Errorf("stopping again: %v", err)
	}
}

func TestPlainFinishesWhatRuns(t *testing.T) {
	forms(t, func(t *testing.T, l Launch) {
		in, d := launch(t, l, Options{Temper: Plain})
		idle, busy := dial(t, in.Addr()), dial(t, in.Addr())
		idle.get("/")
		busy.hold("/slow?for=0s")
		stopped := stopping(t.Context(), in, time.Hour)
		if err := idle.ended(); !errors.Is(err, io.EOF) {
			t.Errorf("idle connection: %v, want its end", err)
		}
		<-d.seen[Closed]
		refuses(t, in.Addr())
		if r, err := busy.finish(); err != nil || r.Code != 200 {
			t.Errorf("in flight: %+v, %v", r, err)
		}
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
}

func TestRudeCutsEverything(t *testing.T) {
	forms(t, func(t *testing.T, l Launch) {
		in, _ := launch(t, l, Options{Temper: Rude})
		busy := dial(t, in.Addr())
		busy.begin("/slow?for=1m")
		if err := in.Stop(t.Context(), time.Hour); err != nil {
			t.Error(err)
		}
		if r, err := busy.receive(); err == nil {
			t.Errorf("in flight: %+v, want it cut", r)
		}
		refuses(t, in.Addr())
	})
}

func TestGraceRunsOut(t *testing.T) {
	forms(t, func(t *testing.T, l Launch) {
		for _, temper := range []Temper{Graceful, Plain} {
			in, _ := launch(t, l, Options{Temper: temper})
			busy := dial(t, in.Addr())
			busy.begin("/slow?for=1m")
			if err := in.Stop(t.Context(), 50*time.Millisecond); !errors.Is(err, ErrKilled) {
				t.Errorf("%s: %v, want %v", temper, err, ErrKilled)
			}
			if r, err := busy.receive(); err == nil {
				t.Errorf("%s: in flight: %+v, want it cut", temper, r)
			}
		}
	})
}

func TestStopEndsWithItsContext(t *testing.T) {
	forms(t, func(t *testing.T, l Launch) {
		in, d := launch(t, l, Options{Temper: Graceful})
		busy := dial(t, in.Addr())
		busy.begin("/slow?for=1m")
		ctx, cancel := context.WithCancel(t.Context())
		stopped := stopping(ctx, in, time.Hour)
		<-d.seen[Signalled]
		cancel()
		if err := <-stopped; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
		<-in.Done()
	})
}

func TestKillDuringStop(t *testing.T) {
	forms(t, func(t *testing.T, l Launch) {
		for _, temper := range []Temper{Graceful, Plain} {
			in, d := launch(t, l, Options{Temper: temper})
			busy := dial(t, in.Addr())
			busy.begin("/slow?for=1m")
			stopped := stopping(t.Context(), in, time.Hour)
			<-d.seen[Signalled]
			in.Kill()
			if err := <-stopped; err != nil {
				t.Errorf("%s: %v", temper, err)
			}
		}
	})
}

func TestStartIsBounded(t *testing.T) {
	forms(t, func(t *testing.T, l Launch) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if in, err := l(ctx, Options{Identity: who, StartDelay: time.Hour}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, %v", in, err)
		}
		if in, err := l(t.Context(), Options{Identity: who, Temper: "cross"}); err == nil {
			t.Errorf("an unknown temper started: %v", in)
		}
		if in, err := l(t.Context(), Options{Identity: who, Listen: "192.0.2.1:1"}); err == nil {
			t.Errorf("an address that is not ours was listened on: %v", in)
		}
	})
}

func TestUnixSocket(t *testing.T) {
	dir, err := os.MkdirTemp("", "si") // t.TempDir is too long for a socket's path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	in, _ := launch(t, InProcess, Options{Listen: "unix:" + filepath.Join(dir, "s")})
	if r := dial(t, in.Addr()).get("/"); r.Body != body(t) {
		t.Errorf("got %+v", r)
	}
}

// TestProcessEndsWithItsParent closes the child's standard input, which is what the kernel does when the parent dies.
func TestProcessEndsWithItsParent(t *testing.T) {
	in, d := launch(t, OwnProcess, Options{})
	p, ok := in.(*Process)
	if !ok {
		t.Fatalf("%T is no process", in)
	}
	if p.PID() == os.Getpid() || syscall.Kill(p.PID(), 0) != nil {
		t.Fatalf("no process of its own: %d", p.PID())
	}
	if err := p.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	<-in.Done()
	<-d.seen[Closed]
	refuses(t, in.Addr())
}

// TestProcessObeysRealSignals sends the signal from outside.
func TestProcessObeysRealSignals(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		in, d := launch(t, OwnProcess, Options{})
		if err := syscall.Kill(in.(*Process).PID(), sig); err != nil {
			t.Fatal(err)
		}
		<-in.Done()
		want := []StateKind{Listening, Closed}
		if sig == syscall.SIGTERM {
			want = []StateKind{Listening, Signalled, Closed}
		}
		if diff := cmp.Diff(want, d.kinds()); diff != "" {
			t.Errorf("%s: states (-want +got):\n%s", sig, diff)
		}
	}
}

func BenchmarkStartAndKill(b *testing.B) {
	for b.Loop() {
		s, err := Start(b.Context(), Options{Identity: who})
		if err != nil {
			b.Fatal(err)
		}
		s.Kill()
	}
}
