package engine

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/tranship/tranship/internal/names"
)

// Sweep looks whether a name that rests changed since it was read: one call. One
// that moves, or was never read, is its step's to look after. An error means not
// known.
func (e *Engine) Sweep(ctx context.Context, ref names.Ref) (drifted bool, err error) {
	view, ok := e.memories.resting(ref)
	if !ok {
		return false, nil
	}
	rev, err := e.Reader.Revision(ctx, ref)
	if err != nil {
		return false, fmt.Errorf("whether %s changed is not known: %w", view.V.Settings.DNSName(), err)
	}
	if rev == view.V.Revision {
		return false, nil
	}
	e.Drifted(ref)
	return true, nil
}

// Watch is what DNS must answer for a name that rests.
type Watch struct {
	Name string
	// Addrs are in every name server and every cache by now. Of more than
	// names.MaxAnswers an answer shows some.
	Addrs []netip.Addr
}

// Watch returns what DNS must answer for the name; ok is false for one that
// moves, is not in DNS, or answers with one of its records at a time.
func (e *Engine) Watch(ref names.Ref) (w Watch, ok bool) {
	view, ok := e.memories.resting(ref)
	if !ok || view.V.Settings.Type == names.TypeHTTP || view.V.Settings.Routing == names.Weighted || !view.V.Settings.HasType("A") {
		return w, false
	}
	now := e.Clock.Now()
	w.Name = view.V.Settings.DNSName()
	for _, i := range view.V.Instances {
		a, has := i.IPv4()
		since, timed := i.Since()
		if !has || !i.Answered() || timed && now.Before(since.Add(e.proof()).Add(view.V.Settings.LongestAnswer())) {
			continue
		}
		w.Addrs = append(w.Addrs, a)
	}
	return w, len(w.Addrs) > 0
}
