package dns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	miekg "github.com/miekg/dns"
)

// LookupFunc answers one question of a client, whose address is the one that its
// packet came from. It is called from several goroutines at once, so a Resolver
// behind it needs a lock.
type LookupFunc func(q Query) Reply

// Server answers on one port, over UDP and TCP. To its clients it is a resolver
// that recurses; it is never authoritative.
type Server struct {
	addr     netip.AddrPort
	udp, tcp *miekg.Server
	running  sync.WaitGroup
}

// Serve starts a server on an address such as "127.0.0.1:0", where port 0 means
// any that is free for UDP and TCP alike. Stop it when done.
func Serve(address string, lookup LookupFunc) (*Server, error) {
	want, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("dns: listen on %q: want an address like 127.0.0.1:0: %w", address, err)
	}
	packets, listener, err := listen(want)
	if err != nil {
		return nil, fmt.Errorf("dns: listen on %s: %w", address, err)
	}
	addr, err := netip.ParseAddrPort(listener.Addr().String())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("dns: listen on %s: %w", address, err), packets.Close(), listener.Close())
	}
	handler := miekg.HandlerFunc(func(w miekg.ResponseWriter, req *miekg.Msg) {
		q, limit := from(w.RemoteAddr())
		if out := respond(req, q, limit, lookup); out != nil {
			// The client that doesn't wait for its answer is the only reason
			// for an error here.
			_, _ = w.Write(out)
		}
	})
	s := &Server{
		addr: addr,
		udp:  &miekg.Server{PacketConn: packets, Handler: handler, UDPSize: ednsSize},
		tcp:  &miekg.Server{Listener: listener, Handler: handler, IdleTimeout: idle},
	}
	var started sync.WaitGroup
	for _, m := range []*miekg.Server{s.udp, s.tcp} {
		started.Add(1)
		m.NotifyStartedFunc = started.Done
		s.running.Go(func() {
			// Ends with Stop; a socket of our own can't fail to be served.
			_ = m.ActivateAndServe()
		})
	}
	started.Wait()
	return s, nil
}

func idle() time.Duration { return 10 * time.Second }

// Addr is where the server listens, over UDP and TCP.
func (s *Server) Addr() netip.AddrPort { return s.addr }

// Stop takes no more queries and waits for those that are being answered.
// Nothing runs afterwards. It returns ctx's error if that ended first.
func (s *Server) Stop(ctx context.Context) error {
	var errs []error
	for _, m := range []*miekg.Server{s.udp, s.tcp} {
		if err := m.ShutdownContext(ctx); err != nil {
			errs = append(errs, fmt.Errorf("dns: stop %v: %w", s.addr, err))
		}
	}
	s.running.Wait() // sockets are closed and answers written with a deadline
	return errors.Join(errs...)
}

// listen finds a port that both protocols can have: the kernel promises a free
// one for UDP only.
func listen(want netip.AddrPort) (net.PacketConn, net.Listener, error) {
	for attempt := 1; ; attempt++ {
		packets, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(want))
		if err != nil {
			return nil, nil, err
		}
		got, err := netip.ParseAddrPort(packets.LocalAddr().String())
		if err != nil {
			return nil, nil, errors.Join(err, packets.Close())
		}
		listener, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(got))
		if err == nil {
			return packets, listener, nil
		}
		_ = packets.Close()
		if attempt == 20 || !errors.Is(err, syscall.EADDRINUSE) {
			return nil, nil, err
		}
	}
}

// from tells who asks and how, and how much fits into the answer if the client
// asks for no more.
func from(a net.Addr) (q Query, limit int) {
	switch a := a.(type) {
	case *net.TCPAddr:
		return Query{Client: unmapped(a.AddrPort()), Transport: TCP}, miekg.MaxMsgSize
	case *net.UDPAddr:
		q.Client = unmapped(a.AddrPort())
	}
	q.Transport = UDP
	return q, miekg.MinMsgSize
}

func unmapped(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
