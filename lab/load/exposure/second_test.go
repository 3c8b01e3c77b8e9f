package exposure_test

import (
	order "cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tranship/tranship/lab/load/exposure"
)

// universe is a history in whole seconds, so small that every second of it can
// be looked at.
const universe = 30

func second(t time.Time) int { return int(t.Sub(start) / time.Second) }

// current is the view of a server in a second, nil before its first.
func current(in exposure.Input, server, sec int) *exposure.View {
	var best *exposure.View
	for i := range in.Views {
		v := &in.Views[i]
		if v.Server == server && second(v.At) <= sec && (best == nil || !v.At.Before(best.At)) {
			best = v
		}
	}
	return best
}

func serves(in exposure.Input, a netip.Addr, sec int) bool {
	return slices.ContainsFunc(in.Serving, func(s exposure.Serving) bool {
		return s.Addr == a && second(s.From) <= sec && (s.To.IsZero() || sec < second(s.To))
	})
}

// sampled is the second implementation: each second's answers, each held for
// each second that it may be, no interval anywhere.
func sampled(in exposure.Input) (exposed map[string]bool, anyHabit, anyServer int, empty map[string]bool) {
	exposed, empty = map[string]bool{}, map[string]bool{}
	someone, somewhere := map[string]bool{}, map[int]bool{}
	for server := range 3 {
		begun := false
		for sec := range second(in.To) {
			v := current(in, server, sec)
			if v == nil {
				continue
			}
			if len(v.Addrs) == 0 && begun && sec >= second(in.From) {
				empty[fmt.Sprintf("%d at %d", server, sec)] = true
				somewhere[sec] = true
			}
			begun = begun || len(v.Addrs) > 0
			for _, a := range v.Addrs {
				for _, h := range in.Habits {
					for held := sec; held <= sec+int((v.TTL+h.Extra)/time.Second); held++ {
						if held >= second(in.From) && held < second(in.To) && !serves(in, a, held) {
							exposed[fmt.Sprintf("%s %s at %d", a, h.Name, held)] = true
							someone[fmt.Sprintf("%s at %d", a, held)] = true
						}
					}
				}
			}
		}
	}
	return exposed, len(someone), len(somewhere), empty
}

func drawInput(t *rapid.T) exposure.Input {
	sec := rapid.IntRange(0, universe)
	span := rapid.IntRange(0, 8)
	moment := func(label string) time.Time { return at(float64(sec.Draw(t, label))) }
	in := exposure.Input{From: moment("from"), To: moment("to")}
	for range rapid.IntRange(0, 12).Draw(t, "views") {
		in.Views = append(in.Views, exposure.View{
			At: moment("at"), Server: rapid.IntRange(0, 2).Draw(t, "server"),
			TTL:   time.Duration(span.Draw(t, "ttl")) * time.Second,
			Addrs: rapid.SliceOfN(rapid.Map(rapid.ByteRange(1, 3), ip), 0, 4).Draw(t, "addrs"),
		})
	}
	for range rapid.IntRange(0, 6).Draw(t, "serving") {
		s := exposure.Serving{Addr: ip(rapid.ByteRange(1, 3).Draw(t, "addr")), From: moment("up")}
		if rapid.Bool().Draw(t, "ends") {
			s.To = s.From.Add(time.Duration(rapid.IntRange(0, universe).Draw(t, "for")) * time.Second)
		}
		in.Serving = append(in.Serving, s)
	}
	for n := range rapid.IntRange(1, 3).Draw(t, "habits") {
		in.Habits = append(in.Habits, exposure.Habit{Name: fmt.Sprint("h", n), Extra: time.Duration(span.Draw(t, "extra")) * time.Second})
	}
	return in
}

func TestFindAgreesWithSampling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		wantExposed, wantAny, wantSomewhere, wantEmpty := sampled(in)
		got := exposure.Find(in)

		exposed, ends := map[string]bool{}, map[string]time.Time{}
		for _, w := range got.Exposures {
			for s := second(w.From); s < second(w.To); s++ {
				exposed[fmt.Sprintf("%s %s at %d", w.Addr, w.Habit, s)] = true
			}
			key := w.Addr.String() + w.Habit
			if end, ok := ends[key]; ok && !w.From.After(end) {
				t.Errorf("%+v touches the one before it", w)
			}
			ends[key] = w.To
			explained(t, in, w)
		}
		empty := map[string]bool{}
		for _, e := range got.Empty {
			for s := second(e.From); s < second(e.To); s++ {
				empty[fmt.Sprintf("%d at %d", e.Server, s)] = true
			}
		}
		if diff := cmp.Diff(keys(wantExposed), keys(exposed)); diff != "" {
			t.Errorf("exposed (-sampled +found):\n%s", diff)
		}
		if diff := cmp.Diff(keys(wantEmpty), keys(empty)); diff != "" {
			t.Errorf("empty (-sampled +found):\n%s", diff)
		}
		if got.ExposedSeconds != float64(wantAny) || got.EmptySeconds != float64(wantSomewhere) {
			t.Errorf("seconds exposed %v, empty %v; sampled %d, %d", got.ExposedSeconds, got.EmptySeconds, wantAny, wantSomewhere)
		}
		if diff := cmp.Diff(got, exposure.Find(in), compareAddrs); diff != "" {
			t.Errorf("the same input gave another report:\n%s", diff)
		}
	})
}

// explained checks that the witness's answer was possible and is still held.
func explained(t *rapid.T, in exposure.Input, w exposure.Witness) {
	v := current(in, w.Server, second(w.AnsweredAt))
	if v == nil || !slices.Contains(v.Addrs, w.Addr) {
		t.Fatalf("%+v: server %d could not answer so at %v", w, w.Server, w.AnsweredAt)
	}
	for _, h := range in.Habits {
		if h.Name == w.Habit && (w.AnsweredAt.After(w.From) || w.AnsweredAt.Add(v.TTL+h.Extra).Before(w.From)) {
			t.Errorf("%+v: not held at its begin", w)
		}
	}
}

// A stop at the very end of held leaves a margin of 0 and no exposure; one a
// second earlier gives -1 s and exactly that second of exposure.
func TestMarginAgreesWithFind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		in.From, in.To, in.Serving = start, at(universe*4), nil
		end := exposure.Margin(in, []exposure.Stop{{Addr: ip(1), At: start}})[0].HeldUntil
		if end.IsZero() || end.After(in.To) {
			return // in no answer, or in the last view, which never ends
		}
		for early := range 2 {
			stop := end.Add(-time.Duration(early) * time.Second)
			in.Serving = []exposure.Serving{{Addr: ip(1), From: start, To: stop}}
			left := exposure.Margin(in, []exposure.Stop{{Addr: ip(1), At: stop}})[0]
			if want := -time.Duration(early) * time.Second; left.Margin != want {
				t.Errorf("margin %v, want %v", left.Margin, want)
			}
			var exposed time.Duration
			for _, l := range exposure.Find(exposure.Input{Views: in.Views, Serving: in.Serving, Habits: longest(in.Habits), From: in.From, To: in.To}).Exposures {
				if l.Addr == ip(1) {
					exposed += l.To.Sub(l.From)
				}
			}
			if exposed != -left.Margin {
				t.Errorf("exposed for %v, margin %v", exposed, left.Margin)
			}
		}
	})
}

func longest(habits []exposure.Habit) []exposure.Habit {
	return []exposure.Habit{slices.MaxFunc(habits, func(a, b exposure.Habit) int { return order.Compare(a.Extra, b.Extra) })}
}

func keys(m map[string]bool) []string { return slices.Sorted(maps.Keys(m)) }
