package convert

import (
	"fmt"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// longestWindow is how long a HorizontalPodAutoscaler may look back, in seconds.
// https://kubernetes.io/docs/reference/kubernetes-api/autoscaling/horizontal-pod-autoscaler-v2/
const longestWindow = 3600

// scale turns Application Auto Scaling's target and policies into a
// HorizontalPodAutoscaler, as far as it has such: it follows CPU and memory.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html
func (c *conversion) scale() {
	const hpa = "HorizontalPodAutoscaler spec"
	for _, n := range append(append([]ledger.Node{c.target}, c.policies...), c.scheduled...) {
		for _, f := range []string{"ServiceNamespace", "ResourceId", "ScalableDimension"} {
			n.Field(f).Mapped(hpa + ".scaleTargetRef")
		}
		for _, f := range []string{"CreationTime", "RoleARN", "ScalableTargetARN", "PolicyARN", "ScheduledActionARN", "Alarms"} {
			n.Field(f).Dropped("Application Auto Scaling's own; it is none of Kubernetes'")
		}
		n.Field("PredictedCapacity").Dropped("a fact of the moment")
	}
	s := &scaler{c: c}
	for _, p := range c.policies {
		s.policy(p)
	}
	s.schedule()
	least, most, suspended := c.target.Field("MinCapacity"), c.target.Field("MaxCapacity"), c.target.Field("SuspendedState")
	c.target.Field("Tags").Dropped("Application Auto Scaling's own; it is none of Kubernetes'")
	if len(s.metrics)+len(s.triggers) == 0 {
		why := "no policy scales it, so that the number of pods stays as it is"
		if s.open != nil {
			least.Awaits(*s.open)
			most.Awaits(*s.open)
			suspended.Awaits(*s.open)
			return
		}
		for _, n := range []ledger.Node{least, most, suspended} {
			n.Dropped(why)
		}
		return
	}
	c.scaled = true
	low, high := s.bounds(least, most)
	behavior := s.behavior(suspended)
	at := "spec.minReplicas"
	if len(s.triggers) > 0 {
		at = "spec.minReplicaCount"
	}
	floor := int64(1) // a HorizontalPodAutoscaler keeps one pod
	if len(s.triggers) > 0 {
		floor = 0
	}
	var notes []Note
	if n, _ := least.Int(); int64(low) > n {
		notes = append(notes, Note{at, fmt.Sprintf("As many as ECS runs, so that they are there when the name crosses. Afterwards lower it to %d.", max(n, floor))})
	}
	if len(s.triggers) > 0 {
		notes = append(notes, Note{"", "Needs KEDA, https://keda.sh; to read CloudWatch its operator needs cloudwatch:GetMetricData."})
		c.add(s.scaledObject(low, high, behavior), notes...)
		return
	}
	c.add(&autoscalingv2.HorizontalPodAutoscaler{
		TypeMeta:   metav1.TypeMeta{APIVersion: "autoscaling/v2", Kind: "HorizontalPodAutoscaler"},
		ObjectMeta: metav1.ObjectMeta{Name: c.name},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: c.name},
			MinReplicas:    &low, MaxReplicas: high, Metrics: s.metrics, Behavior: behavior,
		},
	}, notes...)
}

// bounds are how few and how many pods there may be. Before a service has crossed its
// pods have nothing to do, and would be taken away: so there are as many as ECS has.
func (s *scaler) bounds(least, most ledger.Node) (low, high int32) {
	to, upTo := "HorizontalPodAutoscaler spec.minReplicas", "HorizontalPodAutoscaler spec.maxReplicas"
	if len(s.triggers) > 0 {
		to, upTo = "ScaledObject spec.minReplicaCount", "ScaledObject spec.maxReplicaCount"
	}
	l, _ := least.Int()
	m, _ := most.Int()
	for _, f := range s.floors {
		l = min(l, f)
	}
	low = int32(max(min(l, 1<<20), s.c.desired(), 1))
	high = max(int32(min(max(m, s.ceiling), 1<<20)), low)
	most.Mapped(upTo)
	switch {
	case l == 0 && len(s.triggers) == 0:
		switch least.Decide("", "ECS may scale it down to no task at all, and a HorizontalPodAutoscaler leaves one pod. What then?",
			ledger.Answer{Word: "one", Then: "one pod always runs"},
			ledger.Answer{Word: "own", Then: "you add a KEDA ScaledObject in place of the HorizontalPodAutoscaler"}) {
		case "one":
			least.Approximated(to, "decided: one pod always runs")
		case "own":
			least.Approximated(to, "decided: a ScaledObject of yours takes its place")
		}
	case int64(low) > l:
		least.Mapped(to, fmt.Sprintf("%d while the service crosses, as many as ECS runs; lower it to %d afterwards", low, l))
	default:
		least.Mapped(to)
	}
	return low, high
}
