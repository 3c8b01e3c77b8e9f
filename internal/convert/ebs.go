package convert

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// attach gives each pod a volume of its own where ECS attaches an EBS volume to each
// task: both live as long as what uses them.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ebs-volumes.html
// https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/parameters.md
func (c *conversion) attach() {
	for _, v := range c.of("volumeConfigurations").Items() {
		name := v.Field("name").Text()
		e := v.Field("managedEBSVolume")
		v.Field("name").Mapped("spec.template.spec.volumes[].name")
		for _, t := range c.task.Field("volumes").Items() {
			if t.Field("name").Text() == name {
				t.Field("configuredAtLaunch").Mapped("spec.template.spec.volumes[].ephemeral", "the service says the rest")
			}
		}
		if slices.ContainsFunc(c.pod.Spec.Volumes, func(had corev1.Volume) bool { return had.Name == label(name) }) {
			v.Unsupported("the task definition has a volume of this name that is none of EBS'")
			continue
		}
		if c.opts.Fargate {
			v.Rest().Unsupported("EKS' Fargate attaches no EBS volumes: run it on nodes")
			continue
		}
		c.attachOne(name, e)
	}
}

func (c *conversion) attachOne(name string, e ledger.Node) {
	const (
		class = "StorageClass parameters"
		claim = "spec.template.spec.volumes[].ephemeral.volumeClaimTemplate.spec"
	)
	binding, policy := storagev1.VolumeBindingWaitForFirstConsumer, corev1.PersistentVolumeReclaimDelete
	sc := &storagev1.StorageClass{
		TypeMeta:    metav1.TypeMeta{APIVersion: "storage.k8s.io/v1", Kind: "StorageClass"},
		ObjectMeta:  metav1.ObjectMeta{Name: labelOf(c.namespace+"-"+c.name+"-"+label(name), longest)},
		Provisioner: "ebs.csi.aws.com", Parameters: map[string]string{"type": "gp3", "csi.storage.k8s.io/fstype": "xfs"},
		VolumeBindingMode: &binding, ReclaimPolicy: &policy,
	}
	for field, key := range map[string]string{
		"volumeType": "type", "iops": "iops", "throughput": "throughput", "encrypted": "encrypted",
		"kmsKeyId": "kmsKeyId", "filesystemType": "csi.storage.k8s.io/fstype",
	} {
		if n := e.Field(field); n.Set() {
			sc.Parameters[key] = n.Text()
			n.Mapped(class + "." + key)
		}
	}
	if t := e.Field("filesystemType").Text(); t == "ntfs" {
		e.Field("filesystemType").Mapped(class + ".csi.storage.k8s.io/fstype")
	}
	for i, t := range c.volumeTags(e) {
		sc.Parameters["tagSpecification_"+strconv.Itoa(i+1)] = t
	}
	e.Field("roleArn").Dropped("the EBS driver has a role of its own")
	size, ok := e.Field("sizeInGiB").Int()
	spec := corev1.PersistentVolumeClaimSpec{
		AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, StorageClassName: &sc.Name,
	}
	if !ok || size < 1 {
		size = 1
		c.note("spec.template.spec.volumes", "The volume "+name+" has the size of its snapshot on ECS: say it here.")
	}
	spec.Resources.Requests = corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(fmt.Sprintf("%dGi", min(size, 65536)))}
	e.Field("sizeInGiB").Mapped(claim + ".resources.requests.storage")
	c.restore(name, e, &spec)
	c.add(sc)
	c.pod.Spec.Volumes = append(c.pod.Spec.Volumes, corev1.Volume{Name: label(name), VolumeSource: corev1.VolumeSource{
		Ephemeral: &corev1.EphemeralVolumeSource{VolumeClaimTemplate: &corev1.PersistentVolumeClaimTemplate{
			ObjectMeta: metav1.ObjectMeta{Labels: c.selector}, Spec: spec,
		}},
	}})
}

// restore settles a volume that begins as a copy of a snapshot.
func (c *conversion) restore(name string, e ledger.Node, spec *corev1.PersistentVolumeClaimSpec) {
	s, rate := e.Field("snapshotId"), e.Field("volumeInitializationRate")
	if !s.Set() {
		rate.Dropped("an empty volume has nothing to load")
		return
	}
	rate.Approximated("", "blocks of the snapshot are loaded when they are read first, at no certain rate")
	snapshot := labelOf(c.name+"-"+label(name), longest)
	switch s.Decide("", "The volume "+name+" begins as a copy of "+s.Text()+". How does it on Kubernetes?",
		ledger.Answer{Word: "snapshot", Then: "you make the VolumeSnapshot " + snapshot + " of it in the namespace " + c.namespace + "; volumes are copies of that"},
		ledger.Answer{Word: "empty", Then: "it begins empty"}) {
	case "snapshot":
		group := "snapshot.storage.k8s.io"
		spec.DataSource = &corev1.TypedLocalObjectReference{APIGroup: &group, Kind: "VolumeSnapshot", Name: snapshot}
		s.Mapped("spec.template.spec.volumes[].ephemeral.volumeClaimTemplate.spec.dataSource", "decided: a VolumeSnapshot that you make of it")
		c.note("spec.template.spec.volumes", "Make the VolumeSnapshot "+snapshot+" of "+s.Text()+" first.")
	case "empty":
		s.Approximated("", "decided: it begins empty")
	}
}

// volumeTags are the tags of the volume as key=value.
func (c *conversion) volumeTags(e ledger.Node) []string {
	var out []string
	add := func(list ledger.Node) {
		for _, t := range list.Items() {
			if key := t.Field("key").Text(); key != "" && !strings.HasPrefix(key, "aws:") {
				out = append(out, key+"="+t.Field("value").Text())
			}
		}
	}
	for _, s := range e.Field("tagSpecifications").Items() {
		add(s.Field("tags"))
		switch s.Field("propagateTags").Text() {
		case "SERVICE":
			add(c.service.Field("tags"))
		case "TASK_DEFINITION":
			add(c.task.Field("tags"))
		}
		s.Mapped("StorageClass parameters.tagSpecification")
		s.Field("propagateTags").Approximated("StorageClass parameters.tagSpecification", "the tags as they are now")
	}
	return out
}
