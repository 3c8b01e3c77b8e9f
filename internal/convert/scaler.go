package convert

import (
	"math"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// scaler collects what the policies ask for.
type scaler struct {
	c       *conversion
	metrics []autoscalingv2.MetricSpec
	// triggers are KEDA's, for what a HorizontalPodAutoscaler can't see.
	triggers []any
	floors   []int64 // what scheduled actions set as the minimum
	ceiling  int64   // and as the maximum, the highest of them
	// cooldown is the longest before pods are taken away, in seconds.
	cooldown int64
	// kept counts the policies that never take pods away, tracked all of target tracking.
	kept, tracked int
	open          *ledger.Node // the first question that is not answered
}

// wait is how long target tracking waits between two activities where nothing is said.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html
const wait = 300

// otherwise are the answers where a HorizontalPodAutoscaler can't follow.
var otherwise = []ledger.Answer{
	{Word: "without", Then: "nothing scales by it"},
	{Word: "own", Then: "you scale by it, with KEDA or the like; see https://keda.sh/docs/latest/scalers/aws-cloudwatch/"},
}

// ask asks what scales where a HorizontalPodAutoscaler can't.
func (s *scaler) ask(part, at ledger.Node, question string) {
	switch s.c.decided(part, at, question, otherwise...) {
	case "without":
		part.Rest().Dropped("decided: nothing scales by it")
	case "own":
		part.Rest().Approximated("", "decided: a scaler of yours")
		s.c.notes = append(s.c.notes, Note{"", "A scaler of yours is to do what this said on ECS: " + at.Text() + "."})
	default:
		if s.open == nil {
			s.open = &at
		}
	}
}

// policy settles one scaling policy.
func (s *scaler) policy(p ledger.Node) {
	name, kind := p.Field("PolicyName"), p.Field("PolicyType")
	t := p.Field("TargetTrackingScalingPolicyConfiguration")
	switch {
	case s.c.daemon:
		p.Rest().Dropped("each node has one")
	case kind.Text() == "PredictiveScaling":
		p.Rest().Unsupported("nothing foresees load on Kubernetes: scale by what is measured")
	case !t.Set():
		s.ask(p, kind, "The policy "+name.Text()+" ("+kind.Text()+") scales it on ECS; a HorizontalPodAutoscaler knows no such. What scales it?")
	default:
		s.track(p, t)
	}
}

// track turns target tracking of CPU or memory into a metric. Both compare with what was
// reserved, here: with the requests.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PredefinedMetricSpecification.html
func (s *scaler) track(p, t ledger.Node) {
	metric := t.At("PredefinedMetricSpecification.PredefinedMetricType")
	resource, ok := map[string]corev1.ResourceName{
		"ECSServiceAverageCPUUtilization":    corev1.ResourceCPU,
		"ECSServiceAverageMemoryUtilization": corev1.ResourceMemory,
	}[metric.Text()]
	if !ok && s.follow(p, t) {
		return
	}
	if !ok {
		at := metric
		if own := t.At("CustomizedMetricSpecification.MetricName"); own.Set() {
			at = own
		}
		if !at.Set() { // metric math has no name
			at = t.Field("TargetValue")
		}
		s.ask(p, at, "ECS scales it by "+at.Text()+" of CloudWatch, which Kubernetes does not know. What scales it?")
		return
	}
	const hpa = "HorizontalPodAutoscaler spec"
	value, _ := t.Field("TargetValue").Float()
	percent := int32(math.Round(min(max(value, 1), 1000)))
	spec, differs := s.c.metric(resource, percent)
	if spec == nil {
		t.At("PredefinedMetricSpecification").Unsupported(differs)
		p.Rest().Unsupported(differs)
		return
	}
	s.metrics = append(s.metrics, *spec)
	metric.Mapped(hpa + ".metrics")
	if differs != "" {
		metric.Approximated(hpa+".metrics", differs)
	}
	t.Field("TargetValue").Mapped(hpa + ".metrics[].resource.target.averageUtilization")
	if float64(percent) != value {
		t.Field("TargetValue").Approximated(hpa+".metrics[].resource.target.averageUtilization", "whole percents")
	}
	s.cool(t)
	for _, f := range []string{"PolicyName", "PolicyType"} {
		p.Field(f).Mapped(hpa + ".metrics")
	}
	t.At("PredefinedMetricSpecification").Rest().Dropped("it says of which load balancer, for a metric that has one")
}

// cool settles how long target tracking waits.
func (s *scaler) cool(t ledger.Node) {
	const hpa = "HorizontalPodAutoscaler spec"
	down := int64(wait)
	in := t.Field("ScaleInCooldown")
	if n, ok := in.Int(); ok {
		down = n
	}
	s.cooldown, s.tracked = max(s.cooldown, down), s.tracked+1
	in.Approximated(hpa+".behavior.scaleDown.stabilizationWindowSeconds", "pods go once the metrics have asked for fewer for that long")
	if down > longestWindow {
		in.Approximated(hpa+".behavior.scaleDown.stabilizationWindowSeconds", "an hour, which is the longest")
	}
	t.Field("ScaleOutCooldown").Approximated(hpa+".behavior.scaleUp", "pods are added as soon as the metric asks for it; nothing waits")
	keep := t.Field("DisableScaleIn")
	keep.Mapped(hpa + ".behavior.scaleDown.selectPolicy")
	if keep.Bool() {
		s.kept++
	}
}

// metric compares what the pods use with what they request. Kubernetes computes no
// percentage for a pod of which one container requests nothing; then the largest
// container stands for all.
func (c *conversion) metric(resource corev1.ResourceName, percent int32) (*autoscalingv2.MetricSpec, string) {
	target := autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &percent}
	all, largest := true, (*container)(nil)
	for _, k := range c.containers {
		q := k.Resources.Requests[resource]
		switch {
		case k.init && !k.sidecar:
		case q.IsZero():
			all = false
		default:
			if largest == nil || q.Cmp(largest.Resources.Requests[resource]) > 0 {
				largest = k
			}
		}
	}
	switch {
	case largest == nil:
		return nil, "no container requests any " + string(resource) + ", so there is nothing to take a percentage of: give them some in the task definition, or scale by something else"
	case !all:
		return &autoscalingv2.MetricSpec{
			Type:              autoscalingv2.ContainerResourceMetricSourceType,
			ContainerResource: &autoscalingv2.ContainerResourceMetricSource{Name: resource, Container: largest.Name, Target: target},
		}, "of the container " + largest.Name + " alone: others request none"
	}
	return &autoscalingv2.MetricSpec{
		Type:     autoscalingv2.ResourceMetricSourceType,
		Resource: &autoscalingv2.ResourceMetricSource{Name: resource, Target: target},
	}, ""
}

// behavior says how fast pods come and go.
func (s *scaler) behavior(suspended ledger.Node) *autoscalingv2.HorizontalPodAutoscalerBehavior {
	window := int32(min(s.cooldown, longestWindow))
	b := &autoscalingv2.HorizontalPodAutoscalerBehavior{
		ScaleDown: &autoscalingv2.HPAScalingRules{StabilizationWindowSeconds: &window},
	}
	off := new(autoscalingv2.DisabledPolicySelect)
	in, out := suspended.Field("DynamicScalingInSuspended"), suspended.Field("DynamicScalingOutSuspended")
	if in.Bool() || s.kept > 0 && s.kept == s.tracked {
		b.ScaleDown.SelectPolicy = off
	} else if s.kept > 0 {
		for _, p := range s.c.policies {
			if k := p.At("TargetTrackingScalingPolicyConfiguration.DisableScaleIn"); k.Bool() {
				k.Approximated("HorizontalPodAutoscaler spec.behavior.scaleDown", "other policies do take pods away, and a HorizontalPodAutoscaler then heeds all metrics")
			}
		}
	}
	if out.Bool() {
		b.ScaleUp = &autoscalingv2.HPAScalingRules{SelectPolicy: off}
	}
	in.Mapped("HorizontalPodAutoscaler spec.behavior.scaleDown.selectPolicy")
	out.Mapped("HorizontalPodAutoscaler spec.behavior.scaleUp.selectPolicy")
	suspended.Field("ScheduledScalingSuspended").Mapped("ScaledObject spec.triggers")
	return b
}

// action settles one scheduled action.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ScheduledAction.html
func (s *scaler) action(a ledger.Node) {
	schedule := a.Field("Schedule")
	at := a.Field("ScalableTargetAction")
	var to []string
	for _, f := range at.Items() {
		to = append(to, f.Name()+" "+f.Text())
	}
	s.ask(a, schedule, "ECS sets "+strings.Join(to, ", ")+" at "+schedule.Text()+". What does on Kubernetes?")
}
