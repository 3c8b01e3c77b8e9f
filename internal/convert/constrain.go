package convert

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// constrain says on which nodes the pods may run: the constraints of the task definition
// and those of the service.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-constraints.html
func (c *conversion) constrain() {
	for _, list := range []ledger.Node{c.task.Field("placementConstraints"), c.of("placementConstraints")} {
		for _, n := range list.Items() {
			switch n.Field("type").Text() {
			case "distinctInstance":
				c.apart()
				n.Mapped("spec.template.spec.affinity.podAntiAffinity")
			case "memberOf":
				c.memberOf(n)
			}
		}
	}
}

// apart keeps any two pods of the service off one node.
func (c *conversion) apart() {
	if c.daemon {
		return
	}
	a := c.affinity()
	a.PodAntiAffinity = &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{
		LabelSelector: &metav1.LabelSelector{MatchLabels: c.selector}, TopologyKey: corev1.LabelHostname,
	}}}
}

func (c *conversion) memberOf(n ledger.Node) {
	const to = "spec.template.spec.affinity.nodeAffinity"
	e := n.Field("expression")
	terms, err := queryOf(e.Text())
	if err == nil {
		c.require(terms)
		n.Mapped(to)
		return
	}
	switch c.decided(n, e, fmt.Sprintf("On which nodes may its pods run? ECS says %s; tranship can't translate that: %v", e.Text(), err),
		ledger.Answer{Word: "any", Then: "they run on any node that fits otherwise"},
		ledger.Answer{Word: "own", Then: "you add a nodeAffinity to the Deployment or DaemonSet in an overlay"}) {
	case "any":
		n.Dropped("decided: any node will do")
	case "own":
		n.Approximated(to, "decided: you add it in an overlay")
		c.note("spec.template.spec", "Add a nodeAffinity here: ECS asks for "+e.Text()+".")
	}
}

func (c *conversion) affinity() *corev1.Affinity {
	if c.pod.Spec.Affinity == nil {
		c.pod.Spec.Affinity = &corev1.Affinity{}
	}
	return c.pod.Spec.Affinity
}

// nodes is the affinity to nodes.
func (c *conversion) nodes() *corev1.NodeAffinity {
	a := c.affinity()
	if a.NodeAffinity == nil {
		a.NodeAffinity = &corev1.NodeAffinity{}
	}
	return a.NodeAffinity
}

// require lets the pods run only on nodes for which one of the terms holds, and
// one of those of each earlier call.
func (c *conversion) require(terms []corev1.NodeSelectorTerm) {
	n := c.nodes()
	if n.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		n.RequiredDuringSchedulingIgnoredDuringExecution = &corev1.NodeSelector{NodeSelectorTerms: terms}
		return
	}
	had := n.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
	n.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms = product(had, terms)
}

// product are the terms in which one of a and one of b hold.
func product(a, b []corev1.NodeSelectorTerm) []corev1.NodeSelectorTerm {
	var out []corev1.NodeSelectorTerm
	for _, x := range a {
		for _, y := range b {
			t := corev1.NodeSelectorTerm{}
			t.MatchExpressions = append(append(t.MatchExpressions, x.MatchExpressions...), y.MatchExpressions...)
			out = append(out, t)
		}
	}
	return out
}

// labelOfAttribute is the label of nodes that an attribute is. Those of people's own are
// labels of the same name, which they give their nodes.
func labelOfAttribute(subject string) (string, error) {
	name, ok := strings.CutPrefix(subject, "attribute:")
	switch {
	case !ok:
		return "", fmt.Errorf("nodes have no %q", subject)
	case nodeLabels[name] != "":
		return nodeLabels[name], nil
	}
	return "", fmt.Errorf("nodes have no label for the attribute %s", name)
}
