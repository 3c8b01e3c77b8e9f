package kube

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
)

// A finished migration adds the name to those its Service asks for, once, and
// leaves what others read alone.
func TestClaim(t *testing.T) {
	for what, c := range map[string]struct {
		has, want map[string]string
	}{
		"none":                   {nil, map[string]string{v1alpha1.AnnotationHostname: "orders.shop.internal"}},
		"another":                {map[string]string{v1alpha1.AnnotationHostname: "a.x, "}, map[string]string{v1alpha1.AnnotationHostname: "a.x,orders.shop.internal"}},
		"this one":               {map[string]string{v1alpha1.AnnotationHostname: "Orders.shop.internal."}, map[string]string{v1alpha1.AnnotationHostname: "Orders.shop.internal."}},
		"by ExternalDNS' prefix": {map[string]string{v1alpha1.AnnotationExternalDNSHostname: "orders.shop.internal"}, map[string]string{v1alpha1.AnnotationExternalDNSHostname: "orders.shop.internal"}},
	} {
		svc := service("orders", func(s *corev1.Service) { s.Annotations = c.has })
		b := newBench(t, svc)
		if err := b.leaveName(t.Context(), key("shop", "orders"), "orders.shop.internal."); err != nil {
			t.Fatal(err)
		}
		var got corev1.Service
		if err := b.server.Get(t.Context(), client.ObjectKey{Namespace: "shop", Name: "orders"}, &got); err != nil {
			t.Fatal(err)
		}
		for k, v := range c.want {
			if got.Annotations[k] != v || len(got.Annotations) != len(c.want) {
				t.Errorf("%s: %v", what, got.Annotations)
			}
		}
	}
	// What keeps the claim from being heard is said.
	b := newBench(t, service("orders", func(s *corev1.Service) {
		s.Annotations = map[string]string{"external-dns.alpha.kubernetes.io/controller": "another"}
	}))
	if err := b.leaveName(t.Context(), key("shop", "orders"), "orders.shop.internal"); err != nil || len(b.told) != 1 || !strings.Contains(b.told[0], "NameNotKept") {
		t.Errorf("%v, told %q", err, b.told)
	}
}
