package cloud

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// placeable says for each zone whether a task of this network may start there
// now: one of its subnets lies in it, and the zone is not lost. Without a
// network configuration any subnet is meant.
func (c *Cloud) placeable(network *types.NetworkConfiguration) []bool {
	out := make([]bool, len(c.zones))
	for i := range c.zones {
		p := &c.zones[i]
		out[i] = !p.down && (network == nil || network.AwsvpcConfiguration == nil ||
			slices.Contains(network.AwsvpcConfiguration.Subnets, p.zone.Subnet))
	}
	return out
}

// address takes one in the zone with the fewest, of those that may be. Between
// equals it begins with from.
func (c *Cloud) address(counts []int, may []bool, from int) (zone int, ip netip.Addr, ok bool) {
	may = slices.Clone(may)
	for {
		zone = -1
		for n := range c.zones {
			z := (from + n) % len(c.zones)
			if may[z] && (zone < 0 || counts[z] < counts[zone]) {
				zone = z
			}
		}
		if zone < 0 {
			return 0, netip.Addr{}, false
		}
		if ip, ok = c.zones[zone].take(c.now); ok {
			return zone, ip, true
		}
		may[zone] = false
	}
}

func (c *Cloud) zoneBy(name string) int {
	return slices.IndexFunc(c.zones, func(p pool) bool { return p.zone.Name == name })
}

// LoseZone is an availability zone gone: the containers of its tasks end at
// once, and none starts there. ECS takes them for lost a while later, between
// Timing.LossMin and LossMax, and starts others elsewhere. It says whether
// there is such a zone.
func (c *Cloud) LoseZone(name string) bool {
	z := c.zoneBy(name)
	if z < 0 {
		return false
	}
	c.zones[z].down = true
	for _, t := range c.taskOrder {
		if t.zone != z || t.lost || t.last == stopped {
			continue
		}
		t.lost = true
		if t.launched && !t.exited {
			t.exited, t.exitCode, t.over = true, 137, c.now
			c.effect(KillTask, t, 0)
		}
		c.after(c.more.between(c.cfg.Timing.LossMin, c.cfg.Timing.LossMax), func() { c.lost(t) })
	}
	return true
}

// lost is when ECS sees that a task went with its zone.
func (c *Cloud) lost(t *task) {
	switch {
	case t.live():
		c.stop(t, types.TaskStopCodeTerminationNotice, "Host in "+c.zones[t.zone].zone.Name+" was lost")
		c.kick(t.svc)
	case t.last == stopping || t.last == deactivating:
		c.deprovision(t)
	}
}

// RestoreZone ends LoseZone: tasks may start there again.
func (c *Cloud) RestoreZone(name string) bool {
	z := c.zoneBy(name)
	if z < 0 {
		return false
	}
	c.zones[z].down = false
	for _, cl := range slices.Sorted(maps.Keys(c.clusters)) {
		for _, svc := range c.clusters[cl].services {
			c.kick(svc)
		}
	}
	return true
}
