package kubepod

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// field is what the downward API says of the pod.
// https://kubernetes.io/docs/concepts/workloads/pods/downward-api/
func (w World) field(path string) (string, error) {
	p := w.Pod
	key := func(prefix string) (string, bool) {
		rest, ok := strings.CutPrefix(path, prefix+"['")
		if !ok {
			return "", false
		}
		return strings.CutSuffix(rest, "']")
	}
	if k, ok := key("metadata.labels"); ok {
		return p.Labels[k], nil
	}
	if k, ok := key("metadata.annotations"); ok {
		return p.Annotations[k], nil
	}
	switch path {
	case "metadata.name":
		return p.Name, nil
	case "metadata.namespace":
		return p.Namespace, nil
	case "metadata.uid":
		return string(p.UID), nil
	case "spec.nodeName":
		return p.Spec.NodeName, nil
	case "spec.serviceAccountName":
		if p.Spec.ServiceAccountName == "" {
			return "default", nil
		}
		return p.Spec.ServiceAccountName, nil
	case "status.hostIP", "status.hostIPs":
		return p.Status.HostIP, nil
	case "status.podIP", "status.podIPs":
		return p.Status.PodIP, nil
	}
	return "", fmt.Errorf("field %s: the downward API has no such", path)
}

// resource is what a container may have, in whole units of the divisor, rounded up.
func (w World) resource(c corev1.Container, r *corev1.ResourceFieldSelector) string {
	for _, all := range [][]corev1.Container{w.Pod.Spec.InitContainers, w.Pod.Spec.Containers} {
		for _, o := range all {
			if r.ContainerName == o.Name {
				c = o
			}
		}
	}
	list := c.Resources.Limits
	name, ok := strings.CutPrefix(r.Resource, "limits.")
	if !ok {
		name, list = strings.TrimPrefix(r.Resource, "requests."), c.Resources.Requests
	}
	q := list[corev1.ResourceName(name)]
	value, unit := q.Value(), r.Divisor.Value()
	if corev1.ResourceName(name) == corev1.ResourceCPU {
		value, unit = q.MilliValue(), r.Divisor.MilliValue()
		if r.Divisor.IsZero() {
			unit = 1000
		}
	}
	unit = max(unit, 1)
	return strconv.FormatInt((value+unit-1)/unit, 10)
}
