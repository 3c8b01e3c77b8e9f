package convert

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// accelerate asks for GPUs and the like, which device plugins of the nodes offer.
// https://docs.aws.amazon.com/eks/latest/userguide/ml-eks-k8s-device-plugin.html
func (c *conversion) accelerate() {
	for _, k := range c.containers {
		for _, n := range k.ecs.Field("resourceRequirements").Items() {
			k.accelerate(c, n)
		}
	}
	c.task.Field("inferenceAccelerators").Unsupported(
		"AWS ended Elastic Inference: run on Inferentia, with the Neuron device plugin, or on GPUs")
}

func (k *container) accelerate(c *conversion, n ledger.Node) {
	var name corev1.ResourceName
	switch n.Field("type").Text() {
	case "GPU":
		name = "nvidia.com/gpu"
	case "NeuronDevice":
		name = "aws.amazon.com/neuron"
	default:
		n.Unsupported("no device plugin offers it: AWS ended Elastic Inference")
		return
	}
	to := k.to("resources.limits." + string(name))
	count, ok := n.Field("value").Int()
	if mps := n.Field("sharingStrategy"); mps.Set() {
		count, ok = 1, true
		n.Approximated(to, "a share of a GPU: its size is what the device plugin is set to on the node")
	}
	if !ok || count < 1 {
		n.Unsupported("Kubernetes wants a number: say how many the nodes have, and take them all by it")
		return
	}
	if k.Resources.Limits == nil {
		k.Resources.Limits = corev1.ResourceList{}
	}
	k.Resources.Limits[name] = *resource.NewQuantity(count, resource.DecimalSI)
	k.note("resources.limits", "the nodes need the device plugin of "+string(name))
	t := corev1.Toleration{Key: string(name), Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule}
	if !slices.Contains(c.pod.Spec.Tolerations, t) {
		c.pod.Spec.Tolerations = append(c.pod.Spec.Tolerations, t)
	}
	n.Rest().Mapped(to)
}
