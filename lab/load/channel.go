package load

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// channels are one client's HTTP/2 connections, one for each service, as a gRPC
// client keeps them. A connection that the server has taken leave of with GOAWAY
// gets no new call; those under way end on it.
type channels struct {
	slots []slot // by target
}

type slot struct {
	mu      sync.Mutex              // held while it is dialled: who comes meanwhile waits for it
	present atomic.Pointer[channel] // nil also once it has ended: a dead connection is held by nobody
	leaving []*channel              // with calls under way
}

// channel is one connection, and what the verdict on it needs.
type channel struct {
	*http.ClientConn
	*link
	ended *ending
}

// ending is a connection that remembers how it ended, because net/http's HTTP/2
// says it in words only: the first error of reading from it, unless it was closed
// on this side, and whether the server said GOAWAY before.
type ending struct {
	net.Conn
	err    atomic.Pointer[error]
	goAway atomic.Bool
	over   atomic.Pointer[func()] // called at the end

	head [frameHead]byte // of the present frame, as far as it has come
	have int
	skip int // bytes of its payload still to come
}

// A frame begins with its length in three bytes, its type, flags, and the stream
// in four: RFC 9113, 4.1. GOAWAY is type 7.
const (
	frameHead   = 9
	goAwayFrame = 7
)

func (e *ending) Read(b []byte) (int, error) {
	n, err := e.Conn.Read(b)
	e.follow(b[:n])
	if err != nil {
		if !errors.Is(err, net.ErrClosed) {
			e.err.CompareAndSwap(nil, &err)
		}
		if over := e.over.Load(); over != nil {
			(*over)()
		}
	}
	return n, err
}

// whenOver has f called at the end, also where that was before. It may be called twice.
func (e *ending) whenOver(f func()) {
	e.over.Store(&f)
	if e.err.Load() != nil {
		f()
	}
}

// follow reads the heads of the frames that go by.
func (e *ending) follow(b []byte) {
	for len(b) > 0 {
		if e.skip > 0 {
			n := min(e.skip, len(b))
			e.skip, b = e.skip-n, b[n:]
			continue
		}
		n := copy(e.head[e.have:], b)
		e.have, b = e.have+n, b[n:]
		if e.have < frameHead {
			return
		}
		e.have, e.skip = 0, int(e.head[0])<<16|int(e.head[1])<<8|int(e.head[2])
		if e.head[3] == goAwayFrame {
			e.goAway.Store(true)
		}
	}
}

func newChannels(targets int) *channels { return &channels{slots: make([]slot, targets)} }

// take gives a connection with a place reserved for one call, dialling if there
// is none; reused says that it was open before.
func (cs *channels) take(target int, dial func() (*channel, *failure)) (ch *channel, reused bool, _ *failure) {
	s := &cs.slots[target]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tidy()
	if ch := s.present.Load(); ch != nil {
		if ch.Reserve() == nil {
			return ch, true, nil
		}
		s.present.Store(nil)
		s.leaving = append(s.leaving, ch)
	}
	ch, fail := dial()
	if fail != nil {
		return nil, false, fail
	}
	if err := ch.Reserve(); err != nil { // it said GOAWAY, or was cut, as it was made
		fail := ch.blame(err)
		_ = ch.ClientConn.Close()
		return ch, false, fail
	}
	s.present.Store(ch)
	ch.ended.whenOver(func() { s.present.CompareAndSwap(ch, nil) })
	return ch, false, nil
}

// tidy lets go of those that have nothing left to do, or have ended. InFlight
// alone does not say so: net/http goes on counting the calls that a connection's
// end cut off while it waited for the answer to a PING (pendingResets).
func (s *slot) tidy() {
	s.leaving = slices.DeleteFunc(s.leaving, func(ch *channel) bool {
		done := ch.InFlight() == 0 || ch.Err() != nil
		if done {
			_ = ch.ClientConn.Close()
		}
		return done
	})
}

// close ends all connections; no call may run any more.
func (cs *channels) close() {
	for i := range cs.slots {
		s := &cs.slots[i]
		s.mu.Lock()
		for _, ch := range append(s.leaving, s.present.Swap(nil)) {
			if ch != nil {
				_ = ch.ClientConn.Close()
			}
		}
		s.leaving = nil
		s.mu.Unlock()
	}
}

// dialing is what the transport needs to hand out one connection that is there.
type dialing struct{}

// transport makes HTTP/2 of connections. It is never asked to send anything by
// itself: that would send again what a connection lost.
func transport() *http.Transport {
	p := &http.Protocols{}
	p.SetUnencryptedHTTP2(true)
	return &http.Transport{
		Protocols: p, DisableCompression: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			if c, ok := ctx.Value(dialing{}).(net.Conn); ok { // channel below puts it there
				return c, nil
			}
			return nil, errors.New("load: this transport dials nothing by itself")
		},
	}
}

// channel looks up, dials and begins HTTP/2.
func (r *Runner) channel(ctx context.Context, c *client, target int, deadline time.Time) (*channel, netip.AddrPort, *failure) {
	l, dst, fail := r.open(ctx, c, target, deadline)
	if fail != nil {
		return nil, dst, fail
	}
	e := &ending{Conn: l.Conn}
	cc, err := r.transport.NewClientConn(context.WithValue(ctx, dialing{}, net.Conn(e)), "http", dst.String())
	ch := &channel{ClientConn: cc, link: l, ended: e}
	if err != nil {
		_ = l.Close()
		return ch, dst, ch.blame(err)
	}
	return ch, dst, nil
}
