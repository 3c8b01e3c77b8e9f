package controller

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/internal/kube/source"
)

func TestCheckSources(t *testing.T) {
	if err := CheckSources(Sources); err != nil {
		t.Error(err)
	}
	if err := CheckSources([]string{"service", "node"}); err == nil || !strings.Contains(err.Error(), "--source node") || !strings.Contains(err.Error(), "gateway-tlsroute") {
		t.Errorf("error %v", err)
	}
	for kind, name := range routeSources {
		if !slices.Contains(Sources, name) || !strings.HasSuffix(name, strings.ToLower(kind)) {
			t.Errorf("%s is source %q", kind, name)
		}
	}
}

// Each kind lists its own objects, as pointers to one each, and reads no other's.
func TestKinds(t *testing.T) {
	r := newRoom(t, serviceObject(), serviceObject(func(s *corev1.Service) { s.Name = "second" }), ingress("web", "orders.shop.internal"))
	for _, c := range []struct {
		kind  kind
		names string
		other client.Object
	}{
		{services(r.c, r.store.Source), "orders second", ingress("web", "")},
		{ingresses(r.c, r.store.Source), "web", serviceObject()},
	} {
		list, err := c.kind.list(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, o := range list {
			got = append(got, o.GetName())
			if _, _, err := c.kind.read(t.Context(), o); err != nil {
				t.Errorf("%s %s: %v", c.kind.name, o.GetName(), err)
			}
		}
		if strings.Join(got, " ") != c.names {
			t.Errorf("every %s: %q", c.kind.name, got)
		}
		if _, _, err := c.kind.read(t.Context(), c.other); err == nil || !strings.Contains(err.Error(), "is no "+c.kind.name) {
			t.Errorf("%s read %T: %v", c.kind.name, c.other, err)
		}
		if blank := c.kind.make(); blank.GetName() != "" {
			t.Errorf("%s: %v is not blank", c.kind.name, blank)
		}
	}
	if b := blanks([]kind{services(r.c, r.store.Source), ingresses(r.c, r.store.Source)}); len(b) != 1 || b[source.KindIngress] == nil {
		t.Errorf("blanks of %v", b)
	}
}
