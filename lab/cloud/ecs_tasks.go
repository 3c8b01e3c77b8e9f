package cloud

import (
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// The states of a task.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
const (
	provisioning   = "PROVISIONING"
	pending        = "PENDING"
	activating     = "ACTIVATING"
	running        = "RUNNING"
	deactivating   = "DEACTIVATING"
	stopping       = "STOPPING"
	deprovisioning = "DEPROVISIONING"
	stopped        = "STOPPED"
)

// task is one task of a service, or a standalone one.
type task struct {
	id, arn    string
	cluster    *cluster
	svc        *ecsService // nil where RunTask started it, as is deployment
	deployment *deployment
	group      string // service:… or family:…
	startedBy  string
	launch     types.LaunchType
	platform   string
	tags       map[string]string
	overrides  *types.TaskOverride
	def        *taskDefinition
	zone       int
	ip         netip.Addr
	port       uint16
	eni        string
	last       string
	desired    string // RUNNING or STOPPED
	health     types.HealthStatus
	said       bool // the world outside has spoken of its health
	registry   *service
	register   *operation
	registered bool // ECS has asked Cloud Map for it and not taken it back
	doomed     bool // to be replaced
	reacting   bool
	settled    bool
	launched   bool // its container was started
	exited     bool
	proven     bool // it counted as healthy at some time
	failed     bool // it was counted as failed
	lost       bool // its zone is gone, whether ECS knows yet or not

	created, pulled, activated, started, stopAsked, over, ended time.Time
	protectedUntil                                              time.Time
	code                                                        types.TaskStopCode
	reason                                                      string
	exitCode                                                    int32
}

func (c *Cloud) outside(t *task) Task {
	out := Task{ARN: t.arn, ID: t.id, Cluster: t.cluster.name, Zone: c.zones[t.zone].zone.Name, IP: t.ip, Port: t.port}
	if t.svc != nil {
		out.Service = t.svc.name
	}
	return out
}

// live says that ECS means to keep the task running.
func (t *task) live() bool { return t.desired == running }

// healthy is what deployments count.
func (t *task) healthy() bool {
	if t.last != running {
		return false
	}
	if t.def.checked() {
		return t.health == types.HealthStatusHealthy
	}
	return t.settled
}

// place makes a task with an address, in the zone with the fewest.
func (c *Cloud) place(svc *ecsService, dep *deployment) *task {
	counts := make([]int, len(c.zones))
	for _, t := range svc.tasks {
		if t.live() {
			counts[t.zone]++
		}
	}
	zone, ip, ok := c.address(counts, c.placeable(dep.network), svc.nextZone)
	if !ok {
		return nil
	}
	svc.nextZone = (zone + 1) % len(c.zones)
	return c.placeAt(svc, dep, zone, ip)
}

// placeAt makes a task of a service with this address.
func (c *Cloud) placeAt(svc *ecsService, dep *deployment, zone int, ip netip.Addr) *task {
	t := c.newTask(&c.sched, svc.cluster, dep.def, zone, ip)
	t.svc, t.deployment, t.group, t.startedBy = svc, dep, "service:"+svc.name, dep.id
	t.launch, t.platform, t.tags = svc.in.LaunchType, val(svc.in.PlatformVersion), svc.taskTags(dep.def)
	if r := dep.registry; r != nil {
		t.registry = c.services[idOf(r.RegistryArn)]
		t.port = dep.def.port(r)
	}
	svc.tasks = append(svc.tasks, t)
	return t
}

// newTask makes a task that is PROVISIONING and belongs to no service yet.
func (c *Cloud) newTask(from *chance, cl *cluster, def *taskDefinition, zone int, ip netip.Addr) *task {
	t := &task{
		id: from.hex(32), cluster: cl, def: def, zone: zone, ip: ip, port: def.port(nil),
		eni: "eni-" + from.hex(17), last: provisioning, desired: running, health: types.HealthStatusUnknown, created: c.now,
	}
	t.arn = c.arn("ecs", "task/"+cl.name+"/"+t.id)
	c.tasks[t.id] = t
	c.taskOrder = append(c.taskOrder, t)
	c.hold(t)
	return t
}

// start brings up a task of a service, where there is an address for it.
func (c *Cloud) start(svc *ecsService, dep *deployment) *task {
	t := c.place(svc, dep)
	if t != nil {
		c.bringUp(t, c.sched.between(c.cfg.Timing.StartMin, c.cfg.Timing.StartMax))
	}
	return t
}

// bringUp takes a task through PROVISIONING, PENDING and ACTIVATING to RUNNING.
func (c *Cloud) bringUp(t *task, whole time.Duration) {
	c.after(whole/4, func() {
		if t.last == provisioning && t.live() {
			t.last, t.pulled = pending, c.now
		}
	})
	c.after(whole*4/5, func() {
		if t.last != pending || !t.live() || t.lost {
			return
		}
		t.last, t.launched, t.activated = activating, true, c.now
		c.effect(StartTask, t, 0)
		c.registerTask(t, func() {
			ready := t.created.Add(whole)
			c.after(ready.Sub(c.now), func() { c.run(t) })
		})
	})
}

// run is the step to RUNNING.
func (c *Cloud) run(t *task) {
	if t.last != activating || !t.live() || t.lost {
		return
	}
	t.last, t.started = running, c.now
	t.svc.startedWell()
	if t.def.checked() {
		if t.said {
			c.applyHealth(t, t.health == types.HealthStatusHealthy)
			return
		}
		c.after(c.cfg.Timing.ContainerCheck, func() {
			if !t.said && t.live() {
				c.applyHealth(t, true)
			}
		})
		return
	}
	c.after(c.cfg.Timing.Settle, func() {
		t.settled = true
		if t.live() {
			t.prove()
			c.kick(t.svc)
		}
	})
}

// attributesOf is what ECS writes into the instance of a task.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html
func (c *Cloud) attributesOf(t *task) map[string]string {
	a := map[string]string{
		keyIPv4:                      t.ip.String(),
		"AVAILABILITY_ZONE":          c.zones[t.zone].zone.Name,
		"REGION":                     c.cfg.Region,
		"ECS_SERVICE_NAME":           t.svc.name,
		"ECS_CLUSTER_NAME":           t.cluster.name,
		"ECS_TASK_DEFINITION_FAMILY": t.def.family,
	}
	if t.port > 0 {
		a[keyPort] = strconv.Itoa(int(t.port))
	}
	if t.registry.custom {
		a[keyHealth] = "HEALTHY"
		if t.def.checked() && t.health != types.HealthStatusHealthy {
			a[keyHealth] = "UNHEALTHY"
		}
	}
	return a
}

// registerTask registers t in its registry and then goes on; where there is
// none it goes on at once.
func (c *Cloud) registerTask(t *task, then func()) {
	if t.registry == nil || t.registry.replaced {
		then()
		return
	}
	if !t.live() {
		return
	}
	if o := t.registry.pending[t.id]; o != nil {
		o.then = append(o.then, func() { c.registerTask(t, then) })
		return
	}
	if !c.take(c.cfg.Rates.CloudMap, "servicediscovery:", "RegisterInstance") {
		c.throttledTask(t)
		c.after(c.cfg.Timing.SchedulerMax, func() { c.registerTask(t, then) })
		return
	}
	o, err := c.register(t.registry, t.id, c.attributesOf(t), nil)
	if err != nil {
		t.svc.event(c, "was unable to register (task "+t.id+"): "+err.Error())
		c.after(c.cfg.Timing.SchedulerMax, func() { c.registerTask(t, then) })
		return
	}
	t.registered, t.register = true, o
	o.then = append(o.then, func() {
		t.register = nil
		if o.failed {
			c.registerTask(t, then)
			return
		}
		then()
	})
}

func (c *Cloud) throttledTask(t *task) {
	t.svc.event(c, "operations are being throttled on (service discovery). Will try again later.")
}

// stop takes a task down: DEACTIVATING with its deregistration, STOPPING with
// SIGTERM and, after its stopTimeout, SIGKILL, DEPROVISIONING, STOPPED.
func (c *Cloud) stop(t *task, code types.TaskStopCode, reason string) {
	if !t.live() {
		return
	}
	t.desired, t.stopAsked, t.code, t.reason = stopped, c.now, code, reason
	if !t.launched {
		c.deprovision(t)
		return
	}
	t.last = deactivating
	c.deregisterTask(t, func() {
		if t.exited {
			c.deprovision(t)
			return
		}
		c.after(c.sched.between(c.cfg.Timing.SignalMin, c.cfg.Timing.SignalMax), func() { c.terminate(t) })
	})
}

func (c *Cloud) terminate(t *task) {
	if t.exited {
		c.deprovision(t)
		return
	}
	grace := t.grace(c.cfg.Timing.StopTimeout)
	t.last = stopping
	c.effect(SignalTask, t, grace)
	c.after(grace, func() {
		if t.exited {
			return
		}
		t.exited, t.exitCode, t.over = true, 137, c.now
		c.effect(KillTask, t, 0)
		c.deprovision(t)
	})
}

// deregisterTask takes t out of its registry and goes on as soon as Cloud Map
// has accepted that.
func (c *Cloud) deregisterTask(t *task, then func()) {
	if t.registry == nil || !t.registered {
		then()
		return
	}
	if o := t.registry.pending[t.id]; o != nil {
		o.then = append(o.then, func() { c.deregisterTask(t, then) })
		return
	}
	if t.registry.instance(t.id) == nil {
		t.registered = false
		then()
		return
	}
	if !c.take(c.cfg.Rates.CloudMap, "servicediscovery:", "DeregisterInstance") {
		c.throttledTask(t)
		c.after(c.cfg.Timing.SchedulerMax, func() { c.deregisterTask(t, then) })
		return
	}
	o, err := c.deregister(t.registry, t.id)
	if err != nil {
		then()
		return
	}
	t.registered = false
	if c.cfg.Switches.SignalAfterSuccess {
		o.then = append(o.then, func() { c.retryDeregister(t, o, then) })
		return
	}
	o.then = append(o.then, func() { c.retryDeregister(t, o, func() {}) })
	then()
}

func (c *Cloud) retryDeregister(t *task, o *operation, then func()) {
	if !o.failed {
		then()
		return
	}
	t.registered = true
	c.deregisterTask(t, then)
}

func (c *Cloud) deprovision(t *task) {
	if t.last == deprovisioning || t.last == stopped {
		return
	}
	t.last = deprovisioning
	c.after(c.sched.between(c.cfg.Timing.DeprovisionMin, c.cfg.Timing.DeprovisionMax), func() {
		t.last, t.ended = stopped, c.now
		c.release(t)
		c.zones[t.zone].give(t.ip, c.now.Add(c.cfg.Timing.CoolDown))
		if t.svc != nil {
			t.svc.tasks = slices.DeleteFunc(t.svc.tasks, func(o *task) bool { return o == t })
		}
		c.sweepStopped()
		c.kick(t.svc)
	})
}

// ContainerExited is how the world outside says that the container of a task
// has ended, by itself or as asked.
func (c *Cloud) ContainerExited(taskID string) {
	if t := c.tasks[taskID]; t != nil && !t.exited && t.launched {
		c.exit(t, 1)
	}
}

// KillTask ends the container of a task at once, as a crash does: SIGKILL and
// no word to anybody. It says whether there was one.
func (c *Cloud) KillTask(taskID string) bool {
	t := c.tasks[taskID]
	if t == nil || t.exited || !t.launched {
		return false
	}
	c.effect(KillTask, t, 0)
	c.exit(t, 137)
	return true
}

func (c *Cloud) exit(t *task, code int32) {
	t.exited, t.over = true, c.now
	switch {
	case t.live():
		t.exitCode = code
		c.failedTask(t)
		c.stop(t, types.TaskStopCodeEssentialContainerExited, "Essential container in task exited")
		c.kick(t.svc)
	case t.last == stopping:
		c.deprovision(t)
	}
}

// forgetStopped drops tasks that were STOPPED longer than Keep ago.
func (c *Cloud) forgetStopped() {
	keep := c.cfg.Timing.Keep
	if c.cfg.History > 0 {
		keep = min(keep, c.cfg.History)
	}
	old := func(t *task) bool { return t.last == stopped && c.now.Sub(t.ended) > keep }
	if len(c.taskOrder) == 0 || !slices.ContainsFunc(c.taskOrder, old) {
		return
	}
	c.taskOrder = slices.DeleteFunc(c.taskOrder, func(t *task) bool {
		if old(t) {
			delete(c.tasks, t.id)
			return true
		}
		return false
	})
}
