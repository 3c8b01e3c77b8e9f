package convert

import (
	"maps"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// tags are what a workload has of its service's tags.
type tags struct{ labels, annotations map[string]string }

// stamp gives the workload what its service has as tags.
func (t tags) stamp(o metav1.Object, labels map[string]string) {
	for k, v := range t.labels {
		put(&labels, k, v)
	}
	a := maps.Clone(o.GetAnnotations())
	for k, v := range t.annotations {
		put(&a, k, v)
	}
	o.SetAnnotations(a)
}

// tag keeps the service's tags: as labels of the workload, where a label can have such
// a name and value, else as annotations; and those of the pods, if ECS gives them to tasks.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html
func (c *conversion) tag() {
	propagate := c.service.Field("propagateTags")
	toPods := propagate.Text() == "SERVICE"
	for _, t := range c.service.Field("tags").Items() {
		key := t.Field("key").Text()
		switch {
		case key == tagNamespace:
			t.Mapped("metadata.namespace")
		case strings.HasPrefix(key, "aws:"):
			t.Dropped("AWS sets it itself, for what it has made")
		default:
			c.tagOne(t, key, t.Field("value").Text(), toPods)
		}
	}
	switch propagate.Text() {
	case "SERVICE", "TASK_DEFINITION":
		propagate.Mapped("spec.template.metadata")
	default:
		propagate.Dropped("no tags are handed on")
	}
	c.service.Field("enableECSManagedTags").Dropped("they say cluster and service, as namespace and labels do; AWS' bill splits by these with split cost allocation")
}

func (c *conversion) tagOne(t ledger.Node, key, value string, toPods bool) {
	const domain = "kubernetes.io/"
	switch {
	case len(validation.IsQualifiedName(key)) == 0 && len(validation.IsValidLabelValue(value)) == 0 && !strings.Contains(key, domain):
		put(&c.tags.labels, key, value)
		if toPods {
			put(&c.pod.Labels, key, value)
		}
		t.Mapped("metadata.labels")
		return
	case len(validation.IsQualifiedName(key)) > 0 || strings.Contains(key, domain):
		value = key + "=" + value
		key = "tranship.dev/tag." + labelOf(key, longest-len("tag."))
	}
	put(&c.tags.annotations, key, value)
	if toPods {
		put(&c.pod.Annotations, key, value)
	}
	t.Mapped("metadata.annotations", "a label has no such name or value")
}

// put sets what is not set.
func put(m *map[string]string, key, value string) {
	if *m == nil {
		*m = map[string]string{}
	}
	if _, ok := (*m)[key]; !ok {
		(*m)[key] = value
	}
}

// lattice settles what VPC Lattice leads to the tasks.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-vpc-lattice.html
func (c *conversion) lattice() {
	for _, n := range c.of("vpcLatticeConfigurations").Items() {
		n.Unsupported("ECS fills a target group of VPC Lattice; let the AWS Gateway API Controller do it, by a route that you make")
		c.note("", "VPC Lattice led to its tasks ("+n.Field("targetGroupArn").Text()+"): make a route of the Gateway API to its Service.")
	}
}
