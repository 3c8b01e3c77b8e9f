package cloud

import (
	"maps"
	"slices"
	"time"
)

// Sweeps run when there is twice as much as the last one left, but not for a
// handful: each thing is so looked at a few times, however long the lab runs.
const handful = 64

// past is the time before which Config.History forgets; false: nothing is forgotten.
func (c *Cloud) past() (time.Time, bool) {
	return c.now.Add(-c.cfg.History), c.cfg.History > 0
}

// forgetViews drops a service's old views, but for what each server said last
// before.
func (c *Cloud) forgetViews(svc *service) {
	past, bounded := c.past()
	if !bounded || len(svc.history) < max(handful, 2*svc.keptViews) {
		return
	}
	said := make([]bool, c.cfg.Servers)
	kept := make([]View, 0, len(svc.history)/2+1)
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
	svc.history, svc.keptViews = kept, len(kept)
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
