package node

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tranship/tranship/lab/node/standin"
	"github.com/tranship/tranship/lab/vpc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	_ Pool   = (*vpc.Pool)(nil)
	_ Fabric = (*vpc.Fabric)(nil)
)

// world is what surrounds an agent or a host in a test: addresses, fabric, stand-ins without sockets, and a diary of it all.
type world struct {
	mu       sync.Mutex
	begin    time.Time
	next     byte
	addrs    []netip.Addr // given out next, before the counted ones
	used     map[netip.Addr]bool
	attached map[netip.AddrPort]string
	running  []*fakeStandIn
	ends     time.Duration // how long a stand-in takes from SIGTERM to its end
	diary    []string
	readied  []Event // apart: they tell of the API server, the diary of addresses
}

func newWorld() *world {
	return &world{begin: time.Now(), used: map[netip.Addr]bool{}, attached: map[netip.AddrPort]string{}}
}

// note writes a line with the seconds since the world began.
func (w *world) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.diary = append(w.diary, fmt.Sprintf("%gs ", time.Since(w.begin).Seconds())+fmt.Sprintf(format, args...))
}

// told returns the diary since the last call.
func (w *world) told() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.diary
	w.diary = nil
	return d
}

func (w *world) event(e Event) {
	if e.Kind == Ready {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.readied = append(w.readied, e)
		return
	}
	w.note("%s %s as %s %s %s in %s", e.Kind, e.Addr, e.Platform, e.Service, e.Instance, e.Zone)
}

func (w *world) Allocate(_ time.Time, zone string) (netip.Addr, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var a netip.Addr
	switch {
	case zone == "":
		return a, errors.New("no zone")
	case len(w.addrs) > 0:
		a, w.addrs = w.addrs[0], w.addrs[1:]
	default:
		w.next++
		a = netip.AddrFrom4([4]byte{10, 0, 0, w.next})
	}
	w.used[a] = true
	return a, nil
}

func (w *world) Release(_ time.Time, a netip.Addr) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	was := w.used[a]
	delete(w.used, a)
	return was
}

func (w *world) Attach(a netip.AddrPort, backend string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.attached[a] != "" {
		return fmt.Errorf("%s is attached already", a)
	}
	w.attached[a] = backend
	return nil
}

func (w *world) Detach(a netip.AddrPort) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.attached, a)
}

// empty fails the test if anything was left behind.
func (w *world) empty(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.used) > 0 || len(w.attached) > 0 {
		t.Errorf("left behind: addresses %v, attached %v", w.used, w.attached)
	}
	for _, s := range w.running {
		select {
		case <-s.gone:
		default:
			t.Errorf("left behind: stand-in %s", s.o.Identity.Instance)
		}
	}
}

func (w *world) attachments() map[netip.AddrPort]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.attached)
}

func (w *world) inUse() map[netip.Addr]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.used)
}

func (w *world) standIns() []*fakeStandIn {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.running)
}

// fakeStandIn has the life of a stand-in, but no socket.
type fakeStandIn struct {
	w    *world
	o    standin.Options
	addr string
	gone chan struct{}

	mu    sync.Mutex
	ready bool
	ended bool
}

func (w *world) launch(ctx context.Context, o standin.Options) (standin.Instance, error) {
	if !sleep(ctx, WallClock{}, o.StartDelay) {
		return nil, ctx.Err()
	}
	w.mu.Lock()
	s := &fakeStandIn{w: w, o: o, gone: make(chan struct{}), ready: !o.NotReady}
	w.running = append(w.running, s)
	s.addr = fmt.Sprintf("127.0.0.1:%d", 40000+len(w.running))
	w.mu.Unlock()
	o.OnState(standin.State{At: o.Now(), Kind: standin.Listening})
	return s, nil
}

func (s *fakeStandIn) Addr() string          { return s.addr }
func (s *fakeStandIn) Done() <-chan struct{} { return s.gone }

func (s *fakeStandIn) SetReady(ready bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ready = ready
}

func (s *fakeStandIn) isReady() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ready
}

func (s *fakeStandIn) Stop(ctx context.Context, grace time.Duration) error {
	s.w.note("SIGTERM %s, %v to SIGKILL", s.o.Identity.Instance, grace)
	s.o.OnState(standin.State{At: s.o.Now(), Kind: standin.Signalled})
	d, how := s.w.ends, "ended"
	if d >= grace {
		d, how = grace, "killed"
	}
	fires, stop := WallClock{}.Timer(d)
	defer stop()
	select {
	case <-s.gone:
		return nil
	case <-fires:
		s.end(how)
	case <-ctx.Done():
		s.end("killed")
	}
	return nil
}

func (s *fakeStandIn) Kill() { s.end("killed") }

func (s *fakeStandIn) end(how string) {
	s.mu.Lock()
	was := s.ended
	s.ended = true
	s.mu.Unlock()
	if was {
		<-s.gone
		return
	}
	s.w.note("%s %s", how, s.o.Identity.Instance)
	s.o.OnState(standin.State{At: s.o.Now(), Kind: standin.Closed})
	close(s.gone)
}
