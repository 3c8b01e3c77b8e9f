package cloud

import (
	"strconv"
	"strings"
)

// Record is a DNS record. Name and the host names in Data end with a dot.
type Record struct {
	Name, Type string
	TTL        uint32
	Data       string
}

// Answer is what a server says. SOA comes with NXDOMAIN and with NODATA, which
// is NOERROR without Records; its TTL is the namespace's, its minimum in Data
// the 86400 of Route 53, and the smaller of both is the negative TTL.
type Answer struct {
	Rcode   string // NOERROR, NXDOMAIN, REFUSED or SERVFAIL
	Records []Record
	// Additional are the addresses of the hosts that SRV records name.
	Additional []Record
	SOA        *Record
}

// Rcodes of an Answer.
const (
	NoError  = "NOERROR"
	NXDomain = "NXDOMAIN"
	Refused  = "REFUSED"  // no zone that this server knows
	ServFail = "SERVFAIL" // the server did not answer
)

// most is how many records a MULTIVALUE answer has at most.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-multivalue.html
const most = 8

// Answer is what authoritative server n, from 0 on, says now to the resolver of
// the VPC about name (in any case, with or without the trailing dot): of a
// MULTIVALUE service up to eight at random, of a WEIGHTED one a single one. A
// private zone hides every public one that it is in, also a longer one. What it
// costs depends on the service that is asked for, not on how many there are.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html
func (c *Cloud) Answer(server int, name, qtype string) Answer {
	name = lowerName(name)
	n := c.zone(name, false)
	if own := c.route53.own(name, n); own != nil && server >= 0 && server < c.cfg.Servers && !c.silent[server] {
		return own.answer(name, qtype)
	}
	if n == nil {
		n = c.zone(name, true)
	}
	return c.answer(n, server, name, qtype)
}

// AnswerPublic is Answer as the rest of the world gets it: of public zones alone.
func (c *Cloud) AnswerPublic(server int, name, qtype string) Answer {
	name = lowerName(name)
	return c.answer(c.zone(name, true), server, name, qtype)
}

// SilenceServer lets authoritative server n give no answer, or answer again.
func (c *Cloud) SilenceServer(server int, silent bool) {
	if c.silent == nil {
		c.silent = map[int]bool{}
	}
	c.silent[server] = silent
}

func lowerName(name string) string {
	if !strings.HasSuffix(name, ".") {
		name += "."
	}
	return strings.ToLower(name)
}

func (c *Cloud) answer(n *namespace, server int, name, qtype string) Answer {
	if server < 0 || server >= c.cfg.Servers {
		return Answer{Rcode: Refused}
	}
	if c.silent[server] {
		return Answer{Rcode: ServFail}
	}
	if a, ok := c.loadBalancer(name, qtype); ok {
		return a
	}
	if n == nil {
		return Answer{Rcode: Refused}
	}
	if svc := n.names[name]; svc != nil {
		if s := svc.seen[server]; s.exists {
			return c.answerService(n, svc, s, name, qtype)
		}
	}
	if name == n.origin() {
		return n.apex(qtype)
	}
	e, svc, below := n.host(server, name)
	switch {
	case e != nil:
		return e.address(n, name, qtype, uint32(svc.seen[server].ttl[kindSRV]))
	case below:
		return n.nothing(NoError)
	}
	return n.nothing(NXDomain)
}

// answerService answers for a name that a service has records of.
func (c *Cloud) answerService(n *namespace, svc *service, s *snapshot, name, qtype string) Answer {
	kind := recordKind(qtype)
	if s.ttl[kindCNAME] >= 0 {
		kind = kindCNAME // whatever is asked for
	}
	if kind < 0 || s.ttl[kind] < 0 {
		return n.nothing(NoError)
	}
	a := Answer{Rcode: NoError}
	for _, e := range c.drawn(s, kind) {
		switch {
		case e.alias != "":
			a.Records = append(a.Records, c.aliased(e.alias, name, qtype)...)
		default:
			a.Records = append(a.Records, e.record(svc, name, kind, uint32(s.ttl[kind])))
		}
		if kind == kindSRV {
			a.Additional = append(a.Additional, e.addresses(svc, uint32(s.ttl[kind]))...)
		}
	}
	if len(a.Records) == 0 {
		return n.nothing(NoError)
	}
	return a
}

// drawn are the entries whose records make the answer, in random order. They are
// good until the next call.
func (c *Cloud) drawn(s *snapshot, kind int) []*entry {
	c.drawing = c.drawing[:0]
	for _, healthy := range []bool{true, false} {
		for _, e := range s.entries {
			if e.has(kind) && (!healthy || c.healthy(e)) {
				c.drawing = append(c.drawing, e)
			}
		}
		if len(c.drawing) > 0 {
			break
		}
		// Nobody is healthy: then all count as if they were.
	}
	n := most
	if s.weighted {
		n = 1
	}
	out := make([]*entry, 0, min(n, len(c.drawing)))
	for _, p := range c.pick(len(c.drawing), n) {
		out = append(out, c.drawing[p])
	}
	return out
}

// address answers for the host of an SRV record.
func (e *entry) address(n *namespace, name, qtype string, ttl uint32) Answer {
	switch {
	case qtype == "A" && e.v4.IsValid():
		return Answer{Rcode: NoError, Records: []Record{{name, "A", ttl, e.v4.String()}}}
	case qtype == "AAAA" && e.v6.IsValid():
		return Answer{Rcode: NoError, Records: []Record{{name, "AAAA", ttl, e.v6.String()}}}
	}
	return n.nothing(NoError)
}

// addresses are the records of the host that an SRV record names.
func (e *entry) addresses(svc *service, ttl uint32) (out []Record) {
	if e.v4.IsValid() {
		out = append(out, Record{e.host(svc), "A", ttl, e.v4.String()})
	}
	if e.v6.IsValid() {
		out = append(out, Record{e.host(svc), "AAAA", ttl, e.v6.String()})
	}
	return out
}

// host is the name that an SRV record of the instance points to.
func (e *entry) host(svc *service) string { return strings.ToLower(e.id) + "." + svc.fqdn }

// has says that the instance has a record of a kind.
func (e *entry) has(kind int) bool {
	switch kind {
	case kindA:
		return e.v4.IsValid() || e.alias != ""
	case kindAAAA:
		return e.v6.IsValid() || e.alias != ""
	case kindSRV:
		return e.port != ""
	}
	return e.cname != ""
}

func (e *entry) record(svc *service, name string, kind int, ttl uint32) Record {
	switch kind {
	case kindA:
		return Record{name, "A", ttl, e.v4.String()}
	case kindAAAA:
		return Record{name, "AAAA", ttl, e.v6.String()}
	case kindSRV:
		port, _ := strconv.Atoi(e.port)
		return Record{name, "SRV", ttl, "1 1 " + strconv.Itoa(port) + " " + e.host(svc)}
	}
	return Record{name, "CNAME", ttl, strings.TrimSuffix(e.cname, ".") + "."}
}

// pick is up to most of 0…n-1 at random, in random order. The result is good
// until the next call.
func (c *Cloud) pick(n, most int) []int32 {
	if cap(c.scratch) < n {
		c.scratch = make([]int32, n)
	}
	p := c.scratch[:n]
	for i := range p {
		p[i] = int32(i)
	}
	k := min(n, most)
	for i := range k {
		j := i + c.dice.below(n-i)
		p[i], p[j] = p[j], p[i]
	}
	return p[:k]
}
