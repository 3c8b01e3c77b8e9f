package pods

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/tranship/tranship/internal/names"
)

var since = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// pod is ready, on node-a, with a container port named http. It is not Ready:
// its own gate waits for the name.
func pod(name string, change ...func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: types.UID("uid-" + name), Labels: map[string]string{"app": "orders"}},
		Spec: corev1.PodSpec{
			NodeName: "node-a", ReadinessGates: []corev1.PodReadinessGate{{ConditionType: GateRegistered}},
			Containers: []corev1.Container{{Name: "main", Ports: []corev1.ContainerPort{
				{Name: "http", ContainerPort: 5353, Protocol: corev1.ProtocolUDP}, {Name: "http", ContainerPort: 8080},
			}}},
		},
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning, PodIP: "10.0.0.1", PodIPs: []corev1.PodIP{{IP: "10.0.0.1"}},
			Conditions: []corev1.PodCondition{{Type: corev1.ContainersReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(since)}, {Type: corev1.PodReady, Status: corev1.ConditionFalse}},
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

func TestEndpoint(t *testing.T) {
	gate := func(s corev1.ConditionStatus) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.Spec.ReadinessGates = append(p.Spec.ReadinessGates, corev1.PodReadinessGate{ConditionType: "target-health"})
			if s != "" {
				p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: "target-health", Status: s})
			}
		}
	}
	for name, c := range map[string]struct {
		pod  func(*corev1.Pod)
		want func(*names.Endpoint)
	}{
		"ready though its own gate is closed": {func(*corev1.Pod) {}, func(*names.Endpoint) {}},
		"containers not ready":                {func(p *corev1.Pod) { p.Status.Conditions = p.Status.Conditions[1:] }, func(e *names.Endpoint) { e.Ready, e.ReadyAt = false, time.Time{} }},
		"its own gate open": {func(p *corev1.Pod) {
			p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: GateRegistered, Status: corev1.ConditionTrue})
		}, func(e *names.Endpoint) { e.Gated = false }},
		"without its own gate":  {func(p *corev1.Pod) { p.Spec.ReadinessGates = nil }, func(e *names.Endpoint) { e.Gated = false }},
		"another gate open":     {gate(corev1.ConditionTrue), func(*names.Endpoint) {}},
		"another gate closed":   {gate(corev1.ConditionFalse), func(e *names.Endpoint) { e.Ready = false }},
		"another gate not said": {gate(""), func(e *names.Endpoint) { e.Ready = false }},
		"leaving":               {func(p *corev1.Pod) { now := metav1.Now(); p.DeletionTimestamp = &now }, func(e *names.Endpoint) { e.Leaving = true }},
		"dual stack, IPv6 first": {func(p *corev1.Pod) {
			p.Status.PodIP, p.Status.PodIPs = "fd00::1", []corev1.PodIP{{IP: "fd00::1"}, {IP: "10.0.0.9"}}
		}, func(e *names.Endpoint) {
			e.IPv4, e.IPv6 = netip.MustParseAddr("10.0.0.9"), netip.MustParseAddr("fd00::1")
		}},
		"no address yet": {func(p *corev1.Pod) { p.Status.PodIP, p.Status.PodIPs = "", nil }, func(e *names.Endpoint) { e.IPv4 = netip.Addr{} }},
		"IPv6 alone": {func(p *corev1.Pod) {
			p.Status.PodIP, p.Status.PodIPs = "fd00::1", []corev1.PodIP{{IP: "fd00::1"}}
		}, func(e *names.Endpoint) { e.IPv4, e.IPv6 = netip.Addr{}, netip.MustParseAddr("fd00::1") }},
		"the named port is another one here": {func(p *corev1.Pod) { p.Spec.Containers[0].Ports[1].ContainerPort = 9090 }, func(e *names.Endpoint) { e.Port = 9090 }},
		"the named port is a sidecar's": {func(p *corev1.Pod) {
			p.Spec.InitContainers, p.Spec.Containers = p.Spec.Containers, []corev1.Container{{Name: "main"}}
		}, func(*names.Endpoint) {}},
		"without the named port": {func(p *corev1.Pod) { p.Spec.Containers[0].Ports = nil }, func(e *names.Endpoint) { e.Port = 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			want := names.Endpoint{Namespace: "shop", Service: "orders", Pod: "p", UID: "uid-p", IPv4: netip.MustParseAddr("10.0.0.1"), Port: 8080, Ready: true, Gated: true, ReadyAt: since}
			c.want(&want)
			if diff := cmp.Diff(want, Endpoint(pod("p", c.pod), service("orders")), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTargetPorts(t *testing.T) {
	ports := func(ps ...corev1.ServicePort) *corev1.Service {
		return service("orders", func(s *corev1.Service) { s.Spec.Ports = ps })
	}
	pods := []corev1.Pod{*pod("a"), *pod("b", func(p *corev1.Pod) { p.Spec.Containers[0].Ports[1].ContainerPort = 9090 })}
	for name, c := range map[string]struct {
		svc  *corev1.Service
		pods []corev1.Pod
		want []int32
	}{
		"number":                {ports(corev1.ServicePort{Port: 80, TargetPort: intstr.FromInt32(8081)}), pods, []int32{8081}},
		"as the port itself":    {ports(corev1.ServicePort{Port: 80}), nil, []int32{80}},
		"name, pods differ":     {ports(corev1.ServicePort{Port: 80, TargetPort: intstr.FromString("http")}), pods, []int32{8080, 9090}},
		"name, other protocol":  {ports(corev1.ServicePort{Port: 80, TargetPort: intstr.FromString("http"), Protocol: corev1.ProtocolUDP}), pods, []int32{5353}},
		"name, no pods":         {ports(corev1.ServicePort{Port: 80, TargetPort: intstr.FromString("http")}), nil, nil},
		"several":               {ports(corev1.ServicePort{Port: 9}, corev1.ServicePort{Port: 3}, corev1.ServicePort{Port: 9}), nil, []int32{3, 9}},
		"headless without any":  {ports(), pods, []int32{5353, 8080, 9090}},
		"headless without pods": {ports(), nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, TargetPorts(c.svc, c.pods)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
