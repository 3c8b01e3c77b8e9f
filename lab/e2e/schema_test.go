package e2e

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
)

func migration(ns, name string, change ...func(*v1alpha1.ServiceMigration)) *v1alpha1.ServiceMigration {
	m := &v1alpha1.ServiceMigration{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name},
		Spec: v1alpha1.ServiceMigrationSpec{
			Source: v1alpha1.Source{Cluster: "prod", Service: name}, Target: v1alpha1.Target{Service: name},
		},
	}
	for _, f := range change {
		f(m)
	}
	return m
}

func steps(shares ...int32) func(*v1alpha1.ServiceMigration) {
	return func(m *v1alpha1.ServiceMigration) {
		for _, s := range shares {
			m.Spec.Strategy.Steps = append(m.Spec.Strategy.Steps, v1alpha1.Step{Share: s})
		}
	}
}

func TestSchema(t *testing.T) {
	installed(t)
	ns, c := namespace(t, "schema"), administrator(t)
	for name, x := range map[string]struct {
		change func(*v1alpha1.ServiceMigration)
		says   string // "": accepted
	}{
		"bare":               {func(*v1alpha1.ServiceMigration) {}, ""},
		"growing":            {steps(10, 10, 60, 100), ""},
		"falling":            {steps(60, 10), "shares must not fall"},
		"nothing-to-share":   {steps(0), "spec.strategy.steps[0].share"},
		"too-many-steps":     {steps(make([]int32, 21)...), "steps"},
		"unknown-goal":       {func(m *v1alpha1.ServiceMigration) { m.Spec.Goal = "Moon" }, "spec.goal"},
		"unknown-way":        {func(m *v1alpha1.ServiceMigration) { m.Spec.Strategy.Withdrawal = "Hope" }, "withdrawal"},
		"an-arn-for-cluster": {func(m *v1alpha1.ServiceMigration) { m.Spec.Source.Cluster = "arn:aws:ecs:x" }, "spec.source.cluster"},
		"no-target":          {func(m *v1alpha1.ServiceMigration) { m.Spec.Target.Service = "" }, "spec.target.service"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.Create(t.Context(), migration(ns, name, x.change))
			if (err == nil) != (x.says == "") || err != nil && !strings.Contains(err.Error(), x.says) {
				t.Errorf("error %v, want one that says %q", err, x.says)
			}
		})
	}

	t.Run("defaults", func(t *testing.T) {
		m := migration(ns, "defaulted", steps(50))
		if err := c.Create(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		s := m.Spec.Strategy
		if m.Spec.Goal != v1alpha1.GoalTarget || s.Withdrawal != "Auto" || *s.RecordTTLSeconds != 10 || s.ReadyFor.Duration != 30*time.Second || s.Steps[0].Soak.Duration != 30*time.Second {
			t.Errorf("spec %+v", m.Spec)
		}
		m.Spec.Source.Service = "another"
		if err := c.Update(t.Context(), m); err == nil || !strings.Contains(err.Error(), "spec.source is immutable") {
			t.Errorf("the source was changed: %v", err)
		}
	})
	t.Run("status is apart", func(t *testing.T) {
		m := migration(ns, "apart")
		m.Status.Phase = "Migrated"
		if err := c.Create(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if m.Status.Phase != "" {
			t.Error("whoever creates a migration says how it stands")
		}
		m.Status.Phase, m.Spec.Paused = "Stage", true
		if err := c.Status().Update(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		var got v1alpha1.ServiceMigration
		if err := c.Get(t.Context(), client.ObjectKeyFromObject(m), &got); err != nil {
			t.Fatal(err)
		}
		if got.Status.Phase != "Stage" || got.Spec.Paused || got.Generation != 1 {
			t.Errorf("stored %+v", got)
		}
	})
}
