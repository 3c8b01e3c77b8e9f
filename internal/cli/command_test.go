package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/tranship/tranship/api/v1alpha1"
)

func TestRollbackShowsItsBoundAndWaits(t *testing.T) {
	b := newBench(t, heldLease(), migration("orders", func(m *v1alpha1.ServiceMigration) {
		m.Generation = 3
		m.Spec.Source.Service = "orders-v1"
		stands("Migrated", "Done", "the name leads to EKS")(m)
		m.Status.ObservedGeneration, m.Status.RollbackBoundSeconds = 3, 245
	}))
	b.then = []func(){
		b.sets("orders", stands("Recall", "TasksStarting", "1 of 2 tasks run")),
		b.sets("orders", stands("RolledBack", "Done", "rolled back")),
	}
	// By the name of the ECS service, too.
	b.want(b.run("rollback", "orders-v1", "--reason", "errors", "--yes", "--wait"), CodeFine,
		"rollback orders (Migrated): its name leads to ECS alone within 4m05s at the worst (245 s)", "1 of 2 tasks run", "RolledBack")
	var got map[string]any
	if err := json.Unmarshal([]byte(b.get("orders").Annotations[v1alpha1.AnnotationCommand]), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"verb": "rollback", "nonce": "nonce-1", "by": "ada", "reason": "errors", "generation": 3.}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestPauseAndResume(t *testing.T) {
	b := newBench(t, migration("orders", stands("Shift", "Soaking", "step 2")))
	b.then = []func(){b.sets("orders", stands("Shift", "Paused", "paused by a person"))}
	b.want(b.run("pause", "orders", "--yes", "--wait"), CodeFine, "orders pause asked for", "paused by a person")
	b.then = []func(){b.sets("orders", stands("Shift", "Soaking", "step 2"))}
	b.want(b.run("resume", "orders", "--yes", "--wait"), CodeFine, "it goes on from: paused by a person", "step 2")
	b.then = []func(){b.sets("orders", stands("Shift", "NeedsDecision", "halted again"))}
	b.want(b.run("resume", "orders", "--yes", "--wait"), CodeNeedsPerson, "tranship: orders: halted again")
}

func TestCommandsWantAWordAndAMigration(t *testing.T) {
	for _, verb := range []string{"rollback", "pause", "resume"} {
		t.Run(verb, func(t *testing.T) {
			b := newBench(t, migration("orders"))
			b.want(b.run(verb, "orders"), CodeUsage, "add --yes")
			b.want(b.run(verb, "orders", "--dry-run"), CodeFine, verb+" orders (not looked at yet): ")
			if a := b.get("orders").Annotations; a != nil {
				t.Errorf("a word was given: %v", a)
			}
			b.want(b.run(verb, "nobody", "--yes"), CodeFailed, "tranship: no ServiceMigration for nobody in Kubernetes namespace shop")
		})
	}
}

// There is room for one word: one that would be lost is told before it is.
func TestACommandTellsWhatItReplaces(t *testing.T) {
	b := newBench(t, migration("orders", stands("Preflight", "ChecksNotPassed", "port-equal: unknown")))
	const lost = "in place of the approve of ada, which the controller has not seen yet"
	b.want(b.run("approve", "orders", "--check", "port-equal", "--yes"), CodeFine, "orders approve asked for")
	if strings.Contains(b.err.String(), "in place of") {
		t.Errorf("there was none before: %s", b.err.String())
	}
	b.want(b.run("approve", "orders", "--check", "foreign-instances", "--dry-run"), CodeFine, lost)
	b.sets("orders", func(m *v1alpha1.ServiceMigration) {
		m.Status.Crossing = &runtime.RawExtension{Raw: []byte(`{"schema":1,"command":"nonce-1"}`)}
	})()
	b.want(b.run("approve", "orders", "--check", "foreign-instances", "--dry-run"), CodeFine, "approve orders")
	if strings.Contains(b.err.String(), "in place of") {
		t.Errorf("the controller has seen it: %s", b.err.String())
	}
}

func TestMatch(t *testing.T) {
	of := func(service string) func(*v1alpha1.ServiceMigration) {
		return func(m *v1alpha1.ServiceMigration) { m.Spec.Source.Service = service }
	}
	all := []v1alpha1.ServiceMigration{*migration("b", of("x")), *migration("a", of("x")), *migration("c", of("a"))}
	got, err := match(all, []string{"c", "a", "c"}, "shop")
	if err != nil || len(got) != 2 || got[0].Name != "a" || got[1].Name != "c" {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := match(all, []string{"x"}, "shop"); err == nil || err.Error() != "x is moved by several migrations: name one of a, b" {
		t.Error(err)
	}
}
