package node

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
)

// Annotations that steer a pod's stand-in.
const (
	// ReadyAnnotation: "never" keeps the containers unready; taking it away (or any other value) makes them ready.
	ReadyAnnotation = "lab.tranship.dev/ready"
	// StartDelayAnnotation is how long the application takes until it listens, such as "2s".
	StartDelayAnnotation = "lab.tranship.dev/start-delay"
	// TemperAnnotation overrides Config.Temper: graceful, plain or rude.
	TemperAnnotation = "lab.tranship.dev/temper"
)

func neverReady(pod *corev1.Pod) bool { return pod.Annotations[ReadyAnnotation] == "never" }

// serviceOf is the label app, or else the workload that owns the pod, or else the pod itself.
func serviceOf(pod *corev1.Pod) string {
	if app := pod.Labels["app"]; app != "" {
		return app
	}
	if o := metav1.GetControllerOf(pod); o != nil {
		return strings.TrimSuffix(o.Name, "-"+pod.Labels["pod-template-hash"]) // a ReplicaSet is named after its Deployment
	}
	return pod.Name
}

// along are the containers that run from the pod's start to its end.
func along(pod *corev1.Pod) []corev1.Container {
	all := slices.Clone(pod.Spec.Containers)
	for _, c := range pod.Spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			all = append(all, c)
		}
	}
	return all
}

// ports are the pod's TCP ports in order of mention, or the one that is meant when it mentions none.
func ports(pod *corev1.Pod, none uint16) []uint16 {
	var all []uint16
	seen := sets.New[uint16]()
	for _, c := range along(pod) {
		for _, p := range c.Ports {
			n := uint16(p.ContainerPort)
			if (p.Protocol == corev1.ProtocolTCP || p.Protocol == "") && !seen.Has(n) {
				seen.Insert(n)
				all = append(all, n)
			}
		}
	}
	if len(all) == 0 {
		return []uint16{none}
	}
	return all
}
