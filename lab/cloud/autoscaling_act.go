package cloud

import (
	"math"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
)

// How many looks in a row an alarm of target tracking needs: three minutes to
// scale out, fifteen to scale in. The low alarm lies a tenth below the target.
// https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
const (
	looksHigh, looksLow = 3, 15
	lowShare            = 0.9
)

// SetUtilisation states the load of an ECS service that is registered as a
// scalable target: metric is a predefined one, such as
// ECSServiceAverageCPUUtilization, or the name of a customized one. Of a
// utilisation and of a count per target, value is what each task that runs now
// has: more tasks share the same load. A customized metric stays at value,
// also where no task runs. Without a word there is no data and no scaling.
func (c *Cloud) SetUtilisation(clusterName, service, metric string, value float64) bool {
	t := c.scaling.targets["service/"+clusterName+"/"+service]
	if t == nil {
		return false
	}
	svc := c.serviceOfTarget(t.id)
	if svc == nil {
		return false
	}
	if perTask(metric) {
		value *= float64(max(svc.running(), 1))
	}
	t.loads[metric] = value
	c.watch(t)
	return true
}

// perTask says that the tasks share what makes the metric.
func perTask(metric string) bool {
	switch types.MetricType(metric) {
	case types.MetricTypeECSServiceAverageCPUUtilization, types.MetricTypeECSServiceAverageMemoryUtilization,
		types.MetricTypeECSServiceAverageCPUUtilizationHighResolution, types.MetricTypeECSServiceAverageMemoryUtilizationHighResolution,
		types.MetricTypeALBRequestCountPerTarget:
		return true
	}
	return false
}

func (p *policy) metric() string {
	if m := p.tracking.PredefinedMetricSpecification; m != nil {
		return string(m.PredefinedMetricType)
	}
	return val(p.tracking.CustomizedMetricSpecification.MetricName)
}

func (svc *ecsService) running() (n int) {
	for _, t := range svc.tasks {
		if t.last == running {
			n++
		}
	}
	return n
}

// utilisation is the metric's value now; without a running task a shared one has none.
func (t *scalable) utilisation(p *policy, svc *ecsService) (float64, bool) {
	m := p.metric()
	v, ok := t.loads[m]
	if !ok || !perTask(m) {
		return v, ok
	}
	n := svc.running()
	if n == 0 {
		return 0, false
	}
	return v / float64(n), true
}

// watch has the alarms looked at once a Timing.Metric, as long as there are any
// and a load is stated.
func (c *Cloud) watch(t *scalable) {
	if t.watching || len(t.loads) == 0 || !t.tracks() {
		return
	}
	t.watching = true
	c.after(c.cfg.Timing.Metric, func() {
		t.watching = false
		if svc := c.serviceOfTarget(t.id); svc != nil && c.scaling.targets[t.id] == t {
			c.look(t, svc)
			c.watch(t)
		}
	})
}

func (t *scalable) tracks() bool {
	for _, p := range t.policies {
		if p.tracking != nil {
			return true
		}
	}
	return false
}

// look is one look of all alarms, and what follows. Any policy may scale out;
// in goes only what all agree on.
// https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
func (c *Cloud) look(t *scalable, svc *ecsService) {
	out, in, calm := (*policy)(nil), (*policy)(nil), true
	wantOut, wantIn := 0, 0
	for _, p := range t.policies {
		if p.tracking == nil {
			continue
		}
		v, known := t.utilisation(p, svc)
		goal := *p.tracking.TargetValue
		p.high.count(known && v > goal)
		p.low.count(known && v < goal*lowShare)
		base := svc.desired
		if c.now.Before(t.scaledOut.Add(c.cooldown(p.tracking.ScaleOutCooldown))) {
			base -= t.addedBy // what was added is on its way already
		}
		if p.high.breaches >= looksHigh {
			if w := int(math.Ceil(float64(base) * v / goal)); out == nil || w > wantOut {
				out, wantOut = p, w
			}
		}
		if val(p.tracking.DisableScaleIn) {
			continue
		}
		if p.low.breaches < looksLow || c.now.Before(t.scaledIn.Add(c.cooldown(p.tracking.ScaleInCooldown))) {
			calm = false
			continue
		}
		if w := int(math.Ceil(float64(svc.desired) * v / goal)); in == nil || w > wantIn {
			in, wantIn = p, w
		}
	}
	switch {
	case out != nil:
		c.scaleTargetOut(t, svc, out, out.high.name, wantOut, out.high.breaches == looksHigh)
	case in != nil && calm:
		c.scaleTargetIn(t, svc, in, in.low.name, wantIn, in.low.breaches == looksLow)
	}
}

func (a *alarm) count(beyond bool) {
	a.breaches++
	if !beyond {
		a.breaches = 0
	}
}

// cooldown is the one given, in seconds, or the usual one of ECS services.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html
func (c *Cloud) cooldown(seconds *int32) time.Duration {
	if seconds == nil {
		return c.cfg.Timing.ScalingCooldown
	}
	return time.Duration(*seconds) * time.Second
}

func cause(p *policy, alarmName string) string {
	return "monitor alarm " + alarmName + " in state ALARM triggered policy " + p.name
}

// scaleTargetOut raises the desired count, to the minimum at least where it lies
// below. What lies above the maximum is left.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html
func (c *Cloud) scaleTargetOut(t *scalable, svc *ecsService, p *policy, alarmName string, want int, news bool) {
	if val(t.suspended.DynamicScalingOutSuspended) {
		return
	}
	want = min(max(want, t.min), t.max)
	if want <= svc.desired {
		if news && svc.desired >= t.max {
			c.notScaled(t, svc, cause(p, alarmName), "AlreadyAtMaxCapacity")
		}
		return
	}
	c.setCapacity(t, svc, want, cause(p, alarmName))
}

// scaleTargetIn lowers the desired count, never below the minimum, and not
// while a deployment is under way.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html
func (c *Cloud) scaleTargetIn(t *scalable, svc *ecsService, p *policy, alarmName string, want int, news bool) {
	if val(t.suspended.DynamicScalingInSuspended) || svc.deploying() {
		return
	}
	want = min(max(want, t.min), t.max)
	if want >= svc.desired {
		if news && svc.desired <= t.min {
			c.notScaled(t, svc, cause(p, alarmName), "AlreadyAtMinCapacity")
		}
		return
	}
	c.setCapacity(t, svc, want, cause(p, alarmName))
}

// intoRange brings a desired count outside of the target's range into it, as a
// registration does. Suspended scaling may or may not keep it from that.
// https://docs.aws.amazon.com/autoscaling/application/userguide/getting-started.html
func (c *Cloud) intoRange(t *scalable) {
	svc := c.serviceOfTarget(t.id)
	heed := !c.cfg.Switches.RegisterIgnoresSuspension
	switch {
	case svc == nil:
	case svc.desired < t.min && !(heed && val(t.suspended.DynamicScalingOutSuspended)):
		c.setCapacity(t, svc, t.min, "minimum capacity was set to "+strconv.Itoa(t.min))
	case svc.desired > t.max && !(heed && val(t.suspended.DynamicScalingInSuspended)):
		c.setCapacity(t, svc, t.max, "maximum capacity was set to "+strconv.Itoa(t.max))
	}
}

// setCapacity sets the desired count of the target's service.
func (c *Cloud) setCapacity(t *scalable, svc *ecsService, want int, why string) {
	before := svc.desired
	svc.setDesired(want)
	c.kick(svc)
	for _, p := range t.policies {
		p.high.breaches, p.low.breaches = 0, 0
	}
	if want > before {
		t.scaledOut, t.addedBy = c.now, want-before
		t.scaledIn = time.Time{} // its cooldown stops
	} else {
		t.scaledIn = c.now
	}
	c.began(t, why, "Setting desired count to "+strconv.Itoa(want)+".", want)
}

// TriggerPolicy is a CloudWatch alarm of a step scaling policy that goes off,
// with the metric this far beyond the alarm's threshold. It says whether there
// is such a policy.
// https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html
func (c *Cloud) TriggerPolicy(clusterName, service, policyName, alarmName string, beyond float64) bool {
	t := c.scaling.targets["service/"+clusterName+"/"+service]
	if t == nil {
		return false
	}
	at, found := t.policy(policyName)
	svc := c.serviceOfTarget(t.id)
	if !found || svc == nil || t.policies[at].step == nil {
		return false
	}
	p := t.policies[at]
	step, ok := p.stepFor(beyond)
	if !ok {
		return true
	}
	base := svc.desired
	if step > 0 && c.now.Before(t.scaledOut.Add(c.cooldown(p.step.Cooldown))) {
		base -= t.addedBy
	}
	want := p.adjust(base, step)
	switch {
	case want > svc.desired:
		c.scaleTargetOut(t, svc, p, alarmName, want, true)
	case want < svc.desired && step <= 0 && !c.now.Before(t.scaledIn.Add(c.cooldown(p.step.Cooldown))):
		c.scaleTargetIn(t, svc, p, alarmName, want, true)
	}
	return true
}

// stepFor is the adjustment of the step in which the breach lies: lower bound
// in and upper bound out above the threshold, the other way round below it.
func (p *policy) stepFor(beyond float64) (int, bool) {
	for _, s := range p.step.StepAdjustments {
		lo, hi := math.Inf(-1), math.Inf(1)
		if s.MetricIntervalLowerBound != nil {
			lo = *s.MetricIntervalLowerBound
		}
		if s.MetricIntervalUpperBound != nil {
			hi = *s.MetricIntervalUpperBound
		}
		if beyond >= 0 && beyond >= lo && beyond < hi || beyond < 0 && beyond > lo && beyond <= hi {
			return int(val(s.ScalingAdjustment)), true
		}
	}
	return 0, false
}

func (p *policy) adjust(current, step int) int {
	least := int(val(p.step.MinAdjustmentMagnitude))
	switch p.step.AdjustmentType {
	case types.AdjustmentTypeExactCapacity:
		return step
	case types.AdjustmentTypePercentChangeInCapacity:
		change := float64(current) * float64(step) / 100
		n := int(change) // towards 0, but a change below 1 counts as one
		if change != 0 && n == 0 {
			n = int(math.Copysign(1, change))
		}
		if n != 0 && n < least && n > -least {
			n = int(math.Copysign(float64(least), change))
		}
		return max(current+n, 0)
	}
	return max(current+step, 0)
}
