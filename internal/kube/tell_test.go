package kube

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/kube/source"
	"github.com/tranship/tranship/internal/names"
)

// standing is how Service shop/orders stands.
func standing(change func(*cutover.Standing)) cutover.Standing {
	st := cutover.Standing{Claimant: cutover.Claimant{Key: key("shop", "orders")}}
	change(&st)
	return st
}

// conditions are those of Service shop/orders as they are stored.
func (b *bench) conditions() []metav1.Condition {
	b.t.Helper()
	var svc corev1.Service
	if err := b.server.Get(b.t.Context(), client.ObjectKey{Namespace: "shop", Name: "orders"}, &svc); err != nil {
		b.t.Fatal(err)
	}
	return svc.Status.Conditions
}

func (b *bench) tell(r names.Ref, st cutover.Standing) []metav1.Condition {
	b.t.Helper()
	if err := b.Tell(b.t.Context(), r, []cutover.Standing{st, {Claimant: cutover.Claimant{Key: key("shop", "deleted")}, Held: "x"}}); err != nil {
		b.t.Fatal(err)
	}
	return b.conditions()
}

func TestTellHeld(t *testing.T) {
	b := newBench(t, service("orders"))
	k, second := key("shop", "orders"), names.Ref{ServiceID: "srv-b"}
	b.Directory.SetClaims(k, claims(ref, second))
	held := func(r names.Ref, why string) *metav1.Condition {
		t.Helper()
		return meta.FindStatusCondition(b.tell(r, standing(func(s *cutover.Standing) { s.Held = why })), v1alpha1.ConditionNameHeld)
	}
	if c := held(ref, ""); c != nil || b.writes != 0 {
		t.Errorf("nothing to say: %+v, %d writes", c, b.writes)
	}
	c := held(ref, "ECS holds it")
	if c == nil || c.Status != metav1.ConditionTrue || c.Message != "ECS holds it" || !c.LastTransitionTime.Time.Equal(epoch.Truncate(time.Second)) {
		t.Errorf("held: %+v", c)
	}
	b.clock.now = epoch.Add(time.Hour)
	held(ref, "ECS holds it")
	if c = held(second, ""); c.Status != metav1.ConditionTrue || b.writes != 1 {
		t.Errorf("of two names one is held: %+v, %d writes", c, b.writes)
	}
	if c = held(second, "and another"); c.Message != "and another; ECS holds it" || !c.LastTransitionTime.Time.Equal(epoch.Truncate(time.Second)) {
		t.Errorf("both: %+v", c)
	}
	held(second, "")
	if c = held(ref, ""); c.Status != metav1.ConditionFalse || c.LastTransitionTime.Time.Equal(epoch.Truncate(time.Second)) {
		t.Errorf("free: %+v", c)
	}
	if want := "orders NameHeld: ECS holds it"; b.writes != 4 || len(b.told) != 4 || b.told[0] != want {
		t.Errorf("%d writes, told %q", b.writes, b.told)
	}
}

// The condition turns with the state, not with every number on its way.
func TestTellRegistered(t *testing.T) {
	b := newBench(t, service("orders"))
	b.Directory.SetClaims(key("shop", "orders"), claims(ref))
	say := func(status, reason, text string, moving bool) *metav1.Condition {
		t.Helper()
		return meta.FindStatusCondition(b.tell(ref, standing(func(s *cutover.Standing) {
			s.Registered, s.Reason, s.Text, s.Moving = status, reason, text, moving
		})), v1alpha1.ConditionRegistered)
	}
	if c := say("False", "Registering", "0 of 10", true); c == nil || c.Reason != "Registering" || c.Message != "0 of 10" {
		t.Errorf("%+v", c)
	}
	if c := say("False", "Registering", "3 of 10", true); c.Message != "0 of 10" || b.writes != 1 {
		t.Errorf("a number on its way was written: %+v", c)
	}
	if c := say("True", "InName", "10 in orders.shop.internal", true); c.Status != metav1.ConditionTrue || b.writes != 2 {
		t.Errorf("%+v, %d writes", c, b.writes)
	}
	say("True", "InName", "10 in orders.shop.internal", false)
	if c := say("True", "InName", "9 in orders.shop.internal", false); c.Message[:1] != "9" || b.writes != 3 || len(b.told) != 2 {
		t.Errorf("%+v, %d writes, told %q", c, b.writes, b.told)
	}
	say("Unknown", "CloudMapUnreachable", "since noon", false)
	if last := b.told[len(b.told)-1]; !strings.Contains(last, "CloudMapUnreachable: since noon") {
		t.Errorf("told %q", b.told)
	}
}

// What a person has to mend is told by one event, and stays in the condition; where
// nothing of what the object asks for is a name, it is all that the condition says.
func TestTellProblems(t *testing.T) {
	b := newBench(t, service("orders"))
	k := key("shop", "orders")
	registered := func() metav1.Condition {
		t.Helper()
		c := meta.FindStatusCondition(b.conditions(), v1alpha1.ConditionRegistered)
		if c == nil {
			t.Fatal("no condition")
		}
		return *c
	}
	bad := []cutover.Problem{{Reason: "InvalidHostname", Text: "mend it"}}
	for range 2 {
		if err := b.Unclaimed(t.Context(), k, "", bad); err != nil {
			t.Fatal(err)
		}
	}
	if c := registered(); c.Status != metav1.ConditionFalse || c.Reason != "InvalidHostname" || c.Message != "mend it" {
		t.Errorf("no name at all: %+v", c)
	}
	if len(b.told) != 1 || b.writes != 1 {
		t.Errorf("told %q in %d writes, want one of each", b.told, b.writes)
	}
	b.Directory.SetClaims(k, claims(ref))
	b.tell(ref, standing(func(s *cutover.Standing) { s.Registered, s.Reason, s.Text = "True", "InName", "2 in it" }))
	if c := registered(); c.Status != metav1.ConditionTrue || c.Message != "2 in it; mend it" {
		t.Errorf("one of two names: %+v", c)
	}
	if err := b.Unclaimed(t.Context(), k, "", nil); err != nil {
		t.Fatal(err)
	}
	b.tell(ref, standing(func(s *cutover.Standing) { s.Registered, s.Reason, s.Text = "True", "InName", "2 in it" }))
	if c := registered(); c.Message != "2 in it" {
		t.Errorf("mended: %+v", c)
	}
}

// Of several names the worst is told, and names that are not found are the worst.
func TestTellSeveralNames(t *testing.T) {
	b := newBench(t, service("orders"))
	k, second := key("shop", "orders"), names.Ref{ServiceID: "srv-b"}
	b.Directory.SetClaims(k, claims(ref, second))
	reg := func() *metav1.Condition {
		return meta.FindStatusCondition(b.conditions(), v1alpha1.ConditionRegistered)
	}
	b.tell(ref, standing(func(s *cutover.Standing) { s.Registered, s.Reason, s.Text = "True", "InName", "1 in a" }))
	b.tell(second, standing(func(s *cutover.Standing) { s.Registered, s.Reason, s.Text = "Unknown", "CloudMapThrottled", "b" }))
	if c := reg(); c.Status != metav1.ConditionUnknown || c.Reason != "CloudMapThrottled" || !strings.Contains(c.Message, "1 in a") {
		t.Errorf("%+v", c)
	}
	bad := []cutover.Problem{{Reason: "InvalidTTL", Text: "the TTL is no number"}}
	for range 2 {
		if err := b.Unclaimed(t.Context(), k, "no such name c.x", bad); err != nil {
			t.Fatal(err)
		}
	}
	if c := reg(); c.Status != metav1.ConditionFalse || c.Reason != "NameNotFound" || !strings.Contains(c.Message, "no such name c.x") {
		t.Errorf("%+v", c)
	}
	n := 0
	for _, e := range b.told {
		if strings.Contains(e, "InvalidTTL") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("a problem was told %d times: %q", n, b.told)
	}
	if err := b.Unclaimed(t.Context(), k, "", nil); err != nil {
		t.Fatal(err)
	}
	b.tell(second, standing(func(s *cutover.Standing) { s.Registered, s.Reason, s.Text = "True", "InName", "1 in b" }))
	if c := reg(); c.Status != metav1.ConditionTrue {
		t.Errorf("found: %+v", c)
	}
	// A Service that asks for nothing any more says so, and one that never did says nothing.
	b.Directory.SetClaims(k, nil)
	if err := b.Unclaimed(t.Context(), k, "", nil); err != nil {
		t.Fatal(err)
	}
	if c := reg(); c.Status != metav1.ConditionUnknown || c.Reason != "NoName" {
		t.Errorf("asks for nothing: %+v", c)
	}
}

// Objects whose status has no place for it are told by events, once per turn.
func TestTellIngress(t *testing.T) {
	ing := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}}
	b := newBench(t, ing)
	b.Kinds = map[string]func() client.Object{source.KindIngress: func() client.Object { return &networkingv1.Ingress{} }}
	st := cutover.Standing{Claimant: cutover.Claimant{Key: cutover.Key{Namespace: "shop", Name: "web", Kind: source.KindIngress}}, Registered: "False", Reason: "DoesNotFit", Text: "an alias needs WEIGHTED"}
	for range 3 {
		if err := b.Tell(t.Context(), ref, []cutover.Standing{st}); err != nil {
			t.Fatal(err)
		}
	}
	if len(b.told) != 1 || b.told[0] != "web DoesNotFit: an alias needs WEIGHTED" || b.writes != 0 {
		t.Errorf("told %q, %d writes", b.told, b.writes)
	}
	st.Claimant.Kind = "Node"
	if err := b.Tell(t.Context(), ref, []cutover.Standing{st}); err == nil {
		t.Error("a kind that asks for no names")
	}
}

// A pod that exists under another UID, or has ended, is not the one.
func TestExisting(t *testing.T) {
	b := newBench(t, pod("a"), pod("b", func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded }))
	of := func(id, pod, uid string) names.Instance {
		return names.Instance{ID: names.ID(id), Attributes: map[string]string{names.AttrNamespace: "shop", names.AttrPod: pod, names.AttrPodUID: uid}}
	}
	got, err := b.Existing(t.Context(), []names.Instance{of("1", "a", "uid-a"), of("2", "a", "uid-other"), of("3", "b", "uid-b"), of("4", "c", "uid-c"), {ID: "lb.example.com"}})
	if err != nil || len(got) != 1 || got[0] != "1" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestParseHandover(t *testing.T) {
	for text, want := range map[string]*cutover.Handover{
		"to=external-dns,owner=me":   {To: true, Owner: "me"},
		"from=external-dns,owner=me": {Owner: "me"},
		"from=external-dns":          {},
		"to=external-dns":            nil,
		"to=route53,owner=me":        nil,
		"from=external-dns,me":       nil,
		"":                           nil,
	} {
		got, err := ParseHandover(text)
		if (err == nil) != (want != nil) || want != nil && *got != *want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

// What is wrong with a hand-over is told once, and again when it comes back.
func TestUnreadableHandoverIsToldOnce(t *testing.T) {
	b := newBench(t, service("orders", func(s *corev1.Service) {
		s.Annotations = map[string]string{v1alpha1.AnnotationHandover: "to=external-dns"}
	}))
	k := key("shop", "orders")
	b.Directory.SetClaims(k, claims(ref))
	for range 3 {
		b.gather()
		b.tell(ref, standing(func(s *cutover.Standing) { s.Registered, s.Reason = "True", "InName" }))
	}
	n := 0
	for _, e := range b.told {
		if strings.Contains(e, "names no owner=ID") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("told %d times: %q", n, b.told)
	}
}

// One object that cannot be told does not keep it from the others.
func TestTellGoesOn(t *testing.T) {
	b := newBench(t, service("orders"))
	b.Directory.SetClaims(key("shop", "orders"), claims(ref))
	bad := cutover.Standing{Claimant: cutover.Claimant{Key: cutover.Key{Namespace: "shop", Name: "node", Kind: "Node"}}, Held: "x"}
	good := standing(func(s *cutover.Standing) { s.Registered, s.Reason = "True", "InName" })
	if err := b.Tell(t.Context(), ref, []cutover.Standing{bad, good}); err == nil || !strings.Contains(err.Error(), "Node") {
		t.Errorf("error %v", err)
	}
	if c := meta.FindStatusCondition(b.conditions(), v1alpha1.ConditionRegistered); c == nil || c.Status != metav1.ConditionTrue {
		t.Errorf("the other was told %+v", c)
	}
}
