package controller

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const attempt = aws.AttemptTimeout

// stub is every port of an engine whose name has one claimant.
type stub struct {
	gather, view error
}

func (s stub) Gather(context.Context, names.Ref) (engine.Gathered, error) {
	k := engine.Key{Namespace: "shop", Name: "orders"}
	return engine.Gathered{Claimants: []engine.Claimant{{Key: k}}, Endpoints: names.Known([]names.Endpoint{}, epoch)}, s.gather
}
func (stub) SaveState(context.Context, engine.Migration, engine.Outcome) (string, error) {
	return "", nil
}
func (stub) SaveOriginal(context.Context, engine.Migration, cutover.Saved) (string, error) {
	return "", nil
}
func (stub) Release(context.Context, engine.Migration) error                { return nil }
func (s stub) Tell(context.Context, names.Ref, []engine.Standing) error     { return s.view }
func (stub) Existing(context.Context, []names.Instance) ([]names.ID, error) { return nil, nil }
func (stub) Open(context.Context, []engine.Opening) error                   { return nil }
func (stub) Revision(context.Context, names.Ref) (int64, error)             { return 0, nil }
func (stub) View(context.Context, names.Ref) (names.View, error)            { return names.View{}, nil }
func (stub) Operation(context.Context, names.Ref, string) (cutover.Operation, error) {
	return cutover.Operation{}, nil
}
func (stub) Register(context.Context, names.Ref, names.Instance, string) (string, error) {
	return "", nil
}
func (stub) Deregister(context.Context, names.Ref, names.ID) (string, error)    { return "", nil }
func (stub) SetHealth(context.Context, names.Ref, names.ID, names.Health) error { return nil }
func (stub) UpdateSettings(context.Context, names.Ref, names.Settings) (string, error) {
	return "", nil
}

func TestStep(t *testing.T) {
	for name, c := range map[string]struct {
		ports stub
		ended bool // the context
		want  reconcile.Result
		fails bool
	}{
		"settled, until it is compared": {stub{}, false, reconcile.Result{RequeueAfter: 21*time.Hour + 55*time.Minute + 26400*time.Millisecond}, false},
		"somebody was faster":           {stub{gather: names.ErrConflict}, false, reconcile.Result{RequeueAfter: 200 * time.Millisecond}, false},
		"it did not come to its end":    {stub{view: errors.New("x")}, false, reconcile.Result{}, true},
		"told to end, which is no news": {stub{gather: context.Canceled}, true, reconcile.Result{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJournal(logr.Discard(), events.NewFakeRecorder(1), cacheOf(t), prometheus.NewRegistry())
			e, err := engine.New(engine.Config{
				Clock: &handClock{now: epoch}, Store: c.ports, Reader: c.ports, Writer: c.ports, Services: failing{}, Journal: j,
				Bounds: cutover.Bounds{Owner: "o", Propagation: 1, Operation: 1, Health: 1, Flight: 1, Fresh: 1},
			})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if c.ended {
				cancel()
			}
			got, err := step(ctx, e, j, func(context.Context, names.Ref) {}, of("a"))
			if diff := cmp.Diff(c.want, got); diff != "" || (err != nil) != c.fails {
				t.Error(diff, err)
			}
		})
	}
}

// Our own writes to a status wake nobody; a person's do.
func TestWishes(t *testing.T) {
	p := wishes()
	migration := func(change func(*v1alpha1.ServiceMigration)) event.UpdateEvent {
		a, b := migrationObject("orders"), migrationObject("orders")
		change(b)
		return event.UpdateEvent{ObjectOld: a, ObjectNew: b}
	}
	service := func(change func(*corev1.Service)) event.UpdateEvent {
		return event.UpdateEvent{ObjectOld: client.Object(serviceObject()), ObjectNew: serviceObject(change)}
	}
	now := metav1.NewTime(epoch)
	for name, c := range map[string]struct {
		e    event.UpdateEvent
		want bool
	}{
		"status":     {migration(func(m *v1alpha1.ServiceMigration) { m.Status.Phase = "Shift"; m.ResourceVersion = "2" }), false},
		"spec":       {migration(func(m *v1alpha1.ServiceMigration) { m.Generation = 2 }), true},
		"annotation": {migration(func(m *v1alpha1.ServiceMigration) { m.Annotations = map[string]string{"a": "b"} }), true},
		"deletion":   {migration(func(m *v1alpha1.ServiceMigration) { m.DeletionTimestamp = &now }), true},
	} {
		if got := p.Update(c.e); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	p = asksOtherwise()
	for name, c := range map[string]struct {
		e    event.UpdateEvent
		want bool
	}{
		"Service balancer": {service(func(s *corev1.Service) {
			s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: "10.0.0.1"}}
		}), true},
		"Service labels":    {service(func(s *corev1.Service) { s.Labels = map[string]string{"a": "b"} }), true},
		"Service status":    {service(func(s *corev1.Service) { s.Status.Conditions = []metav1.Condition{{Type: "x"}} }), false},
		"Service selector":  {service(func(s *corev1.Service) { s.Spec.Selector["app"] = "x" }), true},
		"Service hostnames": {service(func(s *corev1.Service) { s.Annotations[v1alpha1.AnnotationHostname] = "x" }), true},
		"Service address":   {service(func(s *corev1.Service) { s.Spec.ClusterIP = "10.96.0.1" }), true},
	} {
		if got := p.Update(c.e); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if !p.Create(event.CreateEvent{Object: serviceObject()}) || !p.Delete(event.DeleteEvent{Object: serviceObject()}) {
		t.Error("coming and going is no news")
	}
}

// What the cache keeps of a pod is what makes it an endpoint.
func TestSlim(t *testing.T) {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "p", Labels: map[string]string{"app": "x"}, Annotations: map[string]string{"a": "b"}, ManagedFields: []metav1.ManagedFieldsEntry{{}}},
		Spec: corev1.PodSpec{
			NodeName: "n", Volumes: []corev1.Volume{{}}, ReadinessGates: []corev1.PodReadinessGate{{ConditionType: "g"}},
			Containers: []corev1.Container{{Name: "c", Image: "i", Env: []corev1.EnvVar{{Name: "SECRET", Value: "s"}}, Ports: []corev1.ContainerPort{{ContainerPort: 1}}}, {Name: "portless"}},
		},
		Status: corev1.PodStatus{PodIP: "10.0.0.1", Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: "g"}}, ContainerStatuses: []corev1.ContainerStatus{{}}},
	}
	want := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "p", Labels: map[string]string{"app": "x"}},
		Spec: corev1.PodSpec{
			NodeName: "n", ReadinessGates: []corev1.PodReadinessGate{{ConditionType: "g"}},
			Containers: []corev1.Container{{Name: "c", Ports: []corev1.ContainerPort{{ContainerPort: 1}}}},
		},
		Status: corev1.PodStatus{PodIP: "10.0.0.1", Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: "g"}}},
	}
	got, err := slim(p)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if other, err := slim("a tombstone"); err != nil || other != "a tombstone" {
		t.Errorf("what is no pod: %v, %v", other, err)
	}
}
