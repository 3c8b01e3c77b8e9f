package kube

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// Home is the account and region that a migration means when it names none.
type Home struct{ Account, Region string }

// Defaults, as the schema has them; here for objects that were stored before.
const (
	defaultTTL         = 10
	defaultSoak        = 30 * time.Second
	defaultReadyFor    = 30 * time.Second
	defaultReadyWithin = 30 * time.Minute
)

// SourceOf is the ECS service of a migration.
func SourceOf(m *v1alpha1.ServiceMigration, home Home) names.Source {
	return names.Source{
		Account: cmp.Or(m.Spec.Source.Account, home.Account),
		Region:  cmp.Or(m.Spec.Source.Region, home.Region),
		Cluster: m.Spec.Source.Cluster,
		Service: m.Spec.Source.Service,
	}
}

// specOf is the wish as the core knows it.
func specOf(m *v1alpha1.ServiceMigration, home Home) cutover.Spec {
	st := m.Spec.Strategy
	s := cutover.Spec{
		UID: string(m.UID), Generation: m.Generation,
		Goal:       cutover.Goal(cmp.Or(m.Spec.Goal, v1alpha1.GoalTarget)),
		Source:     SourceOf(m, home),
		Service:    m.Namespace + "/" + m.Spec.Target.Service,
		Port:       m.Spec.Target.Port,
		Kind:       cutover.Kind(m.Spec.Kind),
		Withdrawal: registrar.Way(cmp.Or(st.Withdrawal, string(registrar.Auto))),
		RecordTTL:  defaultTTL,
		Floor:      int(st.Floor),
		StageFor:   duration(st.ReadyFor, defaultReadyFor),
		StageBy:    duration(st.ReadyWithin, defaultReadyWithin),
		Overdue:    cutover.Overdue(cmp.Or(st.WhenOverdue, string(cutover.OverdueReport))),
		Paused:     m.Spec.Paused,
	}
	if st.RecordTTLSeconds != nil {
		s.RecordTTL = *st.RecordTTLSeconds
	}
	for _, x := range st.Steps {
		s.Steps = append(s.Steps, cutover.Step{Share: int(x.Share), Soak: duration(x.Soak, defaultSoak)})
	}
	if len(s.Steps) == 0 {
		s.Steps = []cutover.Step{{Share: 50, Soak: defaultSoak}}
	}
	for _, c := range st.ClientCaches {
		s.Caches = append(s.Caches, cutover.Cache{Name: c.Name, For: max(0, c.For.Duration)})
	}
	return s
}

func duration(d *metav1.Duration, def time.Duration) time.Duration {
	if d == nil {
		return def
	}
	return max(0, d.Duration)
}

// migrationOf reads a whole migration. What people may have written by hand and
// does not parse is left out and returned as a problem.
func migrationOf(m *v1alpha1.ServiceMigration, home Home) (cutover.Migration, []error) {
	out := cutover.Migration{
		Key: cutover.Key{Namespace: m.Namespace, Name: m.Name}, UID: string(m.UID),
		Created: m.CreationTimestamp.Time, ResourceVersion: m.ResourceVersion,
		Spec: specOf(m, home), Deleting: !m.DeletionTimestamp.IsZero(),
	}
	var problems []error
	var err error
	if out.State, err = decodeState(m.Status.Crossing); err != nil {
		problems = append(problems, err)
	}
	if a := m.Annotations[v1alpha1.AnnotationOriginal]; a != "" {
		var s cutover.Saved
		if err := json.Unmarshal([]byte(a), &s); err != nil {
			problems = append(problems, fmt.Errorf("annotation %s is ignored: %w", v1alpha1.AnnotationOriginal, err))
		} else {
			out.Saved = &s
		}
	}
	if a := m.Annotations[v1alpha1.AnnotationCommand]; a != "" {
		if c, err := commandOf(a); err != nil {
			problems = append(problems, fmt.Errorf("annotation %s is ignored: %w", v1alpha1.AnnotationCommand, err))
		} else {
			out.Command = &c
		}
	}
	return out, problems
}

// PinnedRef is the name that a crossing which has changed something is about: it
// is known without AWS, also when the ECS service is gone.
func PinnedRef(m *v1alpha1.ServiceMigration) (names.Ref, bool) {
	em, _ := migrationOf(m, Home{})
	pin := em.State.For
	if !em.State.Wrote {
		if em.State.Schema != 0 || em.Saved == nil || em.Saved.For.UID != em.UID {
			return names.Ref{}, false
		}
		pin = em.Saved.For
	}
	part := strings.Split(pin.Ref, "/")
	if len(part) != 4 || part[2] == "" || part[3] == "" {
		return names.Ref{}, false
	}
	return names.Ref{Account: part[0], Region: part[1], NamespaceID: part[2], ServiceID: part[3]}, true
}

// commandOf reads a person's command.
func commandOf(text string) (cutover.Command, error) {
	var c cutover.Command
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return c, err
	}
	switch c.Verb {
	case cutover.VerbPause, cutover.VerbResume, cutover.VerbHalt, cutover.VerbRollback, cutover.VerbApprove:
	default:
		return c, fmt.Errorf("there is no verb %q", clip(string(c.Verb), 64))
	}
	if c.Nonce == "" {
		return c, errors.New("it has no nonce")
	}
	return c, nil
}
