package lag

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// calls reads "a 0 100" as: a was wanted after 0 ms, and sent after 100 ms.
func calls(t *testing.T, lines ...string) (out []Call) {
	t.Helper()
	for _, l := range lines {
		var id string
		var wanted, sent int
		if _, err := fmt.Sscan(l, &id, &wanted, &sent); err != nil {
			t.Fatal(l, err)
		}
		at := func(ms int) time.Time { return t0.Add(time.Duration(ms) * time.Millisecond) }
		out = append(out, Call{ID: id, Wanted: at(wanted), Sent: at(sent)})
	}
	return out
}

func TestDelays(t *testing.T) {
	slow := Budget{PerSecond: 10, Burst: 2} // a token each 100 ms
	for _, tt := range []struct {
		name  string
		b     Budget
		calls []string
		want  []string // ID, then queue, own and overtaken
	}{
		{"no call", slow, nil, nil},
		{"alone, at once", slow, []string{"a 0 0"}, []string{"a 0s 0s 0s"}},
		{"alone, late", slow, []string{"a 50 170"}, []string{"a 0s 120ms 0s"}},
		{"sent before it was wanted", slow, []string{"a 50 20"}, []string{"a 0s 0s 0s"}},
		{"a burst, then the steady pace", slow,
			[]string{"a 0 0", "b 0 0", "c 0 100", "d 0 200"},
			[]string{"a 0s 0s 0s", "b 0s 0s 0s", "c 100ms 0s 0s", "d 200ms 0s 0s"}},
		{"the same by one who dawdles 30 ms at each, from when it could", slow,
			[]string{"a 0 30", "b 0 30", "c 0 130", "d 0 230"},
			[]string{"a 0s 30ms 0s", "b 0s 30ms 0s", "c 100ms 30ms 0s", "d 200ms 30ms 0s"}},
		{"one who counts its pause from each call falls behind", slow,
			[]string{"a 0 0", "b 0 0", "c 0 130", "d 0 260", "e 0 390"},
			[]string{"a 0s 0s 0s", "b 0s 0s 0s", "c 100ms 30ms 0s", "d 200ms 60ms 0s", "e 300ms 90ms 0s"}},
		{"a pause fills the bucket", slow,
			[]string{"a 0 0", "b 0 0", "c 0 100", "d 1000 1000", "e 1000 1000", "f 1000 1100"},
			[]string{"a 0s 0s 0s", "b 0s 0s 0s", "c 100ms 0s 0s", "d 0s 0s 0s", "e 0s 0s 0s", "f 100ms 0s 0s"}},
		{"one who stops for a second owes it to all who wait", slow,
			[]string{"a 0 1000", "b 0 1000", "c 0 1000"},
			[]string{"a 0s 1s 0s", "b 0s 1s 0s", "c 100ms 900ms 0s"}},
		{"more than the budget allows", slow,
			[]string{"a 0 0", "b 0 0", "c 0 10"},
			[]string{"a 0s 0s 0s", "b 0s 0s 0s", "c 100ms -90ms 0s"}},
		{"the first is put last", Budget{PerSecond: 10, Burst: 1},
			[]string{"first 0 200", "x 10 10", "y 20 110"},
			[]string{"x 0s 0s 0s", "y 90ms 0s 0s", "first 210ms -10ms 210ms"}},
		{"what nobody waits for takes tokens", Budget{PerSecond: 10, Burst: 1},
			[]string{"again 0 0", "a 0 100"},
			[]string{"again 0s 0s 0s", "a 100ms 0s 0s"}},
		{"an id may be there twice", Budget{PerSecond: 10, Burst: 1},
			[]string{"a 0 0", "a 50 100"},
			[]string{"a 0s 0s 0s", "a 50ms 0s 0s"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := calls(t, tt.calls...)
			before := slices.Clone(in)
			var got []string
			for _, d := range Delays(tt.b, in) {
				got = append(got, fmt.Sprint(d.ID, " ", d.Queue, " ", d.Own, " ", d.Overtaken))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("delays (-want +got):\n%s", diff)
			}
			if !slices.Equal(in, before) {
				t.Error("the input was changed")
			}
		})
	}
}

// Whoever counts tokens as a bucket does, and never dawdles, has no delay of its
// own; whoever is always so late has just that.
func TestSecondImplementation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every := rapid.SampledFrom([]int{1, 10, 40, 125, 200, 1000}).Draw(t, "every") // ticks for a token
		b := Budget{PerSecond: 1000 / float64(every), Burst: rapid.IntRange(1, 20).Draw(t, "burst")}
		late := time.Duration(rapid.IntRange(0, 1000).Draw(t, "late")) * time.Millisecond
		const tick = time.Millisecond
		var wanted []int // in ticks
		for n := range rapid.IntRange(1, 60).Draw(t, "calls") {
			at := rapid.IntRange(0, 200).Draw(t, "pause")
			if n > 0 {
				at += wanted[n-1]
			}
			wanted = append(wanted, at)
		}
		// Tick by tick: tokens come, calls go.
		var in []Call
		credit := b.Burst * every
		for now := 0; len(in) < len(wanted); now++ {
			if now > 0 {
				credit = min(b.Burst*every, credit+1)
			}
			for len(in) < len(wanted) && wanted[len(in)] <= now && credit >= every {
				credit -= every
				w := t0.Add(time.Duration(wanted[len(in)]) * tick)
				in = append(in, Call{ID: fmt.Sprintf("%03d", len(in)), Wanted: w, Sent: t0.Add(time.Duration(now)*tick + late)})
			}
		}
		for _, d := range Delays(b, in) {
			if d.Own != late {
				t.Fatalf("call %s: own delay %v, want %v (queue %v)", d.ID, d.Own, late, d.Queue)
			}
			if d.Overtaken != 0 {
				t.Fatalf("call %s was overtaken by %v", d.ID, d.Overtaken)
			}
		}
	})
}

func TestSpreadOf(t *testing.T) {
	var hundred []time.Duration
	for n := range 100 {
		hundred = append(hundred, time.Duration(100-n))
	}
	for _, tt := range []struct {
		in   []time.Duration
		want Spread
	}{
		{nil, Spread{}},
		{[]time.Duration{7}, Spread{7, 7, 7, 7}},
		{[]time.Duration{3, 1}, Spread{1, 3, 3, 3}},
		{hundred, Spread{50, 90, 99, 100}},
	} {
		if diff := cmp.Diff(tt.want, SpreadOf(tt.in)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tt.in, diff)
		}
	}
}

func TestQueue(t *testing.T) {
	const s = time.Second
	for _, tt := range []struct {
		ds   []Delay
		want Queue
		off  float64
	}{
		{nil, Queue{}, 0},
		{[]Delay{{Own: 5 * s}}, Queue{}, 0},
		{[]Delay{{Queue: 2 * s}, {Queue: 10 * s, Own: s}, {Queue: 4 * s, Own: 9 * s}}, Queue{10 * s, 11 * s}, 0.1},
		{[]Delay{{Queue: 10 * s, Own: -2 * s}}, Queue{10 * s, 8 * s}, 0.2},
	} {
		got := LongestQueue(tt.ds)
		if got != tt.want || got.Off() != tt.off {
			t.Errorf("%+v: %+v, off by %v; want %+v, %v", tt.ds, got, got.Off(), tt.want, tt.off)
		}
	}
}
