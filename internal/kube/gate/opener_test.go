package gate

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/tranship/tranship/internal/kube/pods"
)

// patched records the patches of a client that has some pods, and answers with
// what fail says for a pod.
func patched(fail map[string]error, pods ...client.Object) (client.Client, func() []string) {
	var sent []string
	c := fake.NewClientBuilder().WithObjects(pods...).WithStatusSubresource(&corev1.Pod{}).WithInterceptorFuncs(interceptor.Funcs{
		SubResourcePatch: func(_ context.Context, _ client.Client, sub string, obj client.Object, p client.Patch, _ ...client.SubResourcePatchOption) error {
			data, err := p.Data(obj)
			if err != nil {
				return err
			}
			if p.Type() != types.StrategicMergePatchType || sub != "status" {
				return errors.New("not a strategic patch of the status")
			}
			sent = append(sent, obj.GetName()+" "+string(data))
			return fail[obj.GetName()]
		},
	}).Build()
	return c, func() []string { return sent }
}

// count reads a counter with one label.
func count(t *testing.T, reg *prometheus.Registry, name, label string) float64 {
	t.Helper()
	all, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		for _, m := range f.GetMetric() {
			if f.GetName() == name && m.GetLabel()[0].GetValue() == label {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

func TestOpenWritesOncePerWaitingPod(t *testing.T) {
	otherUID := pod("recreated")
	had := *otherUID
	had.UID = "before"
	pods := []client.Object{pod("a"), pod("open", opened), pod("bare", ungated), pod("going", leaving), otherUID}
	c, sent := patched(nil, pods...)
	reg := prometheus.NewRegistry()
	o := Opener{Client: c, Now: func() time.Time { return epoch.Add(time.Hour) }, Metrics: NewMetrics(reg)}
	ids := []Pod{{Namespace: "shop", Name: "missing", UID: "1"}, Of(&had)}
	for _, p := range pods[:4] {
		if p, ok := p.(*corev1.Pod); ok {
			ids = append(ids, Of(p))
		}
	}
	if err := o.Open(t.Context(), ids, "TimedOut", "Cloud Map does not answer"); err != nil {
		t.Fatal(err)
	}
	want := []string{`a {"metadata":{"uid":"uid-a"},"status":{"conditions":[{"type":"tranship.dev/registered","status":"True","lastProbeTime":null,` +
		`"lastTransitionTime":"2026-01-02T04:04:05Z","reason":"TimedOut","message":"Cloud Map does not answer"}]}}`}
	if diff := cmp.Diff(want, sent()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if n := count(t, reg, "tranship_gate_opened_total", "TimedOut"); n != 1 {
		t.Errorf("counted %v opened gates", n)
	}
}

func TestHold(t *testing.T) {
	closed := pod("closed", func(p *corev1.Pod) {
		with(pods.GateRegistered, corev1.ConditionFalse, epoch)(p)
		condition(p, pods.GateRegistered).Reason = "Waiting"
	})
	c, sent := patched(nil, pod("open", opened), pod("new"), closed)
	o := Opener{Client: c, Now: func() time.Time { return epoch.Add(time.Hour) }}
	ids := []Pod{Of(pod("open")), Of(pod("new")), Of(closed)}
	for range 2 { // nothing was stored by this client, so new is written twice, and closed never
		if err := o.Hold(t.Context(), ids, "Waiting", ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.Hold(t.Context(), ids[2:], "Overdue", "later"); err != nil {
		t.Fatal(err)
	}
	if n := len(sent()); n != 3 || !strings.HasPrefix(sent()[0], "new ") || !strings.HasPrefix(sent()[1], "new ") {
		t.Fatalf("sent %v", sent())
	}
	var last struct {
		Metadata struct{ ResourceVersion string }
		Status   corev1.PodStatus
	}
	if err := json.Unmarshal([]byte(strings.TrimPrefix(sent()[2], "closed ")), &last); err != nil {
		t.Fatal(err)
	}
	if last.Metadata.ResourceVersion == "" || !last.Status.Conditions[0].LastTransitionTime.Time.Equal(epoch) {
		t.Errorf("patch %s: it must fail where the gate was opened since, and False stayed False since %s", sent()[2], epoch)
	}
}

func TestOpenGoesOn(t *testing.T) {
	resource := schema.GroupResource{Resource: "pods"}
	invalid := func(name string, at *field.Path) error {
		return apierrors.NewInvalid(schema.GroupKind{Kind: "Pod"}, name, field.ErrorList{field.Invalid(at, "1", "field is immutable")})
	}
	c, sent := patched(map[string]error{
		"denied":  apierrors.NewForbidden(resource, "denied", errors.New("no rights")),
		"invalid": invalid("invalid", field.NewPath("status", "conditions")),
		"gone":    apierrors.NewNotFound(resource, "gone"),
		"changed": apierrors.NewConflict(resource, "changed", errors.New("the object has been modified")),
		"other":   invalid("other", field.NewPath("metadata", "uid")),
	}, pod("denied"), pod("invalid"), pod("gone"), pod("changed"), pod("other"), pod("z"))
	reg := prometheus.NewRegistry()
	o := Opener{Client: c, Now: func() time.Time { return epoch }, Metrics: NewMetrics(reg)}
	var which []Pod
	for _, name := range []string{"denied", "invalid", "gone", "changed", "other", "z"} {
		which = append(which, Of(pod(name)))
	}
	err := o.Open(t.Context(), which, "Registered", "")
	if err == nil || strings.Count(err.Error(), "readiness gate") != 2 || !strings.Contains(err.Error(), "shop/denied") || !strings.Contains(err.Error(), "shop/invalid") {
		t.Errorf("error %v", err)
	}
	if len(sent()) != len(which) {
		t.Errorf("sent %v", sent())
	}
	if n := count(t, reg, "tranship_gate_opened_total", "Registered"); n != 1 {
		t.Errorf("counted %v opened gates, want that of z", n)
	}
}

func TestClip(t *testing.T) {
	if s := clip(strings.Repeat("ä", 1000)); len(s) > 1024 || !strings.HasSuffix(s, "ä…") || strings.ContainsRune(s, '\uFFFD') {
		t.Errorf("%d bytes, ends with %q", len(s), s[len(s)-8:])
	}
	if s := clip("short"); s != "short" {
		t.Error(s)
	}
}
