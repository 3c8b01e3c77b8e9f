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

// Resolver is the VPC's resolver: it asks an authoritative server picked at
// random, and answers from its cache until the answer's TTL is over, not a
// moment longer. The same seed and the same calls give the same replies. It is
// not safe for concurrent use.
//
// The real resolver is one cache per host behind one per zone, and may serve an
// answer past its TTL while Route 53 doesn't answer; make a Resolver for each
// cache that matters.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-availability-scaling.html
type Resolver struct {
	auth  Authority
	rand  *rand.Rand
	cache map[key]*entry
	sweep int // size of the cache at which expired entries are thrown out

	log   func(QueryLog)
	owner QueryLogOwner
}

type key struct{ name, qtype string }

// noType is where NXDOMAIN is kept: it holds for every type of the name (RFC
// 2308, section 5).
const noType = ""

// entry is one answer of an authoritative server.
type entry struct {
	cloud.Answer
	at   time.Time
	ttl  time.Duration // cached in [at, at+ttl)
	next string        // the name to go on with, if the answer is a CNAME
}

// NewResolver makes a resolver with an empty cache.
func NewResolver(auth Authority, seed uint64) *Resolver {
	return &Resolver{
		auth: auth, rand: rand.New(rand.NewPCG(seed, 53)),
		cache: map[key]*entry{}, sweep: 1024,
	}
}

// Lookup resolves a name for nobody in particular. The name may be written in
// any case, with or without its last dot; qtype is as in "A".
func (r *Resolver) Lookup(now time.Time, name, qtype string) Reply {
	return r.LookupFor(now, netip.Addr{}, name, qtype)
}

// LookupFor is Lookup for a client, whose address goes into the query log.
func (r *Resolver) LookupFor(now time.Time, client netip.Addr, name, qtype string) Reply {
	name, qtype = canonical(name), strings.ToUpper(qtype)
	reply := r.resolve(now, name, qtype)
	if r.log != nil && !reply.FromCache {
		r.log(r.logged(now, client, name, qtype, reply))
	}
	return reply
}

func (r *Resolver) resolve(now time.Time, name, qtype string) Reply {
	reply := Reply{FromCache: true, At: now}
	for range maxChain {
		e, cached := r.answer(now, name, qtype)
		reply.FromCache = reply.FromCache && cached
		if e.at.Before(reply.At) {
			reply.At = e.at
		}
		reply.Records = r.appendFresh(reply.Records, e, now)
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
		if e.SOA != nil {
			soa := *e.SOA
			soa.TTL = remaining(uint32(e.ttl/time.Second), e.at, now)
			reply.SOA = &soa
		}
		return reply
	}
	return Reply{Rcode: ServFail, FromCache: reply.FromCache, At: reply.At}
}

// answer finds the answer in the cache, or asks.
func (r *Resolver) answer(now time.Time, name, qtype string) (_ *entry, cached bool) {
	k, none := key{name, qtype}, key{name, noType}
	for _, k := range [...]key{k, none} {
		if e := r.cache[k]; e != nil && now.Before(e.at.Add(e.ttl)) {
			return e, true
		}
	}
	e := &entry{at: now, Answer: cloud.Answer{Rcode: ServFail}}
	if n := r.auth.Servers(); n > 0 {
		e.Answer = r.auth.Answer(r.rand.IntN(n), name, qtype)
	}
	e.ttl = cacheFor(e.Answer)
	e.next = followed(e.Answer, qtype)
	if e.ttl > 0 {
		r.makeRoom(now)
		if e.Rcode == cloud.NXDomain {
			k = none
		}
		r.cache[k] = e
	}
	return e, false
}

// makeRoom forgets what has expired, now and then: without it, queries for
// names that are asked once would stay for ever.
func (r *Resolver) makeRoom(now time.Time) {
	if len(r.cache) < r.sweep {
		return
	}
	for k, e := range r.cache {
		if !now.Before(e.at.Add(e.ttl)) {
			delete(r.cache, k)
		}
	}
	r.sweep = max(1024, 2*len(r.cache))
}

// appendFresh adds the entry's records with the TTL that remains, in an order
// of this reply's own.
func (r *Resolver) appendFresh(to []cloud.Record, e *entry, now time.Time) []cloud.Record {
	if len(e.Records) == 0 {
		return to
	}
	first := len(to)
	to = append(to, e.Records...)
	added := to[first:]
	for i := range added {
		added[i].TTL = remaining(added[i].TTL, e.at, now)
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
