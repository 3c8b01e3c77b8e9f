package kube

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/tranship/tranship/internal/kube/pods"
)

// pod is ready, on node-a, with a container port named http. It is not Ready:
// its own gate waits for the name.
func pod(name string, change ...func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: types.UID("uid-" + name), Labels: map[string]string{"app": "orders"}},
		Spec: corev1.PodSpec{
			NodeName: "node-a", ReadinessGates: []corev1.PodReadinessGate{{ConditionType: pods.GateRegistered}},
			Containers: []corev1.Container{{Name: "main", Ports: []corev1.ContainerPort{
				{Name: "http", ContainerPort: 5353, Protocol: corev1.ProtocolUDP}, {Name: "http", ContainerPort: 8080},
			}}},
		},
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning, PodIP: "10.0.0.1", PodIPs: []corev1.PodIP{{IP: "10.0.0.1"}},
			Conditions: []corev1.PodCondition{{Type: corev1.ContainersReady, Status: corev1.ConditionTrue}, {Type: corev1.PodReady, Status: corev1.ConditionFalse}},
		},
	}
	for _, f := range change {
		f(p)
	}
	return p
}

func service(name string, change ...func(*corev1.Service)) *corev1.Service {
	s := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name},
		Spec: corev1.ServiceSpec{
			ClusterIP: corev1.ClusterIPNone, Selector: map[string]string{"app": "orders"},
			Ports: []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromString("http")}},
		},
	}
	for _, f := range change {
		f(s)
	}
	return s
}

func node(name, zone string) *corev1.Node {
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelTopologyZone: zone}}}
}

func TestTarget(t *testing.T) {
	other := pod("other", func(p *corev1.Pod) { p.Labels["app"] = "payments" })
	elsewhere := pod("elsewhere", func(p *corev1.Pod) { p.Namespace = "attic" })
	done := pod("done", func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded })
	lost := pod("b", func(p *corev1.Pod) { p.Spec.NodeName = "gone" })
	broken := errors.New("broken pipe")
	fail := func(what client.ObjectList) interceptor.Funcs {
		return interceptor.Funcs{List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
			if _, pods := list.(*corev1.PodList); pods && what != nil {
				return broken
			}
			return c.List(ctx, list, opts...)
		}}
	}

	c := fakeClient(fail(nil), pod("c"), lost, pod("a"), other, elsewhere, done, node("node-a", "eu-central-1a"),
		service("orders"), service("empty", func(s *corev1.Service) { s.Spec.Selector = nil }),
		service("cluster", func(s *corev1.Service) { s.Spec.ClusterIP = "10.96.0.1" }))
	got := target(t.Context(), c, nil, key("shop", "orders"), epoch)
	if !got.OK() || !got.V.Found || !got.V.Headless || got.At != epoch {
		t.Fatalf("target %+v", got)
	}
	var told []string
	for _, e := range got.V.Endpoints {
		told = append(told, e.Pod+" "+e.Zone)
	}
	if diff := cmp.Diff([]string{"a eu-central-1a", "b ", "c eu-central-1a"}, told); diff != "" {
		t.Error(diff)
	}
	if got := target(t.Context(), c, nil, key("shop", "empty"), epoch); !got.OK() || !got.V.Found || len(got.V.Endpoints) != 0 {
		t.Errorf("without a selector: %+v", got)
	}
	if got := target(t.Context(), c, nil, key("shop", "cluster"), epoch); !got.OK() || got.V.Headless {
		t.Errorf("with a cluster address: %+v", got)
	}
	if got := target(t.Context(), c, nil, key("shop", "nowhere"), epoch); !got.OK() || got.V.Found {
		t.Errorf("a missing one: %+v", got)
	}
	c = fakeClient(fail(&corev1.PodList{}), service("orders"))
	if got := target(t.Context(), c, nil, key("shop", "orders"), epoch); got.OK() || !strings.Contains(got.Unknown, "broken pipe") {
		t.Errorf("unreadable pods: %+v", got)
	}
}
