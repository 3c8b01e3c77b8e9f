package gate

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/kube/pods"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// pod is one of orders, gated and with ready containers.
func pod(name string, change ...func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: types.UID("uid-" + name), Labels: map[string]string{"app": "orders"}},
		Spec:       corev1.PodSpec{ReadinessGates: []corev1.PodReadinessGate{{ConditionType: pods.GateRegistered}}},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning},
	}
	with(corev1.ContainersReady, corev1.ConditionTrue, epoch)(p)
	for _, f := range change {
		f(p)
	}
	return p
}

func with(t corev1.PodConditionType, s corev1.ConditionStatus, at time.Time) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		c := corev1.PodCondition{Type: t, Status: s}
		if !at.IsZero() {
			c.LastTransitionTime = metav1.NewTime(at)
		}
		if have := condition(p, t); have != nil {
			*have = c
			return
		}
		p.Status.Conditions = append(p.Status.Conditions, c)
	}
}

func ungated(p *corev1.Pod) { p.Spec.ReadinessGates = nil }

func opened(p *corev1.Pod) { with(pods.GateRegistered, corev1.ConditionTrue, epoch)(p) }

func leaving(p *corev1.Pod) {
	p.DeletionTimestamp, p.Finalizers = &metav1.Time{Time: epoch}, []string{"test/keep"}
}

func otherGate(p *corev1.Pod) {
	p.Spec.ReadinessGates = append(p.Spec.ReadinessGates, corev1.PodReadinessGate{ConditionType: "other/gate"})
}

// service is orders, which claims a name and asks for the gate.
func service(change ...func(*corev1.Service)) *corev1.Service {
	s := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "orders", Annotations: map[string]string{
			v1alpha1.AnnotationHostname: "orders.shop.internal", v1alpha1.AnnotationGate: "true",
		}},
		Spec: corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, Selector: map[string]string{"app": "orders"}},
	}
	for _, f := range change {
		f(s)
	}
	return s
}

// annotated are the Services that claim a name here; one that is annotated
// "unknown" can't be read.
func annotated(_ context.Context, s *corev1.Service) (bool, error) {
	host := s.Annotations[v1alpha1.AnnotationHostname]
	if host == "unknown" {
		return false, errors.New("its Gateway could not be read")
	}
	return host != "", nil
}

func without(annotation string) func(*corev1.Service) {
	return func(s *corev1.Service) { delete(s.Annotations, annotation) }
}

func TestWaits(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*corev1.Pod)
		want   bool
	}{
		"no-condition-yet": {func(*corev1.Pod) {}, true},
		"closed":           {with(pods.GateRegistered, corev1.ConditionFalse, epoch), true},
		"open":             {opened, false},
		"ungated":          {ungated, false},
		"leaving":          {leaving, false},
		"ended":            {func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded }, false},
		"failed":           {func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed }, false},
	} {
		if got := Waits(pod(name, c.change)); got != c.want {
			t.Errorf("%s: %t, want %t", name, got, c.want)
		}
	}
}

func TestReadySince(t *testing.T) {
	later := epoch.Add(time.Minute)
	for name, c := range map[string]struct {
		change func(*corev1.Pod)
		want   time.Time
	}{
		"containers":         {func(*corev1.Pod) {}, epoch},
		"no-containers":      {with(corev1.ContainersReady, corev1.ConditionFalse, epoch), time.Time{}},
		"other-gate":         {otherGate, time.Time{}},
		"other-gate-open":    {func(p *corev1.Pod) { otherGate(p); with("other/gate", corev1.ConditionTrue, later)(p) }, later},
		"our-own-is-no-part": {func(p *corev1.Pod) { with(pods.GateRegistered, corev1.ConditionTrue, later)(p) }, epoch},
		"no-time": {func(p *corev1.Pod) {
			p.CreationTimestamp = metav1.NewTime(later)
			with(corev1.ContainersReady, corev1.ConditionTrue, time.Time{})(p)
		}, later},
	} {
		if got := ReadySince(pod(name, c.change)); !got.Equal(c.want) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
