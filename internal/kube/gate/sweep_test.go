package gate

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/tranship/tranship/api/v1alpha1"
)

func unknown(s *corev1.Service) { s.Annotations[v1alpha1.AnnotationHostname] = "unknown" }

func named(name string) func(*corev1.Service) { return func(s *corev1.Service) { s.Name = name } }

func TestStrays(t *testing.T) {
	a, b := pod("a"), pod("b")
	gone := pod("gone", func(p *corev1.Pod) { p.Labels = map[string]string{"app": "other"} })
	elsewhere := pod("a", func(p *corev1.Pod) { p.Namespace = "cafe" })
	for name, c := range map[string]struct {
		objects []client.Object
		want    []Pod
		says    string
	}{
		"claimed":         {[]client.Object{a, service()}, nil, ""},
		"no-service":      {[]client.Object{b, a, elsewhere}, []Pod{Of(elsewhere), Of(a), Of(b)}, ""},
		"no-name":         {[]client.Object{a, service(without(v1alpha1.AnnotationHostname))}, []Pod{Of(a)}, ""},
		"not-asked-since": {[]client.Object{a, service(without(v1alpha1.AnnotationGate))}, nil, ""}, // it still gets into the name
		"other-labels":    {[]client.Object{gone, service()}, []Pod{Of(gone)}, ""},
		"other-namespace": {[]client.Object{a, elsewhere, service()}, []Pod{Of(elsewhere)}, ""},
		"no-selector":     {[]client.Object{a, service(func(s *corev1.Service) { s.Spec.Selector = nil })}, []Pod{Of(a)}, ""},
		"second-service":  {[]client.Object{a, service(without(v1alpha1.AnnotationHostname), named("a")), service()}, nil, ""},
		"not-waiting":     {[]client.Object{pod("a", opened), pod("b", ungated), pod("c", leaving)}, nil, ""},
		"not-known":       {[]client.Object{a, service(unknown)}, nil, "whether Service shop/orders has a name: its Gateway"},
		"known-by-other":  {[]client.Object{a, service(unknown, named("a")), service()}, nil, ""},
	} {
		got, err := Strays(t.Context(), fake.NewClientBuilder().WithObjects(c.objects...).Build(), "", annotated)
		if diff := cmp.Diff(c.want, got); diff != "" || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %v, (-want +got)\n%s", name, err, diff)
		}
	}
}

// A Service that is away for a moment makes no strays, nor does one that could
// not be read; one that is away for long does, and people are told.
func TestSweeper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fail error
		cl := interceptor.NewClient(fake.NewClientBuilder().WithObjects(pod("a"), service()).WithStatusSubresource(&corev1.Pod{}).Build(), interceptor.Funcs{
			List: func(ctx context.Context, c client.WithWatch, l client.ObjectList, o ...client.ListOption) error {
				if fail != nil {
					return fail
				}
				return c.List(ctx, l, o...)
			},
			SubResourcePatch: func(ctx context.Context, c client.Client, sub string, o client.Object, p client.Patch, opts ...client.SubResourcePatchOption) error {
				return c.Status().Patch(ctx, o, p, opts...)
			},
		})
		var told []string
		s := &Sweeper{
			Reader: cl, Claims: annotated, Opener: Opener{Client: cl, Now: time.Now},
			Tell: func(_ context.Context, p Pod, r Reason, text string) { told = append(told, fmt.Sprint(p, " ", r)) },
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Start(ctx) }()
		closed := func() bool {
			t.Helper()
			var p corev1.Pod
			if err := cl.Get(t.Context(), client.ObjectKey{Namespace: "shop", Name: "a"}, &p); err != nil {
				t.Fatal(err)
			}
			return Waits(&p)
		}
		pass(10 * SweepEvery)
		for range 3 { // gone for one round, and back, or unreadable
			if err := cl.Delete(t.Context(), service()); err != nil {
				t.Fatal(err)
			}
			pass(SweepEvery)
			if err := cl.Create(t.Context(), service()); err != nil {
				t.Fatal(err)
			}
			pass(SweepEvery)
		}
		if err := cl.Delete(t.Context(), service()); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			pass(SweepEvery)
			fail = errors.New("the cache is away")
			pass(SweepEvery)
			fail = nil
		}
		if !closed() || len(told) > 0 {
			t.Fatalf("opened too early; told %v", told)
		}
		pass(2 * SweepEvery)
		if closed() {
			t.Error("it waits for ever")
		}
		pass(10 * SweepEvery)
		if diff := cmp.Diff([]string{"shop/a NotClaimed"}, told); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	if err := (&Sweeper{}).Start(t.Context()); err == nil {
		t.Error("it starts without anything")
	}
}
