package cloud

import (
	"net/netip"
	"slices"
)

// loadBalancer is what DNS knows of one.
type loadBalancer struct {
	addrs     []netip.Addr
	unhealthy bool
}

// SetLoadBalancer says which addresses a load balancer's DNS name leads to from
// now on; none takes the name away. Elastic Load Balancing keeps that record
// itself, so it needs no propagation here.
func (c *Cloud) SetLoadBalancer(dnsName string, addrs []netip.Addr) {
	c.changeLoadBalancer(dnsName, func(lb *loadBalancer) {
		lb.addrs = slices.Clone(addrs)
		slices.SortFunc(lb.addrs, netip.Addr.Compare)
	})
}

// SetLoadBalancerHealth says whether a load balancer has a healthy target. An
// alias is as healthy as its load balancer: Cloud Map's have EvaluateTargetHealth.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_RegisterInstance.html
func (c *Cloud) SetLoadBalancerHealth(dnsName string, healthy bool) {
	c.changeLoadBalancer(dnsName, func(lb *loadBalancer) { lb.unhealthy = !healthy })
}

func (c *Cloud) changeLoadBalancer(dnsName string, change func(*loadBalancer)) {
	name := lowerName(dnsName)
	lb := loadBalancer{}
	if known := c.loadBalancers[name]; known != nil {
		lb = *known
	}
	change(&lb)
	switch {
	case len(lb.addrs) == 0:
		delete(c.loadBalancers, name)
	default:
		if c.loadBalancers == nil {
			c.loadBalancers = map[string]*loadBalancer{}
		}
		c.loadBalancers[name] = &lb
	}
	for _, n := range c.namespaces {
		for _, svc := range n.services { // by name
			for server := range c.cfg.Servers {
				if svc.fqdn != "" && svc.seen[server].aliases {
					c.view(svc, server)
				}
			}
		}
	}
}

// loadBalancerTTL is that of a load balancer's addresses, and of an alias that
// leads to one.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values-alias.html
const loadBalancerTTL = 60

// loadBalancer answers for a load balancer's own DNS name.
func (c *Cloud) loadBalancer(name, qtype string) (Answer, bool) {
	if c.loadBalancers[name] == nil {
		return Answer{}, false
	}
	return Answer{Rcode: NoError, Records: c.aliased(name, name, qtype)}, true
}

// aliased are the addresses that a load balancer has now, under the name asked for.
func (c *Cloud) aliased(to, name, qtype string) (out []Record) {
	lb := c.loadBalancers[to]
	if lb == nil {
		return nil
	}
	for _, ip := range lb.addrs {
		if qtype == "A" && ip.Is4() || qtype == "AAAA" && ip.Is6() {
			out = append(out, Record{name, qtype, loadBalancerTTL, ip.String()})
		}
	}
	return out
}

// healthy says whether an instance's records count as healthy.
func (c *Cloud) healthy(e *entry) bool {
	if e.alias != "" {
		lb := c.loadBalancers[e.alias]
		return lb != nil && !lb.unhealthy
	}
	return !e.unhealthy
}
