package convert

import (
	"strings"

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
		l.Mapped("spec.template.spec.containers[].resources", "what a task was given is what its pod asks for; which nodes it shares is the cluster's choice")
	default:
		l.Dropped("pods run on the cluster's nodes")
	}
	items := c.of("capacityProviderStrategy").Items()
	several := len(items) > 1
	for _, n := range items {
		for _, f := range []string{"base", "weight"} {
			if several {
				n.Field(f).Approximated("spec.template.spec.affinity.nodeAffinity", "which capacity is added is up to the node pools: a pod can only prefer one")
				continue
			}
			n.Field(f).Dropped("there is one provider, so nothing is shared out")
		}
		c.provider(n, several)
	}
}

// provider settles one capacity provider.
func (c *conversion) provider(n ledger.Node, several bool) {
	const to = "spec.template.spec.affinity.nodeAffinity"
	p := n.Field("capacityProvider")
	if p.Text() == "FARGATE" {
		p.Mapped("spec.template.spec.containers[].resources", "what a task was given is what its pod asks for")
		return
	}
	question := "The capacity provider " + p.Text() + " has instances of yours. Which nodes do the pods need?"
	answers := []ledger.Answer{
		{Word: "any", Then: "any node will do"},
		{Word: "karpenter-spot", Then: "Spot nodes of Karpenter or EKS Auto Mode (label karpenter.sh/capacity-type=spot)"},
		{Word: "group-spot", Then: "Spot nodes of managed node groups (label eks.amazonaws.com/capacityType=SPOT)"},
	}
	spot := p.Text() == "FARGATE_SPOT"
	if spot {
		question = "The tasks run on Fargate Spot, which EKS does not have. On which nodes do the pods run?"
	}
	word := p.Decide("", question, answers...)
	var term []corev1.NodeSelectorTerm
	switch word {
	case "any":
		p.Dropped("decided: any node will do")
		return
	case "karpenter-spot":
		term = on("karpenter.sh/capacity-type", "spot")
	case "group-spot":
		term = on("eks.amazonaws.com/capacityType", "SPOT")
	default:
		return
	}
	p.Mapped(to)
	weight, _ := n.Field("weight").Int()
	if several {
		a := c.nodes()
		a.PreferredDuringSchedulingIgnoredDuringExecution = append(a.PreferredDuringSchedulingIgnoredDuringExecution,
			corev1.PreferredSchedulingTerm{Weight: int32(min(max(weight, 1), 100)), Preference: term[0]})
	} else {
		c.require(term)
	}
	if g := c.pod.Spec.TerminationGracePeriodSeconds; g != nil && *g > 120 {
		c.notes = append(c.notes, Note{"spec.template.spec.terminationGracePeriodSeconds", "A Spot node that is taken back stops two minutes after it was told."})
	}
	if spot && strings.HasPrefix(word, "group") {
		c.notes = append(c.notes, Note{"spec.template.spec.affinity", "The managed node group that this selects has to exist."})
	}
}

// on are nodes with this label.
func on(key, value string) []corev1.NodeSelectorTerm {
	return []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{
		{Key: key, Operator: corev1.NodeSelectorOpIn, Values: []string{value}},
	}}}
}
