package exposure

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// Stop says that Addr was stopped at At: from then on it did not answer as
// this service, until a later Serving of the same address begins, if any.
type Stop struct {
	Addr netip.Addr `json:"addr"`
	At   time.Time  `json:"at"`
}

// Left says how much time was left between the last moment a client could hold
// an address and its stop.
type Left struct {
	Stop
	// HeldUntil is when the most patient habit's last holder let go, of all
	// answers given before the address served again. Zero: it never was in an
	// answer, and Margin says nothing.
	HeldUntil time.Time `json:"heldUntil"`
	// Margin is At − HeldUntil. Negative: stopped while it could be held.
	Margin time.Duration `json:"margin"`
}

// Known says that the stopped address was in an answer at all.
func (l Left) Known() bool { return !l.HeldUntil.IsZero() }

// Margin computes what was left at each stop, sorted by time, then address.
func Margin(in Input, stops []Stop) []Left {
	h := in.history()
	patience := in.patience()
	out := make([]Left, 0, len(stops))
	for _, stop := range stops {
		left := Left{Stop: stop}
		if n, ok := slices.BinarySearchFunc(h.addrs, stop.Addr, netip.Addr.Compare); ok {
			// The address may be given to another pod or task of the service:
			// what is answered from then on is about that one.
			again := forever
			at := stop.At.Sub(h.base)
			for _, s := range in.Serving {
				if from := s.From.Sub(h.base); s.Addr == stop.Addr && from >= at {
					again = min(again, from)
				}
			}
			for _, a := range h.answers[n] {
				if a.from >= again {
					continue
				}
				a.to = min(a.to, again)
				left.HeldUntil = later(left.HeldUntil, h.base.Add(min(a.end(patience), again)))
			}
			if left.Known() {
				left.Margin = stop.At.Sub(left.HeldUntil)
			}
		}
		out = append(out, left)
	}
	slices.SortStableFunc(out, func(a, b Left) int {
		return cmp.Or(a.At.Compare(b.At), a.Addr.Compare(b.Addr))
	})
	return out
}
