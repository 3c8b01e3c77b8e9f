package dns

import (
	"time"

	"github.com/tranship/tranship/lab/cloud"
)

type key struct{ name, qtype string }

// noType is where NXDOMAIN is kept: it holds for every type of the name (RFC
// 2308, section 5).
const noType = ""

// entry is one answer of an authoritative server. It never changes, so that the
// cache of a client and that of its zone share it, and forget it together.
type entry struct {
	cloud.Answer
	at   time.Time
	ttl  time.Duration // cached in [at, at+ttl)
	next string        // the name to go on with, if the answer is a CNAME
}

func (e *entry) fresh(now time.Time) bool { return now.Before(e.at.Add(e.ttl)) }

// cache is what one resolver host remembers.
type cache struct {
	entries map[key]*entry
	sweep   int // size at which expired entries are thrown out
}

func newCache() *cache { return &cache{entries: map[key]*entry{}, sweep: 1024} }

// get finds an answer that is kept for at most stale after its end.
func (c *cache) get(now time.Time, name, qtype string, stale time.Duration) *entry {
	for _, k := range [...]key{{name, qtype}, {name, noType}} {
		if e := c.entries[k]; e != nil && e.fresh(now.Add(-stale)) {
			return e
		}
	}
	return nil
}

// put remembers an answer that may be cached.
func (c *cache) put(now time.Time, name, qtype string, e *entry, stale time.Duration) {
	if e.ttl <= 0 {
		return
	}
	c.makeRoom(now, stale)
	if e.Rcode == cloud.NXDomain {
		qtype = noType
	}
	c.entries[key{name, qtype}] = e
}

// makeRoom forgets what has expired, now and then: without it, queries for
// names that are asked once would stay for ever.
func (c *cache) makeRoom(now time.Time, stale time.Duration) {
	if len(c.entries) < c.sweep {
		return
	}
	c.forget(now, stale)
	c.sweep = max(1024, 2*len(c.entries))
}

func (c *cache) forget(now time.Time, stale time.Duration) {
	for k, e := range c.entries {
		if !e.fresh(now.Add(-stale)) {
			delete(c.entries, k)
		}
	}
}
