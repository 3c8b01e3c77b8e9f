package e2e

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/kube"
	"github.com/tranship/tranship/internal/kube/source"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// What is stored comes back the same from a real API server, is written once,
// and with the controller's own rights.
func TestStore(t *testing.T) {
	cfg := account(t)
	installed(t)
	ns, admin := namespace(t, "store"), administrator(t)
	m := migration(ns, "orders", steps(50))
	create(t, admin, m)
	create(t, admin, &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "orders"},
		Spec:       corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, Selector: map[string]string{"app": "orders"}},
	})
	c, err := client.New(cfg, client.Options{Scheme: scheme(t)})
	if err != nil {
		t.Fatal(err)
	}
	now := &clock{time.Now()}
	ref, k := names.Ref{Account: "123456789012", Region: "eu-central-1", NamespaceID: "ns-a", ServiceID: "srv-a"}, cutover.Key{Namespace: ns, Name: "orders"}
	src, err := source.New(source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := kube.NewStore(kube.StoreConfig{Source: src,
		Client: c, Live: c, Directory: kube.NewDirectory(), Clock: now, Home: kube.Home{Account: ref.Account, Region: ref.Region},
	})
	s.Directory.SetMigration(k, ref)
	read := func() cutover.Migration {
		t.Helper()
		g, err := s.Gather(t.Context(), ref)
		if err != nil || len(g.Migrations) != 1 {
			t.Fatalf("%d migrations, %v", len(g.Migrations), err)
		}
		return g.Migrations[0]
	}

	got := read()
	at := now.now.UTC().Round(0)
	o := cutover.Outcome{
		View: names.Known(names.View{Settings: names.Settings{Name: "orders", Namespace: "shop.internal"}}, at),
		Decision: cutover.Decision{
			Wait: cutover.Wait{Reason: cutover.WaitSoak, Text: "<watching> & waiting → step", Until: at.Add(time.Minute)},
			State: cutover.State{
				Schema: 1, Direction: cutover.Forward, Phase: cutover.Shift, Wrote: true, Entered: at, For: cutover.Pin{UID: got.UID, Ref: ref.String()},
				Original: &cutover.Original{Records: []names.Record{{Type: "A", TTL: 60}}, Desired: 2, Capacity: 2},
				Out: []cutover.Withdrawn{{Way: registrar.Deregister, At: at, Instance: names.Instance{ID: "task-1", Attributes: map[string]string{
					"Z": "1", "a": "<&>", "AWS_INSTANCE_IPV4": "10.0.0.1",
				}}}},
				Findings: []cutover.Finding{{Way: registrar.Deregister, Reaction: "ignore", Watched: 1<<62 + 1, At: at}},
				History:  []cutover.Mark{{Phase: cutover.Shift, At: at}},
			},
		},
	}
	saved := cutover.Saved{Schema: 1, For: o.Decision.State.For, Original: *o.Decision.State.Original}
	rv, err := s.SaveOriginal(t.Context(), got, saved)
	if err != nil {
		t.Fatal(err)
	}
	got.ResourceVersion = rv
	if rv, err = s.SaveState(t.Context(), got, o); err != nil {
		t.Fatal(err)
	}
	got = read()
	if diff := cmp.Diff(o.Decision.State, got.State); diff != "" || got.Saved == nil || cmp.Diff(saved, *got.Saved) != "" {
		t.Errorf("it does not come back as it was: %s", diff)
	}
	now.now = now.now.Add(time.Hour)
	again, err := s.SaveState(t.Context(), got, o)
	if err != nil || again != rv {
		t.Errorf("the same was written again: version %s after %s, %v", again, rv, err)
	}
	// Another process, which has nothing in memory, sees it the same way.
	other := kube.NewStore(s.StoreConfig)
	if again, err := other.SaveState(t.Context(), got, o); err != nil || again != rv {
		t.Errorf("the same was written again by another: version %s after %s, %v", again, rv, err)
	}
	o.Decision.Wait.Text = "something else"
	if _, err := other.SaveState(t.Context(), got, o); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SaveState(t.Context(), got, o); !errors.Is(err, names.ErrConflict) {
		t.Errorf("two writers: %v", err)
	}

	if err := s.Tell(t.Context(), ref, []cutover.Standing{{Claimant: cutover.Claimant{Key: k}, Held: "somebody holds it"}}); err != nil {
		t.Fatal(err)
	}

	// It stays until it is released, and leaves its name to its Service.
	if err := admin.Delete(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got = read()
	if !got.Deleting || got.Terminating {
		t.Fatalf("deleting %v, terminating %v", got.Deleting, got.Terminating)
	}
	got.State.Phase = cutover.Migrated
	if err := s.Release(t.Context(), got); err != nil {
		t.Fatal(err)
	}
	if err := admin.Get(context.WithoutCancel(t.Context()), client.ObjectKeyFromObject(m), &v1alpha1.ServiceMigration{}); !apierrors.IsNotFound(err) {
		t.Errorf("it is still there: %v", err)
	}
	var svc corev1.Service
	if err := admin.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: "orders"}, &svc); err != nil {
		t.Fatal(err)
	}
	if svc.Annotations[v1alpha1.AnnotationHostname] != "orders.shop.internal" || len(svc.Status.Conditions) != 1 {
		t.Errorf("Service %+v %+v", svc.Annotations, svc.Status)
	}
}
