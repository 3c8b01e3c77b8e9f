package convert

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// store makes the pod's volumes of the task's.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_data_volumes.html
func (c *conversion) store() {
	c.volumes = map[string]string{}
	for i, v := range c.task.Field("volumes").Items() {
		name := v.Field("name")
		called := label(name.Text())
		if c.hasVolume(called) {
			called = label(fmt.Sprintf("%s_%d", name.Text(), i))
		}
		source, ok := c.source(v, called)
		if !ok {
			continue
		}
		c.volumes[name.Text()] = called
		name.Mapped("Pod spec.volumes[].name")
		if source != nil {
			c.pod.Spec.Volumes = append(c.pod.Spec.Volumes, corev1.Volume{Name: called, VolumeSource: *source})
		}
	}
	for _, k := range c.containers {
		c.mounts(k)
	}
	for _, k := range c.containers {
		c.borrow(k)
	}
}

// source is where a volume's files are; nil for one that the service says.
func (c *conversion) source(v ledger.Node, called string) (*corev1.VolumeSource, bool) {
	host := v.At("host.sourcePath")
	switch {
	case v.Field("efsVolumeConfiguration").Set():
		return c.efs(v.Field("efsVolumeConfiguration"), called), true
	case v.Field("dockerVolumeConfiguration").Set():
		return c.docker(v.Field("dockerVolumeConfiguration"), called), true
	case v.Field("fsxWindowsFileServerVolumeConfiguration").Set():
		return c.claimByHand(v.Field("fsxWindowsFileServerVolumeConfiguration"), called,
			"The share of FSx for Windows needs a volume of the SMB CSI driver, with the file system's DNS name and a Secret. Is there a claim for it?"), true
	case v.Field("s3filesVolumeConfiguration").Set():
		return c.claimByHand(v.Field("s3filesVolumeConfiguration"), called,
			"A file system of S3 needs a volume of the EFS CSI driver 3.0 or later. Is there a claim for it?"), true
	case v.Field("configuredAtLaunch").Bool():
		if !c.launched(v.Field("name").Text()) {
			v.Unsupported("the service does not say what it is, or Fargate has no such volume")
			return nil, false
		}
		return nil, true
	case host.Set() && c.opts.Fargate:
		host.Unsupported("Fargate has no host to take files from")
		return &corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}, true
	case host.Set():
		return c.hostPath(host), true
	}
	v.Field("configuredAtLaunch").Mapped("Pod spec.volumes[].emptyDir")
	return &corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}, true
}

// launched says that the service configures the volume; its step makes it.
func (c *conversion) launched(name string) bool {
	return !c.opts.Fargate && slices.ContainsFunc(c.of("volumeConfigurations").Items(), func(n ledger.Node) bool { return n.Field("name").Text() == name })
}

// kernelPaths are those of a host that are the same on any Linux.
var kernelPaths = []string{"/proc", "/sys", "/dev", "/etc/localtime", "/"}

// hostPath takes a path of the node. What lies there, an ECS instance does not share.
func (c *conversion) hostPath(n ledger.Node) *corev1.VolumeSource {
	const to = "Pod spec.volumes[].hostPath"
	path := n.Text()
	if !strings.HasPrefix(path, "/") && !c.windows || strings.Contains(path, "..") {
		n.Unsupported("a path of a node is absolute and has no ..: an empty folder is there instead")
		return &corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}
	}
	switch {
	case strings.HasSuffix(path, "docker.sock"):
		n.Unsupported("nodes of EKS run containerd and no Docker: what talks to Docker needs another way, and finds an empty folder")
		return &corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}
	case slices.ContainsFunc(kernelPaths, func(p string) bool { return path == p || p != "/" && strings.HasPrefix(path, p+"/") }):
		n.Mapped(to)
	default:
		n.Approximated(to, "the path of the EKS node: what lies on the ECS instances is not there")
	}
	return &corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: path, Type: new(corev1.HostPathUnset)}}
}

// claimByHand refers to a claim that a person makes.
func (c *conversion) claimByHand(n ledger.Node, called, question string) *corev1.VolumeSource {
	claim := c.name + "." + called
	if n.Decide("", question, ledger.Answer{Word: "claim", Then: "you make a PersistentVolumeClaim " + claim + " for it; no pod starts before"}) != "" {
		n.Approximated("Pod spec.volumes[].persistentVolumeClaim", "decided: the claim "+claim+", made by hand")
	}
	return &corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim}}
}

// docker takes over a volume of Docker's own driver: the task's own, or one that the
// tasks of a host share.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/docker-volumes.html
func (c *conversion) docker(n ledger.Node, called string) *corev1.VolumeSource {
	empty := &corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}
	n.Field("labels").Dropped("labels of a Docker volume are for those who look at Docker")
	driver := n.Field("driver")
	if driver.Set() && driver.Text() != "local" || n.Field("driverOpts").Set() {
		return c.claimByHand(n.Rest(), called, "Docker's volume drivers, and their options, don't exist on Kubernetes; a CSI driver takes their place. Is there a claim for it?")
	}
	driver.Mapped("Pod spec.volumes[]")
	if n.Field("scope").Text() != "shared" {
		n.Rest().Mapped("Pod spec.volumes[].emptyDir")
		return empty
	}
	path := "/var/lib/tranship/volumes/" + called
	switch n.Field("scope").Decide("", "On ECS the tasks of a host share it, and it outlives them. Where shall its files be?",
		ledger.Answer{Word: "node", Then: "in " + path + " of the node, for all pods of this name there"},
		ledger.Answer{Word: "claim", Then: "in a PersistentVolumeClaim " + c.name + "." + called + " that you make"},
		ledger.Answer{Word: "pod", Then: "in the pod: they are gone with it"}) {
	case "node":
		n.Rest().Mapped("Pod spec.volumes[].hostPath")
		n.Field("scope").Mapped("Pod spec.volumes[].hostPath", "decided")
		return &corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: path, Type: new(corev1.HostPathDirectoryOrCreate)}}
	case "claim":
		n.Approximated("Pod spec.volumes[].persistentVolumeClaim", "decided: a claim made by hand")
		return &corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: c.name + "." + called}}
	case "pod":
		n.Approximated("Pod spec.volumes[].emptyDir", "decided: gone with the pod")
	default:
		n.Field("autoprovision").Mapped("Pod spec.volumes[]")
	}
	return empty
}

// hasVolume says that the pod has a volume of that name.
func (c *conversion) hasVolume(name string) bool {
	for _, other := range c.volumes {
		if other == name {
			return true
		}
	}
	return slices.ContainsFunc(c.pod.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == name })
}
