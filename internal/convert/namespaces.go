package convert

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// namespaces says which namespaces of the kernel the pod has for itself. Containers of a
// pod share the network and IPC, as those of a task with an address of its own do.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking.html
func (c *conversion) namespaces() {
	const to = "Pod"
	switch n := c.task.Field("networkMode"); n.Text() {
	case "awsvpc":
		n.Mapped(to)
	case "bridge", "default":
		if c.single() {
			n.Mapped(to)
		} else {
			n.Approximated(to, "containers of a pod share one address: they reach each other at localhost, and no two can listen on one port")
			c.clash()
		}
	case "host":
		if c.onNode() {
			c.pod.Spec.HostNetwork = true
			// Names of the cluster are found by the cluster's DNS alone.
			c.pod.Spec.DNSPolicy = corev1.DNSClusterFirstWithHostNet
			c.note(specOf+".hostNetwork", "the ports are those of the node, as on ECS: a node has one of these pods at most")
			n.Mapped("Pod spec.hostNetwork")
		} else {
			n.Unsupported("there is no host's network on Fargate and on Windows")
		}
	case "none":
		n.Unsupported("a pod always has a network: a NetworkPolicy that allows nothing comes close")
	default:
		n.Unsupported("no network mode of ECS that tranship knows")
	}
	for _, k := range c.containers {
		if d := k.ecs.Field("disableNetworking"); d.Bool() {
			d.Unsupported("containers of a pod share its network: a NetworkPolicy that allows nothing holds for all of them")
		} else {
			d.Mapped(to)
		}
	}
	c.share()
	c.trouble()
}

// share says which processes and which memory containers see.
func (c *conversion) share() {
	switch n := c.task.Field("pidMode"); {
	case n.Text() == "task" && !c.windows:
		c.pod.Spec.ShareProcessNamespace = new(true)
		n.Mapped("Pod spec.shareProcessNamespace")
	case n.Text() == "host" && c.onNode():
		c.pod.Spec.HostPID = true
		n.Mapped("Pod spec.hostPID")
	default:
		n.Unsupported("the pod can't see these processes on Fargate and on Windows")
	}
	switch n := c.task.Field("ipcMode"); {
	case n.Text() == "task", n.Text() == "none" && c.single():
		n.Mapped("Pod")
	case n.Text() == "none":
		n.Approximated("Pod", "containers of a pod share IPC with each other, but with nobody else")
	case n.Text() == "host" && c.onNode():
		c.pod.Spec.HostIPC = true
		n.Mapped("Pod spec.hostIPC")
	default:
		n.Unsupported("the pod can't share the node's IPC on Fargate and on Windows")
	}
}

// onNode says that a pod may have something of its node.
func (c *conversion) onNode() bool { return !c.opts.Fargate && !c.windows }

// clash asks about ports that two containers listen on. On a bridge each has an address
// of its own.
func (c *conversion) clash() {
	type at struct {
		port     int64
		protocol string
	}
	used := map[at]string{}
	for _, k := range c.running() {
		for _, n := range k.ecs.Field("portMappings").Items() {
			port, _ := n.Field("containerPort").Int()
			p := at{port, n.Field("protocol").Text()}
			other, taken := used[p]
			if used[p] = k.Name; port == 0 || !taken || other == k.Name {
				continue
			}
			if n.Field("containerPort").Decide("clash", fmt.Sprintf("%s and %s listen on port %d. In a pod only one of them can. Which other port can %s be told to take?", other, k.Name, port, k.Name),
				ledger.Answer{Word: "overlay", Then: "you set the other port in an overlay, by a variable or an argument"}) != "" {
				n.Field("containerPort").Approximated(k.to("ports[]"), "another port, set in an overlay")
			}
		}
	}
}

// trouble is what AWS' fault injection and App Mesh did in the task's network.
func (c *conversion) trouble() {
	if f := c.task.Field("enableFaultInjection"); f.Bool() {
		f.Unsupported("AWS FIS has actions of its own for pods on EKS")
	} else {
		f.Dropped("it is off")
	}
	c.task.Field("proxyConfiguration").Unsupported(
		"App Mesh ended on 30 September 2026: another mesh puts in its own proxy, and this one's container can go")
}
