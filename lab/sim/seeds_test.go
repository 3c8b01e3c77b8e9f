package sim

import (
	"flag"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

var (
	seeds = flag.Int("seeds", 2000, "how many seeds to run")
	from  = flag.Uint64("from", 1, "the first of them")
	one   = flag.Uint64("seed", 0, "run this seed alone and print its transcript")
)

// TestSeeds runs scenario after scenario. A failing one prints its transcript
// and the command that runs it alone; the same command with -v prints it again,
// byte for byte, and testdata/seeds replays the ones that taught us something.
func TestSeeds(t *testing.T) {
	if *one != 0 {
		r := run(t, *one)
		t.Logf("%s\n%s", r, r.Transcript)
		if len(r.Broken) > 0 {
			t.Fatalf("seed %d broke: %s", *one, r.Broken[0])
		}
		return
	}
	var (
		next   atomic.Uint64
		failed atomic.Uint64
		mu     sync.Mutex
		ends   = map[string]int{}
		wg     sync.WaitGroup
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
				r, err := Run(Draw(seed), false)
				if err != nil {
					t.Error(err)
					return
				}
				end := string(r.End)
				if r.Halt != "" {
					end = "halted in " + end
				}
				mu.Lock()
				ends[end]++
				mu.Unlock()
				if len(r.Broken) > 0 {
					mu.Lock()
					failed.Store(min(failed.Load(), seed)) // those before it run to their end, so the first is the first
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if seed := failed.Load(); seed != math.MaxUint64 {
		r := run(t, seed)
		tail := r.Transcript
		if len(tail) > 12000 {
			tail = "…" + tail[len(tail)-12000:]
		}
		t.Fatalf("%s\n%s\nreplay: go test ./lab/sim -run TestSeeds -seed %d -v", r, tail, seed)
	}
	t.Logf("%d seeds from %d, ends: %v", *seeds, *from, ends)
}

func run(t *testing.T, seed uint64) Result {
	t.Helper()
	r, err := Run(Draw(seed), true)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
