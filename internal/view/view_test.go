package view_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/view"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

var now = time.Date(2026, 5, 4, 9, 30, 0, 0, time.UTC)

func at(d time.Duration) *metav1.Time { return &metav1.Time{Time: now.Add(d)} }

// fleet has one migration of each sort that a person may meet, out of order.
func fleet() []v1alpha1.ServiceMigration {
	crossing := func(name, phase, reason, text string, until *metav1.Time, ecs, eks v1alpha1.Side) v1alpha1.ServiceMigration {
		return v1alpha1.ServiceMigration{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Generation: 1, CreationTimestamp: *at(-47 * time.Minute)},
			Spec: v1alpha1.ServiceMigrationSpec{
				Goal: v1alpha1.GoalTarget, Source: v1alpha1.Source{Cluster: "production", Service: name},
				Target: v1alpha1.Target{Service: name},
			},
			Status: v1alpha1.ServiceMigrationStatus{
				ObservedGeneration: 1, Phase: phase, DNSName: name + ".shop.internal", RollbackBoundSeconds: 245,
				Waiting: v1alpha1.Waiting{Reason: reason, Object: "name", Text: text, Until: until},
				ECS:     ecs, EKS: eks,
			},
		}
	}
	side := func(in, run, share int32) v1alpha1.Side {
		return v1alpha1.Side{InName: in, Running: run, Desired: run, Share: share}
	}
	shift := crossing("orders", "Shift", "Soaking", "step 2 of 3 is watched at 67 % before the next one", at(12*time.Second), side(1, 2, 33), side(2, 2, 67))
	shift.Status.Conditions = []metav1.Condition{
		{Type: "Ready", Status: metav1.ConditionFalse, Reason: "Shift", Message: "under way"},
		{Type: "PreflightPassed", Status: metav1.ConditionTrue, Reason: "Passed"},
	}
	failed := crossing("ledger", "Preflight", "ChecksNotPassed",
		"port-equal: fail: the Service leads to [9090], needed: container port 8080 — let the pods listen on the port of the ECS containers: clients keep using it",
		nil, side(3, 3, 100), side(0, 3, 0))
	failed.Status.Checks = []v1alpha1.Check{{ID: "port-equal", Outcome: "fail", Value: "the Service leads to [9090]", Limit: "container port 8080", Remedy: "let the pods listen on the port of the ECS containers"}}
	fresh := v1alpha1.ServiceMigration{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "mail", Generation: 1, CreationTimestamp: *at(-2 * time.Second)},
		Spec: v1alpha1.ServiceMigrationSpec{Source: v1alpha1.Source{Cluster: "production", Service: "mail"},
			Target: v1alpha1.Target{Service: "mail"}},
	}
	turned := crossing("search", "Migrated", "Done", "the name leads to EKS", nil, side(0, 0, 0), side(2, 2, 100))
	turned.Generation = 2
	turned.Spec.Goal = v1alpha1.GoalSource
	back := crossing("stock", "Settle", "CachesRunOut", "answers with EKS addresses run out; keep the pods until then", at(95*time.Second), side(2, 2, 100), side(0, 2, 0))
	back.Namespace = "depot"
	halted := crossing("carts", "Hold", "NeedsDecision", "the ECS service was deployed in mid-crossing (carts:7 → carts:8) — resume it or roll it back", nil, side(0, 2, 0), side(2, 2, 100))
	halted.Status.ForeignInstances = 1
	return []v1alpha1.ServiceMigration{
		turned, shift, failed, fresh, halted, back,
		crossing("accounts", "Migrated", "Done", "the name leads to EKS", nil, side(0, 0, 0), side(4, 4, 100)),
		crossing("billing", "Hold", "CachesRunOut", "answers with ECS addresses run out in resolvers and client caches", at(70*time.Second), side(0, 2, 0), side(2, 2, 100)),
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s differs (-want +got), -rewrite writes it anew:\n%s", file, d)
	}
}

func TestGoldens(t *testing.T) {
	s := view.Of(fleet())
	for _, c := range []struct {
		file   string
		render func(*bytes.Buffer) error
	}{
		{"table.txt", func(b *bytes.Buffer) error {
			return view.Table(b, s, view.Style{Now: now, Width: 100, Namespaces: true})
		}},
		{"table-color.txt", func(b *bytes.Buffer) error { return view.Table(b, s, view.Style{Now: now, Width: 100, Color: true}) }},
		{"wide.txt", func(b *bytes.Buffer) error { return view.Wide(b, s, view.Style{Now: now, Width: 100}) }},
		{"status.json", func(b *bytes.Buffer) error { return view.JSON(b, s) }},
		{"status.yaml", func(b *bytes.Buffer) error { return view.YAML(b, s) }},
		{"empty.json", func(b *bytes.Buffer) error { return view.JSON(b, view.Of(nil)) }},
		{"progress.txt", func(b *bytes.Buffer) error {
			var p view.Progress
			for _, l := range p.Lines(s, now, false) {
				b.WriteString(l + "\n")
			}
			b.WriteString(view.Summary(s) + "\n")
			return nil
		}},
	} {
		t.Run(c.file, func(t *testing.T) {
			var b bytes.Buffer
			if err := c.render(&b); err != nil {
				t.Fatal(err)
			}
			golden(t, c.file, b.Bytes())
		})
	}
}

func TestTableStaysWithinItsWidth(t *testing.T) {
	var b bytes.Buffer
	if err := view.Table(&b, view.Of(fleet()), view.Style{Now: now, Width: 100, Namespaces: true}); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if strings.HasPrefix(line, "ledger: ") || strings.HasPrefix(line, "carts: ") {
			continue // what was cut, in full
		}
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 100 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

func TestOrderOfTheInputDoesNotShow(t *testing.T) {
	ms := fleet()
	a := view.Of(ms)
	ms[0], ms[3], ms[5] = ms[5], ms[0], ms[3]
	if d := cmp.Diff(a, view.Of(ms)); d != "" {
		t.Error(d)
	}
}

// The fields that programs were promised.
func TestJSONContract(t *testing.T) {
	var b bytes.Buffer
	if err := view.JSONLine(&b, view.Of(fleet()[1:2])); err != nil {
		t.Fatal(err)
	}
	var got struct {
		APIVersion string
		Items      []map[string]any
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.APIVersion != "tranship.dev/status/v1" || len(got.Items) != 1 {
		t.Fatalf("got %s", b.String())
	}
	want := map[string]any{"name": "orders", "namespace": "shop", "phase": "Shift", "reason": "Soaking", "ecsShare": 33., "eksShare": 67.}
	for k, v := range want {
		if got.Items[0][k] != v {
			t.Errorf("%s is %v, want %v", k, got.Items[0][k], v)
		}
	}
}

func TestProgressTellsWhatIsNew(t *testing.T) {
	var p view.Progress
	ms := fleet()
	if n := len(p.Lines(view.Of(ms), now, false)); n != len(ms) {
		t.Fatalf("%d lines at first, want %d", n, len(ms))
	}
	if l := p.Lines(view.Of(ms), now.Add(time.Second), false); l != nil {
		t.Errorf("nothing changed and it says %q", l)
	}
	ms[1].Status.Phase = "Hold"
	want := []string{"09:30:02  orders  Hold  ECS 1/2, EKS 2/2, 67 % EKS: step 2 of 3 is watched at 67 % before the next one, until 09:30:12"}
	if d := cmp.Diff(want, p.Lines(view.Of(ms), now.Add(2*time.Second), false)); d != "" {
		t.Error(d)
	}
}

func TestATextCannotBreakTheTerminal(t *testing.T) {
	ms := fleet()[1:2]
	ms[0].Status.Waiting.Text = "one\x1b[2J\ntwo\tthree"
	var b bytes.Buffer
	if err := view.Table(&b, view.Of(ms), view.Style{Now: now, Width: 100}); err != nil {
		t.Fatal(err)
	}
	if s := b.String(); strings.Count(s, "\n") != 2 || strings.Contains(s, "\x1b") {
		t.Errorf("%q", s)
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 200 * time.Millisecond: "1s", 59 * time.Second: "59s", 125 * time.Second: "2m05s",
		200 * time.Minute: "3h20m", 102 * time.Hour: "4d06h",
	} {
		if got := view.Duration(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}
