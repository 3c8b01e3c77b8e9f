package pace

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// waits is one who wants a call.
type waits struct {
	who         string
	asked, told time.Time // for the first time; what the last time
	asks        int
}

// window checks that no window holds more calls than the bucket and its refill allow.
func window(t *rapid.T, at []time.Time, burst int, every time.Duration) {
	for i := range at {
		for j := i; j < len(at); j++ {
			if n, allowed := j-i+1, burst+int(at[j].Sub(at[i])/every); n > allowed {
				t.Fatalf("%d calls within %v, at most %d", n, at[j].Sub(at[i]), allowed)
			}
		}
	}
}

// Whoever comes at the time that it was told makes its call then: in the order in
// which they asked first, at the times at which a bucket with a tap has a token.
func TestThoseWhoComeOnTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every := time.Duration(rapid.SampledFrom([]int{1, 20, 40, 250}).Draw(t, "every")) * time.Millisecond
		burst := rapid.IntRange(1, 12).Draw(t, "burst")
		p, err := New([]Rate{{Op: op, PerSecond: float64(time.Second) / float64(every), Burst: burst}}, 1)
		if err != nil {
			t.Fatal(err)
		}
		var all []*waits
		now := t0
		for n := range rapid.IntRange(1, 80).Draw(t, "calls") {
			now = now.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "pause")) * time.Millisecond)
			all = append(all, &waits{who: fmt.Sprint(n), asked: now, told: now})
		}
		// Somebody is hindered before it asks at all, or steps sooner for other reasons.
		var order []string
		var at []time.Time
		for left := slices.Clone(all); len(left) > 0; {
			slices.SortStableFunc(left, func(a, b *waits) int {
				return cmp.Or(a.told.Compare(b.told), a.asked.Compare(b.asked))
			})
			w := left[0]
			if w.asks > 0 && rapid.IntRange(0, 3).Draw(t, "sooner") == 0 {
				mid := w.asked.Add(w.told.Sub(w.asked) / 2)
				if len(at) > 0 && mid.Before(at[len(at)-1]) {
					mid = at[len(at)-1]
				}
				if again, ok := p.Take(mid, op, w.who); mid.Before(w.told) && (ok || !again.Equal(w.told)) {
					t.Fatalf("%s was told %v, and sooner %v %t", w.who, w.told, again, ok)
				}
				if !mid.Before(w.told) {
					order, at, left = append(order, w.who), append(at, mid), left[1:]
					continue
				}
			}
			told, ok := p.Take(w.told, op, w.who)
			if w.asks++; w.asks > 2 {
				t.Fatalf("%s has to ask for the %d. time", w.who, w.asks)
			}
			if !ok {
				w.told = told
				continue
			}
			order, at, left = append(order, w.who), append(at, told), left[1:]
		}
		// The dumb one: tokens, tick by tick.
		var want []time.Time
		credit, tick := time.Duration(burst)*every, t0
		for _, w := range all {
			for tick.Before(w.asked) || credit < every {
				tick = tick.Add(time.Millisecond)
				credit = min(time.Duration(burst)*every, credit+time.Millisecond)
			}
			credit -= every
			want = append(want, tick)
		}
		for n := range all {
			if order[n] != all[n].who || !at[n].Equal(want[n]) {
				t.Fatalf("call %d is that of %s after %v, want %s after %v", n, order[n], at[n].Sub(t0), all[n].who, want[n].Sub(t0))
			}
		}
	})
}

// However late they come, or never, and whenever AWS throttles: no window holds more
// calls than the bucket and its refill allow, each turn is used once, all who go on
// asking get through, and what is kept of turns does not grow.
func TestNeverAboveTheRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		perSecond := rapid.Float64Range(0.5, 500).Draw(t, "perSecond")
		burst := rapid.IntRange(1, 50).Draw(t, "burst")
		share := rapid.Float64Range(0.1, 1).Draw(t, "share")
		p, err := New([]Rate{{Op: op, PerSecond: perSecond, Burst: burst}}, share)
		if err != nil {
			t.Fatal(err)
		}
		every := interval(perSecond * share)
		mine := max(1, int(float64(burst)*share))

		var left []*waits
		var at []time.Time
		gone := 0
		now := t0
		ask := func(w *waits) bool {
			told, ok := p.Take(now, op, w.who)
			switch w.asks++; {
			case ok && now.Before(w.told) && w.asks > 1:
				t.Fatalf("%s was let through %v before its turn", w.who, w.told.Sub(now))
			case ok:
				at = append(at, now)
			case !told.After(now):
				t.Fatalf("%s was refused, and its turn is %v ago", w.who, now.Sub(told))
			}
			w.told = told
			return ok
		}
		for n := range rapid.IntRange(1, 120).Draw(t, "events") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(2*every)).Draw(t, "pause")))
			switch what := rapid.IntRange(0, 19).Draw(t, "what"); {
			case what == 0:
				p.Throttled(now, op)
				for _, w := range left {
					w.told = now // its turn is void
				}
			case what == 1 && len(left) > 0:
				left, gone = left[1:], gone+1 // it never comes
			case what == 2:
				now = now.Add(rapid.SampledFrom([]time.Duration{every, 10 * every, Grace, 3 * Grace}).Draw(t, "stall"))
			case what < 12 || len(left) == 0:
				if w := (&waits{who: fmt.Sprint(n), asked: now}); !ask(w) {
					left = append(left, w)
				}
			default: // one comes, on time, late or too soon
				k := rapid.IntRange(0, len(left)-1).Draw(t, "who")
				if rapid.Bool().Draw(t, "due") && left[k].told.After(now) {
					now = left[k].told
				}
				if ask(left[k]) {
					left = slices.Delete(left, k, k+1)
				}
			}
			if kept := len(p.bucket(op).turns.at); kept > len(left)+gone {
				t.Fatalf("%d turns are kept for %d", kept, len(left))
			}
		}
		for tries := 0; len(left) > 0; tries++ {
			if tries > 10*(120+gone) {
				t.Fatalf("%d of them starve", len(left))
			}
			slices.SortStableFunc(left, func(a, b *waits) int { return a.told.Compare(b.told) })
			if left[0].told.After(now) {
				now = left[0].told
			}
			if ask(left[0]) {
				left = left[1:]
			}
		}
		window(t, at, mine, every)
		now = now.Add(time.Hour)
		if at, ok := p.Take(now, op, "last"); !ok || len(p.ops[op].turns.at) != 0 {
			t.Fatalf("after an hour's rest: %v, and %d turns are kept", at.Sub(now), len(p.ops[op].turns.at))
		}
	})
}
