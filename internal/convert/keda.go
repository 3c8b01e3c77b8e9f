package convert

import (
	"strconv"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// follow turns target tracking of a CloudWatch metric into a trigger of KEDA, which makes
// the HorizontalPodAutoscaler then. False: what the metric is can't be said in one.
// https://keda.sh/docs/latest/scalers/aws-cloudwatch/
func (s *scaler) follow(p, t ledger.Node) bool {
	metric := t.At("PredefinedMetricSpecification.PredefinedMetricType")
	label := t.At("PredefinedMetricSpecification.ResourceLabel")
	own := t.Field("CustomizedMetricSpecification")
	m := map[string]any{
		"awsRegion": s.c.in.Service.Region, "identityOwner": "operator", "minMetricValue": "0",
		"targetMetricValue": t.Field("TargetValue").Text(), "metricStatPeriod": "60",
	}
	switch {
	case metric.Text() == "ALBRequestCountPerTarget":
		// app/NAME/ID/targetgroup/NAME/ID
		balancer, group, ok := strings.Cut(label.Text(), "/targetgroup/")
		if !ok {
			return false
		}
		m["namespace"], m["metricName"], m["metricStat"] = "AWS/ApplicationELB", "RequestCountPerTarget", "Sum"
		m["dimensionName"], m["dimensionValue"] = "LoadBalancer;TargetGroup", balancer+";targetgroup/"+group
	case own.Field("MetricName").Set() && own.Field("Namespace").Set():
		m["namespace"], m["metricName"] = own.Field("Namespace").Text(), own.Field("MetricName").Text()
		m["metricStat"] = own.Field("Statistic").Text()
		var names, values []string
		for _, d := range own.Field("Dimensions").Items() {
			names, values = append(names, d.Field("Name").Text()), append(values, d.Field("Value").Text())
		}
		m["dimensionName"], m["dimensionValue"] = strings.Join(names, ";"), strings.Join(values, ";")
		if u := own.Field("Unit"); u.Set() {
			m["metricUnit"] = u.Text()
		}
	default:
		return false
	}
	s.triggers = append(s.triggers, map[string]any{"type": "aws-cloudwatch", "metricType": "Value", "metadata": m})
	const to, differs = "ScaledObject spec.triggers", "KEDA asks CloudWatch at its own pace, and CloudWatch is minutes late"
	metric.Approximated(to, differs)
	own.Field("MetricName").Approximated(to, differs)
	own.Mapped(to)
	label.Mapped(to)
	t.Field("TargetValue").Mapped(to)
	s.cool(t)
	p.Field("PolicyName").Mapped(to)
	p.Field("PolicyType").Mapped(to)
	return true
}

// scaledObject is what KEDA scales by: the triggers, and the metrics that a
// HorizontalPodAutoscaler of its own would have.
func (s *scaler) scaledObject(low, high int32, behavior *autoscalingv2.HorizontalPodAutoscalerBehavior) *unstructured.Unstructured {
	triggers := s.triggers
	for _, m := range s.metrics {
		t := map[string]any{"metricType": "Utilization"}
		var name string
		var target autoscalingv2.MetricTarget
		data := map[string]any{}
		if m.Resource != nil {
			name, target = string(m.Resource.Name), m.Resource.Target
		} else {
			name, target = string(m.ContainerResource.Name), m.ContainerResource.Target
			data["containerName"] = m.ContainerResource.Container
		}
		data["value"] = strconv.Itoa(int(*target.AverageUtilization))
		t["type"], t["metadata"] = name, data
		triggers = append(triggers, t)
	}
	o := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"scaleTargetRef":  map[string]any{"name": s.c.name},
		"minReplicaCount": int64(low), "maxReplicaCount": int64(high),
		"triggers": triggers,
		"advanced": map[string]any{"horizontalPodAutoscalerConfig": map[string]any{"behavior": behaviorTree(behavior)}},
	}}}
	o.SetAPIVersion("keda.sh/v1alpha1")
	o.SetKind("ScaledObject")
	o.SetName(s.c.name)
	return o
}

// behaviorTree is a behavior as an object of another kind has it.
func behaviorTree(b *autoscalingv2.HorizontalPodAutoscalerBehavior) map[string]any {
	out := map[string]any{}
	for key, r := range map[string]*autoscalingv2.HPAScalingRules{"scaleDown": b.ScaleDown, "scaleUp": b.ScaleUp} {
		if r == nil {
			continue
		}
		rules := map[string]any{}
		if r.StabilizationWindowSeconds != nil {
			rules["stabilizationWindowSeconds"] = int64(*r.StabilizationWindowSeconds)
		}
		if r.SelectPolicy != nil {
			rules["selectPolicy"] = string(*r.SelectPolicy)
		}
		out[key] = rules
	}
	return out
}
