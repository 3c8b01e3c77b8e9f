package cloud

import (
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Sweeps run when there is twice as much as the last one left, but not for a
// handful: each thing is so looked at a few times, however long the lab runs.
const handful = 64

// past is the time before which Config.History forgets; false: nothing is forgotten.
func (c *Cloud) past() (time.Time, bool) {
	return c.now.Add(-c.cfg.History), c.cfg.History > 0
}

// longPast says that what was said at a time has been past for as long as the past
// itself lasts. A list in order of time is swept when something in it is: often
// enough that it holds no more than that of two Histories, however little is added
// to it, and seldom enough that each thing is looked at twice.
func (c *Cloud) longPast(at time.Time) bool {
	past, bounded := c.past()
	return bounded && at.Before(past.Add(-c.cfg.History))
}

// forgetViews drops a service's old views, but for what each server said last
// before. Those are the first ones, one for each server at most.
func (c *Cloud) forgetViews(svc *service) {
	if len(svc.history) <= c.cfg.Servers || !c.longPast(svc.history[c.cfg.Servers].At) {
		return
	}
	past, _ := c.past()
	said := make([]bool, c.cfg.Servers)
	kept := make([]View, 0, len(svc.history))
	for _, v := range slices.Backward(svc.history) {
		if v.At.Before(past) {
			if said[v.Server] {
				continue
			}
			said[v.Server] = true
		}
		kept = append(kept, v)
	}
	slices.Reverse(kept)
	svc.history = slices.Clone(kept)
}

// forgetDiscovered drops what DiscoverInstances said of a service before the
// past, but for the last of it.
func (c *Cloud) forgetDiscovered(svc *service) {
	if len(svc.discovered) < 2 || !c.longPast(svc.discovered[1].At) {
		return
	}
	past, _ := c.past()
	k := 0
	for k+1 < len(svc.discovered) && svc.discovered[k+1].At.Before(past) {
		k++
	}
	svc.discovered = slices.Clone(svc.discovered[k:])
}

// forgetEvents drops the events of an ECS service from before the past. AWS keeps
// the latest hundred, which a service that changes little has after hours. What
// came since it was steady stays: it is what is not said again.
func (c *Cloud) forgetEvents(svc *ecsService) {
	past, bounded := c.past()
	if !bounded {
		return
	}
	steady := svc.message(reachedSteady)
	keep := 1 + slices.IndexFunc(svc.events, func(e types.ServiceEvent) bool { return *e.Message == steady })
	if keep == 0 {
		return
	}
	for keep < len(svc.events) && !svc.events[keep].CreatedAt.Before(past) {
		keep++
	}
	svc.events = slices.Delete(svc.events, keep, len(svc.events))
}

// forgetOperations drops operations that ended long ago, and with them the
// CreatorRequestIds that they were asked for with.
func (c *Cloud) forgetOperations() {
	past, bounded := c.past()
	if !bounded || len(c.opOrder) < max(handful, 2*c.kept.operations) {
		return
	}
	c.opOrder = slices.DeleteFunc(c.opOrder, func(o *operation) bool {
		if !o.done || !o.updated.Before(past) {
			return false
		}
		o.forgotten = true
		delete(c.operations, o.id)
		return true
	})
	for _, svc := range c.services {
		maps.DeleteFunc(svc.creators, func(_ string, o *operation) bool { return o.forgotten })
	}
	c.kept.operations = len(c.opOrder)
}

// sweepStopped drops stopped tasks also where nobody asks for tasks.
func (c *Cloud) sweepStopped() {
	if c.cfg.History > 0 && len(c.taskOrder) >= max(handful, 2*c.kept.tasks) {
		c.forgetStopped()
		c.kept.tasks = len(c.taskOrder)
	}
}
