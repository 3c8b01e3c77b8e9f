package convert

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// nodeLabels are the labels of nodes that mean what attributes of ECS' container
// instances do.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-constraints.html
// https://kubernetes.io/docs/reference/labels-annotations-taints/
var nodeLabels = map[string]string{
	"ecs.availability-zone": corev1.LabelTopologyZone,
	"ecs.instance-type":     corev1.LabelInstanceTypeStable,
	"ecs.os-type":           corev1.LabelOSStable,
	"ecs.cpu-architecture":  corev1.LabelArchStable,
}

// spread says over what the pods are spread. Without a strategy ECS spreads a service over
// the zones.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-strategies.html
func (c *conversion) spread() {
	const to = "spec.template.spec.topologySpreadConstraints"
	rebalance := c.service.Field("availabilityZoneRebalancing")
	strategies := c.of("placementStrategy").Items()
	if c.daemon {
		rebalance.Dropped("each node has one")
		c.of("placementStrategy").Dropped("each node has one")
		return
	}
	if len(strategies) == 0 {
		c.over(corev1.LabelTopologyZone)
	}
	for _, s := range strategies {
		field := s.Field("field")
		switch s.Field("type").Text() {
		case "spread":
			key, attribute := "", strings.TrimPrefix(field.Text(), "attribute:")
			switch {
			case field.Text() == "instanceId", field.Text() == "host":
				key = corev1.LabelHostname
			case nodeLabels[attribute] != "":
				key = nodeLabels[attribute]
			}
			if key == "" {
				c.spreadOver(s, field, attribute)
				continue
			}
			c.over(key)
			s.Approximated(to, "pods are spread as they are created, as far as there is room")
		case "random":
			s.Dropped("the scheduler chooses among the nodes that fit")
		default:
			s.Approximated("", "how full nodes get is up to the scheduler, and to what adds and removes nodes")
		}
	}
	switch {
	case rebalance.Text() == "ENABLED":
		c.over(corev1.LabelTopologyZone)
		rebalance.Approximated(to, "pods are spread over the zones as they are created; none that runs is moved, unless a descheduler does it")
	default:
		rebalance.Dropped("ECS moves no task, and Kubernetes no pod, to balance zones")
	}
}

// spreadOver asks about an attribute of people's own.
func (c *conversion) spreadOver(s, field ledger.Node, attribute string) {
	answers := []ledger.Answer{{Word: "zones", Then: "pods are spread over the zones alone"}}
	if len(validation.IsQualifiedName(attribute)) == 0 {
		answers = append(answers, ledger.Answer{Word: "label", Then: "pods are spread over the label " + attribute})
	}
	switch c.decided(s, field, "ECS spreads the tasks over the attribute "+attribute+" of instances. Do your nodes have a label of this name?", answers...) {
	case "label":
		c.over(attribute)
		s.Approximated("spec.template.spec.topologySpreadConstraints", "decided: nodes have the label")
	case "zones":
		c.over(corev1.LabelTopologyZone)
		s.Approximated("spec.template.spec.topologySpreadConstraints", "decided: over the zones alone")
	default:
		c.over(corev1.LabelTopologyZone)
	}
}

// over spreads the pods of each version over the values of a label of nodes, as far as
// there is room: also ECS places a task that fits nowhere else unevenly.
func (c *conversion) over(key string) {
	spec := &c.pod.Spec
	for _, t := range spec.TopologySpreadConstraints {
		if t.TopologyKey == key {
			return
		}
	}
	spec.TopologySpreadConstraints = append(spec.TopologySpreadConstraints, corev1.TopologySpreadConstraint{
		MaxSkew: 1, TopologyKey: key, WhenUnsatisfiable: corev1.ScheduleAnyway,
		LabelSelector: &metav1.LabelSelector{MatchLabels: c.selector},
		// The old version's pods, which are about to go, do not count.
		MatchLabelKeys: []string{"pod-template-hash"},
	})
}
