package kube

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/api/v1alpha1"
)

func TestNamesPods(t *testing.T) {
	elsewhere := &v1alpha1.ServiceMigration{
		ObjectMeta: metav1.ObjectMeta{Namespace: "cafe", Name: "orders"},
		Spec:       v1alpha1.ServiceMigrationSpec{Target: v1alpha1.Target{Service: "orders"}},
	}
	here := elsewhere.DeepCopy()
	here.Namespace, here.Name = "shop", "move-orders"
	asks := func(s *corev1.Service) {
		s.Annotations = map[string]string{v1alpha1.AnnotationHostname: "orders.shop.internal"}
	}
	for name, c := range map[string]struct {
		change func(*corev1.Service)
		m      *v1alpha1.ServiceMigration
		want   bool
	}{
		"asks-for-its-pods": {asks, elsewhere, true},
		"asks-for-nothing":  {func(s *corev1.Service) { s.Annotations = nil }, elsewhere, false},
		"by-a-migration":    {func(s *corev1.Service) { s.Annotations = nil }, here, true},
		"of-a-load-balancer": {func(s *corev1.Service) {
			asks(s)
			s.Spec.Type, s.Spec.ClusterIP = corev1.ServiceTypeLoadBalancer, "10.96.0.7"
			s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{Hostname: "lb.example"}}
		}, elsewhere, false},
		"left-to-another": {func(s *corev1.Service) {
			asks(s)
			s.Annotations["external-dns.alpha.kubernetes.io/controller"] = "another"
		}, elsewhere, false},
	} {
		svc := service("orders", c.change)
		if got, err := newBench(t, svc, c.m).NamesPods(t.Context(), svc); err != nil || got != c.want {
			t.Errorf("%s: %t, error %v", name, got, err)
		}
	}
}
