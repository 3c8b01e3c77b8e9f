package convert

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// secretProviderClasses let the Secrets Store driver fetch a container's secrets, one
// for each region. It writes the Secret that variables come from only while a pod mounts
// the class, so each container that has secrets does.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/ascp-eks-installation.html
// https://secrets-store-csi-driver.sigs.k8s.io/topics/sync-as-kubernetes-secret
func (c *conversion) secretProviderClasses(k *container, all []variableFrom) {
	here := c.home()
	var regions []string
	of := map[string][]variableFrom{}
	for _, v := range all {
		region := cmp.Or(v.region, here)
		if of[region] == nil {
			regions = append(regions, region)
		}
		of[region] = append(of[region], v)
	}
	for _, region := range regions {
		name, volume, path := c.name+"."+k.Name, "secrets-"+k.Name, "/mnt/secrets-store"
		if region != here {
			name, volume, path = name+"."+region, volume+"-"+region, path+"-"+region
		}
		c.secretProviderClass(k, name, region, of[region])
		volume = labelOf(volume, longest)
		c.pod.Spec.Volumes = append(c.pod.Spec.Volumes, corev1.Volume{Name: volume, VolumeSource: corev1.VolumeSource{CSI: &corev1.CSIVolumeSource{
			Driver: "secrets-store.csi.k8s.io", ReadOnly: new(true),
			VolumeAttributes: map[string]string{"secretProviderClass": name},
		}}})
		k.VolumeMounts = append(k.VolumeMounts, corev1.VolumeMount{Name: volume, MountPath: path, ReadOnly: true})
	}
	c.note(specOf+".serviceAccountName", "the Secrets Store driver reads the secrets with the rights of this account's role, not of the execution role")
}

func (c *conversion) secretProviderClass(k *container, name, region string, all []variableFrom) {
	parameters := map[string]any{"objects": objects(all)}
	if c.opts.Identity == PodIdentity {
		parameters["usePodIdentity"] = "true"
	}
	if region != "" {
		parameters["region"] = region
	}
	var data []any
	for _, v := range all {
		object := v.key
		for _, o := range all {
			if o.reference == v.reference {
				object = o.key // what is fetched twice is fetched once
				break
			}
		}
		data = append(data, map[string]any{"objectName": object, "key": v.key})
		k.setFrom(v.name, name, v.key)
	}
	o := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"provider":      "aws",
		"parameters":    parameters,
		"secretObjects": []any{map[string]any{"secretName": name, "type": "Opaque", "data": data}},
	}}}
	o.SetAPIVersion("secrets-store.csi.x-k8s.io/v1")
	o.SetKind("SecretProviderClass")
	o.SetName(name)
	c.add(o)
}

// objects lists what is fetched, in the provider's YAML: each secret once, and under an
// alias what a variable takes of it.
func objects(all []variableFrom) string {
	var b strings.Builder
	taken := map[reference]bool{}
	for _, v := range all {
		one := v.reference
		one.jsonKey = ""
		if taken[one] {
			continue
		}
		taken[one] = true
		// What is mounted as a whole has a name of its own beside its keys.
		whole, paths := fmt.Sprintf("whole-%d", len(taken)), ""
		var keys []string
		for _, o := range all {
			same := o.reference
			same.jsonKey = ""
			switch {
			case same != one || slices.Contains(keys, o.jsonKey):
				continue
			case o.jsonKey == "":
				whole = o.key
			default:
				// Quoted, a key may have any letters in JMESPath.
				paths += fmt.Sprintf("  - path: %s\n    objectAlias: %s\n", strconv.Quote(strconv.Quote(o.jsonKey)), strconv.Quote(o.key))
			}
			keys = append(keys, o.jsonKey)
		}
		fmt.Fprintf(&b, "- objectName: %s\n", strconv.Quote(one.id))
		if !strings.HasPrefix(one.id, "arn:") {
			b.WriteString("  objectType: ssmparameter\n")
		}
		if one.version != "" {
			fmt.Fprintf(&b, "  objectVersion: %s\n", strconv.Quote(one.version))
		} else if one.stage != "" {
			fmt.Fprintf(&b, "  objectVersionLabel: %s\n", strconv.Quote(one.stage))
		}
		fmt.Fprintf(&b, "  objectAlias: %s\n", strconv.Quote(whole))
		if paths != "" {
			b.WriteString("  jmesPath:\n" + paths)
		}
	}
	return b.String()
}
