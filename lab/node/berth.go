package node

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tranship/tranship/lab/node/standin"
)

// Pool hands out addresses of the VPC; lab/vpc.Pool is one.
type Pool interface {
	Allocate(now time.Time, zone string) (netip.Addr, error)
	Release(now time.Time, addr netip.Addr) bool
}

// Fabric carries connections to an address to the local listener behind it; lab/vpc.Fabric is one. Detach leaves open
// connections alone.
type Fabric interface {
	Attach(dst netip.AddrPort, backend string) error
	Detach(dst netip.AddrPort)
}

// EventKind names what an Event tells.
type EventKind string

const (
	// Serving: from At on, the address answers as Service. At is taken after the stand-in listens and is attached.
	Serving EventKind = "serving"
	// Signalled: SIGTERM reached the stand-in behind the address.
	Signalled EventKind = "signalled"
	// Closed: from At on, the address may refuse. At is taken before it is detached and the listener closes.
	Closed EventKind = "closed"
	// Ready, of a pod alone: the API server has taken the report that the containers are ready. At is when it was sent.
	Ready EventKind = "ready"
)

// Event is a turning point of one address. For each address Serving comes first and Closed last, Signalled between them if at
// all; a restarted container starts again with Serving. Ready, of the pod's first address, comes while it serves.
type Event struct {
	Kind     EventKind
	At       time.Time
	Addr     netip.AddrPort
	Platform string // "ecs" or "eks"
	Service  string
	Instance string // task id or pod name
	Zone     string
	UID      string        // of a pod, with Ready
	Took     time.Duration // from At until the API server had it, with Ready
}

// ErrAddress says that an address can't be a pod's or a task's: a real VPC would never give it, and the EndpointSlice API
// refuses it (loopback, link-local, multicast, unspecified).
var ErrAddress = errors.New("not an address that a VPC gives")

func checkAddress(a netip.Addr) error {
	if !a.IsValid() || a.IsUnspecified() || a.IsLoopback() || a.IsMulticast() || a.IsLinkLocalUnicast() {
		return fmt.Errorf("%v: %w", a, ErrAddress)
	}
	return nil
}

// berth is where a stand-in lies: it ties the stand-in's states to the fabric and to the events of its addresses.
type berth struct {
	fabric Fabric
	now    func() time.Time
	event  func(Event)
	who    standin.Identity
	zone   string
	addrs  []netip.AddrPort

	mu       sync.Mutex
	attached bool
	closed   bool
}

// dock starts the stand-in and attaches it; ctx bounds the start.
func (b *berth) dock(ctx context.Context, launch standin.Launch, o standin.Options) (standin.Instance, error) {
	o.Identity, o.Now, o.OnState = b.who, b.now, b.state
	in, err := launch(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := b.attach(in.Addr()); err != nil {
		in.Kill()
		return nil, err
	}
	return in, nil
}

func (b *berth) attach(backend string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil // it died in the meantime: Done says so
	}
	for i, a := range b.addrs {
		if err := b.fabric.Attach(a, backend); err != nil {
			for _, before := range b.addrs[:i] {
				b.fabric.Detach(before)
			}
			return fmt.Errorf("attaching %v: %w", a, err)
		}
	}
	b.attached = true
	b.tell(Serving, b.now())
	return nil
}

// state is the stand-in's OnState. Detaching before the listener closes means that nobody is ever carried to a port which is
// free already, or another stand-in's.
func (b *berth) state(s standin.State) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch s.Kind {
	case standin.Signalled:
		if b.attached {
			b.tell(Signalled, s.At)
		}
	case standin.Closed:
		b.closed = true
		if b.attached {
			b.attached = false
			b.tell(Closed, s.At)
			for _, a := range b.addrs {
				b.fabric.Detach(a)
			}
		}
	case standin.Listening: // Serving is told once it is attached
	}
}

func (b *berth) tell(k EventKind, at time.Time) {
	for _, a := range b.addrs {
		b.event(Event{Kind: k, At: at, Addr: a, Platform: b.who.Platform, Service: b.who.Service, Instance: b.who.Instance, Zone: b.zone})
	}
}

// sockets names the sockets of stand-ins: files of one folder, or "" for ports of loopback.
type sockets struct {
	dir  string
	mark string
	n    atomic.Uint64
}

func (s *sockets) next() string {
	if s.dir == "" {
		return ""
	}
	return "unix:" + filepath.Join(s.dir, fmt.Sprintf("%s%d", s.mark, s.n.Add(1)))
}

// tidy removes the file that a killed process leaves behind.
func tidy(listen string) {
	if path, ok := strings.CutPrefix(listen, "unix:"); ok {
		_ = os.Remove(path) // it is gone already unless its process was killed
	}
}
