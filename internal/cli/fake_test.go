package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/tranship/tranship/api/v1alpha1"
)

var start = time.Date(2026, 5, 4, 9, 30, 0, 0, time.UTC)

// bench is a cluster without an API server, and a terminal without a person.
type bench struct {
	t        *testing.T
	client   client.WithWatch
	in       string
	tty      bool
	out, err bytes.Buffer
	ctx      context.Context
	// then are what the controller does, one after the other, once a verb watches.
	then []func()
	// broken, if set, is what the API server answers to every list.
	broken error
	// watching is the watch that is under way.
	watching watch.Interface
	nonces   int
	passed   time.Duration // by waiting
}

func newBench(t *testing.T, objects ...client.Object) *bench {
	t.Helper()
	scheme, err := newScheme()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, ctx: t.Context()}
	b.client = fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(&v1alpha1.ServiceMigration{}).WithObjects(objects...).
		WithIndex(&corev1.Event{}, eventObject, func(o client.Object) []string {
			e, _ := o.(*corev1.Event)
			return []string{string(e.InvolvedObject.UID)}
		}).
		WithInterceptorFuncs(interceptor.Funcs{
			List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
				if b.broken != nil {
					return b.broken
				}
				return c.List(ctx, list, opts...)
			},
			Watch: func(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) (watch.Interface, error) {
				w, err := c.Watch(ctx, list, opts...)
				b.watching = w
				todo := b.then
				b.then = nil
				for _, f := range todo {
					f()
				}
				return w, err
			},
		}).Build()
	return b
}

// run runs one command line.
func (b *bench) run(args ...string) Code {
	b.t.Helper()
	b.out.Reset()
	b.err.Reset()
	return Execute(b.ctx, Env{
		Streams: Streams{In: strings.NewReader(b.in), Out: &b.out, Err: &b.err, InTTY: b.tty},
		Now:     func() time.Time { return start.Add(b.passed) },
		Wait: func(ctx context.Context, d time.Duration) error {
			if len(b.then) == 0 {
				return wait(ctx, d)
			}
			b.passed += d
			f := b.then[0]
			b.then = b.then[1:]
			f()
			return ctx.Err()
		},
		Nonce: func() string { b.nonces++; return fmt.Sprintf("nonce-%d", b.nonces) },
		Connect: func(a Access) (*Cluster, error) {
			ns := a.Namespace
			if ns == "" {
				ns = "shop"
			}
			return &Cluster{Client: b.client, Namespace: ns, User: "ada"}, nil
		},
		Build: Build{Version: "v1.2.3", Revision: "0123456789abcdef", Go: "go1.26", Platform: "linux/amd64"},
	}, append([]string{"tranship"}, args...))
}

// want checks how a command line came out.
func (b *bench) want(got, code Code, texts ...string) {
	b.t.Helper()
	all := b.out.String() + b.err.String()
	if got != code {
		b.t.Errorf("exit code %d, want %d\n%s", got, code, all)
	}
	for _, s := range texts {
		if !strings.Contains(all, s) {
			b.t.Errorf("it does not say %q:\n%s", s, all)
		}
	}
}

func (b *bench) get(name string) *v1alpha1.ServiceMigration {
	b.t.Helper()
	var m v1alpha1.ServiceMigration
	if err := b.client.Get(b.t.Context(), client.ObjectKey{Namespace: "shop", Name: name}, &m); err != nil {
		b.t.Fatal(err)
	}
	return &m
}

// sets is a step of the controller: it takes the newest word, and tells a new status.
func (b *bench) sets(name string, edits ...func(*v1alpha1.ServiceMigration)) func() {
	return func() {
		b.t.Helper()
		m := b.get(name)
		m.Status.ObservedGeneration = m.Generation
		if c, ok := commandOf(m); ok {
			raw, err := json.Marshal(map[string]string{"command": c.Nonce})
			if err != nil {
				b.t.Fatal(err)
			}
			m.Status.Crossing = &runtime.RawExtension{Raw: raw}
		}
		for _, e := range edits {
			e(m)
		}
		if err := b.client.Status().Update(b.t.Context(), m); err != nil {
			b.t.Fatal(err)
		}
	}
}

func stands(phase, reason, text string) func(*v1alpha1.ServiceMigration) {
	return func(m *v1alpha1.ServiceMigration) {
		m.Status.Phase = phase
		m.Status.Waiting = v1alpha1.Waiting{Reason: reason, Text: text}
		ready := metav1.ConditionFalse
		if phase == "Migrated" {
			ready = metav1.ConditionTrue
		}
		m.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: ready, Reason: "Set", LastTransitionTime: metav1.NewTime(start)}}
	}
}

// migration of an ECS service of cluster prod.
func migration(name string, edits ...func(*v1alpha1.ServiceMigration)) *v1alpha1.ServiceMigration {
	m := &v1alpha1.ServiceMigration{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name},
		Spec: v1alpha1.ServiceMigrationSpec{
			Goal: v1alpha1.GoalTarget, Source: v1alpha1.Source{Cluster: "prod", Service: name}, Target: v1alpha1.Target{Service: name},
		},
	}
	for _, e := range edits {
		e(m)
	}
	return m
}

func heldLease() *coordinationv1.Lease {
	holder, seconds, renewed := "host", int32(15), metav1.NewMicroTime(start.Add(-5*time.Second))
	return &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Namespace: leaseNamespace, Name: leaseName},
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: &holder, LeaseDurationSeconds: &seconds, RenewTime: &renewed},
	}
}

// names of all migrations there are.
func (b *bench) names() []string {
	b.t.Helper()
	var list v1alpha1.ServiceMigrationList
	if err := b.client.List(b.t.Context(), &list); err != nil {
		b.t.Fatal(err)
	}
	var out []string
	for _, m := range list.Items {
		out = append(out, m.Name)
	}
	slices.Sort(out)
	return out
}
