package convert

import "fmt"

// restart says what happens when a container ends. Kubernetes starts it again in the
// pod, with growing pauses; ECS does so only where a restart policy says it, and else
// makes a new task.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-restart-policy.html
func (c *conversion) restart() {
	for _, k := range c.containers {
		to := k.to("restartPolicy")
		if !k.init && !k.sidecar {
			to = "Pod spec.restartPolicy"
		}
		switch e := k.ecs.Field("essential"); {
		case k.init || c.single():
			e.Mapped(to)
		case e.Bool():
			e.Approximated(to, "when it ends, it alone is started again; ECS stops the others with it and makes a new task")
		default:
			e.Approximated(to, "when it ends, it is started again; on ECS the others go on without it")
		}
		p := k.ecs.Field("restartPolicy")
		if !p.Field("enabled").Bool() {
			p.Field("enabled").Mapped(to)
			p.Rest().Dropped("the policy is off")
			continue
		}
		p.Field("enabled").Approximated(to, "it is started again whenever it ends, after pauses that grow up to five minutes")
		p.Field("restartAttemptPeriod").Approximated(to, "kubelet waits longer after each end that follows soon, up to five minutes; ECS gives up on the task")
		p.Field("ignoredExitCodes").Approximated(to, "it is started again whatever its exit code is")
	}
}

// startWithin says for how long others wait for a container.
func (k *container) startWithin() {
	n := k.ecs.Field("startTimeout")
	seconds, ok := n.Int()
	switch {
	case !n.Set():
	case !ok || seconds < 1:
		n.Unsupported("no number of seconds")
	case k.init:
		n.Approximated("Deployment spec.progressDeadlineSeconds", "an init container may take its time: the deployment says that it does not get on")
	case k.StartupProbe != nil && k.awaited:
		p := k.StartupProbe
		p.FailureThreshold = int32(max(1, (min(seconds, 1<<20)+int64(p.PeriodSeconds)-1)/int64(p.PeriodSeconds)))
		n.Approximated(k.to("startupProbe"), fmt.Sprintf("if it isn't healthy after %d s, it is started again; ECS stops the task", seconds))
	default:
		n.Dropped("nobody waits for this container")
	}
}
