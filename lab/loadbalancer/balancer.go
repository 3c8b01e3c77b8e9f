package loadbalancer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
)

// balancer is one load balancer that runs.
type balancer struct {
	cfg    Config
	kind   kind
	dns    string
	addrs  []netip.Addr // one of each zone
	fronts map[netip.AddrPort]*front
}

// start takes the addresses. Nothing listens yet, and no name leads there.
func start(cfg Config, k kind, dns string) (*balancer, error) {
	b := &balancer{cfg: cfg, kind: k, dns: dns, fronts: map[netip.AddrPort]*front{}}
	for _, zone := range cfg.Zones {
		a, err := cfg.Pool.Allocate(cfg.Clock(), zone)
		if err != nil {
			b.stop()
			return nil, fmt.Errorf("an address for load balancer %s: %w", dns, err)
		}
		b.addrs = append(b.addrs, a)
	}
	return b, nil
}

// follow opens and closes listeners until they are those that are wanted, tells
// the open ones where to send, and then the name where to lead.
func (b *balancer) follow(ctx context.Context, w *wanted) error {
	var errs []error
	want := map[netip.AddrPort]router{}
	for port, rules := range w.listeners {
		for _, a := range b.addrs {
			want[netip.AddrPortFrom(a, port)] = rules
		}
	}
	for at, f := range b.fronts {
		if _, ok := want[at]; !ok {
			f.close()
			delete(b.fronts, at)
		}
	}
	for _, at := range slices.SortedFunc(maps.Keys(want), netip.AddrPort.Compare) {
		rules := want[at]
		if f := b.fronts[at]; f != nil {
			f.rules.Store(&rules)
			continue
		}
		f, err := open(ctx, b.kind, at, b.cfg.Fabric, rules)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		b.fronts[at] = f
	}
	b.cfg.Names.SetLoadBalancer(b.dns, slices.Clone(b.addrs))
	b.cfg.Names.SetLoadBalancerHealth(b.dns, w.ready())
	return errors.Join(errs...)
}

// stop takes the name away, then the listeners, and gives the addresses back.
func (b *balancer) stop() {
	b.cfg.Names.SetLoadBalancer(b.dns, nil)
	for _, f := range b.fronts {
		f.close()
	}
	clear(b.fronts)
	for _, a := range b.addrs {
		b.cfg.Pool.Release(b.cfg.Clock(), a)
	}
	b.addrs = nil
}
