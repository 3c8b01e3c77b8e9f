package cloud

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// schedule is one look of the scheduler: it starts what is missing, stops what
// is too many, and exchanges the tasks of old deployments and those to be
// replaced within minimumHealthyPercent and maximumPercent.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
func (c *Cloud) schedule(svc *ecsService) {
	if svc.status == "INACTIVE" {
		return
	}
	want := c.wanted(svc)
	primary := svc.deployments[0]
	var keep, leave []*task
	for _, t := range svc.tasks {
		switch {
		case !t.live():
		case t.deployment == primary && !t.doomed:
			keep = append(keep, t)
		default:
			leave = append(leave, t)
		}
	}
	keep, surplus := c.moving(svc, keep)
	if n := len(keep) - want - surplus; n > 0 {
		keep = c.scaleIn(svc, keep, n)
	}
	missing, room := want-len(keep), want-len(keep)
	if len(leave) > 0 {
		room = svc.most(want) - len(keep) - len(leave)
	}
	begin := min(missing, room)
	if primary.rollout == types.DeploymentRolloutStateFailed || c.now.Before(svc.notBefore) {
		begin = 0
	}
	var begun []string
	for range begin {
		t := c.start(svc, primary)
		if t == nil {
			c.unplaced(svc, primary)
			break
		}
		begun = append(begun, t.id)
		keep = append(keep, t)
	}
	if len(begun) > 0 {
		svc.steady = false
		svc.event(c, "has started "+countTasks(begun))
	}
	before, blocked := len(leave), missing > 0 && room <= 0
	leave = c.scaleOut(svc, keep, leave, want, blocked)
	if len(leave) < before && len(keep) < want {
		c.kick(svc) // there is room for more now
	}
	c.stuck(svc, keep, leave, missing > 0, blocked && len(leave) == before)
	c.conclude(svc, primary, keep, leave, want)
}

// scaleOut stops those of leave that may go by now, and says which stay.
func (c *Cloud) scaleOut(svc *ecsService, keep, leave []*task, want int, blocked bool) []*task {
	healthy := 0
	for _, t := range keep {
		if t.healthy() {
			healthy++
		}
	}
	counts := func(t *task) bool {
		return t.doomed || t.last == running && t.health != types.HealthStatusUnhealthy
	}
	for _, t := range leave {
		if counts(t) {
			healthy++
		}
	}
	lower := (want*svc.minPercent + 99) / 100
	var gone []string
	leave = slices.DeleteFunc(leave, func(t *task) bool {
		floor := lower
		if !t.doomed && want > 0 && c.protected(t) {
			return false
		}
		if t.doomed {
			// A replacement is started first, if maximumPercent lets it.
			floor = want
			if blocked {
				floor, blocked = 0, false
			}
		}
		if counts(t) {
			if healthy-1 < floor {
				return false
			}
			healthy--
		}
		reason := "Scaling activity initiated by (deployment " + svc.deployments[0].id + ")"
		if t.doomed {
			reason = "Task is unhealthy in service discovery or failed container health checks"
		}
		c.stop(t, types.TaskStopCodeServiceSchedulerInitiated, reason)
		gone = append(gone, t.id)
		return true
	})
	if len(gone) > 0 {
		svc.steady = false
		svc.event(c, "has stopped "+strconv.Itoa(len(gone))+" running tasks: "+taskList(gone)+".")
	}
	return leave
}

// scaleIn stops n tasks: first those not RUNNING yet, then of the zone with
// most. Protected ones stay, unless the service is deleted.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html
func (c *Cloud) scaleIn(svc *ecsService, keep []*task, n int) []*task {
	var spared []*task
	if svc.status == "ACTIVE" {
		keep = slices.DeleteFunc(keep, func(t *task) bool {
			if c.protected(t) {
				spared = append(spared, t)
			}
			return c.protected(t)
		})
	}
	if n > len(keep) {
		n = len(keep)
		svc.tell(c, "was unable to scale in due to (reason "+strconv.Itoa(len(spared))+" tasks under protection)")
	}
	if n == 0 {
		return append(keep, spared...)
	}
	perZone := c.perZone(append(slices.Clone(spared), keep...))
	var gone []string
	for range n {
		t := slices.MinFunc(keep, func(a, b *task) int {
			order := func(t *task) int {
				if t.last == running {
					return 1
				}
				return 0
			}
			return cmp.Or(order(a)-order(b), perZone[b.zone]-perZone[a.zone], cmp.Compare(a.id, b.id))
		})
		keep = slices.DeleteFunc(keep, func(o *task) bool { return o == t })
		perZone[t.zone]--
		c.stop(t, types.TaskStopCodeServiceSchedulerInitiated, "Scaling activity initiated by (deployment "+svc.deployments[0].id+")")
		gone = append(gone, t.id)
	}
	svc.steady = false
	svc.event(c, "has stopped "+strconv.Itoa(n)+" running tasks: "+taskList(gone)+".")
	return append(keep, spared...)
}

// wanted is how many tasks there should be: as many as desired, or one for each
// zone that may have tasks, since the lab has a container instance in each.
func (c *Cloud) wanted(svc *ecsService) int {
	if svc.status == "DRAINING" {
		return 0
	}
	if svc.daemon() {
		may := c.placeable(svc.deployments[0].network)
		for _, t := range svc.tasks {
			may[t.zone] = may[t.zone] || t.live() && t.lost // ECS doesn't know yet
		}
		svc.desired = 0
		for _, one := range may {
			if one {
				svc.desired++
			}
		}
	}
	return svc.desired
}

// most is how many tasks there may be in a deployment, rounded down.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
func (svc *ecsService) most(want int) int { return max(want, want*svc.maxPercent/100) }

// unplaced says that there is no place for a task, and tries again where time may help.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
func (c *Cloud) unplaced(svc *ecsService, d *deployment) {
	if slices.Contains(c.placeable(d.network), true) {
		svc.tell(c, "was unable to place a task. Reason: no address is free in the subnets.")
		c.kick(svc)
		return
	}
	svc.tell(c, "was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a different availability zone.")
}

// stuck says why a deployment gets no further, where that lasts.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
func (c *Cloud) stuck(svc *ecsService, keep, leave []*task, missing, blocked bool) {
	under := 0
	for _, t := range leave {
		if c.protected(t) && !t.doomed {
			under++
		}
	}
	svc.blocked = under > 0
	unrest := func(t *task) bool { return t.last != running || t.doomed }
	switch {
	case slices.ContainsFunc(leave, unrest) || slices.ContainsFunc(keep, func(t *task) bool { return !t.healthy() }):
	case under > 0 && (blocked || !missing && under == len(leave)):
		svc.tell(c, "was unable to stop or start tasks during a deployment because "+strconv.Itoa(under)+" tasks are under protection.")
	case blocked:
		svc.tell(c, "was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.")
	}
}

// conclude ends deployments whose tasks are gone, and says so once all is as wanted.
func (c *Cloud) conclude(svc *ecsService, primary *deployment, keep, leave []*task, want int) {
	svc.deployments = slices.DeleteFunc(svc.deployments, func(d *deployment) bool {
		return d != primary && !slices.ContainsFunc(leave, func(t *task) bool { return t.deployment == d })
	})
	ready := len(keep) == want && len(leave) == 0 && !slices.ContainsFunc(keep, func(t *task) bool { return !t.healthy() })
	if ready && primary.rollout == types.DeploymentRolloutStateInProgress {
		primary.rollout, primary.updated = types.DeploymentRolloutStateCompleted, c.now
		primary.reason = "ECS deployment " + primary.id + " completed."
		svc.good = primary
		svc.event(c, "(deployment "+primary.id+") deployment completed.")
	}
	if ready {
		c.fulfilled(svc)
	}
	if ready && !svc.steady {
		svc.steady = true
		svc.event(c, reachedSteady)
	}
	if ready {
		c.balance(svc, keep)
	}
	if svc.status == "DRAINING" && len(svc.tasks) == 0 {
		svc.status = "INACTIVE"
	}
}
