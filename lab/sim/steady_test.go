package sim

import (
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tranship/tranship/internal/registrar"
)

// TestSteadySeeds runs names without a migration, as TestSeeds does crossings.
func TestSteadySeeds(t *testing.T) {
	if *one != 0 {
		r := steadyRun(t, *one)
		t.Logf("%s\n%s", r, r.Transcript)
		if len(r.Broken) > 0 {
			t.Fatalf("seed %d broke: %s", *one, r.Broken[0])
		}
		return
	}
	var (
		next, failed atomic.Uint64
		writes       atomic.Int64
		wg           sync.WaitGroup
	)
	next.Store(*from)
	failed.Store(math.MaxUint64)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				seed := next.Add(1) - 1
				if seed >= *from+uint64(*seeds) || seed > failed.Load() {
					return
				}
				r, err := RunSteady(DrawSteady(seed), false)
				if err != nil {
					t.Error(err)
					return
				}
				writes.Add(int64(r.Writes))
				for f := failed.Load(); len(r.Broken) > 0 && seed < f && !failed.CompareAndSwap(f, seed); f = failed.Load() {
				}
			}
		})
	}
	wg.Wait()
	if seed := failed.Load(); seed != math.MaxUint64 {
		r := steadyRun(t, seed)
		tail := r.Transcript
		if len(tail) > 12000 {
			tail = "…" + tail[len(tail)-12000:]
		}
		t.Fatalf("%s\n%s\nreplay: go test ./lab/sim -run TestSteadySeeds -seed %d -v", r, tail, seed)
	}
	t.Logf("%d seeds from %d, %d writes", *seeds, *from, writes.Load())
}

func steadyRun(t *testing.T, seed uint64) SteadyResult {
	t.Helper()
	r, err := RunSteady(DrawSteady(seed), true)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSteadyKilledAtEveryWrite kills the process at each write of a run in turn,
// right before the call, right after it, and so that it lands late. The name ends
// with the same instances, and no run breaks anything on the way.
func TestSteadyKilledAtEveryWrite(t *testing.T) {
	base := Steady{
		Seed: 1, Deployments: []Deployed{{"orders", 3, true}}, Nodes: 3, TTL: 10, Policy: registrar.Sync,
		CustomHealth: true, Horizon: 3 * time.Hour, FaultsUntil: time.Hour,
	}
	churn, given, taken := base, base, base
	churn.Neighbours = 1
	churn.Script = []Deed{
		{4 * time.Minute, "rollout"}, {16 * time.Minute, "node"}, {22 * time.Minute, "out"},
		{28 * time.Minute, "in"}, {35 * time.Minute, "unready"}, {42 * time.Minute, "steal"},
	}
	given.Script = []Deed{{5 * time.Minute, "handover"}}
	taken.Adopted = true
	for name, sc := range map[string]Steady{"churn": churn, "to ExternalDNS": given, "from ExternalDNS": taken} {
		t.Run(name, func(t *testing.T) {
			whole, err := RunSteady(sc, false)
			if err != nil || len(whole.Broken) > 0 || whole.Mutations < 7 {
				t.Fatalf("%s%d writes, %v", whole, whole.Mutations, err)
			}
			for n := range whole.Mutations {
				for _, when := range []When{Before, After, Late} {
					sc.Kill = Kill{Write: n + 1, When: when}
					r, err := RunSteady(sc, true)
					switch {
					case err != nil:
						t.Fatal(err)
					case len(r.Broken) > 0:
						t.Fatalf("%s\n%s", r, r.Transcript)
					case !strings.Contains(r.Transcript, " dies: "):
						t.Fatalf("write %d: nobody died", n+1)
					case !slices.Equal(r.End, whole.End):
						t.Errorf("killed at write %d (%s): %v, want %v", n+1, when, r.End, whole.End)
					}
				}
			}
		})
	}
}
