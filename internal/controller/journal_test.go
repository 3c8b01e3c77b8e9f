package controller

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/pace"
)

func cacheOf(t *testing.T, objs ...client.Object) client.WithWatch {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(&v1alpha1.ServiceMigration{}).WithObjects(objs...).Build()
}

func migrationObject(name string) *v1alpha1.ServiceMigration {
	return &v1alpha1.ServiceMigration{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: "uid-1"},
		Spec: v1alpha1.ServiceMigrationSpec{
			Source: v1alpha1.Source{Cluster: "prod", Service: name}, Target: v1alpha1.Target{Service: name},
		},
	}
}

// samples are a registry's values, as lines.
func samples(t *testing.T, reg prometheus.Gatherer) []string {
	t.Helper()
	fs, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range fs {
		for _, m := range f.Metric {
			var ls []string
			for _, l := range m.Label {
				ls = append(ls, l.GetValue())
			}
			v := m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			out = append(out, fmt.Sprintf("%s{%s} %v", f.GetName(), strings.Join(ls, ","), v))
		}
	}
	return out
}

func TestJournal(t *testing.T) {
	var text bytes.Buffer
	reg, rec := prometheus.NewRegistry(), events.NewFakeRecorder(10)
	rec.Verbose = true
	log := logr.FromSlogHandler(slog.NewTextHandler(&text, nil))
	j := newJournal(log, rec, cacheOf(t, migrationObject("orders")), reg)
	k := engine.Key{Namespace: "shop", Name: "orders"}

	j.Wrote(engine.Entry{Kind: "Register", ID: "eks-1", For: k, Op: "op-1", Why: "wanted in the name"})
	j.Wrote(engine.Entry{Kind: "Register", ID: "eks-2", Err: fmt.Errorf("%w: slowly", names.ErrThrottled)})
	j.Wrote(engine.Entry{Kind: "Scale", Err: names.ErrUnreachable})
	j.call(aws.Call{Service: "ecs", Operation: "UpdateService", Mutating: true, RequestID: "req-1", Waited: time.Second, At: epoch})
	j.call(aws.Call{Service: "ecs", Operation: "DescribeTasks", Err: errors.New("strange")})
	j.call(aws.Call{
		Service: "servicediscovery", Operation: "RegisterInstance", Mutating: true,
		Err: fmt.Errorf("%w: %w", names.ErrThrottled, &pace.NotYet{Op: "servicediscovery:RegisterInstance", At: epoch}),
	})
	j.stepped(time.Second, nil)
	j.stepped(time.Second, fmt.Errorf("x: %w", names.ErrConflict))
	j.stepped(time.Second, errors.New("x"))
	want := []string{
		"tranship_aws_api_requests_total{Error,DescribeTasks,ecs} 1", "tranship_aws_api_requests_total{OK,UpdateService,ecs} 1",
		"tranship_aws_api_requests_total{NotYet,RegisterInstance,servicediscovery} 1", "tranship_aws_api_wait_seconds_total{RegisterInstance,servicediscovery} 0",
		"tranship_aws_api_wait_seconds_total{DescribeTasks,ecs} 0", "tranship_aws_api_wait_seconds_total{UpdateService,ecs} 1",
		"tranship_step_duration_seconds{} 3",
		"tranship_steps_total{conflict} 1", "tranship_steps_total{error} 1", "tranship_steps_total{ok} 1",
		"tranship_writes_total{OK,Register} 1", "tranship_writes_total{Throttled,Register} 1", "tranship_writes_total{NoAnswer,Scale} 1",
	}
	got := samples(t, reg)
	if diff := cmp.Diff(len(want), len(got)); diff != "" {
		t.Errorf("%q", got)
	}
	for _, w := range want {
		if !strings.Contains(strings.Join(got, "\n")+"\n", w+"\n") {
			t.Errorf("%s is missing in %q", w, got)
		}
	}
	for _, w := range []string{"instance=eks-1", "operation=op-1", "migration=shop/orders", "requestID=req-1", "slowly"} {
		if !strings.Contains(text.String(), w) {
			t.Errorf("the log does not say %s:\n%s", w, text.String())
		}
	}
	if strings.Contains(text.String(), "DescribeTasks") || strings.Contains(text.String(), "RegisterInstance") || strings.Contains(text.String(), "migration=/") {
		t.Errorf("the log says too much:\n%s", text.String())
	}

	// A second journal in the process counts on.
	newJournal(log, rec, cacheOf(t), reg).stepped(0, nil)
	if got := strings.Join(samples(t, reg), "\n"); !strings.Contains(got, "tranship_steps_total{ok} 2") {
		t.Errorf("counted apart: %s", got)
	}

	j.Event(k, cutover.Event{Reason: "StepAdvanced", Message: "step 2"})
	j.Event(k, cutover.Event{Reason: "StepAdvanced", Message: "step 3", Warning: true})
	j.Event(engine.Key{Namespace: "shop", Name: "deleted"}, cutover.Event{Reason: "X", Message: "x"})
	one, two := <-rec.Events, <-rec.Events
	if !strings.HasPrefix(one, "Normal StepAdvanced StepAdvanced-") || !strings.HasPrefix(two, "Warning StepAdvanced StepAdvanced-") || !strings.Contains(two, "step 3") {
		t.Errorf("events %q and %q", one, two)
	}
	if action := func(s string) string { return strings.Fields(s)[2] }; action(one) == action(two) {
		t.Errorf("one series of events: %q and %q", one, two)
	}
	if len(rec.Events) != 0 {
		t.Errorf("one too many: %q", <-rec.Events)
	}
}

func TestPhases(t *testing.T) {
	orders, payments := migrationObject("orders"), migrationObject("payments")
	orders.Status.Phase = "Shift"
	reg := prometheus.NewRegistry()
	reg.MustRegister(newPhases(cacheOf(t, orders, payments)))
	want := []string{"tranship_migration_phase{orders,shop,Shift} 1", "tranship_migration_phase{payments,shop,NotSeenYet} 1"}
	if diff := cmp.Diff(want, samples(t, reg)); diff != "" {
		t.Error(diff)
	}
}
