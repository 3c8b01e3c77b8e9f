package gate

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tranship/tranship/internal/kube/pods"
)

// Pod names one pod. The UID keeps its successor of the same name apart.
type Pod struct {
	Namespace, Name string
	UID             types.UID
}

// String is how people write it.
func (p Pod) String() string { return p.Namespace + "/" + p.Name }

// Of names a pod.
func Of(p *corev1.Pod) Pod { return Pod{Namespace: p.Namespace, Name: p.Name, UID: p.UID} }

// Gated says that a pod carries the gate.
func Gated(p *corev1.Pod) bool {
	return slices.ContainsFunc(p.Spec.ReadinessGates, func(g corev1.PodReadinessGate) bool {
		return g.ConditionType == pods.GateRegistered
	})
}

// Waits says that a pod carries the gate, that it is closed, and that opening it
// would still mean something: the pod neither leaves nor has ended.
func Waits(p *corev1.Pod) bool {
	if !Gated(p) || !p.DeletionTimestamp.IsZero() || p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed {
		return false
	}
	c := condition(p, pods.GateRegistered)
	return c == nil || c.Status != corev1.ConditionTrue
}

// ReadySince is since when nothing but the name is missing: the containers are
// ready, and so is every other gate. Zero: something else is missing.
func ReadySince(p *corev1.Pod) time.Time {
	since := time.Time{}
	for _, t := range append([]corev1.PodReadinessGate{{ConditionType: corev1.ContainersReady}}, p.Spec.ReadinessGates...) {
		if t.ConditionType == pods.GateRegistered {
			continue
		}
		c := condition(p, t.ConditionType)
		if c == nil || c.Status != corev1.ConditionTrue {
			return time.Time{}
		}
		at := c.LastTransitionTime.Time
		if at.IsZero() { // whoever set it said no time
			at = p.CreationTimestamp.Time
		}
		if at.After(since) {
			since = at
		}
	}
	return since
}

func condition(p *corev1.Pod, t corev1.PodConditionType) *corev1.PodCondition {
	i := slices.IndexFunc(p.Status.Conditions, func(c corev1.PodCondition) bool { return c.Type == t })
	if i < 0 {
		return nil
	}
	return &p.Status.Conditions[i]
}
