package e2e

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/controller"
	"github.com/tranship/tranship/internal/kube/gate"
	"github.com/tranship/tranship/internal/kube/pods"
)

// controllers is a client with the rights of deploy/rbac.yaml.
func controllers(t *testing.T) client.WithWatch {
	t.Helper()
	c, err := client.NewWithWatch(account(t), client.Options{Scheme: scheme(t)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func gatedService(ns string) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "orders", Annotations: map[string]string{
			v1alpha1.AnnotationHostname: "orders.shop.internal", v1alpha1.AnnotationGate: "true",
		}},
		Spec: corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, Selector: map[string]string{"app": "orders"}},
	}
}

func bare(ns, app string, gates ...corev1.PodConditionType) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, GenerateName: app + "-", Labels: map[string]string{"app": app}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "app", Image: "app"}}},
	}
	for _, g := range gates {
		p.Spec.ReadinessGates = append(p.Spec.ReadinessGates, corev1.PodReadinessGate{ConditionType: g})
	}
	return p
}

func gatesOf(p *corev1.Pod) []corev1.PodConditionType {
	var out []corev1.PodConditionType
	for _, g := range p.Spec.ReadinessGates {
		out = append(out, g.ConditionType)
	}
	return out
}

// Two replicas with the controller's own rights: the API server calls, trusts
// what it is shown, and lets pods in as they are when nobody answers.
func TestGateIsInjected(t *testing.T) {
	c, admin := controllers(t), administrator(t)
	ns := namespace(t, "gated")
	create(t, admin, gatedService(ns))
	named := func(_ context.Context, s *corev1.Service) (bool, error) {
		return s.Annotations[v1alpha1.AnnotationHostname] != "", nil
	}
	var looks atomic.Int32
	counted := interceptor.NewClient(c, interceptor.Funcs{Get: func(ctx context.Context, c client.WithWatch, k client.ObjectKey, o client.Object, opts ...client.GetOption) error {
		if _, is := o.(*corev1.Secret); is {
			looks.Add(1)
		}
		return c.Get(ctx, k, o, opts...)
	}})
	replica := func(url string) *gate.Webhook {
		w, err := gate.New(gate.Config{
			Services: c, Live: counted, Namespace: controller.LeaseNamespace, Claims: named,
			Address: "127.0.0.1:0", URL: url, Every: 20 * time.Millisecond,
		})
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	first := replica("https://127.0.0.1:0")
	endFirst := running(t, first.Start)
	endSecond := running(t, replica("https://"+first.Addr().String()).Start)

	eventually(t, func(ctx context.Context) (bool, error) {
		p := bare(ns, "orders", "other/gate")
		err := client.NewDryRunClient(admin).Create(ctx, p)
		return slices.Equal(gatesOf(p), []corev1.PodConditionType{"other/gate", pods.GateRegistered}), err
	})
	for _, x := range []struct {
		why string
		pod *corev1.Pod
	}{
		{"no Service selects it", bare(ns, "other")},
		{"its namespace has no Service", bare(namespace(t, "ungated"), "orders")},
		{"its namespace is the controller's own", bare(controller.LeaseNamespace, "orders")},
	} {
		if err := client.NewDryRunClient(admin).Create(t.Context(), x.pod); err != nil || len(x.pod.Spec.ReadinessGates) != 0 {
			t.Errorf("%s: gates %v, error %v", x.why, gatesOf(x.pod), err)
		}
	}

	// Both look again and again, and find nothing to write: neither the other's
	// doing nor the API server's defaults are a difference.
	var conf admissionregistrationv1.MutatingWebhookConfiguration
	var secret corev1.Secret
	versions := func() string {
		t.Helper()
		if err := admin.Get(t.Context(), client.ObjectKey{Name: gate.ConfigurationName}, &conf); err != nil {
			t.Fatal(err)
		}
		if err := admin.Get(t.Context(), client.ObjectKey{Namespace: controller.LeaseNamespace, Name: gate.ServiceName}, &secret); err != nil {
			t.Fatal(err)
		}
		return conf.ResourceVersion + " " + secret.ResourceVersion
	}
	settled := looks.Load() + 4
	eventually(t, func(context.Context) (bool, error) { return looks.Load() > settled, nil })
	before, enough := versions(), looks.Load()+6
	eventually(t, func(context.Context) (bool, error) { return looks.Load() > enough, nil })
	if after := versions(); after != before {
		t.Errorf("written without need: versions %s, then %s", before, after)
	}
	if len(conf.OwnerReferences) != 1 {
		t.Errorf("the configuration stays when its namespace goes: %+v", conf.OwnerReferences)
	}

	for _, end := range []func() error{endFirst, endSecond} {
		if err := end(); err != nil {
			t.Error(err)
		}
	}
	p := bare(ns, "orders")
	if err := admin.Create(t.Context(), p); err != nil || len(p.Spec.ReadinessGates) != 0 {
		t.Errorf("with no webhook there: gates %v, error %v", gatesOf(p), err)
	}
	if err := admin.Delete(t.Context(), &conf); err != nil {
		t.Fatal(err)
	}
}

func eventually(t *testing.T, f wait.ConditionWithContextFunc) {
	t.Helper()
	const hangs = time.Minute
	if err := wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, hangs, true, f); err != nil {
		t.Fatal(err)
	}
}

// The gate of one pod is opened once, that of its successor is not, and an open
// one stays open whatever an old cache says.
func TestGateIsOpened(t *testing.T) {
	c, admin := controllers(t), administrator(t)
	ns := namespace(t, "opened")
	made := func() *corev1.Pod {
		t.Helper()
		p := bare(ns, "orders", pods.GateRegistered)
		p.Name = "orders-0"
		if err := admin.Create(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.ContainersReady, Status: corev1.ConditionTrue}}
		if err := admin.Status().Update(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	now := func() *corev1.Pod {
		t.Helper()
		var p corev1.Pod
		if err := admin.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: "orders-0"}, &p); err != nil {
			t.Fatal(err)
		}
		return &p
	}
	first := made()
	old := interceptor.NewClient(c, interceptor.Funcs{Get: func(_ context.Context, _ client.WithWatch, _ client.ObjectKey, o client.Object, _ ...client.GetOption) error {
		first.DeepCopyInto(o.(*corev1.Pod))
		return nil
	}})
	fresh, stale := gate.Opener{Client: c, Now: time.Now}, gate.Opener{Client: old, Now: time.Now}
	which := []gate.Pod{gate.Of(first)}

	if err := fresh.Hold(t.Context(), which, "Waiting", "RegisterInstance is throttled"); err != nil {
		t.Fatal(err)
	}
	if p := now(); !gate.Waits(p) || len(p.Status.Conditions) != 2 {
		t.Errorf("conditions %+v", p.Status.Conditions)
	}
	if err := fresh.Open(t.Context(), which, "Registered", ""); err != nil {
		t.Fatal(err)
	}
	open := now()
	if gate.Waits(open) || len(open.Status.Conditions) != 2 || gate.ReadySince(open).IsZero() {
		t.Errorf("conditions %+v", open.Status.Conditions)
	}
	for _, o := range []gate.Opener{fresh, stale} {
		if err := o.Hold(t.Context(), which, "Overdue", ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := fresh.Open(t.Context(), which, "TimedOut", ""); err != nil {
		t.Fatal(err)
	}
	if p := now(); p.ResourceVersion != open.ResourceVersion {
		t.Errorf("an open gate was written to: %+v", p.Status.Conditions)
	}

	if err := admin.Delete(t.Context(), first, client.GracePeriodSeconds(0)); err != nil {
		t.Fatal(err)
	}
	if err := fresh.Open(t.Context(), which, "Registered", ""); err != nil {
		t.Errorf("of a pod that is gone: %v", err)
	}
	made()
	if err := stale.Open(t.Context(), which, "Registered", ""); err != nil {
		t.Errorf("of a pod that another has replaced: %v", err)
	}
	if !gate.Waits(now()) {
		t.Error("the gate of another pod was opened")
	}
}

// The controller as a whole, with its own rights, two processes of which one
// serves, whether it leads or not: a Service has a name by its migration, too.
func TestControllerInjectsTheGate(t *testing.T) {
	cfg := account(t)
	installed(t)
	aws(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"Namespaces":[]}`) })
	admin := administrator(t)
	named, nameless := namespace(t, "served"), namespace(t, "served-nameless")
	create(t, admin, gatedService(named))
	svc := gatedService(nameless)
	delete(svc.Annotations, v1alpha1.AnnotationHostname)
	create(t, admin, svc)
	for _, address := range []string{"", "127.0.0.1:0"} {
		o := options(t, cfg)
		o.Identity += address
		o.NoResolver, o.WebhookAddress, o.WebhookURL = true, address, "https://127.0.0.1:0"
		running(t, func(ctx context.Context) error { return controller.Run(ctx, o) })
	}
	injected := func(ns string) wait.ConditionWithContextFunc {
		return func(ctx context.Context) (bool, error) {
			p := bare(ns, "orders")
			err := client.NewDryRunClient(admin).Create(ctx, p)
			return slices.Contains(gatesOf(p), pods.GateRegistered), err
		}
	}
	eventually(t, injected(named))
	if yes, err := injected(nameless)(t.Context()); yes || err != nil {
		t.Errorf("a Service without a name gives its pods a gate: %t, %v", yes, err)
	}
	create(t, admin, migration(nameless, "orders"))
	eventually(t, injected(nameless))
	if err := admin.Delete(t.Context(), &admissionregistrationv1.MutatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: gate.ConfigurationName}}); err != nil {
		t.Fatal(err)
	}
}
