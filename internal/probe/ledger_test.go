package probe

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const (
	propagation = time.Minute
	ttl         = 10 * time.Second
)

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func nth(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, byte(i / 250), byte(i%250 + 1)}) }

// expected are n addresses that were registered at epoch.
func expected(n int) []Expected {
	var out []Expected
	for i := range n {
		out = append(out, Expected{Addr: nth(i), Since: epoch})
	}
	return out
}

func some(is ...int) []netip.Addr {
	var out []netip.Addr
	for _, i := range is {
		out = append(out, nth(i))
	}
	return out
}

var byAddr = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

func TestJudge(t *testing.T) {
	type look struct {
		after           time.Duration
		answer          []netip.Addr
		ttl             time.Duration
		missing, unsure []netip.Addr
	}
	const settled = propagation + ttl
	for name, c := range map[string]struct {
		name  Name
		n     int
		looks []look
	}{
		"all-there":         {Name{}, 3, []look{{settled, some(0, 1, 2), ttl, nil, nil}}},
		"one-vanished":      {Name{}, 3, []look{{settled, some(0, 2), ttl, some(1), nil}}},
		"back-again":        {Name{}, 2, []look{{settled, some(0), ttl, some(1), nil}, {settled + ttl, some(0, 1), ttl, nil, nil}}},
		"others-beside":     {Name{Total: 3}, 1, []look{{settled, some(7, 8), ttl, some(0), nil}}},
		"too-new":           {Name{}, 3, []look{{settled - 1, some(0, 2), ttl, nil, some(1)}}},
		"nothing-expected":  {Name{}, 0, []look{{settled, some(7), ttl, nil, nil}}},
		"eight-of-eight":    {Name{}, 8, []look{{settled, some(0, 1, 2, 3, 4, 5, 6, 7), ttl, nil, nil}}},
		"seven-of-eight":    {Name{}, 8, []look{{settled, some(0, 1, 2, 3, 4, 5, 6), ttl, some(7), nil}}},
		"seven-of-twenty":   {Name{}, 20, []look{{settled, some(0, 1, 2, 3, 4, 5, 6), ttl, some(7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19), nil}}},
		"eight-of-nine":     {Name{}, 9, []look{{settled, some(0, 1, 2, 3, 4, 5, 6, 7), ttl, nil, some(8)}}},
		"a-ninth-of-others": {Name{}, 1, []look{{settled, some(1, 2, 3, 4, 5, 6, 7, 8), ttl, nil, some(0)}}},
		"one-at-a-time": {Name{PerAnswer: 1}, 2, []look{
			{settled, some(0), ttl, nil, some(1)}, {settled + ttl, some(1), ttl, nil, some(0)},
		}},
		// That a name is not there may come out of a cache that learned it before the
		// registration; an answer after its end can't.
		"no-name": {Name{}, 1, []look{
			{settled, nil, 15 * time.Second, nil, some(0)}, {settled + 15*time.Second - 1, nil, 1, nil, some(0)},
			{settled + 15*time.Second, nil, 15 * time.Second, some(0), nil}, {settled + 16*time.Second, nil, 14 * time.Second, some(0), nil},
		}},
		"no-name-yet": {Name{}, 1, []look{
			{0, nil, 15 * time.Second, nil, some(0)}, {settled, nil, 15 * time.Second, nil, some(0)}, {settled + 15*time.Second, nil, 15 * time.Second, some(0), nil},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			h, n := newHistory(), c.name
			n.Host, n.TTL, n.Expect = host, ttl, expected(c.n)
			for i, l := range c.looks {
				missing, unsure, chance := h.judge(n, n.Expect, Answer{l.answer, l.ttl}, epoch.Add(l.after), propagation)
				if (chance == 0) != (len(l.missing) > 0) {
					t.Errorf("look %d: chance %g", i, chance)
				}
				if diff := cmp.Diff([][]netip.Addr{l.missing, l.unsure}, [][]netip.Addr{missing, unsure}, byAddr); diff != "" {
					t.Errorf("look %d: (-want +got)\n%s", i, diff)
				}
			}
		})
	}
}

// The same answer out of a cache is one answer, however often it is heard.
func TestCachedAnswersCountOnce(t *testing.T) {
	h, n := newHistory(), Name{TTL: ttl, Expect: expected(9)}
	for i := range 1000 {
		at := epoch.Add(time.Hour + time.Duration(i)*time.Millisecond)
		missing, _, _ := h.judge(n, n.Expect, Answer{some(0, 1, 2, 3, 4, 5, 6, 7), ttl}, at, propagation)
		if len(missing) > 0 {
			t.Fatalf("missing after %d times the same answer: %v", i+1, missing)
		}
	}
}

// Registered anew, an address starts anew.
func TestRegisteredAnew(t *testing.T) {
	h, n := newHistory(), Name{TTL: ttl, Expect: expected(9)}
	at := epoch.Add(time.Hour)
	var missing []netip.Addr
	for len(missing) == 0 {
		missing, _, _ = h.judge(n, n.Expect, Answer{some(0, 1, 2, 3, 4, 5, 6, 7), ttl}, at, propagation)
		at = at.Add(ttl)
	}
	n.Expect[8].Since = at.Add(-propagation - ttl)
	missing, unsure, _ := h.judge(n, n.Expect, Answer{some(0, 1, 2, 3, 4, 5, 6, 7), ttl}, at, propagation)
	if len(missing) != 0 || len(unsure) != 1 {
		t.Errorf("missing %v, unsure %v", missing, unsure)
	}
}

// With eight at random of however many, nothing is reported that is there, and
// what is not there is, after as many answers as the chances ask for.
func TestEightAtRandom(t *testing.T) {
	for _, total := range []int{9, 10, 16, 40, 100} {
		for _, ours := range []int{1, total / 2, total} {
			t.Run(fmt.Sprintf("%d-of-%d", ours, total), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(uint64(total), uint64(ours)))
				in := rng.Perm(total)
				h, n := newHistory(), Name{TTL: ttl, Expect: expected(ours), Total: total}
				at := epoch.Add(time.Hour)
				ask := func() []netip.Addr {
					rng.Shuffle(len(in), func(i, j int) { in[i], in[j] = in[j], in[i] })
					missing, _, _ := h.judge(n, n.Expect, Answer{some(in[:min(8, len(in))]...), ttl}, at, propagation)
					at = at.Add(ttl)
					return missing
				}
				for i := range 5000 {
					if missing := ask(); len(missing) > 0 {
						t.Fatalf("answer %d: %v is there, and reported missing", i, missing)
					}
				}
				in = slices.DeleteFunc(in, func(i int) bool { return i == 0 })
				first, answers := ask(), 1
				for ; len(first) == 0 && answers < 1000; answers++ {
					first = ask()
				}
				if diff := cmp.Diff(some(0), first, byAddr); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				if most := total * 3; answers > most {
					t.Errorf("%d answers, more than %d", answers, most)
				}
			})
		}
	}
}

// The longer one is left out, the less likely is it that it is there.
func TestChance(t *testing.T) {
	h, n := newHistory(), Name{TTL: ttl, Expect: expected(16)}
	at, before := epoch.Add(time.Hour), 1.0
	for i := range 30 {
		missing, _, chance := h.judge(n, n.Expect, Answer{some(0, 1, 2, 3, 4, 5, 6, 7), ttl}, at, propagation)
		if chance > before || (chance < byLuck) != (len(missing) > 0) {
			t.Errorf("answer %d: chance %g after %g, %d missing", i, chance, before, len(missing))
		}
		at, before = at.Add(ttl), chance
	}
	if _, _, chance := h.judge(n, nil, Answer{some(0), ttl}, at, propagation); chance != 1 || before >= byLuck {
		t.Errorf("chance %g, and %g where nothing is expected", before, chance)
	}
}

func TestStrangers(t *testing.T) {
	const settled = propagation + ttl
	mapped := netip.AddrFrom16(nth(1).As16())
	for name, c := range map[string]struct {
		all   []netip.Addr
		since time.Time
		after time.Duration
		want  []netip.Addr
	}{
		"known":         {some(0, 1, 2), epoch, settled, nil},
		"another":       {some(0, 2), epoch, settled, some(1)},
		"mapped":        {[]netip.Addr{nth(0), mapped}, epoch, settled, nil},
		"maybe-old":     {some(0), epoch, settled - 1, nil},
		"nobody-looked": {some(0), time.Time{}, settled, nil},
	} {
		n := Name{TTL: ttl, All: c.all, Settled: c.since}
		if diff := cmp.Diff(c.want, n.strangers(Answer{Addrs: some(0, 1)}, epoch.Add(c.after), propagation), byAddr, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}
