package load

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// plainly finds the longest outage by its definition, all requests in hand.
func plainly(all []started) span {
	var best span
	for i := range all {
		if all[i].verdict != bad {
			continue
		}
		run := span{From: all[i].from}
		for _, s := range all[i:] {
			if s.verdict == good {
				run.To = s.from
				break
			}
			if s.verdict == bad {
				run.To = max(run.To, s.to)
			}
		}
		if run.length() > best.length() {
			best = run
		}
	}
	return best
}

func TestOutageAgreesWithItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []started
		var at time.Duration
		for range rapid.IntRange(0, 20).Draw(t, "requests") {
			at += time.Duration(rapid.IntRange(0, 3).Draw(t, "gap")) * time.Second
			took := time.Duration(rapid.IntRange(0, 10).Draw(t, "took")) * time.Second
			all = append(all, started{at, at + took, rapid.SampledFrom([]uint8{good, bad, neither}).Draw(t, "verdict")})
		}
		var p pair
		numbers := make([]int, len(all))
		next := 0
		// Seconds pass: what starts starts, what ends ends, in any order.
		for now := time.Duration(0); now <= at+10*time.Second; now += time.Second {
			for ; next < len(all) && all[next].from == now; next++ {
				numbers[next] = p.begin(now)
			}
			for i := range next {
				if all[i].to == now {
					p.end(numbers[i], now, all[i].verdict)
				}
			}
		}
		got, want := p.outage(), plainly(all)
		// Of two equally long ones either will do.
		if got.length() != want.length() {
			t.Errorf("outage %v, by definition %v", got, want)
		}
		if len(p.waiting) != 0 {
			t.Errorf("%d requests still wait for a verdict", len(p.waiting))
		}
	})
}

func TestLatencies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "latency"))
		var l latencies
		l.add(d)
		if got := l.quantile(0.5); got < d || got > d+d/8+time.Microsecond {
			t.Errorf("%v is reported as %v", d, got)
		}
	})
	var l latencies
	for ms := range 100 {
		l.add(time.Duration(ms) * time.Millisecond)
	}
	for _, tc := range []struct {
		share    float64
		from, to time.Duration
	}{{0.5, 50 * time.Millisecond, 57 * time.Millisecond}, {0.99, 99 * time.Millisecond, 112 * time.Millisecond}} {
		if got := l.quantile(tc.share); got < tc.from || got > tc.to {
			t.Errorf("quantile %v = %v, want %v to %v", tc.share, got, tc.from, tc.to)
		}
	}
	if got := new(latencies).quantile(0.5); got != 0 {
		t.Errorf("of nothing: %v", got)
	}
}
