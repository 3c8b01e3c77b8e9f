package convert

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// notOnWindows is why a field is not missed there.
const notOnWindows = "ECS does not read it for Windows containers"

// linux says what the kernel lets the containers do.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinuxParameters.html
func (c *conversion) linux() {
	for _, k := range c.containers {
		p := k.ecs.Field("linuxParameters")
		if c.windows {
			for _, n := range []ledger.Node{p, k.ecs.Field("privileged"), k.ecs.Field("readonlyRootFilesystem"), k.ecs.Field("ulimits"), k.ecs.Field("systemControls")} {
				n.Dropped(notOnWindows)
			}
			c.options(k)
			continue
		}
		c.rights(k)
		c.initProcess(p.Field("initProcessEnabled"))
		for i, d := range p.Field("devices").Items() {
			c.device(k, d, i)
		}
		if n := p.Field("sharedMemorySize"); n.Set() {
			c.inMemory(k, n, n, "shm", "/dev/shm")
		}
		for i, t := range p.Field("tmpfs").Items() {
			c.inMemory(k, t.Field("containerPath"), t.Field("size"), fmt.Sprintf("tmpfs-%d", i+1), t.Field("containerPath").Text())
			mountOptions(t.Field("mountOptions"))
		}
		swap(p.Field("maxSwap"), p.Field("swappiness"))
		c.ulimits(k)
		c.sysctls(k)
		c.options(k)
	}
	if !c.windows && c.onFargate() {
		c.note("", "Fargate lets a container have 65535 files open (ulimit -n); on EKS it is what the nodes' container runtime is set to.")
	}
}

// rights are capabilities, privileges and the root file system.
func (c *conversion) rights(k *container) {
	p := k.ecs.At("linuxParameters.capabilities")
	add, drop := p.Field("add"), p.Field("drop")
	if add.Set() || drop.Set() {
		k.security().Capabilities = &corev1.Capabilities{Add: capabilities(add), Drop: capabilities(drop)}
		add.Mapped(k.to("securityContext.capabilities.add"))
		drop.Mapped(k.to("securityContext.capabilities.drop"))
	}
	switch n := k.ecs.Field("privileged"); {
	case n.Bool() && c.opts.Fargate:
		n.Unsupported("Fargate runs no privileged container")
	case n.Bool():
		k.security().Privileged = new(true)
		n.Mapped(k.to("securityContext.privileged"))
	default:
		n.Mapped(k.to("securityContext"))
	}
	if n := k.ecs.Field("readonlyRootFilesystem"); n.Set() {
		if n.Bool() {
			k.security().ReadOnlyRootFilesystem = new(true)
		}
		n.Mapped(k.to("securityContext.readOnlyRootFilesystem"))
	}
}

// capabilities are Linux', without the CAP_ that Kubernetes leaves out.
func capabilities(n ledger.Node) (out []corev1.Capability) {
	for _, text := range n.Texts() {
		if name := corev1.Capability(strings.TrimPrefix(text, "CAP_")); name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// initProcess puts a process above the program that reaps orphans. In a pod whose
// containers share their processes, it is the pause container's; signals go to the
// program itself.
// https://kubernetes.io/docs/tasks/configure-pod-container/share-process-namespace/
func (c *conversion) initProcess(n ledger.Node) {
	to := "Pod spec.shareProcessNamespace"
	switch {
	case !n.Bool():
		n.Mapped("Pod")
	case c.pod.Spec.HostPID:
		n.Mapped("Pod spec.hostPID", "the node's own first process does it")
	default:
		shared := c.task.Field("pidMode").Text() == "task"
		c.pod.Spec.ShareProcessNamespace = new(true)
		if shared || c.single() {
			n.Mapped(to)
			return
		}
		n.Approximated(to, "the containers see each other's processes, too")
	}
}

// device asks what to do about a device of the host.
func (c *conversion) device(k *container, d ledger.Node, i int) {
	host := d.Field("hostPath")
	to := d.Field("containerPath")
	path := to.Text()
	if path == "" {
		path = host.Text()
	}
	switch d.Decide("", fmt.Sprintf("How shall the container get the device %s of its node?", host.Text()),
		ledger.Answer{Word: "plugin", Then: "from a device plugin: you ask for its resource in an overlay"},
		ledger.Answer{Word: "privileged", Then: "by running privileged, with the device mounted from the node"}) {
	case "plugin":
		d.Approximated(k.to("resources.limits"), "from a device plugin, set in an overlay")
	case "privileged":
		if c.opts.Fargate || !strings.HasPrefix(path, "/") || !strings.HasPrefix(host.Text(), "/") {
			d.Unsupported("no device, or none that Fargate has")
			return
		}
		k.security().Privileged = new(true)
		name := labelOf(fmt.Sprintf("device-%d-%s", i+1, k.Name), longest)
		c.pod.Spec.Volumes = append(c.pod.Spec.Volumes, corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{
			HostPath: &corev1.HostPathVolumeSource{Path: host.Text()},
		}})
		k.mount(corev1.VolumeMount{Name: name, MountPath: path})
		d.Approximated(k.to("securityContext.privileged"), "the container may do anything to its node, not only this")
	}
}

func swap(most, swappiness ledger.Node) {
	n, ok := most.Int()
	if ok && n == 0 {
		most.Mapped("Pod", "a node of EKS has no swap, unless it is set up so")
		swappiness.Dropped("without swap it means nothing")
		return
	}
	most.Unsupported("swap is a matter of the node: give the container more memory")
	if most.Set() {
		swappiness.Unsupported("swap is a matter of the node")
		return
	}
	swappiness.Dropped("ECS reads it only where maxSwap is set")
}
