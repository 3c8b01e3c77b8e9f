package kube

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
)

// told is how objects stand with each of their names, and what their people were
// told of it. It is memory: after a restart conditions are compared with what is
// stored, and events may come once more.
type told struct {
	mu        sync.Mutex
	standings map[cutover.Key]map[names.Ref]cutover.Standing
	said      map[cutover.Key]map[string]string // reason → last text, of objects without conditions and of problems
}

func newTold() told {
	return told{standings: map[cutover.Key]map[names.Ref]cutover.Standing{}, said: map[cutover.Key]map[string]string{}}
}

// Tell tells the claimants of a name how they stand with it: Services by
// conditions and events, everything else by events. One that fails does not keep
// it from the others.
func (s *Store) Tell(ctx context.Context, ref names.Ref, standings []cutover.Standing) error {
	var errs []error
	for _, st := range standings {
		errs = append(errs, s.tellObject(ctx, st.Claimant.Key, s.told.note(ref, st, s.Directory.Claimed(st.Claimant.Key))))
	}
	return errors.Join(errs...)
}

// Unclaimed tells an object which of the names it asks for are not found, and
// what else is wrong with what it says; no problems where nothing is. How it
// stands with the names that are found is told by their next step.
func (s *Store) Unclaimed(ctx context.Context, k cutover.Key, missing string, problems []cutover.Problem) error {
	st := cutover.Standing{Claimant: cutover.Claimant{Key: k}, Problems: problems}
	if missing != "" {
		st.Registered, st.Reason, st.Text = string(metav1.ConditionFalse), "NameNotFound", missing
	}
	all := s.told.note(names.Ref{}, st, s.Directory.Claimed(k))
	if missing == "" && len(problems) == 0 && len(all) > 1 {
		return nil
	}
	return s.tellObject(ctx, k, all)
}

// note keeps how an object stands with one name and returns how it stands with
// all of its names, in the order of the names. The zero Ref is for those that
// were not found.
func (t *told) note(ref names.Ref, st cutover.Standing, claimed []names.Ref) []cutover.Standing {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := st.Claimant.Key
	if t.standings[k] == nil {
		t.standings[k] = map[names.Ref]cutover.Standing{}
	}
	t.standings[k][ref] = st
	var all []cutover.Standing
	for _, r := range slices.SortedFunc(maps.Keys(t.standings[k]), names.Ref.Compare) {
		if r != ref && !r.IsZero() && !slices.Contains(claimed, r) {
			delete(t.standings[k], r)
		} else {
			all = append(all, t.standings[k][r])
		}
	}
	return all
}

// forget drops what is known of an object that is gone.
func (t *told) forget(k cutover.Key) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.standings, k)
	delete(t.said, k)
}

// fresh says that a text was not the last that an object was told for a reason.
func (t *told) fresh(k cutover.Key, reason, text string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.said[k][reason] == text {
		return false
	}
	if t.said[k] == nil {
		t.said[k] = map[string]string{}
	}
	t.said[k][reason] = text
	return true
}

// drop forgets the problems that are none any more, so that they are told again
// should they come back.
func (t *told) drop(k cutover.Key, keep func(reason string) bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	maps.DeleteFunc(t.said[k], func(reason, _ string) bool { return !keep(reason) })
}

// Forget drops what is remembered of an object that is gone.
func (s *Store) Forget(k cutover.Key) { s.told.forget(k) }

// rank orders what Registered says of several names: the worst is told.
var rank = map[string]int{string(metav1.ConditionFalse): 0, string(metav1.ConditionUnknown): 1, string(metav1.ConditionTrue): 2}

// summary is how an object stands with all of its names at once.
func summary(all []cutover.Standing) (held string, reg cutover.Standing, problems []cutover.Problem) {
	var texts, why []string
	for _, st := range all {
		if st.Held != "" && !slices.Contains(why, st.Held) {
			why = append(why, st.Held)
		}
		for _, p := range st.Problems {
			if !slices.Contains(problems, p) {
				problems = append(problems, p)
			}
		}
		if st.Registered == "" {
			continue
		}
		reg.Moving = reg.Moving || st.Moving
		if reg.Registered == "" || rank[st.Registered] < rank[reg.Registered] {
			reg.Registered, reg.Reason = st.Registered, st.Reason
		}
		if st.Text != "" && !slices.Contains(texts, st.Text) {
			texts = append(texts, st.Text)
		}
	}
	reg.Text = strings.Join(texts, "; ")
	return strings.Join(why, "; "), reg, problems
}

// tellObject makes conditions and events of how an object stands.
func (s *Store) tellObject(ctx context.Context, k cutover.Key, all []cutover.Standing) error {
	held, reg, problems := summary(all)
	obj, err := s.object(ctx, k)
	if err != nil || obj == nil {
		return err
	}
	for _, p := range problems {
		if s.told.fresh(k, p.Reason, p.Text) {
			s.Event(obj, cutover.Event{Warning: true, Reason: p.Reason, Message: p.Text})
		}
	}
	s.told.drop(k, func(reason string) bool {
		return reason == toldHeld || reason == toldRegistered || reason == v1alpha1.AnnotationHandover || slices.ContainsFunc(problems, func(p cutover.Problem) bool { return p.Reason == reason })
	})
	svc, ok := obj.(*corev1.Service)
	if !ok {
		s.tellPlain(obj, k, held, reg)
		return nil
	}
	return s.tellService(ctx, svc, held, withProblems(reg, problems))
}

// withProblems lets the condition say what is to be mended, too: events are gone
// after an hour.
func withProblems(reg cutover.Standing, problems []cutover.Problem) cutover.Standing {
	if len(problems) == 0 {
		return reg
	}
	texts := []string{reg.Text}
	if reg.Text == "" {
		texts = nil
	}
	for _, p := range problems {
		texts = append(texts, p.Text)
	}
	reg.Text = strings.Join(texts, "; ")
	if reg.Registered == "" {
		reg.Registered, reg.Reason, reg.Problems = string(metav1.ConditionFalse), problems[0].Reason, problems
	}
	return reg
}

// Keys under which an object without conditions is told how it stands.
const (
	toldHeld       = "held"
	toldRegistered = "registered"
)

// tellPlain is for objects whose status has no place for conditions of ours.
func (s *Store) tellPlain(obj client.Object, k cutover.Key, held string, reg cutover.Standing) {
	if s.told.fresh(k, toldHeld, held) && held != "" {
		s.Event(obj, heldEvent(held))
	}
	if reg.Registered != "" && s.told.fresh(k, toldRegistered, reg.Registered+reg.Reason) {
		s.Event(obj, registeredEvent(reg))
	}
}

func heldEvent(why string) cutover.Event {
	if why == "" {
		return cutover.Event{Reason: "NameFree", Message: "nothing stands against its endpoints in the name any more"}
	}
	return cutover.Event{Warning: true, Reason: "NameHeld", Message: why}
}

func registeredEvent(reg cutover.Standing) cutover.Event {
	return cutover.Event{Warning: warns(reg), Reason: reg.Reason, Message: reg.Text}
}

// warns: what passes by itself is no warning.
func warns(reg cutover.Standing) bool {
	return reg.Registered != string(metav1.ConditionTrue) && !reg.Moving && reg.Reason != "Registering"
}

// tellService keeps the conditions of a Service, and makes an event of a turn.
func (s *Store) tellService(ctx context.Context, svc *corev1.Service, held string, reg cutover.Standing) error {
	k := cutover.Key{Namespace: svc.Namespace, Name: svc.Name}
	obj := svc.DeepCopy()
	var events []cutover.Event
	heldStatus, reason := metav1.ConditionFalse, "NotHeld"
	if held != "" {
		heldStatus, reason = metav1.ConditionTrue, "HeldByOthers"
	}
	have := condition(svc, v1alpha1.ConditionNameHeld)
	if (have != nil || held != "") && s.set(obj, metav1.Condition{Type: v1alpha1.ConditionNameHeld, Status: heldStatus, Reason: reason, Message: clip(held, 1024)}) {
		events = append(events, heldEvent(clip(held, 1024)))
	}
	have = condition(svc, v1alpha1.ConditionRegistered)
	switch {
	case reg.Registered == "" && have == nil:
	case reg.Registered == "" && len(held) > 0:
		s.set(obj, metav1.Condition{Type: v1alpha1.ConditionRegistered, Status: metav1.ConditionFalse, Reason: "NameHeld", Message: clip(held, 1024)})
	case reg.Registered == "":
		s.set(obj, metav1.Condition{Type: v1alpha1.ConditionRegistered, Status: metav1.ConditionUnknown, Reason: "NoName", Message: "it asks for no name"})
	case reg.Moving && have != nil && string(have.Status) == reg.Registered && have.Reason == reg.Reason:
		// The number on its way alone is not worth a write.
	default:
		turned := have == nil || string(have.Status) != reg.Registered || have.Reason != reg.Reason
		if s.set(obj, metav1.Condition{Type: v1alpha1.ConditionRegistered, Status: metav1.ConditionStatus(reg.Registered), Reason: reg.Reason, Message: clip(reg.Text, 1024)}) && turned && len(reg.Problems) == 0 {
			events = append(events, registeredEvent(reg))
		}
	}
	if slices.EqualFunc(obj.Status.Conditions, svc.Status.Conditions, func(a, b metav1.Condition) bool { return a == b }) {
		return nil
	}
	// A conflict is the next look's to mend; the event comes with what was stored.
	if err := s.Client.Status().Patch(ctx, obj, locked(svc)); err != nil {
		return client.IgnoreNotFound(conflict(k, err))
	}
	for _, e := range events {
		s.Event(obj, e)
	}
	return nil
}

func condition(svc *corev1.Service, kind string) *metav1.Condition {
	for n := range svc.Status.Conditions {
		if svc.Status.Conditions[n].Type == kind {
			return &svc.Status.Conditions[n]
		}
	}
	return nil
}

// set puts a condition in; false where it says the same already.
func (s *Store) set(svc *corev1.Service, c metav1.Condition) bool {
	c.LastTransitionTime = metav1.NewTime(s.Clock.Now().UTC().Truncate(time.Second))
	c.ObservedGeneration = svc.Generation
	old := condition(svc, c.Type)
	if old == nil {
		svc.Status.Conditions = append(svc.Status.Conditions, c)
		return true
	}
	if old.Status == c.Status && old.Reason == c.Reason && old.Message == c.Message {
		return false
	}
	if old.Status == c.Status {
		c.LastTransitionTime = old.LastTransitionTime
	}
	*old = c
	return true
}

// object reads what asks for a name; nil: it is gone.
func (s *Store) object(ctx context.Context, k cutover.Key) (client.Object, error) {
	obj, err := s.blank(k.Kind)
	if err != nil {
		return nil, err
	}
	if err := s.Client.Get(ctx, objectKey(k), obj); err != nil {
		if apierrors.IsNotFound(err) {
			s.told.forget(k)
			return nil, nil
		}
		return nil, fmt.Errorf("%s: %w", k.Object(), err)
	}
	return obj, nil
}

// blank is an empty object of a kind that may ask for names.
func (s *Store) blank(kind string) (client.Object, error) {
	if cmp.Or(kind, "Service") == "Service" {
		return &corev1.Service{}, nil
	}
	if blank, ok := s.Kinds[kind]; ok {
		return blank(), nil
	}
	return nil, fmt.Errorf("objects of kind %s ask for no names", kind)
}
