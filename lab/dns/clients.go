package dns

import (
	"net/netip"
	"time"
)

// PacketsPerSecond is how many packets a network interface may send to the VPC's
// resolver in a second; more are dropped. It can't be raised.
// https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
const PacketsPerSecond = 1024

// client is what the resolver's service on a client's host knows of it.
type client struct {
	*cache
	zone    *cache
	second  int64 // the one that packets are counted for
	packets int
}

// clients are the resolver's services on all hosts, by the interface's address.
type clients struct {
	cfg    *Config
	known  map[netip.Addr]*client
	zones  map[string]*cache
	nobody client // has no cache of its own
	sweep  int
}

func newClients(cfg *Config) *clients {
	c := &clients{cfg: cfg, known: map[netip.Addr]*client{}, zones: map[string]*cache{}, sweep: 1024}
	c.nobody.zone = c.zone("")
	return c
}

func (c *clients) zone(name string) *cache {
	z := c.zones[name]
	if z == nil {
		z = newCache()
		c.zones[name] = z
	}
	return z
}

// of finds the client with an address, or makes one.
func (c *clients) of(now time.Time, a netip.Addr) *client {
	if !a.IsValid() {
		return &c.nobody
	}
	known := c.known[a]
	if known == nil {
		c.makeRoom(now)
		name := ""
		if c.cfg.Zone != nil {
			name = c.cfg.Zone(a)
		}
		known = &client{cache: newCache(), zone: c.zone(name)}
		c.known[a] = known
	}
	return known
}

// makeRoom forgets clients that remember nothing any more: pods come and go.
func (c *clients) makeRoom(now time.Time) {
	if len(c.known) < c.sweep {
		return
	}
	for a, known := range c.known {
		if known.forget(now, c.cfg.ServeStale); len(known.entries) == 0 && known.second < now.Unix() {
			delete(c.known, a)
		}
	}
	c.sweep = max(1024, 2*len(c.known))
}

// admit counts a packet; false drops it.
func (c *client) admit(now time.Time, limit int) bool {
	if limit <= 0 || c.cache == nil {
		return true
	}
	if s := now.Unix(); s != c.second {
		c.second, c.packets = s, 0
	}
	c.packets++
	return c.packets <= limit
}
