package engine

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

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
	TTL  time.Duration // of its records
	// Expect are the addresses that are to be answered, and since when.
	Expect []Expected
	// Read is when the name was seen to have these and no others.
	Read      time.Time
	PerAnswer int // addresses in one answer, at most
}

// Expected is an address in DNS.
type Expected struct {
	Addr  netip.Addr
	Since time.Time
}

// Watch returns what DNS must answer for the name; ok is false for one that
// moves, or whose answers are not the addresses registered in it.
func (e *Engine) Watch(ref names.Ref) (w Watch, ok bool) {
	view, ok := e.memories.resting(ref)
	if !ok {
		return w, false
	}
	s := view.V.Settings
	if s.Type == names.TypeHTTP || !s.HasType("A") && !s.HasType("AAAA") {
		return w, false
	}
	w = Watch{Name: s.DNSName(), TTL: time.Duration(s.MaxTTL()) * time.Second, Read: view.At, PerAnswer: names.MaxAnswers}
	if s.Routing == names.Weighted {
		w.PerAnswer = 1
	}
	for _, i := range view.V.Instances {
		if i.Attributes[names.AttrAlias] != "" {
			return Watch{}, false
		}
		if !i.Answered() {
			continue
		}
		since, timed := i.Since()
		if !timed {
			since = view.At
		}
		for record, attr := range map[string]string{"A": names.AttrIPv4, "AAAA": names.AttrIPv6} {
			if a, err := netip.ParseAddr(i.Attributes[attr]); err == nil && s.HasType(record) {
				w.Expect = append(w.Expect, Expected{Addr: a, Since: since})
			}
		}
	}
	slices.SortFunc(w.Expect, func(a, b Expected) int { return a.Addr.Compare(b.Addr) })
	return w, len(w.Expect) > 0
}
