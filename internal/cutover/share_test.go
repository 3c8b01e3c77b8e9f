package cutover_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/tranship/tranship/internal/cutover"
)

// nearest is the second, dumber Nearest: it tries every split there is, with
// fractions, and keeps what is left after each rule.
func nearest(pods, tasks, share, floor int) cutover.Split {
	var all []cutover.Split
	for eks := 0; eks <= pods; eks++ {
		for ecs := 0; ecs <= tasks; ecs++ {
			s := cutover.Split{EKS: eks, ECS: ecs}
			switch {
			case eks < pods && ecs < tasks: // pods come in before tasks go
			case eks+ecs < floor && eks+ecs < pods+tasks: // below the floor without need
			case eks+ecs == 0 && pods+tasks > 0: // nothing is left
			case (share == 100 || tasks == 0) && eks < pods: // all of EKS
			case share == 100 && ecs > 0 && eks+ecs > max(1, floor): // more of ECS than the floor needs
			default:
				all = append(all, s)
			}
		}
	}
	off := func(s cutover.Split) *big.Rat { // distance to the share
		if s.EKS+s.ECS == 0 {
			return new(big.Rat)
		}
		r := big.NewRat(int64(100*s.EKS), int64(s.EKS+s.ECS))
		return r.Abs(r.Sub(r, big.NewRat(int64(share), 1)))
	}
	best := all[0]
	for _, s := range all[1:] {
		switch c := off(s).Cmp(off(best)); {
		case c < 0:
			best = s
		case c > 0:
		case s.EKS < best.EKS, s.EKS == best.EKS && s.ECS > best.ECS: // the lesser change
			best = s
		}
	}
	return best
}

func TestNearestAgainstAllSplits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pods, tasks := rapid.IntRange(0, 12).Draw(t, "pods"), rapid.IntRange(0, 12).Draw(t, "tasks")
		share, floor := rapid.IntRange(0, 100).Draw(t, "share"), rapid.IntRange(0, 16).Draw(t, "floor")
		got, want := cutover.Nearest(pods, tasks, share, floor), nearest(pods, tasks, share, floor)
		if got != want {
			t.Fatalf("%d pods, %d tasks, %d %%, floor %d: got %+v (%d %%), want %+v (%d %%)",
				pods, tasks, share, floor, got, got.Share(), want, want.Share())
		}
	})
}

func TestNearestOfFew(t *testing.T) {
	for _, c := range []struct {
		pods, tasks, share, floor int
		want                      cutover.Split
		percent                   int
	}{
		{2, 2, 5, 2, cutover.Split{EKS: 0, ECS: 2}, 0},
		{2, 2, 30, 2, cutover.Split{EKS: 1, ECS: 2}, 33},
		{2, 2, 50, 2, cutover.Split{EKS: 2, ECS: 2}, 50},
		{2, 2, 70, 2, cutover.Split{EKS: 2, ECS: 1}, 67},
		{2, 2, 100, 2, cutover.Split{EKS: 2, ECS: 0}, 100},
		{1, 1, 100, 1, cutover.Split{EKS: 1, ECS: 0}, 100},
		{1, 3, 100, 3, cutover.Split{EKS: 1, ECS: 2}, 33},  // EKS is too small
		{5, 2, 10, 3, cutover.Split{EKS: 1, ECS: 2}, 33},   // the floor is above what ECS has
		{0, 2, 50, 2, cutover.Split{EKS: 0, ECS: 2}, 0},    //
		{2, 0, 50, 2, cutover.Split{EKS: 2, ECS: 0}, 100},  //
		{2, 2, -5, 2, cutover.Split{EKS: 0, ECS: 2}, 0},    //
		{2, 2, 170, 2, cutover.Split{EKS: 2, ECS: 0}, 100}, //
		{0, 0, 50, 2, cutover.Split{}, 0},
	} {
		got := cutover.Nearest(c.pods, c.tasks, c.share, c.floor)
		if got != c.want || got.Share() != c.percent {
			t.Errorf("Nearest(%d, %d, %d, %d) = %+v (%d %%), want %+v (%d %%)", c.pods, c.tasks, c.share, c.floor, got, got.Share(), c.want, c.percent)
		}
	}
}
