package cloud

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

const (
	soaData = "ns-1536.awsdns-00.co.uk. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
	nsTTL   = 172800
)

var nsNames = []string{"ns-1536.awsdns-00.co.uk.", "ns-0.awsdns-00.com.", "ns-1024.awsdns-00.org.", "ns-512.awsdns-00.net."}

// zone is, of the public or the private ones, that with the longest origin that
// name is in. There are few: maxNamespaces.
func (c *Cloud) zone(name string, public bool) (best *namespace) {
	for _, n := range c.namespaces {
		if n.creating || !n.hasZone() || (n.kind == types.NamespaceTypeDnsPublic) != public || best != nil && len(n.lower) <= len(best.lower) {
			continue
		}
		if within(name, n.lower) {
			best = n
		}
	}
	return best
}

// within says that name is origin, or below it.
func within(name, origin string) bool {
	at := len(name) - len(origin)
	return at == 0 && name == origin || at > 0 && name[at-1] == '.' && name[at:] == origin
}

func (n *namespace) soaRecord() *Record {
	return &Record{Name: n.origin(), Type: "SOA", TTL: uint32(n.soa), Data: soaData}
}

// nothing is NXDOMAIN or NODATA, with what says how long it holds.
func (n *namespace) nothing(rcode string) Answer { return Answer{Rcode: rcode, SOA: n.soaRecord()} }

// apex answers for the zone's own name.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html
func (n *namespace) apex(qtype string) Answer {
	switch qtype {
	case "SOA":
		return Answer{Rcode: NoError, Records: []Record{*n.soaRecord()}}
	case "NS":
		a := Answer{Rcode: NoError}
		for _, ns := range nsNames {
			a.Records = append(a.Records, Record{Name: n.origin(), Type: "NS", TTL: nsTTL, Data: ns})
		}
		return a
	}
	return n.nothing(NoError)
}

// host finds the instance whose SRV record names a host, as one server knows it.
// below says that there are names below this one, so that it exists itself.
// https://www.rfc-editor.org/rfc/rfc8020
func (n *namespace) host(server int, name string) (_ *entry, _ *service, below bool) {
	if server < len(n.above) {
		below = n.above[server][name] > 0
	}
	for at := strings.IndexByte(name, '.') + 1; at < len(name)-len(n.lower); {
		if svc := n.names[name[at:]]; svc != nil {
			e, inside := svc.seen[server].host(name[:at-1])
			if e != nil {
				return e, svc, false
			}
			below = below || inside
		}
		at += strings.IndexByte(name[at:], '.') + 1
	}
	return nil, nil, below
}

// host finds the instance with an id, in lower case, among those with an SRV
// record and an address. inside says that ids end with a dot and this one.
func (s *snapshot) host(id string) (_ *entry, inside bool) {
	if s.ttl[kindSRV] < 0 {
		return nil, false
	}
	if s.hosts == nil {
		s.hosts, s.inside = map[string]*entry{}, map[string]bool{}
		for _, e := range s.entries {
			if e.port == "" || !e.v4.IsValid() && !e.v6.IsValid() {
				continue
			}
			id := strings.ToLower(e.id)
			s.hosts[id] = e
			for {
				_, rest, dot := strings.Cut(id, ".")
				if !dot {
					break
				}
				s.inside[rest], id = true, rest
			}
		}
	}
	return s.hosts[id], s.inside[id]
}

// named makes a service known to DNS under its name. Where one of the same name
// was deleted before, what the servers say of that goes on until they know better.
func (n *namespace) named(svc *service) {
	if n.names == nil {
		n.names = map[string]*service{}
	}
	svc.said = make([]View, len(svc.seen)-1)
	for server := range svc.said {
		svc.said[server].TTL = svc.truth.viewTTL()
	}
	if o := n.names[svc.fqdn]; o != nil {
		copy(svc.seen[:len(svc.seen)-1], o.seen)
		copy(svc.said, o.said)
		o.successor = svc
	}
	n.names[svc.fqdn] = svc
}

// exists notes for one server that a name has records, or none any more: the
// names above it exist with it.
func (n *namespace) exists(server int, name string, yes bool) {
	if n.above == nil {
		n.above = make([]map[string]int, len(n.reached))
		for i := range n.above {
			n.above[i] = map[string]int{}
		}
	}
	for {
		name = name[strings.IndexByte(name, '.')+1:]
		if len(name) <= len(n.lower) {
			return
		}
		if yes {
			n.above[server][name]++
		} else if n.above[server][name]--; n.above[server][name] == 0 {
			delete(n.above[server], name)
		}
	}
}
