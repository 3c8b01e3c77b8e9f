package e2e

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/controller"
	"github.com/tranship/tranship/lab/cluster/clustertest"
)

// aws answers who we are; what more it may say is the test's.
func aws(t *testing.T, answer http.HandlerFunc) {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Target") == "" {
			w.Header().Set("Content-Type", "text/xml")
			fmt.Fprint(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>`+
				`<Arn>arn:aws:iam::123456789012:user/test</Arn><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
			return
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		answer(w, r)
	}))
	t.Cleanup(srv.Close)
	for k, v := range map[string]string{
		"AWS_ENDPOINT_URL": srv.URL, "AWS_ACCESS_KEY_ID": "AKIDTEST", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-central-1",
		"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_PROFILE": "", "AWS_CA_BUNDLE": "", "AWS_SESSION_TOKEN": "",
	} {
		t.Setenv(k, v)
	}
}

func refuse(code string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"__type":%q,"message":"as AWS says"}`, code)
	}
}

func options(t *testing.T, cfg *rest.Config) controller.Options {
	return controller.Options{
		REST: cfg, Identity: t.Name(), Owner: "e2e", Log: logr.FromSlogHandler(slog.NewTextHandler(io.Discard, nil)),
	}
}

// installed puts the definitions in.
func installed(t *testing.T) {
	t.Helper()
	if err := controller.Install(t.Context(), clustertest.Start(t), controller.LeaseNamespace); err != nil {
		t.Fatal(err)
	}
}

// The controller, with the rights of deploy/rbac.yaml, says in one line what is
// wrong with a migration whose name is not found, and goes on by itself.
func TestControllerSaysWhatIsMissing(t *testing.T) {
	cfg := account(t)
	installed(t)
	var denied atomic.Bool
	denied.Store(true)
	aws(t, func(w http.ResponseWriter, r *http.Request) {
		if denied.Load() {
			refuse("AccessDeniedException")(w, r)
			return
		}
		_, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		if op == "DescribeServices" {
			fmt.Fprint(w, `{"failures":[{"reason":"MISSING"}]}`)
			return
		}
		refuse("AccessDeniedException")(w, r)
	})
	ns, admin := namespace(t, "missing"), administrator(t)
	create(t, admin, migration(ns, "orders"))
	running(t, func(ctx context.Context) error { return controller.Run(ctx, options(t, cfg)) })

	m := await(t, ns, "orders", func(m *v1alpha1.ServiceMigration) bool { return m.Status.Waiting.Text != "" })
	if st := m.Status; st.Phase != "Preflight" || !strings.Contains(st.Waiting.Text, "ecs:DescribeServices") || strings.Contains(st.Waiting.Text, "\n") ||
		!meta.IsStatusConditionTrue(st.Conditions, v1alpha1.ConditionStalled) || len(st.Conditions) != 9 {
		t.Errorf("status %+v", st)
	}
	denied.Store(false)
	m.Annotations = map[string]string{"somebody": "pokes it"}
	if err := admin.Update(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	await(t, ns, "orders", func(m *v1alpha1.ServiceMigration) bool {
		return strings.Contains(m.Status.Waiting.Text, "the ECS cluster prod has no service orders")
	})
}

// A Service that claims a name which does not exist is told so, by condition
// and event, with the controller's own rights.
func TestServiceIsTold(t *testing.T) {
	cfg := account(t)
	installed(t)
	aws(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"Namespaces":[]}`) })
	ns, admin := namespace(t, "told"), administrator(t)
	create(t, admin, &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "orders", Annotations: map[string]string{v1alpha1.AnnotationHostname: "orders.nowhere.internal"}},
		Spec:       corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, Selector: map[string]string{"app": "orders"}},
	})
	w, err := admin.Watch(t.Context(), &eventsv1.EventList{}, client.InNamespace(ns))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	running(t, func(ctx context.Context) error { return controller.Run(ctx, options(t, cfg)) })
	for e := range w.ResultChan() {
		ev, ok := e.Object.(*eventsv1.Event)
		if !ok || ev.Reason != "NameNotFound" {
			continue
		}
		if ev.Type != corev1.EventTypeWarning || !strings.Contains(ev.Note, "orders.nowhere.internal") || ev.Regarding.Name != "orders" {
			t.Errorf("event %+v", ev)
		}
		break
	}
	var svc corev1.Service
	if err := admin.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: "orders"}, &svc); err != nil {
		t.Fatal(err)
	}
	if c := meta.FindStatusCondition(svc.Status.Conditions, v1alpha1.ConditionRegistered); c == nil || c.Status != metav1.ConditionFalse || c.Reason != "NameNotFound" {
		t.Errorf("conditions %+v", svc.Status.Conditions)
	}
}

// What is wrong from the beginning is one line, before anything is watched.
func TestControllerDoesNotStart(t *testing.T) {
	cfg := account(t)
	installed(t)
	aws(t, refuse("AccessDeniedException"))
	for name, c := range map[string]struct {
		change func(*controller.Options)
		says   string
	}{
		"credentials": {func(*controller.Options) {}, "AWS does not accept the credentials"},
		"allow":       {func(o *controller.Options) { o.Allow = []string{"shop"} }, "--allow shop: it is NAMESPACE=CLUSTER/GLOB"},
		"kubernetes":  {func(o *controller.Options) { o.REST = nil }, "no Kubernetes configuration"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/xml")
				w.WriteHeader(http.StatusForbidden)
				fmt.Fprint(w, `<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error></ErrorResponse>`)
			}))
			defer srv.Close()
			t.Setenv("AWS_ENDPOINT_URL", srv.URL)
			o := options(t, cfg)
			c.change(&o)
			err := controller.Run(t.Context(), o)
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v", err)
			}
		})
	}
}
