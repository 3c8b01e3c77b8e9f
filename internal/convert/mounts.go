package convert

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// mounts says where in the containers the volumes are.
func (c *conversion) mounts(k *container) {
	to := k.to("volumeMounts[]")
	for _, n := range k.ecs.Field("mountPoints").Items() {
		volume, known := c.volumes[n.Field("sourceVolume").Text()]
		m := corev1.VolumeMount{Name: volume, MountPath: n.Field("containerPath").Text(), ReadOnly: n.Field("readOnly").Bool()}
		switch {
		case !known:
			n.Unsupported("the task definition has no such volume that tranship could make")
		case !k.mount(m):
			n.Unsupported("no path in a container, or one where something else is")
		default:
			n.Mapped(to)
		}
	}
}

// mount adds a mount, unless its path is none or taken.
func (k *container) mount(m corev1.VolumeMount) bool {
	if m.MountPath == "" || slices.ContainsFunc(k.VolumeMounts, func(o corev1.VolumeMount) bool { return o.MountPath == m.MountPath }) {
		return false
	}
	k.VolumeMounts = append(k.VolumeMounts, m)
	return true
}

// borrow mounts what another container has mounted, in the same places.
func (c *conversion) borrow(k *container) {
	for _, n := range k.ecs.Field("volumesFrom").Items() {
		from := c.called(n.Field("sourceContainer").Text())
		if from == nil || from == k {
			n.Unsupported("there is no such other container")
			continue
		}
		mounted := 0
		for _, p := range from.ecs.Field("mountPoints").Items() {
			volume, known := c.volumes[p.Field("sourceVolume").Text()]
			if known && k.mount(corev1.VolumeMount{
				Name: volume, MountPath: p.Field("containerPath").Text(),
				ReadOnly: n.Field("readOnly").Bool() || p.Field("readOnly").Bool(),
			}) {
				mounted++
			}
		}
		if mounted == 0 {
			n.Unsupported("what an image has in a VOLUME is not shared in a pod: copy it to an emptyDir with an init container")
			continue
		}
		n.Approximated(k.to("volumeMounts[]"), "the volumes of the other container; what its image has in a VOLUME is not shared")
	}
}

// inMemory mounts a file system that is kept in memory, which counts as the container's.
func (c *conversion) inMemory(k *container, n, size ledger.Node, kind, path string) {
	mib, ok := size.Int()
	name := labelOf(kind+"-"+k.Name, longest)
	if !ok || mib < 1 || mib > 1<<30 || !strings.HasPrefix(path, "/") || !k.mount(corev1.VolumeMount{Name: name, MountPath: path}) {
		n.Unsupported("no size, no path in a container, or one where something else is")
		size.Unsupported("no size, no path in a container, or one where something else is")
		return
	}
	c.pod.Spec.Volumes = append(c.pod.Spec.Volumes, corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{
		EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory, SizeLimit: resource.NewQuantity(mib<<20, resource.BinarySI)},
	}})
	n.Mapped("Pod spec.volumes[].emptyDir")
	size.Mapped("Pod spec.volumes[].emptyDir.sizeLimit")
}

// mountOptions of a file system in memory can't be set. Some hold anyway.
func mountOptions(n ledger.Node) {
	var lost []string
	for _, o := range n.Texts() {
		if !slices.Contains([]string{"defaults", "rw", "relatime", "exec", "suid", "dev", "async"}, o) {
			lost = append(lost, o)
		}
	}
	if len(lost) > 0 {
		n.Approximated("Pod spec.volumes[].emptyDir", fmt.Sprintf("not %s: an emptyDir takes no mount options", strings.Join(lost, ", ")))
		return
	}
	n.Mapped("Pod spec.volumes[].emptyDir")
}
