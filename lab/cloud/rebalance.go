package cloud

import (
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func (svc *ecsService) rebalances() bool {
	return svc.in.AvailabilityZoneRebalancing == types.AvailabilityZoneRebalancingEnabled && svc.status == "ACTIVE" && !svc.daemon()
}

// balance compares the zones of a service in steady state, a while later, and
// moves a task where they are more than one apart: the new one comes up first.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html
func (c *Cloud) balance(svc *ecsService, keep []*task) {
	if !svc.rebalances() || svc.comparing {
		return
	}
	if _, _, apart := c.spreadOf(svc, keep); !apart {
		if svc.unbalanced {
			svc.unbalanced = false
			svc.tell(c, "is AZ balanced with "+c.zoneCounts(svc, keep)+".")
		}
		return
	}
	svc.comparing = true
	c.after(c.cfg.Timing.Rebalance, func() {
		svc.comparing = false
		if svc.rebalances() && svc.steady && !svc.deploying() {
			c.move(svc)
		}
	})
}

// move starts one task in the zone with the fewest.
func (c *Cloud) move(svc *ecsService) {
	keep := slices.DeleteFunc(slices.Clone(svc.tasks), func(t *task) bool { return !t.live() || t.doomed })
	least, _, apart := c.spreadOf(svc, keep)
	if !apart || len(keep) != svc.desired || svc.most(svc.desired) <= len(keep) {
		return
	}
	if !svc.unbalanced {
		svc.unbalanced = true
		svc.tell(c, "is not AZ balanced with "+c.zoneCounts(svc, keep)+". AZ Rebalancing in progress.")
	}
	zone := c.zones[least].zone.Name
	ip, ok := c.zones[least].take(c.now)
	if !ok {
		svc.tell(c, "is unable to place a task in "+zone+" because no address is free.")
		return
	}
	t := c.placeAt(svc, svc.deployments[0], least, ip)
	c.bringUp(t, c.sched.between(c.cfg.Timing.StartMin, c.cfg.Timing.StartMax))
	svc.mover, svc.steady = t, false
	svc.tell(c, "has started 1 tasks in "+zone+" to AZ Rebalance: (task "+t.id+").")
}

// moving says how many tasks there may be beyond the desired count, as long as
// the one that moves comes up. Once that is healthy, one of the fullest zone is
// stopped for it.
func (c *Cloud) moving(svc *ecsService, keep []*task) ([]*task, int) {
	m := svc.mover
	if m == nil {
		return keep, 0
	}
	if !slices.Contains(keep, m) || len(keep) <= svc.desired {
		svc.mover = nil // it died, or is needed anyway
		return keep, 0
	}
	if !m.healthy() {
		return keep, 1
	}
	svc.mover = nil
	_, most, apart := c.spreadOf(svc, slices.DeleteFunc(slices.Clone(keep), func(t *task) bool { return t == m }))
	i := slices.IndexFunc(keep, func(t *task) bool { return t.zone == most && !c.protected(t) })
	if i < 0 || !apart {
		return keep, 0 // scale-in takes the surplus
	}
	t := keep[i]
	c.stop(t, types.TaskStopCodeServiceSchedulerInitiated, "Task stopped by Availability Zone rebalancing")
	svc.tell(c, "has stopped 1 running tasks in "+c.zones[t.zone].zone.Name+" due to AZ rebalancing: (task "+t.id+").")
	return slices.Delete(slices.Clone(keep), i, i+1), 0
}

// spreadOf finds the zones with the fewest and with the most tasks, of those
// where the service may start any, and whether they are more than one apart.
func (c *Cloud) spreadOf(svc *ecsService, keep []*task) (least, most int, apart bool) {
	may, counts := c.placeable(svc.deployments[0].network), c.perZone(keep)
	least, most = -1, -1
	for z, n := range counts {
		if may[z] && (least < 0 || n < counts[least]) {
			least = z
		}
		if most < 0 || n > counts[most] {
			most = z
		}
	}
	return least, most, least >= 0 && counts[most]-counts[least] > 1
}

func (c *Cloud) perZone(tasks []*task) []int {
	counts := make([]int, len(c.zones))
	for _, t := range tasks {
		counts[t.zone]++
	}
	return counts
}

// zoneCounts is such as "2 tasks in ap-south-1a, and 0 tasks in ap-south-1b".
func (c *Cloud) zoneCounts(svc *ecsService, keep []*task) string {
	var parts []string
	may := c.placeable(svc.deployments[0].network)
	for z, n := range c.perZone(keep) {
		if may[z] || n > 0 {
			parts = append(parts, strconv.Itoa(n)+" tasks in "+c.zones[z].zone.Name)
		}
	}
	if n := len(parts) - 1; n > 0 {
		parts[n] = "and " + parts[n]
	}
	return strings.Join(parts, ", ")
}
