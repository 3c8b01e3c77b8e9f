package convert

import (
	"github.com/tranship/tranship/internal/convert/ledger"
)

// watchRollout says what happens when a new version does not come up: the circuit
// breaker and the alarms.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
func (c *conversion) watchRollout() {
	const deadline = "Deployment spec.progressDeadlineSeconds"
	b := c.service.At("deploymentConfiguration.deploymentCircuitBreaker")
	switch {
	case c.daemon:
		b.Dropped("a DaemonSet stops by itself once as many pods as may be missing are")
	case b.Field("enable").Bool():
		c.deployment.ProgressDeadlineSeconds = new(int32(600))
		b.Field("enable").Approximated(deadline, "no failed pods are counted: the rollout fails once there was no progress for ten minutes")
		if b.Field("rollback").Bool() {
			b.Field("rollback").Approximated(deadline, "the old pods serve on; whoever deploys sees the failure and takes the version back")
			c.note("spec.progressDeadlineSeconds", "ECS rolled back by itself. Here the old pods serve on, and `kubectl rollout status` fails: let your delivery take the version back.")
		}
		b.Rest().Approximated(deadline, "time decides, not the number of failed tasks")
	default:
		b.Dropped("the circuit breaker is off")
	}
	a := c.service.At("deploymentConfiguration.alarms")
	if !a.Field("enable").Bool() {
		a.Dropped("no alarm stops a deployment")
		return
	}
	a.Unsupported("no alarm stops a rollout: pods that don't turn ready do; where that is not enough, add an analysis of Argo Rollouts or Flagger")
}

// decided asks a question about a whole part at one of its fields. While it is open, the
// rest of the part needs the decision, too.
func (c *conversion) decided(part, at ledger.Node, question string, answers ...ledger.Answer) string {
	if !at.Set() {
		at = part
	}
	word := at.Decide("", question, answers...)
	if word == "" {
		part.Rest().Awaits(at)
	}
	return word
}

// deployBy settles who deploys, and strategies that are none of Kubernetes' own.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-types.html
func (c *conversion) deployBy() {
	d := c.service.Field("deploymentConfiguration")
	with := []ledger.Answer{
		{Word: "rolling", Then: "a rolling update replaces pods as they turn ready"},
		{Word: "tool", Then: "a tool of yours, such as Argo Rollouts or Flagger, takes the Deployment over"},
	}
	to := "Deployment spec.strategy"
	if c.daemon {
		to = "DaemonSet spec.updateStrategy"
	}
	settle := func(part, at ledger.Node, word string) {
		switch word {
		case "rolling":
			part.Approximated(to, "decided: a rolling update; both versions serve while it lasts, and nothing waits or steps back")
		case "tool":
			part.Approximated(to, "decided: a tool of yours takes the Deployment over")
			c.note("", "ECS deploys it by "+at.Text()+": have your tool take this Deployment over.")
		}
	}
	kind := c.service.At("deploymentController.type")
	switch kind.Text() {
	case "", "ECS":
		kind.Mapped(to)
	default:
		settle(kind, kind, kind.Decide("", kind.Text()+" deploys this service on ECS. Who does on Kubernetes?", with...))
	}
	s := d.Field("strategy")
	own := []string{"bakeTimeInMinutes", "canaryConfiguration", "linearConfiguration", "lifecycleHooks", "earlySuccessCriteria"}
	if s.Text() == "" || s.Text() == "ROLLING" {
		s.Mapped(to)
		d.Field("bakeTimeInMinutes").Dropped("a rolling deployment has no bake time")
		d.Field("lifecycleHooks").Unsupported("Kubernetes calls nobody in a rollout: have your delivery do it")
		for _, f := range own {
			d.Field(f).Rest().Dropped("it belongs to another strategy than ROLLING")
		}
		return
	}
	word := s.Decide("", "ECS deploys this service by "+s.Text()+", with two versions side by side. How is it deployed on Kubernetes?", with...)
	settle(s, s, word)
	for _, f := range own {
		if word == "" {
			d.Field(f).Unsupported("a rolling update has none; how it is deployed is to be decided at " + s.Path())
			continue
		}
		settle(d.Field(f), s, word)
	}
}
