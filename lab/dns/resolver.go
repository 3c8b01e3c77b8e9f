package dns

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"

	"github.com/tranship/tranship/lab/cloud"
)

// maxChain is how many CNAMEs are followed before the resolver gives up.
const maxChain = 8

// Config says which resolver it is. The zero value is one zone, no limit, and no
// answer past its TTL.
type Config struct {
	Seed uint64
	// Zone tells the availability zone of a client, each of which has a cache;
	// nil: all are in one.
	Zone func(client netip.Addr) string
	// PacketLimit is how many packets a second one client may send, 0 for any
	// number; PacketsPerSecond is AWS's.
	PacketLimit int
	// ServeStale is how long past its TTL an answer is still given where the
	// authoritative servers give none. AWS says that it does so, and not for
	// how long.
	// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-availability-scaling.html
	ServeStale time.Duration
	// LogAsked writes to the query log only what no cache could answer, the
	// zone's included. Otherwise what the client's own could not answer.
	// Which of them AWS means is not confirmed.
	// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs.html
	LogAsked bool
}

// Resolver is the VPC's resolver: a small cache beside each client, behind them
// one for each zone, which asks an authoritative server picked at random. An
// answer is given until its TTL is over, counted from when the authoritative
// server said it, however many caches it went through. The same seed and the
// same calls give the same replies. It is not safe for concurrent use.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-availability-scaling.html
type Resolver struct {
	auth    Authority
	cfg     Config
	rand    *rand.Rand
	clients *clients

	log   func(QueryLog)
	owner QueryLogOwner
}

// NewResolver makes a resolver with empty caches.
func NewResolver(auth Authority, cfg Config) *Resolver {
	r := &Resolver{auth: auth, cfg: cfg, rand: rand.New(rand.NewPCG(cfg.Seed, 53))}
	r.clients = newClients(&r.cfg)
	return r
}

// Lookup resolves a name for nobody in particular, by the zone's cache alone.
func (r *Resolver) Lookup(now time.Time, name, qtype string) Reply {
	return r.Ask(now, Query{Name: name, Type: qtype, Transport: UDP})
}

// Ask resolves a name for a client.
func (r *Resolver) Ask(now time.Time, q Query) Reply {
	q.Client = netip.AddrPortFrom(q.Client.Addr().Unmap(), q.Client.Port())
	q.Name, q.Type = canonical(q.Name), strings.ToUpper(q.Type)
	c := r.clients.of(now, q.Client.Addr())
	if !c.admit(now, r.cfg.PacketLimit) {
		return Reply{Dropped: true, At: now}
	}
	reply, own := r.resolve(now, c, q.Name, q.Type)
	if r.log != nil && !own && (!r.cfg.LogAsked || !reply.FromCache) {
		r.log(r.logged(now, q, reply))
	}
	return reply
}

// resolve follows a name; own says that the client's own cache was enough.
func (r *Resolver) resolve(now time.Time, c *client, name, qtype string) (reply Reply, own bool) {
	reply, own = Reply{FromCache: true, At: now}, true
	for range maxChain {
		e, where := r.answer(now, c, name, qtype)
		own = own && where == ownCache
		reply.FromCache = reply.FromCache && where != authority
		reply.Stale = reply.Stale || where == stale
		if e.at.Before(reply.At) {
			reply.At = e.at
		}
		reply.Records = r.appendFresh(reply.Records, e.Records, e.at, now)
		if e.next != "" {
			name = e.next
			continue
		}
		reply.Rcode = e.Rcode
		if reply.Rcode == cloud.Refused && len(reply.Records) > 0 {
			// The chain leads out of what these servers know, and there is no
			// other DNS in the lab.
			reply.Rcode = ServFail
		}
		if len(e.Additional) > 0 {
			reply.Additional = r.appendFresh(nil, e.Additional, e.at, now)
		}
		if e.SOA != nil {
			soa := *e.SOA
			soa.TTL = remaining(uint32(e.ttl/time.Second), e.at, now)
			reply.SOA = &soa
		}
		return reply, own
	}
	return Reply{Rcode: ServFail, FromCache: reply.FromCache, At: reply.At}, own
}

// source is where an answer came from.
type source uint8

const (
	ownCache source = iota
	zoneCache
	authority
	stale // from a cache, past its TTL
)

// answer finds the answer in the client's cache, in the zone's, or asks.
func (r *Resolver) answer(now time.Time, c *client, name, qtype string) (*entry, source) {
	if c.cache != nil {
		if e := c.get(now, name, qtype, 0); e != nil {
			return e, ownCache
		}
	}
	if e := c.zone.get(now, name, qtype, 0); e != nil {
		c.keep(now, name, qtype, e, r.cfg.ServeStale)
		return e, zoneCache
	}
	e := &entry{at: now, Answer: cloud.Answer{Rcode: ServFail}}
	if n := r.auth.Servers(); n > 0 {
		e.Answer = r.auth.Answer(r.rand.IntN(n), name, qtype)
	}
	if e.Rcode == ServFail && r.cfg.ServeStale > 0 {
		if old := c.zone.get(now, name, qtype, r.cfg.ServeStale); old != nil {
			return old, stale
		}
	}
	e.ttl = cacheFor(e.Answer)
	e.next = followed(e.Answer, qtype)
	c.zone.put(now, name, qtype, e, r.cfg.ServeStale)
	c.keep(now, name, qtype, e, r.cfg.ServeStale)
	return e, authority
}

// keep puts an answer into the client's own cache, if it has one.
func (c *client) keep(now time.Time, name, qtype string, e *entry, stale time.Duration) {
	if c.cache != nil {
		c.put(now, name, qtype, e, stale)
	}
}

// appendFresh adds records said at a time with the TTL that remains, in an order
// of this reply's own.
func (r *Resolver) appendFresh(to, records []cloud.Record, at, now time.Time) []cloud.Record {
	if len(records) == 0 {
		return to
	}
	first := len(to)
	to = append(to, records...)
	added := to[first:]
	for i := range added {
		added[i].TTL = remaining(added[i].TTL, at, now)
	}
	for i := len(added) - 1; i > 0; i-- {
		j := r.rand.IntN(i + 1)
		added[i], added[j] = added[j], added[i]
	}
	return to
}

// remaining is what is left of a TTL, rounded down to seconds.
func remaining(ttl uint32, at, now time.Time) uint32 {
	age := now.Sub(at)
	if age <= 0 {
		return ttl
	}
	gone := (age + time.Second - 1) / time.Second
	if gone >= time.Duration(ttl) {
		return 0
	}
	return ttl - uint32(gone)
}

// canonical is the form under which names are cached and asked for.
func canonical(name string) string {
	if !strings.HasSuffix(name, ".") {
		name += "."
	}
	return strings.ToLower(name)
}
