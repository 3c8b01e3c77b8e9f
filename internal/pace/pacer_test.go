package pace

import (
	"slices"
	"strconv"
	"testing"
	"time"
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

// asks takes a turn for somebody new, and says how long until then.
func asks(p *Pacer, now time.Time, who int) time.Duration {
	at, _ := p.Take(now, op, strconv.Itoa(who))
	return at.Sub(now)
}

func TestTake(t *testing.T) {
	p := pacer(t, 20, 4, 0.5) // 10/s, burst 2
	var got []time.Duration
	for who := range 4 {
		got = append(got, asks(p, t0, who))
	}
	if want := []time.Duration{0, 0, 100 * time.Millisecond, 200 * time.Millisecond}; !slices.Equal(got, want) {
		t.Fatalf("turns after %v, want %v", got, want)
	}
	for range 2 {
		if w := p.Turn(t0, op, "new").Sub(t0); w != 300*time.Millisecond {
			t.Errorf("the turn of one more is after %v, want 300ms", w)
		}
	}
	if w := p.Turn(t0, op, "3").Sub(t0); w != 200*time.Millisecond {
		t.Errorf("a turn that was given is after %v, want 200ms", w)
	}
	later := t0.Add(time.Minute)
	for who := range 2 {
		if w := asks(p, later, 10+who); w != 0 {
			t.Errorf("call %d after a rest has its turn after %v", who, w)
		}
	}
	if w := asks(p, later, 12); w != 100*time.Millisecond {
		t.Errorf("a rest saved more than a bucketful: %v", w)
	}
}

// Asking again before the turn costs nothing, and at it the call is made, once.
func TestATurnIsKept(t *testing.T) {
	p := pacer(t, 10, 1, 1)
	asks(p, t0, 0)
	for ms := range 100 {
		now := t0.Add(time.Duration(ms) * time.Millisecond)
		if at, ok := p.Take(now, op, "a"); ok || at.Sub(t0) != 100*time.Millisecond {
			t.Fatalf("after %d ms: %v %t", ms, at.Sub(t0), ok)
		}
	}
	if at, ok := p.Take(t0, op, "b"); ok || at.Sub(t0) != 200*time.Millisecond {
		t.Errorf("the next one: %v %t", at.Sub(t0), ok)
	}
	now := t0.Add(100 * time.Millisecond)
	if _, ok := p.Take(now, op, "a"); !ok {
		t.Error("it is its turn")
	}
	if at, ok := p.Take(now, op, "a"); ok || at.Sub(t0) != 300*time.Millisecond {
		t.Errorf("its next turn comes after the others': %v %t", at.Sub(t0), ok)
	}
	if at, ok := p.Take(now, "servicediscovery:DeregisterInstance", "a"); !ok {
		t.Errorf("another operation waits, until %v", at)
	}
}

// One who is late has its turn for Grace; then its token is somebody else's.
func TestATurnLapses(t *testing.T) {
	for _, late := range []time.Duration{0, Grace, Grace + 1} {
		p := pacer(t, 10, 100, 1)
		for who := range 120 {
			asks(p, t0, who) // the last one's turn is in 2 s
		}
		came := t0.Add(100*time.Millisecond + late)
		if _, ok := p.Take(came, op, "100"); !ok {
			t.Errorf("%v late: refused, though the bucket fills", late)
		}
		if kept, want := len(p.ops[op].turns.at), 19; late <= Grace && kept != want {
			t.Errorf("%v late: %d turns are kept, want %d", late, kept, want)
		}
	}
	p := pacer(t, 10, 2, 1)
	for who := range 6 {
		asks(p, t0, who) // the last one's turn is in 400 ms
	}
	now := t0.Add(10 * Grace)
	asks(p, now, 6)
	if kept := len(p.ops[op].turns.at); kept != 0 {
		t.Errorf("%d turns are kept of those who never came", kept)
	}
}

// Nobody comes for their turns: the tokens are for those who ask now.
func TestTokensOfThoseWhoNeverCame(t *testing.T) {
	p := pacer(t, 1, 10, 1)
	for who := range 20 {
		asks(p, t0, who) // until 10 s from now
	}
	now := t0.Add(7 * time.Second) // the turns of the first second are void
	if w := asks(p, now, 20); w != 3*time.Second {
		t.Errorf("after %v, want that of the last one: two turns have lapsed", w)
	}
}

func TestThrottledHalvesOnceAndRecovers(t *testing.T) {
	p := pacer(t, 10, 5, 1)
	p.Throttled(t0, op)
	p.Throttled(t0.Add(10*time.Millisecond), op) // the same burst
	if r := p.PerSecond(t0.Add(10*time.Millisecond), op); r < 5 || r > 5.01 {
		t.Fatalf("rate %v after one throttle, want 5", r)
	}
	if w := asks(p, t0, 0); w != 200*time.Millisecond {
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

func TestEstimateIsWhatTakeMakes(t *testing.T) {
	for _, n := range []int{0, 1, 2, 5, 6, 100} {
		p := pacer(t, 20, 10, 0.5)
		est := p.Estimate(op, n)
		var last time.Duration
		for who := range n {
			last = asks(p, t0, who)
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
