package controller

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/kube"
	"github.com/tranship/tranship/internal/kube/source"
	"github.com/tranship/tranship/internal/names"
)

// world is AWS for a resolver: one ECS service per key, one name per DNS name.
type world struct {
	services map[string]cutover.ECSService
	names    map[string]names.Ref
	fail     error
	calls    int
}

func (w *world) Service(_ context.Context, src names.Source) (cutover.ECSService, error) {
	w.calls++
	s, ok := w.services[src.Service]
	if w.fail != nil || !ok {
		return s, errors.Join(w.fail, fmt.Errorf("%w: the ECS cluster %s has no service %s", names.ErrNotFound, src.Cluster, src.Service))
	}
	return s, nil
}

func (w *world) Scale(context.Context, names.Source, int) error {
	return errors.New("nobody scales here")
}

func (w *world) Ref(_ context.Context, _ names.Source, registry string) (names.Ref, error) {
	return names.Ref{Account: "1", Region: "r", NamespaceID: "ns", ServiceID: registry}, nil
}

func (w *world) Lookup(_ context.Context, host string) (names.Ref, error) {
	ref, ok := w.names[host]
	switch {
	case w.fail != nil:
		return ref, w.fail
	case !ok:
		return ref, fmt.Errorf("%w: nothing has the name %s", names.ErrNotFound, host)
	}
	return ref, nil
}

type room struct {
	*resolver
	t *testing.T
	w *world
	c client.WithWatch
}

func newRoom(t *testing.T, objs ...client.Object) *room {
	c := cacheOf(t, objs...)
	w := &world{services: map[string]cutover.ECSService{"orders": {RegistryID: "srv-orders"}, "bare": {}}, names: map[string]names.Ref{"orders.shop.internal": of("srv-orders")}}
	d := kube.NewDirectory()
	home := kube.Home{Account: "1", Region: "r"}
	src, err := source.New(source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &room{t: t, w: w, c: c, resolver: &resolver{
		client: c, directory: d, services: w, names: w, home: home, out: make(chan event.TypedGenericEvent[names.Ref], 100),
		store: kube.NewStore(kube.StoreConfig{Client: c, Live: c, Directory: d, Clock: &handClock{now: epoch}, Home: home, Source: src}),
		event: func(client.Object, cutover.Event) {},
	}}
}

func of(id string) names.Ref {
	return names.Ref{Account: "1", Region: "r", NamespaceID: "ns", ServiceID: id}
}

func (r *room) look(f func(context.Context, reconcile.Request) (reconcile.Result, error), name string) time.Duration {
	r.t.Helper()
	res, err := f(r.t.Context(), reconcile.Request{NamespacedName: types.NamespacedName{Namespace: "shop", Name: name}})
	if err != nil {
		r.t.Fatal(err)
	}
	return res.RequeueAfter
}

// sent drains what was sent on.
func (r *room) sent() []string {
	var out []string
	for len(r.out) > 0 {
		out = append(out, (<-r.out).Object.ServiceID)
	}
	return out
}

func (r *room) status(name string) v1alpha1.ServiceMigrationStatus {
	r.t.Helper()
	var m v1alpha1.ServiceMigration
	if err := r.c.Get(r.t.Context(), client.ObjectKey{Namespace: "shop", Name: name}, &m); err != nil {
		r.t.Fatal(err)
	}
	return m.Status
}

func TestResolveMigration(t *testing.T) {
	r := newRoom(t, migrationObject("orders"))
	if after := r.look(r.migration, "orders"); after != 0 {
		t.Errorf("looks again in %s", after)
	}
	if diff := cmp.Diff([]string{"srv-orders"}, r.sent()); diff != "" {
		t.Error(diff)
	}
	// What is known is not asked for again, and is not lost with AWS.
	r.w.fail = names.ErrUnreachable
	r.look(r.migration, "orders")
	if diff := cmp.Diff([]string{"srv-orders"}, r.sent()); diff != "" || r.w.calls != 1 {
		t.Error(diff, r.w.calls)
	}
	if r.status("orders").Waiting.Text != "" {
		t.Errorf("status %+v", r.status("orders"))
	}
	if err := r.c.Delete(t.Context(), migrationObject("orders")); err != nil {
		t.Fatal(err)
	}
	r.look(r.migration, "orders")
	if diff := cmp.Diff([]string{"srv-orders"}, r.sent()); diff != "" {
		t.Errorf("the name is looked at once more: %s", diff)
	}
	if _, ok := r.directory.Migration(engine.Key{Namespace: "shop", Name: "orders"}); ok {
		t.Error("still in the directory")
	}
}

// A crossing that has begun finds its name though AWS is silent, or the ECS
// service deleted, so that the name is kept true by the process after this one.
func TestResolveWithoutAWS(t *testing.T) {
	m := migrationObject("orders")
	m.Status.Crossing = &runtime.RawExtension{Raw: []byte(`{"schema":1,"phase":"Migrated","wrote":true,"for":{"ref":"1/r/ns/srv-pinned"}}`)}
	r := newRoom(t, m)
	r.w.fail = names.ErrUnreachable
	r.look(r.migration, "orders")
	if diff := cmp.Diff([]string{"srv-pinned"}, r.sent()); diff != "" || r.w.calls != 0 {
		t.Error(diff, r.w.calls)
	}
}

func TestResolveFails(t *testing.T) {
	for name, c := range map[string]struct {
		service string
		fail    error
		reason  cutover.Reason
		stalled bool
		after   time.Duration
		text    string
	}{
		"no such service": {"nowhere", nil, cutover.WaitChecks, true, retryWrong, "has no service nowhere"},
		"no registry":     {"bare", nil, cutover.WaitChecks, true, retryWrong, "no service registry"},
		"denied":          {"orders", names.ErrDenied, cutover.WaitPerson, true, retryWrong, "denied"},
		"no answer":       {"orders", names.ErrUnreachable, cutover.WaitUnknown, false, retrySoon, "no answer"},
		"throttled":       {"orders", names.ErrThrottled, cutover.WaitUnknown, false, retrySoon, "throttled"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, migrationObject(c.service))
			if c.fail != nil {
				delete(r.w.services, c.service)
				r.w.services[c.service] = cutover.ECSService{}
				r.services = failing{c.fail}
			}
			if after := r.look(r.migration, c.service); after != c.after {
				t.Errorf("looks again in %s", after)
			}
			st := r.status(c.service)
			if cutover.Reason(st.Waiting.Reason) != c.reason || !strings.Contains(st.Waiting.Text, c.text) || strings.Contains(st.Waiting.Text, "\n") || st.Phase != "Preflight" {
				t.Errorf("status %+v", st)
			}
			if got := meta.IsStatusConditionTrue(st.Conditions, v1alpha1.ConditionStalled); got != c.stalled || meta.IsStatusConditionTrue(st.Conditions, v1alpha1.ConditionReady) {
				t.Errorf("conditions %+v", st.Conditions)
			}
			if len(r.sent()) != 0 {
				t.Error("a name was sent on")
			}
		})
	}
}

type failing struct{ err error }

func (f failing) Service(context.Context, names.Source) (cutover.ECSService, error) {
	return cutover.ECSService{}, fmt.Errorf("DescribeServices: %w", f.err)
}
func (f failing) Scale(context.Context, names.Source, int) error { return f.err }

func serviceObject(change ...func(*corev1.Service)) *corev1.Service {
	s := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "orders", Annotations: map[string]string{}},
		Spec:       corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, Selector: map[string]string{"app": "orders"}},
	}
	for _, f := range change {
		f(s)
	}
	return s
}

func TestResolveService(t *testing.T) {
	r := newRoom(t, serviceObject(func(s *corev1.Service) {
		s.Annotations[v1alpha1.AnnotationExternalDNSHostname] = "Orders.shop.internal., missing.shop.internal"
	}))
	k := engine.Key{Namespace: "shop", Name: "orders"}
	held := func() string {
		t.Helper()
		var s corev1.Service
		if err := r.c.Get(t.Context(), client.ObjectKey{Namespace: "shop", Name: "orders"}, &s); err != nil {
			t.Fatal(err)
		}
		if c := meta.FindStatusCondition(s.Status.Conditions, v1alpha1.ConditionRegistered); c != nil && c.Status == metav1.ConditionFalse {
			return c.Message
		}
		return ""
	}
	services := r.claimant(services(r.c, r.store.Source))
	if after := r.look(services, "orders"); after != retryWrong {
		t.Errorf("looks again in %s", after)
	}
	if diff := cmp.Diff([]string{"srv-orders"}, r.sent()); diff != "" || !strings.Contains(held(), "missing.shop.internal") {
		t.Error(diff, held())
	}
	if diff := cmp.Diff([]names.Ref{of("srv-orders")}, r.directory.OfPod("shop", map[string]string{"app": "orders"})); diff != "" {
		t.Error(diff)
	}
	// Silence of AWS takes nothing back.
	r.w.fail = names.ErrUnreachable
	if after := r.look(services, "orders"); after != retrySoon || len(r.directory.Claimed(k)) != 1 {
		t.Errorf("looks again in %s, claims %v", after, r.directory.Claimed(k))
	}
	r.w.fail = nil
	r.sent()
	var s corev1.Service
	if err := r.c.Get(t.Context(), client.ObjectKey{Namespace: "shop", Name: "orders"}, &s); err != nil {
		t.Fatal(err)
	}
	s.Annotations = nil
	if err := r.c.Update(t.Context(), &s); err != nil {
		t.Fatal(err)
	}
	r.look(services, "orders")
	if diff := cmp.Diff([]string{"srv-orders"}, r.sent()); diff != "" || len(r.directory.Claimed(k)) != 0 || held() != "" {
		t.Error(diff, r.directory.Claimed(k), held())
	}
	if err := r.c.Delete(t.Context(), &s); err != nil {
		t.Fatal(err)
	}
	r.look(services, "orders")
	if len(r.directory.OfPod("shop", map[string]string{"app": "orders"})) != 0 {
		t.Error("a deleted Service still has pods")
	}
}

// sending gives up with its context, so that a full channel blocks no shutdown.
func TestSendEndsWithTheContext(t *testing.T) {
	r := newRoom(t)
	r.out = make(chan event.TypedGenericEvent[names.Ref])
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r.send(ctx, []names.Ref{of("a"), of("b")}) // returns
	if len(r.out) != 0 {
		t.Error("sent")
	}
}

// The Cloud Map service of a name was deleted and made anew, under another id:
// whoever asks for the name finds it there.
func TestLookAnew(t *testing.T) {
	r := newRoom(t, serviceObject(func(s *corev1.Service) {
		s.Annotations[v1alpha1.AnnotationExternalDNSHostname] = "orders.shop.internal"
	}))
	services := r.claimant(services(r.c, r.store.Source))
	r.look(services, "orders")
	r.w.names["orders.shop.internal"] = of("srv-anew")
	r.retry = map[string]chan event.GenericEvent{"": make(chan event.GenericEvent, 1)}
	r.again(t.Context(), of("srv-other"))
	if n := len(r.retry[""]); n != 0 {
		t.Errorf("%d objects are looked at for a name that none asks for", n)
	}
	r.again(t.Context(), of("srv-orders"))
	again := (<-r.retry[""]).Object
	if again.GetNamespace() != "shop" || again.GetName() != "orders" {
		t.Errorf("looked at again: %v", again)
	}
	r.sent()
	r.look(services, again.GetName())
	if diff := cmp.Diff([]string{"srv-anew", "srv-orders"}, r.sent()); diff != "" {
		t.Error(diff)
	}
}
