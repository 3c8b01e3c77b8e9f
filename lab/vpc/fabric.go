package vpc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// ErrHeld is returned by Attach for an address behind which something else
// already stands: two owners of one address are a mistake of the caller.
var ErrHeld = errors.New("vpc: address is already attached")

// Connect is one dial that the fabric saw, whether it succeeded or not.
type Connect struct {
	At  time.Time      // when the dial began: the moment the first packet would leave
	Src netip.Addr     // the client
	Dst netip.AddrPort // whom it wanted
	Err string         // empty, or why no connection came about
}

// Config is what a Fabric needs from outside. Only Clock is required.
type Config struct {
	// Clock tells the time of connects and flows.
	Clock func() time.Time
	// OnConnect is given every dial once its outcome is known, from the
	// goroutine that dials: it must be safe for concurrent use, and quick.
	OnConnect func(Connect)
	// Flows is told what connections carry; nil for no flow log.
	Flows *FlowLog
}

// Fabric knows which local listener stands behind which VPC address. It is
// safe for concurrent use, and starts no goroutine.
type Fabric struct {
	clock     func() time.Time
	onConnect func(Connect)
	flows     *FlowLog
	ports     portCounter

	mu   sync.RWMutex
	held map[netip.AddrPort]backend
	ever map[netip.Addr]bool // addresses that have, or had, an interface
}

// NewFabric makes a fabric in which no address is held. It panics without a
// clock, for that is a fault of the program and not of its input.
func NewFabric(cfg Config) *Fabric {
	if cfg.Clock == nil {
		panic("vpc: NewFabric needs Config.Clock")
	}
	return &Fabric{
		clock:     cfg.Clock,
		onConnect: cfg.OnConnect,
		flows:     cfg.Flows,
		held:      map[netip.AddrPort]backend{},
		ever:      map[netip.Addr]bool{},
	}
}

// Attach makes connections to dst go to a local listener: "127.0.0.1:port" or
// "unix:/path" (see the package comment on which to choose). Attaching the same
// backend again changes nothing; another one is refused with ErrHeld.
func (f *Fabric) Attach(dst netip.AddrPort, backend string) error {
	dst = unmapped(dst)
	if !dst.IsValid() || dst.Port() == 0 {
		return fmt.Errorf("vpc: attach %v: not an address with a port", dst)
	}
	b, err := parseBackend(backend)
	if err != nil {
		return fmt.Errorf("vpc: attach %v: %w", dst, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if old, ok := f.held[dst]; ok && old != b {
		return fmt.Errorf("vpc: attach %v to %s: %w (to %s); detach it first", dst, b, ErrHeld, old)
	}
	f.held[dst], f.ever[dst.Addr()] = b, true
	return nil
}

// Detach takes the address off the network: later dials are refused, open
// connections stay until one of their ends closes them. An address that nobody
// holds is no error.
func (f *Fabric) Detach(dst netip.AddrPort) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.held, unmapped(dst))
}

// Dial opens a connection from src to dst. The connection's addresses are the
// VPC's, and it can be half-closed (CloseWrite). Every error is a *net.OpError
// as a net.Dialer would give it; an address that nobody holds, or whose
// listener is gone, satisfies errors.Is(err, syscall.ECONNREFUSED). (A real VPC
// drops packets to an address without an interface, so that the client waits
// for its time-out; refusing at once costs the client the same request, and
// less time.)
func (f *Fabric) Dial(ctx context.Context, src netip.Addr, dst netip.AddrPort) (net.Conn, error) {
	src, dst = src.Unmap(), unmapped(dst)
	at := f.clock()
	c, err := f.dial(ctx, at, src, dst)
	if f.onConnect != nil {
		seen := Connect{At: at, Src: src, Dst: dst}
		if err != nil {
			seen.Err = err.Error()
		}
		f.onConnect(seen)
	}
	if err != nil {
		return nil, err // not a typed nil in an interface
	}
	return c, nil
}

func (f *Fabric) dial(ctx context.Context, at time.Time, src netip.Addr, dst netip.AddrPort) (*conn, error) {
	from := &net.TCPAddr{IP: src.AsSlice()}
	to := net.TCPAddrFromAddrPort(dst)
	if !src.IsValid() {
		return nil, renamed("dial", nil, to, errors.New("no source address"))
	}
	f.mu.RLock()
	b, ok := f.held[dst]
	ever := f.ever[dst.Addr()]
	f.mu.RUnlock()
	from.Port = f.ports.next()
	caller := netip.AddrPortFrom(src, uint16(from.Port))
	fail := func(err error) (*conn, error) {
		if f.flows != nil {
			f.flows.refused(at, caller, dst, ever && errors.Is(err, syscall.ECONNREFUSED))
		}
		from.Port = 0
		return nil, err
	}
	if !ok {
		return fail(refused(from, to))
	}
	raw, err := b.dial(ctx, src)
	if err != nil {
		return fail(renamed("dial", from, to, err))
	}
	c := &conn{Conn: raw, fabric: f, local: from, remote: to}
	if f.flows != nil {
		c.session = f.flows.opened(at, caller, dst)
	}
	return c, nil
}

func unmapped(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
