package convert

import (
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// dockerLabels become annotations of the pod, and for Datadog those that it looks for on
// Kubernetes.
// https://docs.datadoghq.com/containers/kubernetes/integrations/
func (c *conversion) dockerLabels() {
	for _, k := range c.containers {
		for _, n := range k.ecs.Field("dockerLabels").Items() {
			c.dockerLabel(k, n)
		}
	}
}

func (c *conversion) dockerLabel(k *container, n ledger.Node) {
	const to = "Pod metadata.annotations"
	key := dockerKey(k, n)
	if tag, ok := strings.CutPrefix(key, "com.datadoghq.tags."); ok && len(validation.IsValidLabelValue(n.Text())) == 0 {
		if _, has := c.pod.Labels["tags.datadoghq.com/"+tag]; !has && len(validation.IsQualifiedName("tags.datadoghq.com/"+tag)) == 0 {
			c.pod.Labels["tags.datadoghq.com/"+tag] = n.Text()
			n.Mapped("Pod metadata.labels")
			return
		}
	}
	for _, prefix := range []string{"com.datadoghq.ad.", "ad.datadoghq.com/"} {
		if rest, ok := strings.CutPrefix(key, prefix); ok && len(validation.IsQualifiedName("ad.datadoghq.com/"+k.Name+"."+rest)) == 0 {
			c.annotate("ad.datadoghq.com/"+k.Name+"."+rest, n.Text())
			n.Mapped(to)
			return
		}
	}
	as := key
	if len(validation.IsQualifiedName(key)) > 0 || strings.Contains(key, "kubernetes.io/") {
		as = labelOf(key, longest)
	}
	if has, ok := c.pod.Annotations[as]; ok && has != n.Text() {
		as = labelOf(k.Name+"."+key, longest) // another container has it otherwise
	}
	c.annotate(as, n.Text())
	why := "who reads labels of Docker's containers has to read annotations of the pod"
	if as != key {
		why = "as " + as + ": " + why
	}
	n.Approximated(to, why)
}

// dockerKey is the label's key: all of the path below the labels, as it may have dots.
func dockerKey(k *container, n ledger.Node) string {
	return strings.TrimPrefix(n.Path(), k.ecs.Path()+".dockerLabels.")
}

func (c *conversion) annotate(key, value string) {
	if c.pod.Annotations == nil {
		c.pod.Annotations = map[string]string{}
	}
	if _, has := c.pod.Annotations[key]; !has {
		c.pod.Annotations[key] = value
	}
}
