package lab

import (
	"context"
	"net/netip"

	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/loadbalancer"
)

// balancerNames is where the model keeps the names of load balancers.
type balancerNames struct{ l *Lab }

// SetLoadBalancer makes a load balancer's name lead to its addresses, from now on.
func (b balancerNames) SetLoadBalancer(dnsName string, addrs []netip.Addr) {
	b.l.live.do(func(c *cloud.Cloud) {
		c.SetLoadBalancer(dnsName, addrs)
		b.l.estate.ELB().SetLoadBalancer(dnsName, len(addrs) > 0)
	})
}

// SetLoadBalancerHealth says whether anything behind it is ready.
func (b balancerNames) SetLoadBalancerHealth(dnsName string, healthy bool) {
	b.l.live.do(func(c *cloud.Cloud) { c.SetLoadBalancerHealth(dnsName, healthy) })
}

func (l *Lab) startLoadBalancers(ctx context.Context) error {
	if !l.Options.LoadBalancers {
		return nil
	}
	c, err := loadbalancer.New(loadbalancer.Config{
		Client: l.kube, Pool: l.pool, Fabric: l.fabric, Names: balancerNames{l}, Region: l.Options.Region, Zones: l.zones(),
	})
	if err != nil {
		return err
	}
	return l.startLoop(ctx, c)
}
