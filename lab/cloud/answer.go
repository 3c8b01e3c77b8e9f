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

const (
	soaData = "ns-1536.awsdns-00.co.uk. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
	nsTTL   = 172800
)

var nsNames = []string{"ns-1536.awsdns-00.co.uk.", "ns-0.awsdns-00.com.", "ns-1024.awsdns-00.org.", "ns-512.awsdns-00.net."}

// Answer is what authoritative server n, from 0 on, says now about name (in any
// case, with or without the trailing dot): of a MULTIVALUE service up to eight
// at random, of a WEIGHTED one a single one.
func (c *Cloud) Answer(server int, name, qtype string) Answer {
	name = strings.ToLower(name)
	if !strings.HasSuffix(name, ".") {
		name += "."
	}
	if server < 0 || server >= c.cfg.Servers {
		return Answer{Rcode: Refused}
	}
	if a, ok := c.loadBalancer(name, qtype); ok {
		return a
	}
	zone := c.zone(name)
	if zone == nil {
		return Answer{Rcode: Refused}
	}
	if svc := c.names[name]; svc != nil {
		s := svc.seen[server]
		if len(s.entries) > 0 && s.ttl != [4]int64{-1, -1, -1, -1} {
			if a, ok := c.alias(s, name, qtype); ok {
				return a
			}
			kind := recordKind(qtype)
			if s.ttl[kindCNAME] >= 0 {
				kind = kindCNAME
			}
			if kind >= 0 && s.ttl[kind] >= 0 {
				if a := (Answer{Rcode: NoError, Records: c.records(svc, s, name, kind)}); len(a.Records) > 0 {
					return a
				}
			}
			return zone.nothing(NoError)
		}
	}
	if name == zone.origin() {
		switch qtype {
		case "SOA":
			return Answer{Rcode: NoError, Records: []Record{*zone.soaRecord()}}
		case "NS":
			a := Answer{Rcode: NoError}
			for _, ns := range nsNames {
				a.Records = append(a.Records, Record{Name: name, Type: "NS", TTL: nsTTL, Data: ns})
			}
			return a
		}
		return zone.nothing(NoError)
	}
	below := false
	for _, svc := range zone.services {
		if svc.fqdn == "" {
			continue
		}
		s := svc.seen[server]
		if len(s.entries) == 0 {
			continue
		}
		below = below || strings.HasSuffix(svc.fqdn, "."+name)
		if s.ttl[kindSRV] < 0 {
			continue
		}
		for _, e := range s.entries {
			switch host := e.host(svc); {
			case host == name:
				return e.address(zone, name, qtype, uint32(s.ttl[kindSRV]))
			case strings.HasSuffix(host, "."+name):
				below = true
			}
		}
	}
	if below {
		return zone.nothing(NoError)
	}
	return zone.nothing(NXDomain)
}

// zone is the one with the longest origin that name is in.
func (c *Cloud) zone(name string) (best *namespace) {
	for _, n := range c.namespaces {
		if !n.hasZone() || n.creating || best != nil && len(n.name) <= len(best.name) {
			continue
		}
		if o := n.origin(); name == o || strings.HasSuffix(name, "."+o) {
			best = n
		}
	}
	return best
}

func (n *namespace) soaRecord() *Record {
	return &Record{Name: n.origin(), Type: "SOA", TTL: uint32(n.soa), Data: soaData}
}

func (n *namespace) nothing(rcode string) Answer { return Answer{Rcode: rcode, SOA: n.soaRecord()} }

// host is the name that an SRV record of the instance points to.
func (e *entry) host(svc *service) string { return strings.ToLower(e.id) + "." + svc.fqdn }

// address answers for the host of an SRV record.
func (e *entry) address(zone *namespace, name, qtype string, ttl uint32) Answer {
	switch {
	case qtype == "A" && e.v4.IsValid():
		return Answer{Rcode: NoError, Records: []Record{{name, "A", ttl, e.v4.String()}}}
	case qtype == "AAAA" && e.v6.IsValid():
		return Answer{Rcode: NoError, Records: []Record{{name, "AAAA", ttl, e.v6.String()}}}
	}
	return zone.nothing(NoError)
}

// records draws an answer from a server's view.
func (c *Cloud) records(svc *service, s *snapshot, name string, kind int) []Record {
	usable := 0
	for _, e := range s.entries {
		if s.answers(e) && e.has(kind) {
			usable++
		}
	}
	most := 8
	if s.weighted {
		most = 1
	}
	picked := c.pick(usable, most)
	out := make([]Record, len(picked))
	nth := int32(0)
	for _, e := range s.entries {
		if !s.answers(e) || !e.has(kind) {
			continue
		}
		for at, p := range picked {
			if p == nth {
				out[at] = e.record(svc, name, kind, uint32(s.ttl[kind]))
			}
		}
		nth++
	}
	return out
}

func (e *entry) has(kind int) bool {
	switch kind {
	case kindA:
		return e.v4.IsValid()
	case kindAAAA:
		return e.v6.IsValid()
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
