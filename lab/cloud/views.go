package cloud

import (
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// View is what one server may answer for a service from At on, until that
// server's next View: every address that an answer may include, after health
// and fall-open, not sampled. Where the service has no A records but SRV ones,
// they are the addresses behind those. Before its first View a server has none.
type View struct {
	At     time.Time
	Server int
	TTL    time.Duration
	Addrs  []netip.Addr // sorted; shared, not to be changed
}

// Views is the history of a service's answers, in order of time: all of it, or
// with Config.History what goes back as far as that.
func (c *Cloud) Views(serviceID string) []View {
	if svc := c.services[idOf(&serviceID)]; svc != nil {
		return slices.Clip(svc.history)
	}
	for _, svc := range c.former {
		if svc.id == serviceID {
			return slices.Clip(svc.history)
		}
	}
	return nil
}

// Servers is how many authoritative servers answer.
func (c *Cloud) Servers() int { return c.cfg.Servers }

// entry is what the records of one instance say. It never changes.
type entry struct {
	id         string
	attributes map[string]string
	v4, v6     netip.Addr
	alias      string // in lower case, with trailing dot
	cname      string
	port       string
	unhealthy  bool
}

func newEntry(i *instance) *entry {
	e := &entry{id: i.id, attributes: i.attributes, cname: i.attributes[keyCNAME], port: i.attributes[keyPort], unhealthy: i.unhealthy}
	if a := i.attributes[keyAlias]; a != "" {
		e.alias = lowerName(a)
	}
	if a := i.attributes[keyIPv4]; a != "" {
		e.v4, _ = netip.ParseAddr(a)
	}
	if a := i.attributes[keyIPv6]; a != "" {
		e.v6, _ = netip.ParseAddr(a)
	}
	return e
}

// snapshot is a state of a service's records. It never changes, but for what is
// worked out when it is first asked for.
type snapshot struct {
	entries  []*entry // by id
	weighted bool
	ttl      [4]int64 // by kindA…; -1: no records of this type
	revision int64
	exists   bool // there is a record
	aliases  bool // some lead to a load balancer

	hosts  map[string]*entry // with SRV records, by id in lower case
	inside map[string]bool   // what ids with dots end with
}

const (
	kindA = iota
	kindAAAA
	kindSRV
	kindCNAME
)

func recordKind(t string) int {
	switch t {
	case "A":
		return kindA
	case "AAAA":
		return kindAAAA
	case "SRV":
		return kindSRV
	case "CNAME":
		return kindCNAME
	}
	return -1
}

func (svc *service) snapshot() *snapshot {
	s := &snapshot{
		entries: make([]*entry, len(svc.instances)), weighted: svc.routing == types.RoutingPolicyWeighted,
		ttl: [4]int64{-1, -1, -1, -1}, revision: svc.revision,
	}
	for n, i := range svc.instances {
		s.entries[n] = i.entry
	}
	for _, r := range svc.records {
		s.ttl[recordKind(string(r.Type))] = *r.TTL
	}
	for _, e := range s.entries {
		for kind, ttl := range s.ttl {
			s.exists = s.exists || ttl >= 0 && e.has(kind)
		}
		s.aliases = s.aliases || e.alias != ""
	}
	return s
}

// addrs are the addresses that an answer of this state may lead to, after health
// and fall-open, sorted.
func (c *Cloud) addrs(s *snapshot) (out []netip.Addr) {
	for kind := kindA; kind <= kindSRV; kind++ {
		if s.ttl[kind] < 0 {
			continue
		}
		someone := slices.ContainsFunc(s.entries, func(e *entry) bool { return e.has(kind) && c.healthy(e) })
		for _, e := range s.entries {
			// When nobody is healthy, all are in.
			// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-multivalue.html
			if !e.has(kind) || someone && !c.healthy(e) {
				continue
			}
			if lb := c.loadBalancers[e.alias]; lb != nil {
				for _, a := range lb.addrs {
					if a.Is4() == (kind == kindA) {
						out = append(out, a)
					}
				}
			}
			if e.v4.IsValid() && kind != kindAAAA {
				out = append(out, e.v4)
			}
			if e.v6.IsValid() && kind != kindA {
				out = append(out, e.v6)
			}
		}
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return slices.Compact(out)
}

// viewTTL is how long an answer may be held: the longest of its types.
func (s *snapshot) viewTTL() time.Duration {
	ttl := max(s.ttl[kindA], s.ttl[kindAAAA], s.ttl[kindSRV], 0)
	if s.aliases {
		if !slices.ContainsFunc(s.entries, func(e *entry) bool { return e.alias == "" }) {
			ttl = 0
		}
		ttl = max(ttl, loadBalancerTTL)
	}
	return time.Duration(ttl) * time.Second
}

// publish sends the present truth of a service on its way to every server. A
// server gets the changes of a zone in their order.
func (c *Cloud) publish(svc *service) {
	s := svc.snapshot()
	svc.truth = s
	at := c.now.Sub(c.cfg.Start)
	t := &c.cfg.Timing
	if svc.fqdn != "" {
		reached := svc.namespace.reached
		for server := range reached {
			arrives := max(at+c.spread.tail(t.PropagationMin, t.PropagationMax), reached[server])
			reached[server] = arrives
			c.queue.push(arrives, func() { c.arrive(svc, server, s) })
		}
	}
	arrives := max(at+c.spread.between(t.DiscoverMin, t.DiscoverMax)+c.stale(svc), svc.reached)
	svc.reached = arrives
	c.queue.push(arrives, func() { c.discover(svc, s) })
}

func (c *Cloud) arrive(svc *service, server int, s *snapshot) {
	for svc.successor != nil {
		svc = svc.successor
	}
	before := svc.seen[server]
	svc.seen[server] = s
	if before.exists != s.exists {
		svc.namespace.exists(server, svc.fqdn, s.exists)
	}
	c.view(svc, server)
}

// view notes what a server may answer from now on, if that is new.
func (c *Cloud) view(svc *service, server int) {
	s := svc.seen[server]
	v := View{At: c.now, Server: server, TTL: s.viewTTL(), Addrs: c.addrs(s)}
	if said := svc.said[server]; slices.Equal(said.Addrs, v.Addrs) && said.TTL == v.TTL {
		return
	}
	svc.said[server] = v
	for i := len(svc.history) - 1; i >= 0 && svc.history[i].At.Equal(c.now); i-- {
		if svc.history[i].Server == server {
			svc.history[i] = v // two changes that arrive together are one
			return
		}
	}
	c.forgetViews(svc)
	svc.history = append(svc.history, v)
	if c.cfg.Log {
		c.note("VIEW", svc.fqdn, "server "+strconv.Itoa(server)+": "+strconv.Itoa(len(v.Addrs))+" addresses")
	}
}

// settle makes every server say the truth at once.
func (c *Cloud) settle(svc *service) {
	s := svc.snapshot()
	svc.truth = s
	if svc.fqdn != "" {
		for server := range c.cfg.Servers {
			c.arrive(svc, server, s)
		}
	}
	c.discover(svc, s)
}
