package cloud

import (
	"net/netip"
	"time"
)

// pool hands out the addresses of a subnet. An address that was used before is
// taken as soon as it has cooled down, so that stale answers meet new owners.
type pool struct {
	zone Zone
	next netip.Addr
	free []cooling // oldest first
	down bool      // LoseZone
}

type cooling struct {
	addr  netip.Addr
	until time.Time
}

func (c *Cloud) setVPC(v VPC) {
	c.cfg.VPC = v
	c.zones = make([]pool, len(v.Zones))
	for i, z := range v.Zones {
		// AWS keeps the first four addresses and the last one of a subnet.
		// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
		first := z.CIDR.Masked().Addr()
		for range 4 {
			first = first.Next()
		}
		c.zones[i] = pool{zone: z, next: first}
	}
}

func (p *pool) take(now time.Time) (netip.Addr, bool) {
	if len(p.free) > 0 && !p.free[0].until.After(now) {
		a := p.free[0].addr
		p.free = p.free[1:]
		return a, true
	}
	a := p.next
	if !p.zone.CIDR.Contains(a.Next()) {
		return netip.Addr{}, false
	}
	p.next = a.Next()
	return a, true
}

func (p *pool) give(a netip.Addr, until time.Time) {
	p.free = append(p.free, cooling{a, until})
}
