package cloud

import (
	"net/netip"
	"slices"
	"strings"
)

// SetLoadBalancer says which addresses a load balancer's DNS name leads to from
// now on; none takes the name away. Elastic Load Balancing keeps that record
// itself, so it needs no propagation here.
func (c *Cloud) SetLoadBalancer(dnsName string, addrs []netip.Addr) {
	name := strings.ToLower(strings.TrimSuffix(dnsName, ".")) + "."
	if len(addrs) == 0 {
		delete(c.loadBalancers, name)
		return
	}
	if c.loadBalancers == nil {
		c.loadBalancers = map[string][]netip.Addr{}
	}
	addrs = slices.Clone(addrs)
	slices.SortFunc(addrs, netip.Addr.Compare)
	c.loadBalancers[name] = addrs
}

// loadBalancerTTL is that of a load balancer's addresses, and of an alias that
// leads to one.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values-alias.html
const loadBalancerTTL = 60

// loadBalancer answers for a load balancer's own DNS name.
func (c *Cloud) loadBalancer(name, qtype string) (Answer, bool) {
	addrs, ok := c.loadBalancers[name]
	if !ok {
		return Answer{}, false
	}
	a := Answer{Rcode: NoError}
	for _, ip := range addrs {
		if qtype == "A" && ip.Is4() || qtype == "AAAA" && ip.Is6() {
			a.Records = append(a.Records, Record{name, qtype, loadBalancerTTL, ip.String()})
		}
	}
	return a, true
}

// alias answers for a service whose instances are aliases: with the addresses
// that one of its targets, drawn at random, has now, under the name asked for.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_RegisterInstance.html
func (c *Cloud) alias(s *snapshot, name, qtype string) (Answer, bool) {
	var targets []string
	for _, e := range s.entries {
		if to := e.attributes[keyAlias]; to != "" && s.answers(e) {
			targets = append(targets, to)
		}
	}
	kind := recordKind(qtype)
	if len(targets) == 0 || kind != kindA && kind != kindAAAA || s.ttl[kind] < 0 {
		return Answer{}, false
	}
	to := targets[c.pick(len(targets), 1)[0]]
	a, _ := c.loadBalancer(strings.ToLower(strings.TrimSuffix(to, "."))+".", qtype)
	for n := range a.Records {
		a.Records[n].Name = name
	}
	return a, len(a.Records) > 0
}
