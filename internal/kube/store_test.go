package kube

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/kube/source"
	"github.com/tranship/tranship/internal/names"
)

func fakeClient(f interceptor.Funcs, objs ...client.Object) client.WithWatch {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		panic(err)
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithInterceptorFuncs(f).
		WithStatusSubresource(&v1alpha1.ServiceMigration{}, &corev1.Service{}).WithObjects(objs...).Build()
}

type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// bench is a store over a server that counts, behind a cache that can be stopped.
type bench struct {
	*Store
	t      *testing.T
	server client.WithWatch
	clock  *clock
	stale  map[client.ObjectKey]*v1alpha1.ServiceMigration // what the cache still has
	writes int
	live   int // reads past the cache
	told   []string
}

// cached reads through the cache of a bench, and writes to the server.
type cached struct {
	client.Client
	b *bench
}

func (c cached) Get(ctx context.Context, k client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
	if m, ok := obj.(*v1alpha1.ServiceMigration); ok {
		if old, ok := c.b.stale[k]; ok {
			old.DeepCopyInto(m)
			return nil
		}
	}
	return c.Client.Get(ctx, k, obj, opts...)
}

type past struct {
	client.Reader
	b *bench
}

func (p past) Get(ctx context.Context, k client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
	p.b.live++
	return p.Reader.Get(ctx, k, obj, opts...)
}

// must is for what cannot fail in a test.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newBench(t *testing.T, objs ...client.Object) *bench {
	b := &bench{t: t, clock: &clock{epoch}, stale: map[client.ObjectKey]*v1alpha1.ServiceMigration{}}
	b.server = fakeClient(interceptor.Funcs{
		SubResourceUpdate: func(ctx context.Context, c client.Client, sub string, obj client.Object, opts ...client.SubResourceUpdateOption) error {
			b.writes++
			return c.SubResource(sub).Update(ctx, obj, opts...)
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, obj client.Object, p client.Patch, opts ...client.SubResourcePatchOption) error {
			b.writes++
			return c.SubResource(sub).Patch(ctx, obj, p, opts...)
		},
		Patch: func(ctx context.Context, c client.WithWatch, obj client.Object, p client.Patch, opts ...client.PatchOption) error {
			b.writes++
			return c.Patch(ctx, obj, p, opts...)
		},
	}, objs...)
	b.Store = NewStore(StoreConfig{
		Client: cached{b.server, b}, Live: past{b.server, b}, Directory: NewDirectory(), Clock: b.clock, Home: home,
		Source: must(source.New(source.Options{})),
		Event: func(o client.Object, e cutover.Event) {
			b.told = append(b.told, o.GetName()+" "+e.Reason+": "+e.Message)
		},
	})
	return b
}

func (b *bench) gather() cutover.Gathered {
	b.t.Helper()
	g, err := b.Gather(b.t.Context(), ref)
	if err != nil {
		b.t.Fatal(err)
	}
	return g
}

// read is the migration as it is stored.
func (b *bench) read() *v1alpha1.ServiceMigration {
	b.t.Helper()
	m := &v1alpha1.ServiceMigration{}
	if err := b.server.Get(b.t.Context(), client.ObjectKey{Namespace: "shop", Name: "orders"}, m); err != nil {
		b.t.Fatal(err)
	}
	return m
}

func (b *bench) one() cutover.Migration {
	b.t.Helper()
	g := b.gather()
	if len(g.Migrations) != 1 {
		b.t.Fatalf("%d migrations", len(g.Migrations))
	}
	return g.Migrations[0]
}

// stop makes the cache stand still.
func (b *bench) stop() { b.stale[client.ObjectKey{Namespace: "shop", Name: "orders"}] = b.read() }

func namespace() *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}
}

// moving is a bench with one migration that resolves.
func moving(t *testing.T, change ...func(*v1alpha1.ServiceMigration)) *bench {
	m := migration()
	for _, f := range change {
		f(m)
	}
	b := newBench(t, m, namespace(), service("orders"), pod("a"), node("node-a", "z"))
	b.Directory.SetMigration(key("shop", "orders"), ref)
	b.Directory.SetTarget(key("shop", "orders"), key("shop", "orders"))
	return b
}

func TestGatherMigration(t *testing.T) {
	b := moving(t)
	g := b.gather()
	if m := b.one(); m.Key != key("shop", "orders") || m.UID != "uid-1" || m.ResourceVersion == "" || m.Deleting || !m.Created.Equal(epoch.Truncate(time.Second)) {
		t.Errorf("migration %+v", m)
	}
	tgt := g.Targets[key("shop", "orders")]
	if !tgt.OK() || tgt.V.Serving() != 1 || tgt.V.Endpoints[0].Zone != "z" {
		t.Errorf("target %+v", tgt)
	}
	if len(g.Claimants) != 0 || !g.Endpoints.OK() || b.live != 0 {
		t.Errorf("claimants %v, %d live reads", g.Claimants, b.live)
	}
	if g, err := b.Gather(t.Context(), names.Ref{ServiceID: "other"}); err != nil || len(g.Migrations) != 0 {
		t.Errorf("another name: %+v, %v", g, err)
	}
}

func TestGatherClaimants(t *testing.T) {
	b := newBench(t, service("orders"), service("orders-too", func(s *corev1.Service) {
		s.Annotations = map[string]string{v1alpha1.AnnotationJoin: "true"}
	}), service("moved"), service("away"), pod("a"), pod("b"))
	for _, s := range []string{"orders", "orders-too", "moved", "deleted"} {
		b.Directory.SetClaims(key("shop", s), []Claim{{Ref: ref, Wish: source.Wish{Kind: source.KindService, Namespace: "shop", Object: s, Host: "orders.shop.internal", Pods: true}}})
	}
	// What is in the name of it stays, though a migration leads to it that may be
	// of this name, or of none at all.
	b.Directory.SetTarget(key("shop", "move"), key("shop", "moved"))
	g := b.gather()
	want := []cutover.Claimant{{Key: key("shop", "moved"), Awaited: true}, {Key: key("shop", "orders")}, {Key: key("shop", "orders-too"), Open: true}}
	if diff := cmp.Diff(want, g.Claimants); diff != "" {
		t.Error(diff)
	}
	if len(g.Endpoints.V) != 2 {
		t.Errorf("a pod behind two Services counts once: %+v", g.Endpoints.V)
	}
	// One of another name does not keep it from its own.
	b.Directory.SetMigration(key("shop", "move"), names.Ref{ServiceID: "other"})
	want[0].Awaited = false
	if diff := cmp.Diff(want, b.gather().Claimants); diff != "" {
		t.Error(diff)
	}
}

func TestSaveStateWritesOnceAndOnlyWhatDiffers(t *testing.T) {
	b := moving(t)
	m := b.one()
	o := outcome(cutover.Stage, cutover.WaitWorkload)
	rv, err := b.SaveState(t.Context(), m, o)
	if err != nil {
		t.Fatal(err)
	}
	got := b.read()
	if b.writes != 1 || rv == m.ResourceVersion || rv != got.ResourceVersion || got.Status.Phase != "Stage" || got.Status.ObservedGeneration != 3 {
		t.Fatalf("%d writes, version %s, stored %s: %+v", b.writes, rv, got.ResourceVersion, got.Status)
	}
	b.clock.now = b.clock.now.Add(time.Minute)
	m = b.one()
	if m.State.Phase != cutover.Stage {
		t.Errorf("read back: %+v", m.State)
	}
	if rv, err = b.SaveState(t.Context(), m, o); err != nil || rv != m.ResourceVersion || b.writes != 1 {
		t.Errorf("the same again: %d writes, version %s after %s, %v", b.writes, rv, m.ResourceVersion, err)
	}
	o.Decision.Wait.Text = "another text"
	if _, err = b.SaveState(t.Context(), m, o); err != nil || b.writes != 2 {
		t.Errorf("something else: %d writes, %v", b.writes, err)
	}
}

func TestSaveStateConflicts(t *testing.T) {
	o := outcome(cutover.Stage, cutover.WaitWorkload)
	t.Run("somebody wrote meanwhile", func(t *testing.T) {
		b := moving(t)
		m := b.one()
		b.stop()
		x := b.read()
		x.Annotations = map[string]string{"a": "b"}
		if err := b.server.Update(t.Context(), x); err != nil {
			t.Fatal(err)
		}
		if _, err := b.SaveState(t.Context(), m, o); !errors.Is(err, names.ErrConflict) {
			t.Errorf("error %v", err)
		}
		if b.read().Status.Phase != "" {
			t.Error("written all the same")
		}
	})
	t.Run("another object has the name", func(t *testing.T) {
		b := moving(t)
		m := b.one()
		m.UID = "uid-0"
		if _, err := b.SaveState(t.Context(), m, o); !errors.Is(err, names.ErrConflict) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("deleted", func(t *testing.T) {
		b := moving(t)
		m := b.one()
		if err := b.server.Delete(t.Context(), b.read()); err != nil {
			t.Fatal(err)
		}
		if _, err := b.SaveState(t.Context(), m, o); !errors.Is(err, names.ErrConflict) {
			t.Errorf("error %v", err)
		}
	})
}

// A cache that has not seen our own last write is not believed.
func TestStaleCacheIsReadPast(t *testing.T) {
	b := moving(t)
	b.stop()
	m := b.one()
	if b.live != 0 {
		t.Fatalf("%d live reads before anything was written", b.live)
	}
	rv, err := b.SaveState(t.Context(), m, outcome(cutover.Stage, cutover.WaitWorkload))
	if err != nil {
		t.Fatal(err)
	}
	m = b.one()
	if b.live != 1 || m.ResourceVersion != rv || m.State.Phase != cutover.Stage {
		t.Errorf("%d live reads; read %s in %s, written was %s", b.live, m.ResourceVersion, m.State.Phase, rv)
	}
	b.stop() // the cache has caught up
	if m = b.one(); b.live != 1 || m.State.Phase != cutover.Stage {
		t.Errorf("%d live reads", b.live)
	}
}

func TestSaveOriginal(t *testing.T) {
	b := moving(t)
	m := b.one()
	b.stop()
	saved := cutover.Saved{Schema: 1, For: cutover.Pin{UID: "uid-1", Ref: ref.String()}, Original: cutover.Original{Records: []names.Record{{Type: "A", TTL: 60}}, Desired: 2, Capacity: 2}}
	rv, err := b.SaveOriginal(t.Context(), m, saved)
	if err != nil {
		t.Fatal(err)
	}
	got := b.read()
	if len(got.Finalizers) != 1 || got.Finalizers[0] != v1alpha1.Finalizer || got.ResourceVersion != rv {
		t.Errorf("stored %+v", got.ObjectMeta)
	}
	// In the same step the state follows, though the cache knows of nothing.
	m.ResourceVersion = rv
	if _, err := b.SaveState(t.Context(), m, outcome(cutover.Prepare, cutover.WaitWrite)); err != nil {
		t.Fatal(err)
	}
	m = b.one()
	if diff := cmp.Diff(&saved, m.Saved); diff != "" {
		t.Error(diff)
	}
	if m.State.Phase != cutover.Prepare {
		t.Errorf("state %+v", m.State)
	}
	m.ResourceVersion = "1"
	if _, err := b.SaveOriginal(t.Context(), m, saved); !errors.Is(err, names.ErrConflict) {
		t.Errorf("an old version: %v", err)
	}
}

func TestRelease(t *testing.T) {
	held := func(m *v1alpha1.ServiceMigration) {
		m.Finalizers = []string{v1alpha1.Finalizer}
		m.Status.DNSName = "orders.shop.internal"
	}
	for name, c := range map[string]struct {
		phase                   cutover.Phase
		annotation, externalDNS string // on the Service before
		want                    string // hostname after
	}{
		"migrated":                           {cutover.Migrated, "", "", "orders.shop.internal"},
		"migrated, claimed already":          {cutover.Migrated, "Orders.shop.internal.", "", "Orders.shop.internal."},
		"migrated, claimed otherwise":        {cutover.Migrated, "", "orders.shop.internal", ""},
		"migrated, claims another":           {cutover.Migrated, "other.shop.internal", "", "other.shop.internal,orders.shop.internal"},
		"migrated, another in a public zone": {cutover.Migrated, "", "orders.example.com", "orders.shop.internal"},
		"rolled back":                        {cutover.RolledBack, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := moving(t, held)
			if c.annotation != "" || c.externalDNS != "" {
				svc := service("orders")
				svc.Annotations = map[string]string{}
				if c.annotation != "" {
					svc.Annotations[v1alpha1.AnnotationHostname] = c.annotation
				}
				if c.externalDNS != "" {
					svc.Annotations[v1alpha1.AnnotationExternalDNSHostname] = c.externalDNS
				}
				if err := b.server.Update(t.Context(), svc); err != nil {
					t.Fatal(err)
				}
			}
			if err := b.server.Delete(t.Context(), b.read()); err != nil {
				t.Fatal(err)
			}
			m := b.one()
			if !m.Deleting || m.Terminating {
				t.Fatalf("deleting %v, terminating %v", m.Deleting, m.Terminating)
			}
			m.State.Phase = c.phase
			if err := b.Release(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			var gone v1alpha1.ServiceMigration
			if err := b.server.Get(t.Context(), client.ObjectKey{Namespace: "shop", Name: "orders"}, &gone); !apierrors.IsNotFound(err) {
				t.Errorf("still there: %v", err)
			}
			var svc corev1.Service
			if err := b.server.Get(t.Context(), client.ObjectKey{Namespace: "shop", Name: "orders"}, &svc); err != nil {
				t.Fatal(err)
			}
			if got := svc.Annotations[v1alpha1.AnnotationHostname]; got != c.want {
				t.Errorf("hostname %q, want %q", got, c.want)
			}
		})
	}
	t.Run("its namespace is going", func(t *testing.T) {
		b := moving(t, held)
		if err := b.server.Delete(t.Context(), b.read()); err != nil {
			t.Fatal(err)
		}
		if err := b.server.Delete(t.Context(), namespace()); err != nil {
			t.Fatal(err)
		}
		if m := b.one(); !m.Terminating {
			t.Error("not seen")
		}
	})
}

func TestUnresolved(t *testing.T) {
	b := moving(t)
	w := cutover.Wait{Reason: cutover.WaitChecks, Object: "ECS service prod/orders", Text: "not found:\n  there is none"}
	for range 2 {
		if err := b.Unresolved(t.Context(), key("shop", "orders"), w); err != nil {
			t.Fatal(err)
		}
	}
	st := b.read().Status
	if b.writes != 1 || st.Phase != "Preflight" || st.Waiting.Text != "not found: there is none" || st.Crossing != nil {
		t.Errorf("%d writes, status %+v", b.writes, st)
	}
	if !meta.IsStatusConditionTrue(st.Conditions, v1alpha1.ConditionStalled) || !meta.IsStatusConditionFalse(st.Conditions, v1alpha1.ConditionReady) {
		t.Errorf("conditions %+v", st.Conditions)
	}
	w.Reason = cutover.WaitUnknown // it may come by itself
	if err := b.Unresolved(t.Context(), key("shop", "orders"), w); err != nil {
		t.Fatal(err)
	}
	if st := b.read().Status; !meta.IsStatusConditionFalse(st.Conditions, v1alpha1.ConditionStalled) || !meta.IsStatusConditionTrue(st.Conditions, v1alpha1.ConditionReconciling) {
		t.Errorf("conditions %+v", st.Conditions)
	}
	if err := b.Unresolved(t.Context(), key("shop", "deleted"), w); err != nil {
		t.Errorf("a deleted one: %v", err)
	}
}

func TestMalformedAnnotationIsToldOnce(t *testing.T) {
	b := moving(t, func(m *v1alpha1.ServiceMigration) {
		m.Annotations = map[string]string{v1alpha1.AnnotationCommand: "rollback, please"}
	})
	for range 3 {
		if m := b.one(); m.Command != nil {
			t.Fatal("it was read")
		}
	}
	if len(b.told) != 1 || !strings.Contains(b.told[0], v1alpha1.AnnotationCommand) {
		t.Errorf("told %q", b.told)
	}
	m := b.read()
	m.Annotations[v1alpha1.AnnotationCommand] = `{"verb":"rollback","nonce":"1"}`
	if err := b.server.Update(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if m := b.one(); m.Command == nil || len(b.told) != 1 {
		t.Errorf("command %v, told %q", m.Command, b.told)
	}
}

func TestErrorsNameTheObject(t *testing.T) {
	b := moving(t)
	m := b.one()
	b.Client = fakeClient(interceptor.Funcs{
		Get: func(_ context.Context, _ client.WithWatch, _ client.ObjectKey, _ client.Object, _ ...client.GetOption) error {
			return errors.New("broken pipe")
		},
	})
	for name, f := range map[string]func() error{
		"Gather":     func() error { _, err := b.Gather(t.Context(), ref); return err },
		"SaveState":  func() error { _, err := b.SaveState(t.Context(), m, cutover.Outcome{}); return err },
		"Release":    func() error { return b.Release(t.Context(), m) },
		"Unresolved": func() error { return b.Unresolved(t.Context(), m.Key, cutover.Wait{}) },
		"Tell": func() error {
			return b.Tell(t.Context(), ref, []cutover.Standing{{Claimant: cutover.Claimant{Key: m.Key}, Held: "x"}})
		},
		"Existing": func() error {
			_, err := b.Existing(t.Context(), []names.Instance{{ID: "eks-1", Attributes: map[string]string{names.AttrNamespace: "shop", names.AttrPod: "orders", names.AttrPodUID: "1"}}})
			return err
		},
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), "shop/orders") || !strings.Contains(err.Error(), "broken pipe") || errors.Is(err, names.ErrConflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
