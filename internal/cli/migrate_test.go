package cli

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/api/v1alpha1"
)

func TestMigrateCreates(t *testing.T) {
	b := newBench(t, heldLease())
	b.want(b.run("migrate", "orders", "Old_Carts", "--ecs-cluster", "prod", "--yes", "--step", "25%:10s", "--step", "50",
		"--record-ttl", "5s", "--ready-for", "1s", "--kind", "request", "--withdrawal", "Deregister", "--region", "eu-west-1"), CodeFine,
		"create ServiceMigration old-carts: the name of ECS service prod/Old_Carts goes to Service old-carts",
		"sets desiredCount to 0", "servicemigration.tranship.dev/orders created", "Follow it with: tranship status -w -n shop")
	if strings.Contains(b.err.String(), "No controller") {
		t.Errorf("a controller holds the lease: %s", b.err.String())
	}
	ttl := int64(5)
	want := v1alpha1.ServiceMigrationSpec{
		Goal:   v1alpha1.GoalTarget,
		Source: v1alpha1.Source{Region: "eu-west-1", Cluster: "prod", Service: "Old_Carts"},
		Target: v1alpha1.Target{Service: "old-carts"}, Kind: "request",
		Strategy: v1alpha1.Strategy{
			Withdrawal: "Deregister", RecordTTLSeconds: &ttl, ReadyFor: &metav1.Duration{Duration: time.Second},
			Steps: []v1alpha1.Step{{Share: 25, Soak: &metav1.Duration{Duration: 10 * time.Second}}, {Share: 50}},
		},
	}
	if d := cmp.Diff(want, b.get("old-carts").Spec); d != "" {
		t.Error(d)
	}
}

func TestMigrateWantsAWord(t *testing.T) {
	for _, c := range []struct {
		name, in string
		tty      bool
		code     Code
		say      string
		made     int
	}{
		{"nobody there", "yes\n", false, CodeUsage, "standard input is no terminal, so nobody can be asked; add --yes", 0},
		{"yes", "yes\n", true, CodeFine, "Type yes to go on", 1},
		{"no", "y\n", true, CodeFailed, "nothing was done", 0},
		{"end of file", "", true, CodeFailed, "nothing was done", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.in, b.tty = c.in, c.tty
			b.want(b.run("migrate", "orders", "--ecs-cluster", "prod"), c.code, c.say)
			if n := len(b.names()); n != c.made {
				t.Errorf("%d migrations were made, want %d", n, c.made)
			}
		})
	}
}

func TestMigrateFindsOneThere(t *testing.T) {
	rolledBack := func(m *v1alpha1.ServiceMigration) {
		m.Annotations = map[string]string{v1alpha1.AnnotationCommand: `{"verb":"rollback","nonce":"old"}`}
		stands("RolledBack", "Done", "the name leads to ECS")(m)
	}
	source := func(m *v1alpha1.ServiceMigration) { m.Spec.Goal = v1alpha1.GoalSource }
	for _, c := range []struct {
		name  string
		there *v1alpha1.ServiceMigration
		args  []string
		code  Code
		say   string
		check func(*testing.T, *v1alpha1.ServiceMigration)
	}{
		{name: "the same", there: migration("orders"), say: "orders unchanged"},
		{name: "goal Source", there: migration("orders", source), say: "orders goal set to Target",
			check: func(t *testing.T, m *v1alpha1.ServiceMigration) {
				if m.Spec.Goal != v1alpha1.GoalTarget {
					t.Errorf("goal %s", m.Spec.Goal)
				}
			}},
		{name: "rolled back", there: migration("orders", rolledBack), say: "orders turned round",
			check: func(t *testing.T, m *v1alpha1.ServiceMigration) {
				if c, _ := commandOf(m); c.Verb != "resume" || c.Nonce != "nonce-1" || c.By != "ada" {
					t.Errorf("command %+v", c)
				}
			}},
		{name: "another source", there: migration("orders", func(m *v1alpha1.ServiceMigration) { m.Spec.Source.Cluster = "stage" }),
			code: CodeFailed, say: "moves ECS service stage/orders already"},
		{name: "another strategy", there: migration("orders"), args: []string{"--withdrawal", "CustomHealth"},
			code: CodeFailed, say: "says something else than --withdrawal"},
		{name: "being deleted", there: migration("orders", func(m *v1alpha1.ServiceMigration) {
			m.DeletionTimestamp, m.Finalizers = &metav1.Time{Time: start}, []string{v1alpha1.Finalizer}
		}), code: CodeFailed, say: "is being deleted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, c.there)
			b.want(b.run(append([]string{"migrate", "orders", "--ecs-cluster", "prod", "--yes"}, c.args...)...), c.code, c.say)
			if c.check != nil {
				c.check(t, b.get("orders"))
			}
		})
	}
}

// Every end of a crossing has its exit code.
func TestMigrateWaits(t *testing.T) {
	checks := func(outcome string) func(*v1alpha1.ServiceMigration) {
		return func(m *v1alpha1.ServiceMigration) {
			stands("Preflight", "ChecksNotPassed", "port-equal: no Service")(m)
			m.Status.Checks = []v1alpha1.Check{{ID: "port-equal", Outcome: outcome}}
		}
	}
	for _, c := range []struct {
		name string
		end  func(*v1alpha1.ServiceMigration)
		code Code
		say  string
	}{
		{"migrated", stands("Migrated", "Done", "the name leads to EKS"), CodeFine, "orders  Migrated"},
		{"check failed", checks("fail"), CodePreflightFailed, "tranship: orders: port-equal: no Service"},
		{"check unknown", checks("unknown"), CodeNeedsPerson, "port-equal"},
		{"not allowed", stands("Preflight", "NotAllowed", "not allowed"), CodePreflightFailed, "not allowed"},
		{"rolled back", stands("RolledBack", "Done", ""), CodeRolledBack, "leads to ECS"},
		{"halted", stands("Hold", "NeedsDecision", "deployed in mid-crossing"), CodeNeedsPerson, "deployed in mid-crossing"},
		{"paused", stands("Hold", "Paused", "paused by a person"), CodeNeedsPerson, "paused by a person"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.then = []func(){
				b.sets("orders", stands("Stage", "WorkloadNotReady", "1 of 2 pods are ready")),
				b.sets("orders", c.end),
			}
			b.want(b.run("migrate", "orders", "--ecs-cluster", "prod", "--yes", "--wait"), c.code, "1 of 2 pods are ready", c.say)
			if n := strings.Count(b.err.String(), "tranship: "); n > 1 || c.code != CodeFine && n != 1 {
				t.Errorf("%d lines say what went wrong:\n%s", n, b.err.String())
			}
		})
	}
}

// A check that passes with time, such as that of an ECS deployment under way, ends no wait.
func TestMigrateWaitsForWhatPasses(t *testing.T) {
	b := newBench(t)
	b.then = []func(){
		b.sets("orders", func(m *v1alpha1.ServiceMigration) {
			stands("Preflight", "ChecksNotPassed", "ecs-steady: a deployment is under way")(m)
			m.Status.Checks = []v1alpha1.Check{{ID: "ecs-steady", Outcome: "fail"}}
			m.Status.Conditions = append(m.Status.Conditions, metav1.Condition{Type: v1alpha1.ConditionStalled, Status: metav1.ConditionFalse, Reason: "GoingOn"})
		}),
		b.sets("orders", stands("Migrated", "Done", "there")),
	}
	b.want(b.run("migrate", "orders", "--ecs-cluster", "prod", "--yes", "--wait"), CodeFine, "a deployment is under way", "orders  Migrated")
}

// One that ended badly does not end the wait for the others.
func TestMigrateWaitsForAll(t *testing.T) {
	b := newBench(t)
	b.then = []func(){
		b.sets("carts", stands("Preflight", "NotAllowed", "carts is not allowed")),
		b.sets("orders", stands("Hold", "CachesRunOut", "a while")),
		b.sets("orders", stands("Migrated", "Done", "there")),
	}
	b.want(b.run("migrate", "orders", "carts", "--ecs-cluster", "prod", "--yes", "--wait"), CodePreflightFailed,
		"tranship: carts: carts is not allowed", "orders  Migrated")
}

// After a rollback the old status says RolledBack until the controller has seen the new word.
func TestMigrateAfterRollbackIgnoresTheOldStatus(t *testing.T) {
	b := newBench(t, migration("orders", func(m *v1alpha1.ServiceMigration) {
		m.Annotations = map[string]string{v1alpha1.AnnotationCommand: `{"verb":"rollback","nonce":"old"}`}
	}))
	b.sets("orders", stands("RolledBack", "Done", "the name leads to ECS"))()
	b.then = []func(){
		b.sets("orders", stands("Preflight", "", "")),
		b.sets("orders", stands("Migrated", "Done", "there")),
	}
	b.want(b.run("migrate", "orders", "--ecs-cluster", "prod", "--yes", "--wait"), CodeFine, "orders turned round")
}

func TestMigrateTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.ctx = context.Background()
		b.want(b.run("migrate", "orders", "--ecs-cluster", "prod", "--yes", "--wait", "--timeout", "1m"), CodeTimedOut,
			"No controller holds the lease tranship-system/tranship-controller: nothing moves until `tranship controller` runs.",
			"tranship: timed out after 1m0s, still under way: orders; the controller goes on")
	})
}

func TestMigrateIsInterrupted(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	b.ctx = ctx
	b.then = []func(){cancel}
	b.want(b.run("migrate", "orders", "--ecs-cluster", "prod", "--yes", "--wait"), CodeInterrupted, "interrupted; the controller goes on")
}

func TestMigrateSaysWhenItsObjectIsGone(t *testing.T) {
	b := newBench(t)
	b.then = []func(){func() {
		if err := b.client.Delete(t.Context(), b.get("orders")); err != nil {
			t.Error(err)
		}
	}}
	b.want(b.run("migrate", "orders", "--ecs-cluster", "prod", "--yes", "--wait"), CodeFailed, "orders: its ServiceMigration was deleted")
}
