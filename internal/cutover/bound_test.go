package cutover_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/registrar"
)

// TestRollbackBoundIsHonest: what is shown before the crossing starts is never
// less than what the way back takes, from every phase and by every way.
func TestRollbackBoundIsHonest(t *testing.T) {
	for _, from := range []cutover.Phase{cutover.Prepare, cutover.Shift, cutover.Hold, cutover.Drain, cutover.Migrated} {
		for _, way := range []registrar.Way{registrar.Deregister, registrar.CustomHealth} {
			t.Run(fmt.Sprintf("%s-%s", from, way), func(t *testing.T) {
				p := basic()
				p.tasks, p.pods, p.caches = 3, 3, 30*time.Second
				p.withdrawal, p.customHealth = way, way == registrar.CustomHealth
				w := newTown(p)
				lead(t, w, func(d cutover.Decision) bool {
					return d.State.Phase == from && (from != cutover.Migrated || d.Wait.Reason == cutover.WaitNothing)
				})
				w.advance(time.Second)
				s, err := w.load()
				if err != nil {
					t.Fatal(err)
				}
				ttl := w.settings.MaxTTL()
				w.say(cutover.VerbRollback, "")
				begin := w.now
				lead(t, w, func(d cutover.Decision) bool { return d.State.Phase == cutover.RolledBack })
				bound := cutover.Sum(cutover.RollbackBound(w.bounds, ttl, way, w.svc.Desired > 0 && from != cutover.Prepare && s.Original.Desired > s.Carried))
				measured := w.now.Sub(begin)
				if measured > bound {
					t.Errorf("took %s, the bound is %s", measured, bound)
				}
				if w.serving() < 3 || w.settings.MaxTTL() != 60 {
					t.Errorf("%d endpoints, TTL %d", w.serving(), w.settings.MaxTTL())
				}
			})
		}
	}
}

// lead makes a step a second until the crossing is there.
func lead(t *testing.T, w *town, there func(cutover.Decision) bool) {
	t.Helper()
	for range 3600 {
		d, _, err := w.step()
		if err != nil {
			t.Fatal(err)
		}
		if there(d) {
			return
		}
		w.advance(time.Second)
	}
	t.Fatalf("never there: %s", w.state)
}

// TestForwardFloorIsHonest: no crossing is quicker than its floor says, and
// where nothing else takes time it is hardly slower.
func TestForwardFloorIsHonest(t *testing.T) {
	for _, c := range []struct {
		ttl         int64
		tasks, pods int
		shares      []int
	}{
		{5, 3, 3, []int{50}}, {10, 3, 3, []int{50}}, {60, 3, 3, []int{50}}, {60, 3, 5, []int{20, 40, 80}}, {60, 2, 2, []int{70}},
		{60, 1, 1, nil}, {60, 4, 4, []int{100}}, {5, 2, 4, []int{10, 100}},
	} {
		p := basic()
		p.tasks, p.pods, p.ttl, p.steps = c.tasks, c.pods, c.ttl, nil
		for _, share := range c.shares {
			p.steps = append(p.steps, cutover.Step{Share: share, Soak: 10 * time.Second})
		}
		w := newTown(p)
		w.bounds.Operation = time.Second // a step sees what the step before sent
		lead(t, w, func(d cutover.Decision) bool { return d.State.Phase == cutover.Drain })
		terms := cutover.ForwardFloor(w.bounds, c.ttl, min(c.ttl, w.spec.RecordTTL), w.spec.Steps, c.pods, c.tasks, c.tasks, w.spec.StageFor, 0)
		floor, took := cutover.Sum(terms), w.now.Sub(epoch)
		if took < floor || took > floor+15*time.Second {
			t.Errorf("%+v: took %s, the floor is %s: %v", c, took, floor, terms)
		}
	}
}
