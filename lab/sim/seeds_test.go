package sim

import (
	"flag"
	"fmt"
	"testing"
)

var (
	seeds = flag.Int("seeds", 2000, "how many seeds to run")
	first = flag.Uint64("seed", 0, "run this seed alone and print its transcript (0: run -seeds of them)")
)

// TestSeeds runs scenario after scenario. A failing one prints its transcript;
// the line in front of it goes into testdata/seeds to be replayed.
func TestSeeds(t *testing.T) {
	if *first != 0 {
		r, err := Run(Draw(*first), true)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s\n%s", r, r.Transcript)
		if len(r.Broken) > 0 {
			t.Fatalf("seed %d broke: %s", *first, r.Broken[0])
		}
		return
	}
	ends := map[string]int{}
	for seed := uint64(1); seed <= uint64(*seeds); seed++ {
		r, err := Run(Draw(seed), false)
		if err != nil {
			t.Fatal(err)
		}
		end := string(r.End)
		if r.Halt != "" {
			end = "halted in " + end
		}
		ends[end]++
		if len(r.Broken) == 0 {
			continue
		}
		v, err := Run(Draw(seed), true)
		if err != nil {
			t.Fatal(err)
		}
		tail := v.Transcript
		if len(tail) > 12000 {
			tail = "…" + tail[len(tail)-12000:]
		}
		t.Fatalf("%s\n%s\nreplay: go test ./lab/sim -run TestSeeds -seed %d -v", v, tail, seed)
	}
	t.Logf("%d seeds, ends: %s", *seeds, fmt.Sprint(ends))
}
