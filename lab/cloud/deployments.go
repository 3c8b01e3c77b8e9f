package cloud

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// deployment is one rollout of an ECS service. The first of a service's
// deployments is PRIMARY, the others are on their way out.
type deployment struct {
	id       string
	def      *taskDefinition
	registry *types.ServiceRegistry
	created  time.Time
	updated  time.Time
	rollout  types.DeploymentRolloutState
	reason   string
	failed   int32
}

func (c *Cloud) deploy(svc *ecsService, def *taskDefinition) {
	d := &deployment{
		id: "ecs-svc/" + strconv.FormatUint(c.sched.pcg.Uint64()>>1, 10), def: def, created: c.now, updated: c.now,
		rollout: types.DeploymentRolloutStateInProgress,
	}
	d.reason = "ECS deployment " + d.id + " in progress."
	if len(svc.registries) > 0 {
		d.registry = &svc.registries[0]
	}
	svc.deployments = slices.Insert(svc.deployments, 0, d)
	svc.steady = false
}

// kick has the scheduler look at a service before long.
func (c *Cloud) kick(svc *ecsService) {
	if svc.kicked {
		return
	}
	svc.kicked = true
	c.after(c.sched.between(c.cfg.Timing.SchedulerMin, c.cfg.Timing.SchedulerMax), func() {
		svc.kicked = false
		c.schedule(svc)
	})
}

// schedule is one look of the scheduler: it starts what is missing, stops what
// is too many, and exchanges the tasks of old deployments and those to be
// replaced within minimumHealthyPercent and maximumPercent.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
func (c *Cloud) schedule(svc *ecsService) {
	if svc.status == "INACTIVE" {
		return
	}
	want := svc.desired
	if svc.status == "DRAINING" {
		want = 0
	}
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
	if n := len(keep) - want; n > 0 {
		keep = c.scaleIn(svc, keep, n)
	}
	missing, room := want-len(keep), want-len(keep)
	if len(leave) > 0 {
		room = max(want, want*svc.maxPercent/100) - len(keep) - len(leave)
	}
	var begun []string
	for range min(missing, room) {
		t := c.start(svc, primary)
		if t == nil {
			svc.event(c, "was unable to place a task because no address is free.")
			c.kick(svc)
			break
		}
		begun = append(begun, t.id)
		keep = append(keep, t)
	}
	if len(begun) > 0 {
		svc.steady = false
		svc.event(c, "has started "+countTasks(begun))
	}
	before := len(leave)
	leave = c.scaleOut(svc, keep, leave, want, missing > 0 && room <= 0)
	if len(leave) < before && len(keep) < want {
		c.kick(svc) // there is room for more now
	}
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

// scaleIn stops n tasks: first those not RUNNING yet, then of the zone with most.
func (c *Cloud) scaleIn(svc *ecsService, keep []*task, n int) []*task {
	perZone := make([]int, len(c.zones))
	for _, t := range keep {
		perZone[t.zone]++
	}
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
	return keep
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
		svc.event(c, "(deployment "+primary.id+") deployment completed.")
	}
	if ready {
		c.fulfilled(svc)
	}
	if ready && !svc.steady {
		svc.steady = true
		svc.event(c, "has reached a steady state.")
	}
	if svc.status == "DRAINING" && len(svc.tasks) == 0 {
		svc.status = "INACTIVE"
	}
}

func countTasks(ids []string) string {
	return strconv.Itoa(len(ids)) + " tasks: " + taskList(ids) + "."
}

func taskList(ids []string) string {
	var b strings.Builder
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString("(task " + id + ")")
	}
	return b.String()
}

func (d *deployment) describe(svc *ecsService, primary bool) types.Deployment {
	out := types.Deployment{
		Id: ptr(d.id), Status: ptr("ACTIVE"), TaskDefinition: ptr(d.def.arn), CreatedAt: ptr(d.created), UpdatedAt: ptr(d.updated),
		RolloutState: d.rollout, RolloutStateReason: ptr(d.reason), FailedTasks: d.failed,
		LaunchType: svc.in.LaunchType, PlatformVersion: svc.in.PlatformVersion, NetworkConfiguration: svc.in.NetworkConfiguration,
	}
	if primary {
		out.Status = ptr("PRIMARY")
		out.DesiredCount = int32(svc.desired)
	}
	for _, t := range svc.tasks {
		if t.deployment == d {
			t.count(&out.RunningCount, &out.PendingCount)
		}
	}
	return out
}

func (t *task) count(run, pend *int32) {
	switch t.last {
	case running:
		*run++
	case provisioning, pending, activating:
		if t.live() {
			*pend++
		}
	}
}
