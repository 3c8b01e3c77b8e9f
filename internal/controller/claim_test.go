package controller

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/kube"
	"github.com/tranship/tranship/internal/kube/source"
	"github.com/tranship/tranship/internal/names"
)

// ingress asks for a name of its own, with an address.
func ingress(name, host string) *networkingv1.Ingress {
	return &networkingv1.Ingress{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name},
		Spec:       networkingv1.IngressSpec{Rules: []networkingv1.IngressRule{{Host: host}}},
		Status: networkingv1.IngressStatus{LoadBalancer: networkingv1.IngressLoadBalancerStatus{
			Ingress: []networkingv1.IngressLoadBalancerIngress{{IP: "10.0.90.1"}},
		}},
	}
}

// A Service and an Ingress may have one name, and ask for one DNS name.
func TestClaimsOfSeveralKinds(t *testing.T) {
	r := newRoom(t, ingress("orders", "orders.shop.internal"), serviceObject())
	r.store.Kinds = blanks([]kind{services(r.c, r.store.Source), ingresses(r.c, r.store.Source)})
	ing := r.claimant(ingresses(r.c, r.store.Source))
	r.look(ing, "orders")
	if diff := cmp.Diff([]string{"srv-orders"}, r.sent()); diff != "" {
		t.Error(diff)
	}
	k := engine.Key{Namespace: "shop", Name: "orders", Kind: source.KindIngress}
	if got := r.directory.Claims(k, names.Ref{}); len(got) != 1 || got[0].Wish.Kind != source.KindIngress || fmt.Sprint(got[0].Wish.Targets) != "[10.0.90.1]" {
		t.Errorf("the Ingress asks for %+v", got)
	}
	// The Service of the same name asks for nothing, which takes nothing from it.
	r.look(r.claimant(services(r.c, r.store.Source)), "orders")
	if _, claimants := r.directory.Of(of("srv-orders")); !slices.Equal(claimants, []engine.Key{k}) || len(r.sent()) != 0 {
		t.Errorf("claimed by %v", claimants)
	}
	if err := r.c.Delete(t.Context(), ingress("orders", "")); err != nil {
		t.Fatal(err)
	}
	r.look(ing, "orders")
	if diff := cmp.Diff([]string{"srv-orders"}, r.sent()); diff != "" || len(r.directory.All()) != 0 {
		t.Error(diff, r.directory.All())
	}
}

// One wish that fails does not stop the others, and each failure is told in its way.
func TestFind(t *testing.T) {
	wish := func(host, pod string) source.Wish {
		return source.Wish{Kind: source.KindService, Namespace: "shop", Object: "orders", Host: host, OnlyPod: pod, Pods: true}
	}
	key := engine.Key{Namespace: "shop", Name: "orders"}
	r := newRoom(t)
	fails := map[string]error{
		"slow.shop.internal":   names.ErrThrottled,
		"double.shop.internal": fmt.Errorf("%w: two services have the name", names.ErrInvalid),
		"closed.shop.internal": fmt.Errorf("%w: ListServices", names.ErrDenied),
	}
	r.names = sparse{r.w, fails}
	r.directory.SetClaims(key, []kube.Claim{{Ref: of("srv-slow"), Wish: wish("slow.shop.internal", "")}})
	f := r.find(t.Context(), serviceObject(), key, []source.Wish{
		wish("orders.shop.internal", ""), wish("slow.shop.internal", ""), wish("slow.shop.internal", "pod-1"),
		wish("none.shop.internal", ""), wish("none.shop.internal", ""), wish("pod-1.orders.shop.internal", "pod-1"),
		wish("double.shop.internal", ""), wish("closed.shop.internal", ""),
	})
	var got []string
	for _, c := range f.claims {
		got = append(got, c.Wish.Host+" "+c.Ref.ServiceID)
	}
	if diff := cmp.Diff([]string{"orders.shop.internal srv-orders", "slow.shop.internal srv-slow"}, got); diff != "" {
		t.Error(diff)
	}
	if len(f.missing) != 2 || !strings.Contains(f.missing[1], "none.shop.internal") || !strings.Contains(f.missing[0], "two services") {
		t.Errorf("missing: %q", f.missing)
	}
	if diff := cmp.Diff([]string{"slow.shop.internal", "slow.shop.internal", "closed.shop.internal"}, f.unresolved); diff != "" || f.again != retrySoon {
		t.Error(diff, f.again)
	}
	if len(f.problems) != 1 || !strings.Contains(f.problems[0].Text, "closed.shop.internal") || f.problems[0].Reason != "NameNotReadable" {
		t.Errorf("problems: %+v", f.problems)
	}
	// An offer that nobody takes up is nobody's concern.
	if f = r.find(t.Context(), serviceObject(), key, []source.Wish{wish("pod-1.orders.shop.internal", "pod-1")}); len(f.missing)+len(f.claims)+len(f.unresolved) != 0 || f.again != 0 {
		t.Errorf("%+v", f)
	}
}

// After a restart a Service may be looked at before the migration that leads to
// it: what that has begun is known all the same, and one that has not is awaited.
func TestClaimKnowsItsMigration(t *testing.T) {
	begun, waits := migrationObject("orders"), migrationObject("second")
	begun.Status.Crossing = &runtime.RawExtension{Raw: []byte(`{"schema":1,"phase":"Shift","wrote":true,"for":{"ref":"1/r/ns/srv-orders"}}`)}
	named := func(name string) *corev1.Service {
		return serviceObject(func(s *corev1.Service) {
			s.Name, s.Annotations[v1alpha1.AnnotationHostname] = name, "orders.shop.internal"
		})
	}
	r := newRoom(t, begun, waits, named("orders"), named("second"), named("third"))
	look := r.claimant(services(r.c, r.store.Source))
	for _, name := range []string{"orders", "second", "third"} {
		r.look(look, name)
	}
	if ms, _ := r.directory.Of(of("srv-orders")); !slices.Equal(ms, []engine.Key{{Namespace: "shop", Name: "orders"}}) {
		t.Errorf("migrations of the name: %v", ms)
	}
	var awaited []string
	for _, name := range []string{"orders", "second", "third"} {
		if r.directory.Awaited(engine.Key{Namespace: "shop", Name: name}) {
			awaited = append(awaited, name)
		}
	}
	if fmt.Sprint(awaited) != "[second]" {
		t.Errorf("awaited: %v", awaited)
	}
	// Later on, migrations are looked at for themselves.
	r.directory.Complete()
	r.directory.SetTarget(engine.Key{Namespace: "shop", Name: "second"}, engine.Key{})
	r.look(look, "second")
	if r.directory.Awaited(engine.Key{Namespace: "shop", Name: "second"}) {
		t.Error("a migration that is gone is awaited again")
	}
}

// sparse is a world of which some names cannot be looked up.
type sparse struct {
	*world
	fails map[string]error
}

func (s sparse) Lookup(ctx context.Context, host string) (names.Ref, error) {
	if err := s.fails[host]; err != nil {
		return names.Ref{}, err
	}
	return s.world.Lookup(ctx, host)
}

// A created service is claimed in the same look, and said.
func TestFindCreates(t *testing.T) {
	svc := serviceObject()
	svc.Annotations[v1alpha1.AnnotationCreate] = "true"
	svc.Annotations[v1alpha1.AnnotationHostname] = "new.shop.internal"
	r := newRoom(t, svc)
	m := &maker{zone: names.Zone{ID: "ns", Name: "shop.internal", Kind: names.PrivateZone}}
	r.creates(m, "shop=*.shop.internal")
	var told []string
	r.event = func(o client.Object, e cutover.Event) { told = append(told, o.GetName()+" "+e.Reason) }
	if after := r.look(r.claimant(services(r.c, r.store.Source)), "orders"); after != 0 {
		t.Errorf("looks again in %s", after)
	}
	if diff := cmp.Diff([]string{"srv-made"}, r.sent()); diff != "" || fmt.Sprint(m.made) != "[new.shop.internal]" || fmt.Sprint(told) != "[orders NameCreated]" {
		t.Error(diff, m.made, told)
	}
}
