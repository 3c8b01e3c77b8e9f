package load

import (
	"context"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"
)

// client is one caller: an address of its own, one habit, and what it keeps.
// Several of its requests may run at once.
type client struct {
	habit  Habit
	number int // of the habit, in the order of Habits
	addr   netip.Addr
	pool   *pool // of the habit Pool only
	// channels are of the habits GRPC and Stream only.
	channels *channels

	mu     sync.Mutex
	random *rand.Rand
	kept   []entry // by target

	answered []time.Time // by target: Apart's last; the tally's lock guards it
}

// entry is an answer that a client holds: addresses, or why there are none.
type entry struct {
	addrs []netip.Addr
	none  *failure
	until time.Time
}

// address is where the client goes for this request: one address out of what it
// holds, else of what it is told now.
func (c *client) address(ctx context.Context, r *Runner, target int) (netip.Addr, *failure) {
	asked := r.cfg.Now()
	if a, none, ok := c.held(target, asked); ok {
		return a, none
	}
	t := &r.targets[target]
	answer, err := r.lookup(c.habit)(ctx, c.addr, t.Host)
	if err != nil {
		return netip.Addr{}, of(fmt.Errorf("look up %s: %w", t.Host, err), NoLookup)
	}
	e := entry{addrs: answer.Addrs, none: nothing(t.Host, answer)}
	if c.habit != Discover && (e.none == nil || e.none.kind != NoLookup) {
		r.tally.lookup(target, r.cfg.Now(), e.none != nil)
	}
	// Held from when it was asked: no client of ours may overstep its declared
	// bound by the time the answer took to come.
	e.until = asked.Add(c.keeps(r.cfg.Caches, answer, e.none))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept[target] = e
	if e.none != nil {
		return netip.Addr{}, e.none
	}
	return c.choose(e.addrs), nil
}

// lookup is where clients of the habit ask.
func (r *Runner) lookup(h Habit) Lookup {
	switch h {
	case Discover:
		return r.cfg.Discover
	case CoreDNS:
		return r.cfg.ClusterDNS
	default:
		return r.cfg.Network.Lookup
	}
}

func (c *client) held(target int, now time.Time) (netip.Addr, *failure, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := &c.kept[target]
	if !now.Before(e.until) {
		return netip.Addr{}, nil, false
	}
	if e.none != nil {
		return netip.Addr{}, e.none, true
	}
	return c.choose(e.addrs), nil, true
}

// nothing says why an answer is no use, nil if it is.
func nothing(host string, a Answer) *failure {
	switch {
	case a.Rcode == "NXDOMAIN":
		return failed(NXDomain, fmt.Errorf("look up %s: NXDOMAIN", host))
	case a.Rcode != "" && a.Rcode != "NOERROR":
		return failed(NoLookup, fmt.Errorf("look up %s: %s", host, a.Rcode))
	case len(a.Addrs) == 0:
		return failed(Empty, fmt.Errorf("look up %s: no address in the answer", host))
	}
	return nil
}

// keeps is how long the client holds the answer. Only Fixed30 holds a missing
// one: for the others the resolver does, and they ask it again.
func (c *client) keeps(caches Caches, a Answer, none *failure) time.Duration {
	switch {
	case c.habit == None, none != nil && (c.habit != Fixed30 || none.kind == NoLookup):
		return 0
	case none != nil:
		return caches.FixedNegative
	case c.habit == Fixed30:
		return caches.Fixed
	case c.habit == Discover:
		return caches.Discover
	case c.habit == Pinned:
		return forGood
	}
	return a.TTL
}

// forGood is longer than any lab runs.
const forGood = 1000 * time.Hour

// choose takes one of the addresses, of which there is at least one.
func (c *client) choose(addrs []netip.Addr) netip.Addr {
	if c.habit == Pinned {
		return addrs[0] // always the same
	}
	if c.habit != SameSubnet {
		return addrs[c.random.IntN(len(addrs))]
	}
	best, longest := addrs[0], -1
	for _, a := range addrs {
		if n := common(c.addr, a); n > longest {
			best, longest = a, n
		}
	}
	return best
}

// common is the length of the prefix that two addresses share, in bits; 0 for
// addresses of two families.
func common(a, b netip.Addr) int {
	a, b = a.Unmap(), b.Unmap()
	if a.BitLen() != b.BitLen() {
		return 0
	}
	x, y := a.As16(), b.As16()
	for i := range x {
		if d := x[i] ^ y[i]; d != 0 {
			return i*8 + bits.LeadingZeros8(d) - (128 - a.BitLen())
		}
	}
	return a.BitLen()
}
