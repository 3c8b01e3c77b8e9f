package cli

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
)

const (
	theHost   = "orders.shop.internal"
	hostAlpha = "external-dns.alpha.kubernetes.io/hostname"
)

func service(name string, annotations map[string]string) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: "uid-1", Annotations: annotations},
		Spec:       corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, Selector: map[string]string{"app": name}},
	}
}

// edns is an ExternalDNS in the cluster.
func edns(args ...string) *appsv1.Deployment {
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "dns", Name: "external-dns"}}
	d.Spec.Template.Spec.Containers = []corev1.Container{{
		Name: "external-dns", Image: "registry.k8s.io/external-dns/external-dns:v0.21.0", Args: append([]string{"--source=service", "--provider=aws-sd"}, args...),
	}}
	return d
}

func (b *bench) service(name string) *corev1.Service {
	b.t.Helper()
	var s corev1.Service
	if err := b.client.Get(b.t.Context(), client.ObjectKey{Namespace: "shop", Name: name}, &s); err != nil {
		b.t.Fatal(err)
	}
	return &s
}

// conditions is a step of the controller: it sets those of a Service.
func (b *bench) conditions(name string, cs ...metav1.Condition) func() {
	return func() {
		b.t.Helper()
		s := b.service(name)
		s.Status.Conditions = cs
		if err := b.client.Status().Update(b.t.Context(), s); err != nil {
			b.t.Fatal(err)
		}
	}
}

func registered(status metav1.ConditionStatus, reason, text string) metav1.Condition {
	return metav1.Condition{Type: v1alpha1.ConditionRegistered, Status: status, Reason: reason, Message: text, LastTransitionTime: metav1.NewTime(start)}
}

func nameHeld(text string) metav1.Condition {
	return metav1.Condition{Type: v1alpha1.ConditionNameHeld, Status: metav1.ConditionTrue, Reason: "HeldByOthers", Message: text, LastTransitionTime: metav1.NewTime(start)}
}

func TestHandoverToExternalDNS(t *testing.T) {
	b := newBench(t, heldLease(), edns("--txt-owner-id=prod"), service("orders", map[string]string{hostAlpha: theHost + ",api.shop.internal"}), service("carts", map[string]string{hostAlpha: "carts.shop.internal"}))
	b.conditions("orders", registered("True", "InName", "2 in "+theHost))()
	b.then = []func(){
		b.conditions("orders", registered("False", "Registering", "0 of 2 are in "+theHost)),
		b.conditions("orders", registered("Unknown", "HandedOver", theHost+" is kept by ExternalDNS, owner prod, since it was handed over")),
	}
	b.want(b.run("handover", "Orders.shop.internal.", "--to", "external-dns", "--owner", "prod", "--yes", "--wait"), CodeFine,
		"Annotate Service shop/orders with tranship.dev/handover: to=external-dns,owner=prod.", "which go along: api.shop.internal.",
		"external-dns/resource=service/shop/orders", "Registered False (Registering): 0 of 2", "Registered Unknown (HandedOver)",
		"Service shop/orders to=external-dns,owner=prod asked for")
	if a := b.service("orders").Annotations[v1alpha1.AnnotationHandover]; a != "to=external-dns,owner=prod" {
		t.Errorf("annotation %q", a)
	}
	if s := b.err.String(); strings.Contains(s, "Warning") || strings.Contains(s, "No controller") {
		t.Error(s)
	}
	// Once more: it is so already, and nobody has to say yes.
	b.want(b.run("handover", theHost, "--to", "external-dns", "--owner", "prod", "--wait"), CodeFine, "has the annotation tranship.dev/handover: to=external-dns,owner=prod already")
}

func TestHandoverFromExternalDNS(t *testing.T) {
	b := newBench(t, edns(), service("orders", map[string]string{"tranship.dev/hostname": theHost, v1alpha1.AnnotationHandover: "to=external-dns,owner=prod", hostAlpha: theHost}))
	b.conditions("orders", registered("Unknown", "HandedOver", "owner prod"), nameHeld("instance 10.0.0.1 holds the name"))()
	b.then = []func(){
		func() {}, // what was said before counts for nothing
		b.conditions("orders", registered("True", "InName", "2 in "+theHost+", beside 2 of others that are left alone")),
		b.conditions("orders", registered("True", "TakenOver", "2 in "+theHost+", taken over from ExternalDNS, beside 1 of others that are left alone")),
	}
	b.want(b.run("handover", theHost, "--from", "external-dns", "--yes", "--wait"), CodeFine,
		"from=external-dns, in place of to=external-dns,owner=prod.", "where ExternalDNS (any owner) keeps it", "Warning: ", "still serves the name",
		"No controller holds the lease", "Registered True (TakenOver): 2 in "+theHost+", taken over")
}

// It waits for a person where the name is not to be had.
func TestHandoverNeedsAPerson(t *testing.T) {
	b := newBench(t, service("orders", map[string]string{hostAlpha: theHost}))
	b.then = []func(){b.conditions("orders", registered("False", "NameHeld", "no"), nameHeld("Service shop/orders may not claim this name: ask an administrator"))}
	b.want(b.run("handover", theHost, "--from", "external-dns", "--owner", "prod", "--yes", "--wait"), CodeNeedsPerson, "tranship: Service shop/orders may not claim this name")
}

func TestHandoverTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, service("orders", map[string]string{hostAlpha: theHost}))
		b.ctx = context.Background()
		b.want(b.run("handover", theHost, "--to", "external-dns", "--owner", "prod", "--yes", "--wait", "--timeout", "1m"), CodeTimedOut,
			"Warning: no ExternalDNS in this cluster serves the name", "tranship: timed out after 1m0s; the controller goes on: nothing was heard of it yet")
	})
}

// Objects without conditions are followed by their events.
func TestHandoverOfAnIngress(t *testing.T) {
	ing := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "front", UID: "uid-2"}}
	ing.Spec.Rules = []networkingv1.IngressRule{{Host: theHost}}
	ing.Status.LoadBalancer.Ingress = []networkingv1.IngressLoadBalancerIngress{{Hostname: "lb.example"}}
	var b *bench
	event := func(name, reason, text string) func() {
		return func() {
			e := &corev1.Event{
				ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}, InvolvedObject: corev1.ObjectReference{UID: "uid-2"},
				Reason: reason, Message: text, EventTime: metav1.NewMicroTime(start),
			}
			if err := b.client.Create(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
	}
	b = newBench(t, ing, edns("--source=ingress", "--txt-owner-id=other"))
	event("old", "HandedOver", "owner prod, long ago")()
	b.then = []func(){event("new", "Registering", "0 of 1"), event("newer", "HandedOver", theHost+" is kept by ExternalDNS, owner prod")}
	b.want(b.run("handover", theHost, "--to", "external-dns", "--owner", "prod", "--yes", "--wait"), CodeFine, "Registering: 0 of 1", "its --txt-owner-id is other, not prod")
	if strings.Contains(b.err.String(), "long ago") {
		t.Error(b.err.String())
	}
}

func TestHandoverRefuses(t *testing.T) {
	two := service("more", map[string]string{hostAlpha: theHost})
	ours := service("orders", map[string]string{"tranship.dev/hostname": theHost})
	hers := service("orders", map[string]string{hostAlpha: theHost})
	to := []string{"--to", "external-dns", "--owner", "prod"}
	for _, c := range []struct {
		name    string
		objects []client.Object
		args    []string
		code    Code
		say     string
	}{
		{"nobody asks", []client.Object{two}, append([]string{"carts.shop.internal"}, to...), CodeFailed, "no Service, Ingress or route in any Kubernetes namespace asks for carts.shop.internal"},
		{"several ask", []client.Object{two, hers}, append([]string{theHost}, to...), CodeFailed, "2 objects ask for " + theHost + ": Service shop/more, Service shop/orders; choose one with --object"},
		{"one is chosen", []client.Object{two, hers}, append([]string{theHost, "--object", "service/more", "--dry-run"}, to...), CodeFine, "Annotate Service shop/more"},
		{"a template may name it", []client.Object{service("x", nil)}, append([]string{theHost, "--object", "service/x", "--dry-run"}, to...), CodeFine, "It is not seen to ask for " + theHost},
		{"no such object", []client.Object{hers}, append([]string{theHost, "--object", "service/none"}, to...), CodeFailed, "there is no service/none"},
		{"another namespace", []client.Object{hers}, append([]string{theHost, "-n", "post"}, to...), CodeFailed, "in Kubernetes namespace post asks"},
		{"tranship's own words", []client.Object{ours}, append([]string{theHost}, to...), CodeFailed, "ExternalDNS would empty the name"},
		{"they do for the way back", []client.Object{ours}, []string{theHost, "--from", "external-dns", "--dry-run"}, CodeFine, "Annotate Service shop/orders"},
		{"a migration", []client.Object{hers, migration("orders")}, append([]string{theHost}, to...), CodeFailed, "is the target of ServiceMigration orders"},
		{"nobody says yes", []client.Object{hers}, append([]string{theHost}, to...), CodeUsage, "add --yes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, c.objects...)
			b.want(b.run(append([]string{"handover"}, c.args...)...), c.code, c.say)
			for _, o := range c.objects {
				if s, ok := o.(*corev1.Service); ok && b.service(s.Name).Annotations[v1alpha1.AnnotationHandover] != "" {
					t.Error("it was annotated")
				}
			}
		})
	}
}
