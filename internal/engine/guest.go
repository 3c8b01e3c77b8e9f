package engine

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// stepGuest makes a step of a name with a crossing.
func (e *Engine) stepGuest(ctx context.Context, ref names.Ref, m Migration, g Gathered, src names.Fact[cutover.ECSService]) (Result, error) {
	e.forget(ref) // a crossing reads the name at each step
	o := e.observe(ctx, ref, m, g, src)
	view := o.Name
	d := cutover.Next(m.State, o)
	if err := cutover.Check(m.State, o, d); err != nil {
		return Result{}, fmt.Errorf("migration %s: nothing was done: %w", m.Key, err)
	}
	if d.Release {
		if err := e.Store.Release(ctx, m); err != nil {
			return Result{}, fmt.Errorf("release migration %s: %w", m.Key, err)
		}
		return Result{At: e.Clock.Now()}, nil
	}

	// The batch is worked out before anything is stored, so that every write is
	// on record before it is sent.
	desired := registrar.Merge(endpoints(o.Target), d.Intent, view, o.Now)
	batch := registrar.Diff(desired, view, o.Now)
	ops := e.allowed(batch.Ops, desired, view, o.Now)
	for _, op := range ops {
		d.State.Sent = account(d.State.Sent, op, o.Now)
	}

	out := e.outcome(ref, m, o, d, view)
	var err error
	if saved, missing := unsaved(m.Saved, d.State); missing {
		if m.ResourceVersion, err = e.Store.SaveOriginal(ctx, m, saved); err != nil {
			return Result{}, fmt.Errorf("keep the original of %s: %w", m.Key, err)
		}
	}
	if m.ResourceVersion, err = e.Store.SaveState(ctx, m, out); err != nil {
		return Result{}, fmt.Errorf("store the state of %s: %w", m.Key, err)
	}
	for _, ev := range d.Events {
		e.Journal.Event(m.Key, ev)
	}

	acts, sent := e.timely(m, o, d)
	err = e.act(ctx, ref, m, acts)
	sent, werr := e.write(ctx, ref, m.Key, ops, view, sent, nil)
	err = errors.Join(err, werr)
	if len(ops) > 0 || len(acts) < len(d.Acts) {
		// The ids of the operations are worth keeping, but not worth failing for.
		out.Decision.State.Sent = sent
		if _, serr := e.Store.SaveState(ctx, m, out); serr != nil && !errors.Is(serr, names.ErrConflict) {
			err = errors.Join(err, fmt.Errorf("store the operations of %s: %w", m.Key, serr))
		}
	}
	next, gerr := e.openGates(ctx, o.Target.V.Endpoints, judged{now: o.Now, view: view, desired: desired, proved: e.marked})
	if gerr != nil {
		err = errors.Join(err, fmt.Errorf("open the readiness gates of %s: %w", m.Spec.Service, gerr))
	}
	res := e.result(d.Wait)
	if !next.IsZero() && next.Before(res.At) {
		res.At = next
	}
	if rests := d.State.Phase == cutover.Migrated && d.Wait.Reason == cutover.WaitNothing && len(ops)+len(acts)+len(sent) == 0; rests && err == nil && next.IsZero() {
		// For weeks now: whoever changes the name is seen as in any other that rests.
		e.memories.show(ref, view, true)
		res.At = e.compareAt(ref, view.At)
	}
	return res, err
}

// unsaved is what the way back needs and is not kept yet, or no longer true:
// it may be that of an object this one was copied from, or of an earlier crossing.
func unsaved(kept *cutover.Saved, s cutover.State) (cutover.Saved, bool) {
	now, ok := s.Saved()
	return now, ok && (kept == nil || !reflect.DeepEqual(*kept, now))
}

// timely leaves out what stops tasks, and the record of it, if storing took so
// long that what was decided rests on too old a read.
func (e *Engine) timely(m Migration, o cutover.Observed, d cutover.Decision) ([]cutover.Action, []registrar.Sent) {
	now := e.Clock.Now()
	if o.Name.Younger(e.Bounds.Fresh, now) && o.Source.Younger(e.Bounds.Fresh, now) {
		return d.Acts, d.State.Sent
	}
	var acts []cutover.Action
	sent := slices.Clone(d.State.Sent)
	for _, a := range d.Acts {
		if a.Kind != cutover.Scale || a.Desired >= o.Source.V.Desired {
			acts = append(acts, a)
			continue
		}
		this := func(s registrar.Sent) bool { return s.Kind == registrar.ScaleSource && s.Value == a.Desired }
		sent = slices.DeleteFunc(sent, this)
		if k := slices.IndexFunc(m.State.Sent, this); k >= 0 {
			sent = append(sent, m.State.Sent[k]) // an earlier one may still land
		}
	}
	return acts, sent
}

// observe gathers the rest of what a crossing looks at. The operations are
// asked for before the name is read, so that the effect of one that has ended
// is in the read.
func (e *Engine) observe(ctx context.Context, ref names.Ref, m Migration, g Gathered, src names.Fact[cutover.ECSService]) cutover.Observed {
	o := cutover.Observed{
		Spec: m.Spec, Ref: ref, Source: src,
		Target: g.Targets[m.Key], Command: m.Command, Findings: m.Findings, Saved: m.Saved,
		Bounds: e.Bounds, Denied: m.Denied, Deleting: m.Deleting, Terminating: m.Terminating,
		Ops: map[string]cutover.OpStatus{},
	}
	if m.Spec.Caches != nil {
		o.Bounds.Caches = m.Spec.Caches
	}
	if o.Target.At.IsZero() {
		o.Target = names.Unknown[cutover.Target]("not read yet", e.Clock.Now())
	}
	for _, s := range m.State.Sent {
		if s.Op == "" {
			continue
		}
		if op, err := e.Reader.Operation(ctx, ref, s.Op); err == nil {
			o.Ops[s.Op] = op.Status
		}
	}
	o.Name, o.Gone = e.view(ctx, ref)
	o.Now = e.Clock.Now()
	return o
}

// endpoints is the part of the target that Merge wants.
func endpoints(t names.Fact[cutover.Target]) names.Fact[[]names.Endpoint] {
	return names.Fact[[]names.Endpoint]{V: t.V.Endpoints, At: t.At, Unknown: t.Unknown}
}

// act does what is outside the name.
func (e *Engine) act(ctx context.Context, ref names.Ref, m Migration, acts []cutover.Action) error {
	var errs []error
	for _, a := range acts {
		if a.Kind != cutover.Scale {
			continue
		}
		err := e.Services.Scale(ctx, m.Spec.Source, a.Desired)
		e.Journal.Wrote(Entry{At: e.Clock.Now(), Ref: ref, For: m.Key, Kind: string(registrar.ScaleSource),
			Why: fmt.Sprintf("desiredCount %d", a.Desired), Err: err})
		if err != nil {
			e.refused(m.Key, err)
			errs = append(errs, fmt.Errorf("scale ECS service %s to %d: %w", m.Spec.Source, a.Desired, err))
		}
	}
	return errors.Join(errs...)
}

// outcome is what is told of the step.
func (e *Engine) outcome(_ names.Ref, m Migration, o cutover.Observed, d cutover.Decision, view names.Fact[names.View]) Outcome {
	out := Outcome{Decision: d, View: view, Source: o.Source, Target: o.Target}
	if view.OK() {
		for _, i := range view.V.Instances {
			side := names.SideOf(i, e.Bounds.Owner, &m.Spec.Source)
			switch {
			case side == names.Foreign:
				out.Foreign++
			case !i.Answered():
			case side == names.Ours:
				out.In++
			default:
				out.Left++
			}
		}
		out.Rollback = cutover.RollbackBound(o.Bounds, view.V.Settings.MaxTTL(), m.Spec.Withdrawal,
			o.Source.OK() && d.State.Original != nil && o.Source.V.Desired < d.State.Original.Desired)
	}
	return out
}

// result turns a wait into the next look.
func (e *Engine) result(w cutover.Wait) Result {
	now := e.Clock.Now()
	at := now.Add(e.Busy)
	switch w.Reason {
	case cutover.WaitNothing, cutover.WaitDenied:
		at = now.Add(e.Rest)
	case cutover.WaitChecks, cutover.WaitPerson, cutover.WaitPaused, cutover.WaitWorkload:
		at = now.Add(min(e.Rest, 5*e.Busy))
	default:
	}
	if !w.Until.IsZero() && w.Until.Before(at) {
		at = w.Until.Add(time.Millisecond)
		if at.Before(now) {
			at = now.Add(time.Millisecond)
		}
	}
	return Result{At: at, Wait: w}
}
