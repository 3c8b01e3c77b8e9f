package kubepod

import (
	"fmt"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tranship/tranship/lab/sees"
)

// mounts fills in what is mounted; a folder in memory at /dev/shm is the shared memory.
func (w World) mounts(c corev1.Container, out *sees.Container, find func(string) (string, bool)) error {
	for _, v := range c.VolumeMounts {
		i := slices.IndexFunc(w.Pod.Spec.Volumes, func(o corev1.Volume) bool { return o.Name == v.Name })
		if i < 0 {
			return fmt.Errorf("mount %s: volume %s %w", v.MountPath, v.Name, ErrMissing)
		}
		vol := w.Pod.Spec.Volumes[i]
		m := sees.Mount{Path: v.MountPath, ReadOnly: v.ReadOnly, Volume: v.Name}
		if err := w.volume(vol, &m); err != nil {
			return fmt.Errorf("mount %s: %w", v.MountPath, err)
		}
		sub := v.SubPath
		if v.SubPathExpr != "" {
			sub = expand(v.SubPathExpr, find)
		}
		if sub != "" {
			m.Volume = path.Join(v.Name, sub)
			if m.Kind == "efs" || m.Kind == "host" {
				m.Source = path.Join(m.Source, sub)
			}
		}
		if m.Path == "/dev/shm" && m.Kind == "memory" {
			out.SharedMemory = m.SizeMiB
			continue
		}
		if m.Kind == "" {
			continue // what only makes a driver fetch something
		}
		out.Mounts = append(out.Mounts, m)
	}
	return nil
}

// volume fills in what is mounted.
// https://kubernetes.io/docs/concepts/storage/volumes/
func (w World) volume(v corev1.Volume, m *sees.Mount) error {
	switch {
	case v.EmptyDir != nil:
		m.Kind = "scratch"
		if v.EmptyDir.Medium == corev1.StorageMediumMemory {
			m.Kind = "memory"
		}
		if v.EmptyDir.SizeLimit != nil {
			m.SizeMiB = v.EmptyDir.SizeLimit.Value() >> 20
		}
	case v.HostPath != nil:
		m.Kind, m.Source = "host", v.HostPath.Path
	case v.PersistentVolumeClaim != nil:
		m.ReadOnly = m.ReadOnly || v.PersistentVolumeClaim.ReadOnly
		return w.claimed(v.PersistentVolumeClaim.ClaimName, m)
	case v.Ephemeral != nil:
		// A claim of the pod's own, called after both.
		m.Kind = "ebs"
	case v.ConfigMap != nil:
		m.Kind, m.Source, m.ReadOnly = "configuration", "ConfigMap "+v.ConfigMap.Name, true
		_, err := w.configMap(v.ConfigMap.Name, v.ConfigMap.Optional)
		return err
	case v.Secret != nil:
		m.Kind, m.Source, m.ReadOnly = "configuration", "Secret "+v.Secret.SecretName, true
		_, err := w.secret(v.Secret.SecretName, v.Secret.Optional)
		return err
	case v.Projected != nil, v.DownwardAPI != nil:
		m.Kind, m.ReadOnly = "configuration", true
	case v.CSI != nil:
		m.Kind, m.ReadOnly = "configuration", true
		m.Source = v.CSI.Driver + " " + v.CSI.VolumeAttributes["secretProviderClass"]
	default:
		m.Kind = "other"
	}
	return nil
}

// claimed is what a claim is bound to. Of EFS, a handle says all:
// FILESYSTEM[:PATH][:ACCESSPOINT].
// https://github.com/kubernetes-sigs/aws-efs-csi-driver/blob/master/docs/README.md
func (w World) claimed(claim string, m *sees.Mount) error {
	if w.Volume == nil {
		return fmt.Errorf("claim %s %w", claim, ErrMissing)
	}
	pv, err := w.Volume(claim)
	if err != nil {
		return err
	}
	if pv == nil {
		return fmt.Errorf("what claim %s is bound to %w", claim, ErrMissing)
	}
	switch csi := pv.Spec.CSI; {
	case csi != nil && csi.Driver == "efs.csi.aws.com":
		m.Kind = "efs"
		part := append(strings.Split(csi.VolumeHandle, ":"), "", "")
		m.Source = part[0]
		if root := strings.TrimRight(part[1], "/"); part[2] != "" {
			m.Source += " at " + part[2]
		} else if root != "" {
			m.Source += " in " + root
		}
		m.ReadOnly = m.ReadOnly || csi.ReadOnly
	case csi != nil && csi.Driver == "ebs.csi.aws.com":
		m.Kind = "ebs"
	case pv.Spec.HostPath != nil:
		m.Kind, m.Source = "host", pv.Spec.HostPath.Path
	default:
		m.Kind = "other"
	}
	return nil
}
