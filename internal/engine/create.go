package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tranship/tranship/internal/names"
)

// KindCreate and KindDelete are the kinds of entries about whole services.
const (
	KindCreate = "CreateService"
	KindDelete = "DeleteService"
)

// Create makes the Cloud Map service of a name that has none, where that is
// asked for and allowed. ErrNotFound: no namespace holds the name, or nothing is
// created here. One that somebody else made meanwhile is as good.
func (e *Engine) Create(ctx context.Context, dnsName string, s names.Settings) (names.Ref, error) {
	if e.Creator == nil {
		return names.Ref{}, fmt.Errorf("%w: the name %s has no Cloud Map service, and none is created (--create)", names.ErrNotFound, dnsName)
	}
	entry := Entry{At: e.Clock.Now(), Kind: KindCreate, Why: "asked for, and no service keeps " + dnsName}
	if e.DryRun {
		e.Journal.Would(entry)
		return names.Ref{}, fmt.Errorf("%w: the name %s has no Cloud Map service; a dry run creates none", names.ErrNotFound, dnsName)
	}
	ref, err := e.Creator.Create(ctx, dnsName, e.Bounds.Owner, s)
	entry.Ref, entry.Err = ref, err
	e.Journal.Wrote(entry)
	if errors.Is(err, names.ErrConflict) && !ref.IsZero() {
		return ref, nil
	}
	if err != nil {
		return names.Ref{}, fmt.Errorf("create the Cloud Map service of %s: %w", dnsName, err)
	}
	return ref, nil
}

// leave forgets a name that nobody asks for and that has nothing of ours. A
// service that we made is deleted first, where the policy says so, once the last
// answer with something of it has expired.
func (e *Engine) leave(ctx context.Context, ref names.Ref, m *memory, s judged, err error) (Result, error) {
	if !e.DeleteEmpty || e.Creator == nil || len(s.view.V.Instances) > 0 {
		e.memories.forget(ref)
		return Result{}, err
	}
	if m.emptied.IsZero() {
		m.emptied = s.now
	}
	until := m.emptied.Add(max(e.Bounds.Propagation+s.view.V.Settings.LongestAnswer(), leastStay))
	if s.now.Before(until) {
		return Result{At: until}, err
	}
	if made, merr := e.made(ctx, ref, m); merr != nil || !made {
		if merr == nil {
			e.memories.forget(ref)
			return Result{}, err
		}
		return Result{At: s.now.Add(e.Rest)}, errors.Join(err, merr)
	}
	entry := Entry{At: s.now, Ref: ref, Kind: KindDelete, Why: "made by us, empty, and nobody asks for it"}
	if e.DryRun {
		e.Journal.Would(entry)
		e.memories.forget(ref)
		return Result{}, err
	}
	entry.Err = e.Creator.Delete(ctx, ref)
	e.Journal.Wrote(entry)
	if entry.Err != nil && !errors.Is(entry.Err, names.ErrConflict) {
		return Result{At: s.now.Add(max(e.Rest, time.Second))}, errors.Join(err, fmt.Errorf("delete the Cloud Map service of %s: %w", s.view.V.Settings.DNSName(), entry.Err))
	}
	e.memories.forget(ref)
	return Result{}, err
}
