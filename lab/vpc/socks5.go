package vpc

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Socks5Config is what the door needs. Dial, Lookup and Source are required.
type Socks5Config struct {
	// Dial opens the connection; Fabric.Dial.
	Dial func(ctx context.Context, src netip.Addr, dst netip.AddrPort) (net.Conn, error)
	// Lookup finds the addresses of a name, as a client inside the VPC would.
	// The name comes as the client wrote it.
	Lookup func(ctx context.Context, name string) ([]netip.Addr, error)
	// Source is the VPC address of whoever comes through the door.
	Source netip.Addr
	// Seed decides which of several addresses is taken.
	Seed uint64
	// Timeout bounds the handshake, and then lookup and dial; 10 s if 0.
	Timeout time.Duration
}

// Socks5 is the door into the VPC: a SOCKS5 server (RFC 1928) that knows
// CONNECT without authentication. Names are resolved inside; of several
// addresses one is taken at random and tried once, so that a caller sees each
// failure there is. It never connects anywhere but through the fabric.
type Socks5 struct {
	cfg      Socks5Config
	listener net.Listener
	addr     netip.AddrPort
	cancel   context.CancelFunc
	running  sync.WaitGroup

	mu    sync.Mutex
	rand  *rand.Rand
	conns map[net.Conn]bool // nil once the server cuts what is left
}

// ServeSocks5 starts the door on a loopback address such as "127.0.0.1:0".
// It outlives ctx, whose values alone go on; Stop it when done.
func ServeSocks5(ctx context.Context, address string, cfg Socks5Config) (*Socks5, error) {
	if cfg.Dial == nil || cfg.Lookup == nil || !cfg.Source.IsValid() {
		return nil, errors.New("vpc: socks5: Dial, Lookup and Source are required")
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	want, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("vpc: socks5: listen on %q: want an address like 127.0.0.1:0: %w", address, err)
	}
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(want))
	if err != nil {
		return nil, fmt.Errorf("vpc: socks5: listen on %s: %w", address, err)
	}
	addr, err := netip.ParseAddrPort(l.Addr().String())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("vpc: socks5: listen on %s: %w", address, err), l.Close())
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &Socks5{
		cfg: cfg, listener: l, addr: addr, cancel: cancel,
		rand:  rand.New(rand.NewPCG(cfg.Seed, 5)),
		conns: map[net.Conn]bool{},
	}
	s.running.Go(func() { s.accept(ctx) })
	return s, nil
}

// Addr is where the door listens.
func (s *Socks5) Addr() netip.AddrPort { return s.addr }

// Stop lets nobody in any more and waits for open connections to end; when ctx
// ends first it cuts them and returns ctx's error. Nothing runs afterwards.
func (s *Socks5) Stop(ctx context.Context) error {
	_ = s.listener.Close() // a second Stop finds it closed
	done := make(chan struct{})
	go func() { s.running.Wait(); close(done) }()
	var err error
	select {
	case <-done:
	case <-ctx.Done():
		err = fmt.Errorf("vpc: socks5: cut open connections: %w", ctx.Err())
		s.cut()
		<-done
	}
	s.cancel()
	return err
}

func (s *Socks5) cut() {
	s.cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close()
	}
	s.conns = nil
}

// track remembers a connection so that cut can end it; false after a cut.
func (s *Socks5) track(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns == nil {
		_ = c.Close()
		return false
	}
	s.conns[c] = true
	return true
}

func (s *Socks5) release(c net.Conn) {
	_ = c.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

func (s *Socks5) accept(ctx context.Context) {
	for {
		c, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of file descriptors, or the client is gone again
			select {
			case <-ctx.Done():
				return
			case <-time.After(10 * time.Millisecond):
				continue
			}
		}
		s.running.Go(func() {
			if s.track(c) {
				defer s.release(c)
				s.serve(ctx, c)
			}
		})
	}
}

// serve does one client's exchange. Errors end in a reply code, or in closing:
// there is nobody else to tell.
func (s *Socks5) serve(ctx context.Context, client net.Conn) {
	_ = client.SetDeadline(time.Now().Add(s.cfg.Timeout))
	to, err := handshake(client)
	if err != nil {
		return // handshake has answered what can be answered
	}
	dialling, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	target, err := s.connect(dialling, to)
	cancel()
	_ = client.SetDeadline(time.Now().Add(s.cfg.Timeout))
	if err != nil {
		_ = reply(client, replyTo(err), nil)
		return
	}
	if !s.track(target) {
		return
	}
	defer s.release(target)
	if reply(client, succeeded, target.LocalAddr()) != nil {
		return
	}
	_ = client.SetDeadline(time.Time{})
	relay(client, target)
}

func (s *Socks5) connect(ctx context.Context, to target) (net.Conn, error) {
	addr := to.addr
	if to.name != "" {
		addrs, err := s.cfg.Lookup(ctx, to.name)
		if err == nil && len(addrs) == 0 {
			err = &net.DNSError{Err: "no such host", Name: to.name, IsNotFound: true}
		}
		if err != nil {
			return nil, &lookupError{err}
		}
		s.mu.Lock()
		addr = addrs[s.rand.IntN(len(addrs))]
		s.mu.Unlock()
	}
	return s.cfg.Dial(ctx, s.cfg.Source, netip.AddrPortFrom(addr, to.port))
}

// relay carries bytes both ways until both halves have ended, or one breaks.
func relay(a, b net.Conn) {
	var back sync.WaitGroup
	back.Go(func() { carry(a, b) })
	carry(b, a)
	back.Wait()
}
