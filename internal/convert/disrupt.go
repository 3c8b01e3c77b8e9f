package convert

import (
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// disrupt says how many pods may go when nodes are drained: as many as a deployment may
// take away, and one at least. A budget that lets none go would block drains for ever:
// Kubernetes evicts first and replaces then, where ECS can start the replacement first.
// https://kubernetes.io/docs/tasks/run-application/configure-pdb/
func (c *conversion) disrupt() {
	_, least := c.percents()
	want := c.desired()
	if c.daemon || !c.scaled && want < 2 {
		return // with one pod a budget either does nothing or blocks
	}
	gone := intstr.FromInt32(int32(max(want*(100-least)/100, 1)))
	if c.scaled {
		gone = intstr.FromInt32(1)
		if least < 100 {
			gone = percent(100 - least)
		}
	}
	c.add(&policyv1.PodDisruptionBudget{
		TypeMeta:   metav1.TypeMeta{APIVersion: "policy/v1", Kind: "PodDisruptionBudget"},
		ObjectMeta: metav1.ObjectMeta{Name: c.name},
		Spec: policyv1.PodDisruptionBudgetSpec{
			MaxUnavailable: &gone,
			Selector:       &metav1.LabelSelector{MatchLabels: c.selector},
			// Pods that never get ready must not keep a node for ever.
			UnhealthyPodEvictionPolicy: new(policyv1.AlwaysAllow),
		},
	})
}
