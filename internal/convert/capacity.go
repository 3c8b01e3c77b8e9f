package convert

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// capacity says on which kind of capacity the pods run.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
func (c *conversion) capacity() {
	l := c.of("launchType")
	switch l.Text() {
	case "EXTERNAL":
		switch l.Decide("", "The tasks run on machines of yours outside AWS. Where do the pods run?",
			ledger.Answer{Word: "hybrid", Then: "on EKS hybrid nodes (label eks.amazonaws.com/compute-type=hybrid)"},
			ledger.Answer{Word: "cluster", Then: "on any node of the cluster"}) {
		case "hybrid":
			c.require(on("eks.amazonaws.com/compute-type", "hybrid"))
			l.Mapped("spec.template.spec.affinity.nodeAffinity")
		case "cluster":
			l.Dropped("decided: any node of the cluster")
		}
	case "FARGATE":
		if c.opts.Fargate {
			l.Mapped("spec.template.spec", "a Fargate profile of the EKS cluster has to select the namespace "+c.namespace)
			break
		}
		l.Approximated("spec.template.spec.containers[].resources", "a pod asks for what the task was given; which nodes it shares with others is the cluster's choice")
	default:
		l.Mapped("spec.template.spec", "pods run on the cluster's nodes")
	}
	items := c.of("capacityProviderStrategy").Items()
	for _, n := range items {
		c.provider(n)
	}
}

// provider settles one capacity provider: a pod can prefer a kind of node, and which
// are added is up to the node pools.
func (c *conversion) provider(n ledger.Node) {
	const to = "spec.template.spec.affinity.nodeAffinity"
	p := n.Field("capacityProvider")
	n.Rest().Approximated(to, "how many run on which capacity is up to the node pools; a pod can only prefer one")
	switch p.Text() {
	case "FARGATE":
		p.Approximated("spec.template.spec.containers[].resources", "a pod asks for what the task was given; which nodes it shares with others is the cluster's choice")
	case "FARGATE_SPOT":
		weight := int32(100)
		if w, ok := n.Field("weight").Int(); ok && w > 0 {
			weight = int32(min(w, 100))
		}
		a := c.nodes()
		for _, terms := range [][]corev1.NodeSelectorTerm{
			on("karpenter.sh/capacity-type", "spot"),     // Karpenter, EKS Auto Mode
			on("eks.amazonaws.com/capacityType", "SPOT"), // managed node groups
		} {
			a.PreferredDuringSchedulingIgnoredDuringExecution = append(a.PreferredDuringSchedulingIgnoredDuringExecution,
				corev1.PreferredSchedulingTerm{Weight: weight, Preference: terms[0]})
		}
		p.Approximated(to, "Spot nodes of Karpenter, EKS Auto Mode or managed node groups are preferred; others do, too")
		if g := c.pod.Spec.TerminationGracePeriodSeconds; g != nil && *g > 120 {
			c.note("spec.template.spec.terminationGracePeriodSeconds", "A Spot node that is taken back stops two minutes after it was told.")
		}
	default:
		p.Approximated(to, "any node that fits will do")
		c.note("spec.template.spec", "On ECS it ran on the capacity provider "+p.Text()+". If that means special instances, add a nodeSelector for nodes like them.")
	}
}

// on are nodes with this label.
func on(key, value string) []corev1.NodeSelectorTerm {
	return []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{
		{Key: key, Operator: corev1.NodeSelectorOpIn, Values: []string{value}},
	}}}
}
