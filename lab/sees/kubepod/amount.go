package kubepod

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/tranship/tranship/lab/sees"
)

type kind bool

const (
	requests kind = false
	limits   kind = true
)

// of is what a container asks for, or the pod: 0 where it says nothing. A limit alone
// is a request, too. CPU is in thousandths, memory and storage in MiB.
func of(r corev1.ResourceRequirements, name corev1.ResourceName, k kind) int64 {
	q, ok := r.Limits[name]
	if k == requests {
		if have, asked := r.Requests[name]; asked {
			q, ok = have, true
		}
	}
	if !ok {
		return 0
	}
	return amount(name, q)
}

func amount(name corev1.ResourceName, q resource.Quantity) int64 {
	if name == corev1.ResourceCPU {
		return q.MilliValue()
	}
	if name == corev1.ResourceMemory || name == corev1.ResourceEphemeralStorage {
		return q.Value() >> 20
	}
	return q.Value()
}

// sum is what the pod asks for as a whole: its own word, or the sum of those that run
// along. One without a limit has no end, and so has the sum.
// https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#pod-level-resource-specification
func (w World) sum(name corev1.ResourceName, k kind) int64 {
	p := w.Pod.Spec
	if p.Resources != nil {
		if n := of(*p.Resources, name, k); n > 0 {
			return n
		}
	}
	total := int64(0)
	for _, c := range p.InitContainers {
		if !sidecar(c) {
			continue
		}
		n := of(c.Resources, name, k)
		if n == 0 && k == limits {
			return 0
		}
		total += n
	}
	for _, c := range p.Containers {
		n := of(c.Resources, name, k)
		if n == 0 && k == limits {
			return 0
		}
		total += n
	}
	return total
}

// room is what a container has of a resource; what it may have ends where the pod's
// own limit does.
func (w World) room(c corev1.Container, name corev1.ResourceName) sees.Amount {
	a := sees.Amount{Least: of(c.Resources, name, requests), Most: of(c.Resources, name, limits)}
	if r := w.Pod.Spec.Resources; r != nil {
		if most := of(*r, name, limits); most > 0 && (a.Most == 0 || a.Most > most) {
			a.Most = most
		}
		if least := of(*r, name, requests); a.Least == 0 && len(w.Pod.Spec.Containers)+len(w.Pod.Spec.InitContainers) == 1 {
			a.Least = least
		}
	}
	return a
}
