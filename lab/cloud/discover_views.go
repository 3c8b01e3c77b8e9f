package cloud

import (
	"net/netip"
	"slices"
)

// DiscoverViews is the history of what DiscoverInstances answers for a service
// when it is asked for healthy instances, in order of time, as Views is that of
// the name servers: the addresses of all of them, without a TTL, as of one server.
func (c *Cloud) DiscoverViews(serviceID string) []View {
	if svc := c.services[idOf(&serviceID)]; svc != nil {
		return slices.Clip(svc.discovered)
	}
	for _, svc := range c.former {
		if svc.id == serviceID {
			return slices.Clip(svc.discovered)
		}
	}
	return nil
}

// discover makes DiscoverInstances say that state of the service from now on.
func (c *Cloud) discover(svc *service, s *snapshot) {
	svc.seen[c.cfg.Servers] = s
	addrs := s.healthyAddrs(svc.custom)
	n := len(svc.discovered)
	if n > 0 && slices.Equal(svc.discovered[n-1].Addrs, addrs) || n == 0 && len(addrs) == 0 {
		return
	}
	if n > 0 && svc.discovered[n-1].At.Equal(c.now) {
		svc.discovered[n-1].Addrs = addrs
		return
	}
	c.forgetDiscovered(svc)
	svc.discovered = append(svc.discovered, View{At: c.now, Addrs: addrs})
}

// healthyAddrs are the addresses of the instances that are not known to be
// unhealthy, sorted.
func (s *snapshot) healthyAddrs(custom bool) (out []netip.Addr) {
	for _, e := range s.entries {
		if e.v4.IsValid() && !(custom && e.unhealthy) {
			out = append(out, e.v4)
		}
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return slices.Compact(out)
}
