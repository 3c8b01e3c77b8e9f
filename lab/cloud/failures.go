package cloud

import "github.com/aws/aws-sdk-go-v2/service/ecs/types"

// failedTask counts a task that ended, or turned unhealthy, by itself before it
// was ever healthy: towards the circuit breaker, and where it did not even come
// to RUNNING, towards the back-off.
func (c *Cloud) failedTask(t *task) {
	if t.svc == nil || t.proven || t.failed {
		return
	}
	t.failed = true
	t.deployment.failed++
	if t.started.IsZero() {
		c.backOff(t)
	}
	c.breakCircuit(t.svc, t.deployment)
}

// prove notes that a task counted as healthy, which resets the failures of its deployment.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentCircuitBreaker.html
func (t *task) prove() {
	t.proven = true
	if t.svc == nil {
		return
	}
	if b := t.svc.breaker(); b == nil || b.ResetOnHealthyTask == nil || *b.ResetOnHealthyTask {
		t.deployment.failed = 0
	}
}

// backOff makes the scheduler wait, longer each time, once tasks failed three
// times in a row to come to RUNNING. Those that were started together count once.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
func (c *Cloud) backOff(t *task) {
	svc := t.svc
	if !t.created.After(svc.failedAt) {
		return
	}
	svc.failedAt = c.now
	svc.failures++
	if svc.failures < 3 {
		return
	}
	wait := c.cfg.Timing.BackOffMax
	if n := svc.failures - 3; n < 16 {
		wait = min(wait, c.cfg.Timing.BackOff<<n)
	}
	svc.notBefore = c.now.Add(wait)
	svc.tell(c, "is unable to consistently start tasks successfully.")
	c.after(wait, func() { c.kick(svc) })
}

// startedWell ends the back-off: a task came to RUNNING, or something new is deployed.
func (svc *ecsService) startedWell() {
	if svc != nil {
		svc.failures, svc.notBefore = 0, svc.created
	}
}

func (svc *ecsService) breaker() *types.DeploymentCircuitBreaker {
	if d := svc.in.DeploymentConfiguration; d != nil {
		return d.DeploymentCircuitBreaker
	}
	return nil
}

// breakAt is how many failed tasks end a deployment: half of the desired count,
// but 3 to 200, unless the service says otherwise.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
func (svc *ecsService) breakAt() int {
	kind, value := types.ThresholdTypeBoundedPercent, 50
	if t := svc.breaker().ThresholdConfiguration; t != nil {
		kind, value = t.Type, int(t.Value)
	}
	share := (svc.desired*value + 99) / 100
	switch kind {
	case types.ThresholdTypeCount:
		return value
	case types.ThresholdTypeUnboundedPercent:
		return max(share, 1)
	}
	return min(max(share, 3), 200)
}

// breakCircuit fails a deployment with too many failed tasks, and goes back to
// the last one that was completed, if the service wants that.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
func (c *Cloud) breakCircuit(svc *ecsService, d *deployment) {
	b := svc.breaker()
	if b == nil || !b.Enable || d != svc.deployments[0] || d.rollout != types.DeploymentRolloutStateInProgress || int(d.failed) < svc.breakAt() {
		return
	}
	d.rollout, d.updated = types.DeploymentRolloutStateFailed, c.now
	d.reason = "ECS deployment circuit breaker: tasks failed to start."
	svc.tell(c, "(deployment "+d.id+") deployment failed: tasks failed to start.")
	good := svc.good
	if !b.Rollback || good == nil || good == d {
		return
	}
	svc.tell(c, "rolling back to (deployment "+good.id+").")
	svc.promote(good)
	good.rollout, good.updated = types.DeploymentRolloutStateInProgress, c.now
	good.reason = "ECS deployment circuit breaker: rolling back to deploymentId " + good.id + "."
	svc.registries, svc.in.NetworkConfiguration, svc.in.ServiceConnectConfiguration = good.registries, good.network, good.connect
	svc.steady = false
	svc.startedWell()
	c.kick(svc)
}
