package standin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Time-outs of the server. Idle connections are kept longer than any client of the lab keeps them: a server that closes first
// races the next request, and such a race would be counted against the crossing.
const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 10 * time.Minute
)

// StandIn is a stand-in inside this process. Make one with Start.
type StandIn struct {
	o    Options
	who  []byte
	ln   net.Listener
	addr string
	srv  *http.Server

	ready    atomic.Bool
	draining atomic.Bool
	stopping atomic.Bool

	mu     sync.Mutex
	conns  map[net.Conn]http.ConnState
	shrank chan struct{} // closed when a connection goes; nil while nobody waits for that

	base     context.Context // ends every handler
	cancel   context.CancelFunc
	served   chan struct{} // the accept loop is over
	closing  sync.Once
	dying    sync.Once
	gone     chan struct{}
	stateMu  sync.Mutex // states are told one after the other
	lastTold StateKind
}

var _ Instance = (*StandIn)(nil)

// Start waits Options.StartDelay, listens, and serves until Stop or Kill. ctx bounds the start only.
func Start(ctx context.Context, o Options) (*StandIn, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("stand-in %s: %w", o.Identity.Instance, err)
	}
	who, err := json.Marshal(o.Identity)
	if err != nil {
		return nil, fmt.Errorf("stand-in %s: encoding its identity: %w", o.Identity.Instance, err)
	}
	if err := pause(ctx, o.StartDelay); err != nil {
		return nil, fmt.Errorf("stand-in %s: while starting: %w", o.Identity.Instance, err)
	}
	ln, addr, err := listen(ctx, o.Listen)
	if err != nil {
		return nil, fmt.Errorf("stand-in %s: %w", o.Identity.Instance, err)
	}
	s := &StandIn{
		o: o, who: append(who, '\n'), ln: ln, addr: addr,
		conns:  map[net.Conn]http.ConnState{},
		served: make(chan struct{}),
		gone:   make(chan struct{}),
	}
	s.base, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.ready.Store(!o.NotReady)
	s.srv = &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		ErrorLog:          log.New(io.Discard, "", 0),
		ConnState:         s.track,
		Protocols:         protocols(),
		BaseContext:       func(net.Listener) context.Context { return s.base },
	}
	s.tell(Listening)
	go func() {
		defer close(s.served)
		_ = s.srv.Serve(ln) // ends when the listener closes, which only closeListener and die do
	}()
	return s, nil
}

// protocols are HTTP/1.1, and HTTP/2 without TLS for who begins with it, as gRPC does inside a VPC.
func protocols() *http.Protocols {
	p := &http.Protocols{}
	p.SetHTTP1(true)
	p.SetUnencryptedHTTP2(true)
	return p
}

func listen(ctx context.Context, where string) (net.Listener, string, error) {
	var lc net.ListenConfig
	if path, ok := strings.CutPrefix(where, "unix:"); ok {
		ln, err := lc.Listen(ctx, "unix", path)
		if err != nil {
			return nil, "", fmt.Errorf("listening on %s: %w", where, err)
		}
		return ln, where, nil
	}
	ln, err := lc.Listen(ctx, "tcp", where)
	if err != nil {
		return nil, "", fmt.Errorf("listening on %s: %w", where, err)
	}
	return ln, ln.Addr().String(), nil
}

// Addr is what to dial.
func (s *StandIn) Addr() string { return s.addr }

// SetReady switches /healthz.
func (s *StandIn) SetReady(ready bool) { s.ready.Store(ready) }

// Done is closed when the stand-in is gone: no listener, no connection, no handler.
func (s *StandIn) Done() <-chan struct{} { return s.gone }

// Kill ends it at once.
func (s *StandIn) Kill() { s.die() }

// track follows every connection; net/http calls it for each change of state.
func (s *StandIn) track(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state != http.StateClosed && state != http.StateHijacked {
		s.conns[c] = state
		return
	}
	delete(s.conns, c)
	if s.shrank != nil {
		close(s.shrank)
		s.shrank = nil
	}
}

// open returns how many connections are open, and what is closed when there are fewer.
func (s *StandIn) open() (int, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shrank == nil {
		s.shrank = make(chan struct{})
	}
	return len(s.conns), s.shrank
}

// tell reports a state once, in order.
func (s *StandIn) tell(k StateKind) {
	s.stateMu.Lock()
	defer s.stateMu.Unlock()
	if s.lastTold == k || s.lastTold == Closed {
		return
	}
	s.lastTold = k
	s.o.OnState(State{At: s.o.Now(), Kind: k})
}

// closeListener tells Closed first, so that whoever routes to this address can stop doing so before the port is free for others.
func (s *StandIn) closeListener() {
	s.closing.Do(func() {
		s.tell(Closed)
		_ = s.ln.Close() // nothing to do about an error: the socket is gone either way
	})
}

// die closes everything and waits until the last handler has returned.
func (s *StandIn) die() {
	s.dying.Do(func() {
		s.closeListener()
		s.cancel()
		_ = s.srv.Close()
		<-s.served
		// A connection accepted while the server was closing was not in the server's books yet: close what is left.
		s.closeConns(func(http.ConnState) bool { return true })
		for n, fewer := s.open(); n > 0; n, fewer = s.open() {
			<-fewer
		}
		close(s.gone)
	})
	<-s.gone
}

func (s *StandIn) closeConns(which func(http.ConnState) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c, state := range s.conns {
		if which(state) {
			_ = c.Close()
		}
	}
}

// pause waits, or returns ctx's error.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
