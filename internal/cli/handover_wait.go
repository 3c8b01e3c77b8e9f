package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/kube/source"
)

// handoverWait follows one object until its name is handed over.
type handoverWait struct {
	c      *Cluster
	o      *handover
	a      *asker
	before []metav1.Condition   // of a Service, before it was annotated
	events map[string]time.Time // those of before, by name, with their last time
	since  time.Time
	said   []string
}

// stale is how long what was said before the annotation may stand afterwards
// until it counts as the controller's word.
const stale = 30 * time.Second

// newHandoverWait remembers how the object stands before it is annotated.
func newHandoverWait(ctx context.Context, c *Cluster, o *handover, a *asker) (*handoverWait, error) {
	w := &handoverWait{c: c, o: o, a: a, since: o.env.Now(), events: map[string]time.Time{}}
	if svc, ok := a.object.(*corev1.Service); ok {
		w.before = slices.Clone(svc.Status.Conditions)
	}
	if !o.Wait {
		return w, nil
	}
	es, err := w.told(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range es {
		w.events[e.Name] = lastSeen(&e)
	}
	return w, nil
}

// await looks again and again until the end. The codes are those of the help.
func (w *handoverWait) await(ctx context.Context) error {
	if w.o.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, w.o.Timeout, errTimedOut)
		defer cancel()
	}
	for {
		v, err := w.look(ctx)
		if err == nil && v.settled {
			return ended(v.code, []string{v.why})
		}
		if err == nil || passing(err) {
			err = w.o.env.Wait(ctx, again)
		}
		switch {
		case errors.Is(context.Cause(ctx), errTimedOut):
			return exit(CodeTimedOut, "timed out after %s; the controller goes on: %s", w.o.Timeout, w.last())
		case ctx.Err() != nil:
			return exit(CodeInterrupted, "interrupted; the controller goes on")
		case err != nil:
			return err
		}
	}
}

func (w *handoverWait) last() string {
	if len(w.said) == 0 {
		return "nothing was heard of it yet"
	}
	return w.said[len(w.said)-1]
}

// say tells people what they have not been told yet.
func (w *handoverWait) say(text string) {
	if w.last() != text {
		w.said = append(w.said, text)
		fmt.Fprintln(w.o.env.Err, text)
	}
}

// look tells what is new, and judges it.
func (w *handoverWait) look(ctx context.Context) (verdict, error) {
	if w.a.kind != source.KindService {
		return w.lookAtEvents(ctx)
	}
	var svc corev1.Service
	if err := w.c.Client.Get(ctx, client.ObjectKeyFromObject(w.a.object), &svc); err != nil {
		if apierrors.IsNotFound(err) {
			return settled(CodeFailed, w.a.String()+" was deleted"), nil
		}
		return going, err
	}
	reg := meta.FindStatusCondition(svc.Status.Conditions, v1alpha1.ConditionRegistered)
	held := meta.FindStatusCondition(svc.Status.Conditions, v1alpha1.ConditionNameHeld)
	if svc.Annotations[v1alpha1.AnnotationHandover] != w.o.wish() {
		return settled(CodeFailed, "the annotation of "+w.a.String()+" was changed by somebody else"), nil
	}
	if reg != nil {
		w.say("Registered " + string(reg.Status) + " (" + reg.Reason + "): " + reg.Message)
	}
	if w.o.env.Now().Sub(w.since) < stale && w.same(reg) && w.same(held) && !w.o.given(reg) {
		return going, nil
	}
	switch {
	case held != nil && held.Status == metav1.ConditionTrue:
		return settled(CodeNeedsPerson, held.Message), nil
	case reg == nil:
		return going, nil
	}
	return w.o.judge(reg.Reason, reg.Message), nil
}

// same says that a condition is as it was before.
func (w *handoverWait) same(c *metav1.Condition) bool {
	if c == nil {
		return true
	}
	old := meta.FindStatusCondition(w.before, c.Type)
	return old != nil && old.Status == c.Status && old.Reason == c.Reason && old.Message == c.Message
}

// given says that a condition is about this very hand-over, however old it is.
func (o *handover) given(reg *metav1.Condition) bool {
	return o.To != "" && reg != nil && o.judge(reg.Reason, reg.Message).settled
}

// judge judges what is said of Registered.
func (o *handover) judge(reason, text string) verdict {
	switch {
	case o.To != "" && reason == engine.HandedOver && strings.Contains(text, "owner "+o.Owner):
		return settled(CodeFine, "")
	case o.From != "" && reason == engine.TakenOver:
		return settled(CodeFine, "")
	}
	return going
}

// told are the events about the object.
func (w *handoverWait) told(ctx context.Context) ([]corev1.Event, error) {
	var l corev1.EventList
	if err := w.c.Client.List(ctx, &l, client.InNamespace(w.a.object.GetNamespace()), client.MatchingFields{eventObject: string(w.a.object.GetUID())}); err != nil {
		return nil, fmt.Errorf("list the events of %s: %w", w.a, err)
	}
	slices.SortFunc(l.Items, func(a, b corev1.Event) int { return lastSeen(&a).Compare(lastSeen(&b)) })
	return l.Items, nil
}

// eventObject is the field by which the API server finds the events of an object.
const eventObject = "involvedObject.uid"

// lastSeen is when an event came last.
func lastSeen(e *corev1.Event) time.Time {
	at := e.LastTimestamp.Time
	for _, t := range []time.Time{e.EventTime.Time, e.CreationTimestamp.Time} {
		if t.After(at) {
			at = t
		}
	}
	if s := e.Series; s != nil && s.LastObservedTime.After(at) {
		at = s.LastObservedTime.Time
	}
	return at
}

// lookAtEvents is for kinds that have no conditions.
func (w *handoverWait) lookAtEvents(ctx context.Context) (verdict, error) {
	es, err := w.told(ctx)
	if err != nil {
		return going, err
	}
	for _, e := range es {
		if old, ok := w.events[e.Name]; ok && !lastSeen(&e).After(old) {
			continue
		}
		w.events[e.Name] = lastSeen(&e)
		w.say(e.Reason + ": " + e.Message)
		if e.Reason == "NameHeld" {
			return settled(CodeNeedsPerson, e.Message), nil
		}
		if v := w.o.judge(e.Reason, e.Message); v.settled {
			return v, nil
		}
	}
	return going, nil
}
