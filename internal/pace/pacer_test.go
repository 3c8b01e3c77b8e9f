package pace

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

const op Op = "servicediscovery:RegisterInstance"

func pacer(t testing.TB, perSecond float64, burst int, share float64) *Pacer {
	t.Helper()
	p, err := New([]Rate{{Op: op, PerSecond: perSecond, Burst: burst}}, share)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestReserve(t *testing.T) {
	p := pacer(t, 20, 4, 0.5) // 10/s, burst 2
	var got []time.Duration
	for range 4 {
		got = append(got, p.Reserve(t0, op))
	}
	if want := []time.Duration{0, 0, 100 * time.Millisecond, 200 * time.Millisecond}; !slices.Equal(got, want) {
		t.Fatalf("waits %v, want %v", got, want)
	}
	if w := p.Wait(t0, op); w != 300*time.Millisecond {
		t.Errorf("Wait says %v, want 300ms", w)
	}
	if w := p.Wait(t0, op); w != 300*time.Millisecond {
		t.Errorf("Wait took a token: %v", w)
	}
	later := t0.Add(time.Minute)
	for i := range 2 {
		if w := p.Reserve(later, op); w != 0 {
			t.Errorf("call %d after a rest waits %v", i, w)
		}
	}
	if w := p.Reserve(later, op); w != 100*time.Millisecond {
		t.Errorf("a rest saved more than a bucketful: %v", w)
	}
}

func TestThrottledHalvesOnceAndRecovers(t *testing.T) {
	p := pacer(t, 10, 5, 1)
	p.Throttled(t0, op)
	p.Throttled(t0.Add(10*time.Millisecond), op) // the same burst
	if r := p.PerSecond(t0.Add(10*time.Millisecond), op); r < 5 || r > 5.01 {
		t.Fatalf("rate %v after one throttle, want 5", r)
	}
	if w := p.Reserve(t0, op); w != 200*time.Millisecond {
		t.Errorf("the first call after a throttle waits %v, want 200ms: the bucket is empty", w)
	}
	p.Throttled(t0.Add(2*time.Second), op)
	if r := p.PerSecond(t0.Add(2*time.Second), op); r > 2.7 {
		t.Errorf("rate %v after a second throttle", r)
	}
	if r := p.PerSecond(t0.Add(2*time.Second+recovery), op); r != 10 {
		t.Errorf("rate %v after the recovery, want 10", r)
	}
	for i := range 100 {
		p.Throttled(t0.Add(time.Duration(i)*2*time.Second), op)
	}
	if r := p.PerSecond(t0.Add(198*time.Second), op); r < 10*slowest {
		t.Errorf("rate %v fell below the slowest", r)
	}
}

func TestEstimateIsWhatReserveMakes(t *testing.T) {
	for _, n := range []int{0, 1, 2, 5, 6, 100} {
		p := pacer(t, 20, 10, 0.5)
		est := p.Estimate(op, n)
		var last time.Duration
		for range n {
			last = p.Reserve(t0, op)
		}
		if est != last {
			t.Errorf("%d calls: estimate %v, took %v", n, est, last)
		}
	}
}

func TestUnknownOperationIsPacedToo(t *testing.T) {
	p := pacer(t, 1, 1, 1)
	if r := p.PerSecond(t0, "ecs:CreateService"); r != fallback.PerSecond {
		t.Errorf("rate %v, want the fallback %v", r, fallback.PerSecond)
	}
}

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		rate  Rate
		share float64
	}{
		"share 0":    {Rate{Op: op, PerSecond: 1, Burst: 1}, 0},
		"share 1.1":  {Rate{Op: op, PerSecond: 1, Burst: 1}, 1.1},
		"no rate":    {Rate{Op: op, Burst: 1}, 1},
		"burst of 0": {Rate{Op: op, PerSecond: 1}, 1},
	} {
		if _, err := New([]Rate{c.rate}, c.share); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestDefaults(t *testing.T) {
	seen := map[Op]bool{}
	for _, r := range Defaults() {
		if seen[r.Op] || r.Source == "" || r.Mark == "" {
			t.Errorf("%s: twice, or without source or mark", r.Op)
		}
		seen[r.Op] = true
	}
	if _, err := New(Defaults(), Share); err != nil {
		t.Error(err)
	}
}

// However calls and throttles fall, no window holds more calls than the bucket
// and its refill allow, and every call made gets its turn.
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

		now := t0
		var at []time.Time
		for range rapid.IntRange(1, 120).Draw(t, "events") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(2*every)).Draw(t, "pause")))
			if rapid.IntRange(0, 19).Draw(t, "what") == 0 {
				p.Throttled(now, op)
				continue
			}
			at = append(at, now.Add(p.Reserve(now, op)))
		}
		for i := range at {
			for j := i; j < len(at); j++ {
				if at[j].Before(at[i]) {
					t.Fatalf("call %d overtakes call %d", j, i)
				}
				if n, allowed := j-i+1, mine+int(at[j].Sub(at[i])/every); n > allowed {
					t.Fatalf("%d calls within %v, at most %d", n, at[j].Sub(at[i]), allowed)
				}
			}
		}
	})
}
