package load

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"
)

// link is a connection and what the verdict on it needs.
type link struct {
	net.Conn
	dst         netip.AddrPort
	at          time.Time // established, on the lab's clock
	born        time.Time // the same moment on the machine's, for its age
	unavailable chan bool // the watcher's word once the link is taken: true = unusable
}

// pool keeps one client's idle connections. While a connection is idle, a
// goroutine waits in its Read, so that one which the peer closes is dropped at
// once, as real pools do, and is not found out by the next request. The same
// Read's deadline ends it when it has been idle, or is open, for too long.
type pool struct {
	idleFor, age time.Duration
	size         int

	mu      sync.Mutex
	closed  bool
	idle    [][]*link // by target; the last was used last
	watches sync.WaitGroup
}

func newPool(c Caches, targets int) *pool {
	return &pool{idleFor: c.PoolIdle, age: c.PoolAge, size: c.PoolSize, idle: make([][]*link, targets)}
}

// past is a deadline that ends a Read now.
var past = time.Unix(1, 0)

// get takes the connection that was used last, nil if there is none.
func (p *pool) get(target int) *link {
	for {
		p.mu.Lock()
		n := len(p.idle[target])
		if n == 0 {
			p.mu.Unlock()
			return nil
		}
		l := p.idle[target][n-1]
		p.idle[target] = slices.Delete(p.idle[target], n-1, n) // and with it the reference to it
		p.mu.Unlock()
		// An error here shows in the watcher's Read too.
		_ = l.SetReadDeadline(past)
		if dead := <-l.unavailable; !dead && time.Since(l.born) < p.age {
			return l
		}
		_ = l.Close()
	}
}

// put gives a connection back, or closes it if it is too old or one too many.
func (p *pool) put(target int, l *link) {
	limit := min(p.idleFor, p.age-time.Since(l.born))
	if limit <= 0 || l.SetReadDeadline(time.Now().Add(limit)) != nil {
		_ = l.Close()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.idle[target]) >= p.size {
		_ = l.Close()
		return
	}
	p.idle[target] = append(p.idle[target], l)
	if l.unavailable == nil {
		l.unavailable = make(chan bool, 1)
	}
	p.watches.Go(func() { p.watch(target, l) })
}

// watch waits for the idle connection's end, or for being taken.
func (p *pool) watch(target int, l *link) {
	var one [1]byte
	n, err := l.Read(one[:])
	p.mu.Lock()
	k := slices.Index(p.idle[target], l)
	if k >= 0 {
		p.idle[target] = slices.Delete(p.idle[target], k, k+1)
	}
	p.mu.Unlock()
	if k >= 0 {
		_ = l.Close()
		return
	}
	// Anything but our own deadline is the peer's end, or words that nobody
	// asked for.
	l.unavailable <- n > 0 || !errors.Is(err, os.ErrDeadlineExceeded)
}

// close ends all idle connections and waits for their watchers. Connections in
// use are closed when they are put back.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	for _, list := range p.idle {
		for _, l := range list {
			_ = l.Close()
		}
	}
	p.mu.Unlock()
	p.watches.Wait()
}
