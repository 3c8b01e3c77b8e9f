package kube

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

var (
	epoch = time.Date(2026, 1, 2, 3, 4, 5, 678912345, time.UTC)
	home  = Home{Account: "123456789012", Region: "eu-central-1"}
	ref   = names.Ref{Account: "123456789012", Region: "eu-central-1", NamespaceID: "ns-a", ServiceID: "srv-a"}
)

func migration() *v1alpha1.ServiceMigration {
	return &v1alpha1.ServiceMigration{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "orders", UID: "uid-1", Generation: 3, CreationTimestamp: metav1.NewTime(epoch.Truncate(time.Second))},
		Spec: v1alpha1.ServiceMigrationSpec{
			Source: v1alpha1.Source{Cluster: "prod", Service: "orders"},
			Target: v1alpha1.Target{Service: "orders"},
		},
	}
}

func d(d time.Duration) *metav1.Duration { return &metav1.Duration{Duration: d} }

func TestSpecOf(t *testing.T) {
	ttl := int64(0)
	defaults := cutover.Spec{
		UID: "uid-1", Generation: 3, Goal: cutover.GoalTarget, Service: "shop/orders",
		Source:     names.Source{Account: "123456789012", Region: "eu-central-1", Cluster: "prod", Service: "orders"},
		Withdrawal: registrar.Auto, RecordTTL: 10, StageFor: 30 * time.Second, StageBy: 30 * time.Minute, Overdue: cutover.OverdueReport,
		Steps: []cutover.Step{{Share: 50, Soak: 30 * time.Second}},
	}
	for name, c := range map[string]struct {
		given func(*v1alpha1.ServiceMigrationSpec)
		want  func(*cutover.Spec)
	}{
		"nothing given": {func(*v1alpha1.ServiceMigrationSpec) {}, func(*cutover.Spec) {}},
		"everything given": {
			func(s *v1alpha1.ServiceMigrationSpec) {
				s.Goal, s.Kind, s.Paused = v1alpha1.GoalSource, "request", true
				s.Source.Account, s.Source.Region, s.Target.Port = "210987654321", "us-east-1", 9090
				s.Strategy = v1alpha1.Strategy{
					Withdrawal: "CustomHealth", RecordTTLSeconds: &ttl, Floor: 4, ReadyFor: d(time.Second), ReadyWithin: d(time.Minute), WhenOverdue: "RollBack",
					Steps:        []v1alpha1.Step{{Share: 10}, {Share: 60, Soak: d(0)}},
					ClientCaches: []v1alpha1.ClientCache{{Name: "jvm", For: metav1.Duration{Duration: time.Minute}}},
				}
			},
			func(s *cutover.Spec) {
				s.Goal, s.Kind, s.Paused, s.Port = cutover.GoalSource, cutover.KindRequest, true, 9090
				s.Source.Account, s.Source.Region = "210987654321", "us-east-1"
				s.Withdrawal, s.RecordTTL, s.Floor, s.StageFor, s.StageBy = registrar.CustomHealth, 0, 4, time.Second, time.Minute
				s.Overdue = cutover.OverdueRollBack
				s.Steps = []cutover.Step{{Share: 10, Soak: 30 * time.Second}, {Share: 60}}
				s.Caches = []cutover.Cache{{Name: "jvm", For: time.Minute}}
			},
		},
		"durations below zero are none": {
			func(s *v1alpha1.ServiceMigrationSpec) {
				s.Strategy.ReadyFor = d(-time.Hour)
				s.Strategy.Steps = []v1alpha1.Step{{Share: 10, Soak: d(-1)}}
				s.Strategy.ClientCaches = []v1alpha1.ClientCache{{Name: "x", For: metav1.Duration{Duration: -time.Second}}}
			},
			func(s *cutover.Spec) {
				s.StageFor, s.Steps, s.Caches = 0, []cutover.Step{{Share: 10}}, []cutover.Cache{{Name: "x"}}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, want := migration(), defaults
			c.given(&m.Spec)
			c.want(&want)
			if diff := cmp.Diff(want, specOf(m, home)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What people write by hand is read or left out, and what is wrong is said.
func TestAnnotations(t *testing.T) {
	saved := `{"schema":1,"for":{"uid":"uid-1","ref":"` + ref.String() + `"},"original":{"records":[{"type":"A","ttl":60}],"desired":2,"capacity":2}}`
	for name, c := range map[string]struct {
		key, text string
		problem   string // "": it is read
	}{
		"command":             {v1alpha1.AnnotationCommand, `{"verb":"pause","nonce":"n1","by":"ann"}`, ""},
		"no JSON":             {v1alpha1.AnnotationCommand, `pause`, "invalid character"},
		"no object":           {v1alpha1.AnnotationCommand, `[1]`, "cannot unmarshal"},
		"a verb nobody knows": {v1alpha1.AnnotationCommand, `{"verb":"explode","nonce":"n1"}`, `no verb "explode"`},
		"without a nonce":     {v1alpha1.AnnotationCommand, `{"verb":"pause"}`, "no nonce"},
		"original":            {v1alpha1.AnnotationOriginal, saved, ""},
		"broken original":     {v1alpha1.AnnotationOriginal, saved[:40], "unexpected end"},
	} {
		t.Run(name, func(t *testing.T) {
			m := migration()
			m.Annotations = map[string]string{c.key: c.text}
			got, problems := migrationOf(m, home)
			read := got.Command != nil || got.Saved != nil
			switch {
			case c.problem == "" && (len(problems) > 0 || !read):
				t.Errorf("not read: %v", problems)
			case c.problem != "" && (len(problems) != 1 || read || !strings.Contains(problems[0].Error(), c.problem)):
				t.Errorf("problems %v, read: %v", problems, read)
			}
		})
	}
}

// The name of a crossing that has changed something is known without AWS.
func TestPinnedRef(t *testing.T) {
	crossing := func(text string) func(*v1alpha1.ServiceMigration) {
		return func(m *v1alpha1.ServiceMigration) { m.Status.Crossing = &runtime.RawExtension{Raw: []byte(text)} }
	}
	original := func(uid string) func(*v1alpha1.ServiceMigration) {
		return func(m *v1alpha1.ServiceMigration) {
			m.Annotations = map[string]string{v1alpha1.AnnotationOriginal: `{"schema":1,"for":{"uid":"` + uid + `","ref":"` + ref.String() + `"}}`}
		}
	}
	for name, c := range map[string]struct {
		given func(*v1alpha1.ServiceMigration)
		known bool
	}{
		"new":                        {func(*v1alpha1.ServiceMigration) {}, false},
		"not begun":                  {crossing(`{"schema":1,"for":{"ref":"` + ref.String() + `"}}`), false},
		"begun":                      {crossing(`{"schema":1,"wrote":true,"for":{"ref":"` + ref.String() + `"}}`), true},
		"no name":                    {crossing(`{"schema":1,"wrote":true,"for":{"ref":"a/b"}}`), false},
		"unreadable":                 {crossing(`{"schema":`), false},
		"status lost":                {original("uid-1"), true},
		"status lost, of another":    {original("uid-2"), false},
		"copied, with another state": {func(m *v1alpha1.ServiceMigration) { crossing(`{"schema":1}`)(m); original("uid-1")(m) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := migration()
			c.given(m)
			got, ok := PinnedRef(m)
			if ok != c.known || ok && got != ref {
				t.Errorf("got %v, %v", got, ok)
			}
		})
	}
}
