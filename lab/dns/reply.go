package dns

import (
	"net/netip"
	"time"

	"github.com/tranship/tranship/lab/cloud"
)

// Authority is the part of lab/cloud that a Resolver asks: Route 53's servers,
// numbered from 0, each of which may know a different state of the zone.
type Authority interface {
	Servers() int
	Answer(server int, name, qtype string) cloud.Answer
}

// ServFail is the response code, beside those of lab/cloud, of a resolver that
// can't find out.
const ServFail = cloud.ServFail

// Reply is what a client of the resolver gets.
type Reply struct {
	Rcode string
	// Records in random order, a CNAME before what it leads to. TTL is what
	// remains of it, in whole seconds and rounded down, so that nobody behind
	// this cache holds a record longer than its zone allowed. No records and
	// NOERROR is NODATA: the name exists, the type doesn't.
	Records []cloud.Record
	// Additional are records that save the client a question: the addresses
	// of the hosts that SRV records name.
	Additional []cloud.Record
	// SOA comes with NXDOMAIN and NODATA; TTL is what remains of the time for
	// which the absence may be cached.
	SOA *cloud.Record
	// FromCache: no authoritative server was asked.
	FromCache bool
	// Stale: past its TTL, because no authoritative server answered.
	Stale bool
	// Dropped: the client had sent too many packets; it gets nothing at all.
	Dropped bool
	// At is when the authoritative server said so; of a chain of CNAMEs, when
	// the oldest part was said.
	At time.Time
}

// Addrs gives the addresses among the records, in the order of the reply.
func (r Reply) Addrs() []netip.Addr {
	var out []netip.Addr
	for _, rec := range r.Records {
		if rec.Type != "A" && rec.Type != "AAAA" {
			continue
		}
		if a, err := netip.ParseAddr(rec.Data); err == nil {
			out = append(out, a)
		}
	}
	return out
}
