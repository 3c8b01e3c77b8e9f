package convert

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// efs makes a volume of an EFS file system, and a claim that has it for itself.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-volumes.html
// https://github.com/kubernetes-sigs/aws-efs-csi-driver/blob/master/docs/README.md
func (c *conversion) efs(n ledger.Node, called string) *corev1.VolumeSource {
	const to = "PersistentVolume spec.csi"
	root, point := n.Field("rootDirectory"), n.At("authorizationConfig.accessPointId")
	handle := n.Field("fileSystemId").Text()
	path := strings.TrimSuffix(root.Text(), "/")
	switch {
	case point.Set():
		handle += "::" + point.Text()
	case path != "":
		handle += ":" + path
	}
	n.Field("fileSystemId").Mapped(to + ".volumeHandle")
	root.Mapped(to + ".volumeHandle")
	point.Mapped(to + ".volumeHandle")

	volume := &corev1.PersistentVolume{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolume"},
		ObjectMeta: metav1.ObjectMeta{Name: c.namespace + "." + c.name + "." + called},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:    everything(), // EFS grows; a number has to be there
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany},
			PersistentVolumeSource: corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{
				Driver: "efs.csi.aws.com", VolumeHandle: handle,
			}},
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimRetain,
			ClaimRef: &corev1.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim", Namespace: c.namespace, Name: c.name + "." + called,
			},
		},
	}
	encryption, iam := n.Field("transitEncryption"), n.At("authorizationConfig.iam")
	if encryption.Text() != "ENABLED" && iam.Text() != "ENABLED" && !point.Set() {
		// Without a word ECS does not encrypt, and the driver does.
		volume.Spec.CSI.VolumeAttributes = map[string]string{"encryptInTransit": "false"}
	}
	encryption.Mapped(to + ".volumeAttributes.encryptInTransit")
	n.Field("transitEncryptionPort").Dropped("the driver takes a free port of the node")
	if iam.Text() == "ENABLED" {
		volume.Spec.MountOptions = []string{"iam"}
		iam.Approximated("PersistentVolume spec.mountOptions", "the driver mounts it with its own role, not with the task's: allow that one in the file system's policy")
	} else {
		iam.Mapped("PersistentVolume spec.mountOptions")
	}
	for _, o := range c.objects {
		// Two volumes of one handle never mount in one pod: they are one.
		if had, ok := o.Object.(*corev1.PersistentVolume); ok && had.Spec.CSI != nil && had.Spec.CSI.VolumeHandle == handle {
			return &corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: had.Spec.ClaimRef.Name}}
		}
	}
	c.add(volume)

	none := "" // of no class, so that nobody makes one for the claim
	c.add(&corev1.PersistentVolumeClaim{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"},
		ObjectMeta: metav1.ObjectMeta{Name: c.name + "." + called},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: volume.Spec.AccessModes, VolumeName: volume.Name, StorageClassName: &none,
			Resources: corev1.VolumeResourceRequirements{Requests: everything()},
		},
	})
	return &corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: c.name + "." + called}}
}

func everything() corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceStorage: *resource.NewQuantity(1<<30, resource.BinarySI)}
}
