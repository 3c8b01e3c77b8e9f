package cloud

import "github.com/aws/aws-sdk-go-v2/service/ecs/types"

// taskOf is the running task whose instance this is.
func (c *Cloud) taskOf(svc *service, id string) *task {
	t := c.tasks[id]
	if t == nil || t.registry != svc || !t.live() || !t.registered {
		return nil
	}
	return t
}

// withdrawn is called when somebody else has deregistered an instance.
func (c *Cloud) withdrawn(svc *service, id string) {
	t := c.taskOf(svc, id)
	if t == nil || c.cfg.Reactions.Deregister == Ignore {
		return
	}
	c.react(t, func() bool { return svc.instance(id) == nil }, func() {
		if c.cfg.Reactions.Deregister == Replace {
			c.replace(t, "has an instance missing in (service-registry "+svc.id+")")
			return
		}
		c.registerTask(t, func() {})
	})
}

// silenced is called when somebody else has said UNHEALTHY of an instance.
func (c *Cloud) silenced(svc *service, id string) {
	t := c.taskOf(svc, id)
	if t == nil || c.cfg.Reactions.Health == Ignore {
		return
	}
	still := func() bool {
		i := svc.instance(id)
		return i != nil && i.unhealthy != i.flip // unhealthy, or about to be
	}
	c.react(t, still, func() {
		if c.cfg.Reactions.Health == Replace {
			c.replace(t, "(instance "+id+") is unhealthy in (service-registry "+svc.id+")")
			return
		}
		c.report(t, false)
	})
}

// react does something After from now, unless the task is going or the cause is gone by then.
func (c *Cloud) react(t *task, still func() bool, what func()) {
	if t.reacting {
		return
	}
	t.reacting = true
	c.after(c.cfg.Reactions.After, func() {
		t.reacting = false
		if t.live() && still() {
			what()
		}
	})
}

// replace has the scheduler start another task, then stop this one.
func (c *Cloud) replace(t *task, why string) {
	if t.doomed || t.svc == nil {
		return
	}
	t.doomed = true
	t.svc.event(c, why)
	c.kick(t.svc)
}

// report tells Cloud Map of a task's health, as far as its registry listens.
func (c *Cloud) report(t *task, unhealthy bool) {
	if t.registry == nil || !t.registry.custom || !t.registered || t.registry.replaced {
		return
	}
	if !c.take(c.cfg.Rates.CloudMap, "servicediscovery:", "UpdateInstanceCustomHealthStatus") {
		c.throttledTask(t)
		c.after(c.cfg.Timing.SchedulerMax, func() {
			if t.live() {
				c.report(t, unhealthy)
			}
		})
		return
	}
	// The instance may be withdrawn at the moment; a later registration says it anew.
	_ = c.setHealth(t.registry, t.id, unhealthy)
}

// ContainerHealth is how the world outside says what a task's container health
// check came to. Without a word it comes to HEALTHY once, after ContainerCheck.
// A task without such a check is not concerned.
func (c *Cloud) ContainerHealth(taskID string, healthy bool) {
	t := c.tasks[taskID]
	if t == nil || !t.live() || !t.def.checked() {
		return
	}
	t.said = true
	if t.last != running {
		t.health = types.HealthStatusUnhealthy
		if healthy {
			t.health = types.HealthStatusHealthy
		}
		return
	}
	c.applyHealth(t, healthy)
}

// applyHealth is what ECS does with the health of a RUNNING task: Cloud Map
// hears of it, and an unhealthy task is replaced.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html
func (c *Cloud) applyHealth(t *task, healthy bool) {
	t.health = types.HealthStatusUnhealthy
	if healthy {
		t.health = types.HealthStatusHealthy
	}
	c.report(t, !healthy)
	if healthy {
		t.prove()
	} else {
		c.replace(t, "(task "+t.id+") failed container health checks.")
		c.failedTask(t)
	}
	c.kick(t.svc)
}
