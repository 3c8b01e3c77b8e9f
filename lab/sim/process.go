package sim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tranship/tranship/internal/aws/cloudmap"
	"github.com/tranship/tranship/internal/aws/ecs"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/registrar"
)

// Leader election as the manager does it.
const (
	leaseFor      = 15 * time.Second
	renewDeadline = 10 * time.Second
	renewEvery    = 2 * time.Second
	callTimeout   = 3 * time.Second
)

// process is one incarnation of a controller.
type process struct {
	id      string // lease identity
	n       int
	dead    bool
	frozen  time.Time
	renewed time.Time
	steady  incarnation
}

// lease is the one Lease object.
type lease struct {
	holder  string
	renewed time.Time
}

// acquire takes or renews the lease. A holder that finds its own identity takes
// over at once: its predecessor is dead.
func (w *world) acquire(p *process) bool {
	l := &w.lease
	if l.holder != "" && l.holder != p.id && w.now.Sub(l.renewed) < leaseFor {
		return false
	}
	if l.holder == p.id && p.renewed.IsZero() && w.now.Sub(l.renewed) >= 0 {
		// A namesake may only be dead: two processes never have one identity at a time.
		l.renewed = w.now
	}
	l.holder, l.renewed, p.renewed = p.id, w.now, w.now
	return true
}

// mayWrite is asked right before the bytes leave.
func (w *world) mayWrite(p *process) error {
	if w.now.Sub(p.renewed) >= renewDeadline || w.lease.holder != p.id {
		return errors.New("the lease was not renewed in time")
	}
	return nil
}

// controller starts a process with this identity.
func (w *world) controller(slot int, after time.Duration) {
	w.procs++
	p := &process{n: w.procs, id: fmt.Sprintf("controller-%d", slot)}
	if w.sc.Faults.OtherIdentity {
		p.id = fmt.Sprintf("controller-%d-%d", slot, p.n)
	}
	w.slots[slot] = p
	w.spawn(fmt.Sprintf("lease-%d", p.n), p, after, func(a *actor) {
		for {
			w.acquire(p)
			a.pause(renewEvery)
		}
	})
	if w.steady != nil {
		w.steadyController(p, after+time.Millisecond)
		return
	}
	w.spawn(fmt.Sprintf("controller-%d", p.n), p, after+time.Millisecond, func(a *actor) {
		e, err := engine.New(engine.Config{
			Clock: w, Store: &store{w: w, a: a}, Journal: journal{w, p},
			Reader: w.cloudmap(a), Writer: w.cloudmap(a), Services: ecs.New(ecsAPI{a}, w.account, w.region),
			Bounds: w.bounds(), Busy: 2 * time.Second, Rest: time.Minute,
		})
		if err != nil {
			panic(err)
		}
		for {
			if w.lease.holder != p.id || w.now.Sub(p.renewed) >= renewDeadline {
				a.pause(time.Second)
				continue
			}
			res, err := e.StepName(context.Background(), w.ref)
			if err != nil {
				w.failed(p, err)
				a.pause(time.Second)
				continue
			}
			d := 30 * time.Second
			if !res.At.IsZero() {
				d = min(d, res.At.Sub(w.now))
			}
			a.pause(max(d, 10*time.Millisecond))
		}
	})
}

func (w *world) cloudmap(a *actor) *cloudmap.Client {
	return cloudmap.New(mapAPI{a}, w.account, w.region, w.Now)
}

// crash kills the process of an actor and starts its successor.
func (w *world) crash(p *process, why string) {
	if p.dead {
		return
	}
	p.dead = true
	w.logf("%s dies: %s", p.id, why)
	if w.steady != nil {
		w.trouble(w.steady.sc.Partial + settling) // its successor sees nothing for a while
	}
	for slot, q := range w.slots {
		if q == p {
			w.controller(slot, time.Duration(500+w.rng.IntN(4000))*time.Millisecond)
		}
	}
}

// failed notes an error of a step; a broken invariant ends the run.
func (w *world) failed(p *process, err error) {
	w.logf("%s: %v", p.id, err)
	if errors.Is(err, cutover.ErrInvariant) {
		w.violation("%v", err)
	}
}

type journal struct {
	w *world
	p *process
}

// Wrote takes a write down.
func (j journal) Wrote(e engine.Entry) {
	j.w.writes++
	if e.Err != nil {
		j.w.logf("%s: %s %s (%s): %v", j.p.id, e.Kind, e.ID, e.Why, e.Err)
		return
	}
	j.w.logf("%s: %s %s (%s)", j.p.id, e.Kind, e.ID, e.Why)
	j.w.barrier(e)
}

// barrier is a second reading of registrar.Diff, from what is stored: nobody is
// taken out by choice while somebody is still to come in.
func (w *world) barrier(e engine.Entry) {
	if w.obj == nil {
		return // a name without a migration has nothing stored
	}
	if k := registrar.Kind(e.Kind); k != registrar.Remove && k != registrar.SetUnhealthy || registrar.Why(e.Why).Lost() {
		return
	}
	for _, s := range w.state().Sent {
		if s.Kind == registrar.Register || s.Kind == registrar.SetHealthy {
			w.violation("barrier: %s is taken out (%s) while %s is still to come in", e.ID, e.Why, s.ID)
			return
		}
	}
}

// Event takes an event down.
func (j journal) Event(_ engine.Key, e cutover.Event) { j.w.logf("event %s: %s", e.Reason, e.Message) }

// Would is not part of these runs: nothing is pretended.
func (j journal) Would(engine.Entry) {}

// Opened takes an opened gate down.
func (j journal) Opened(o engine.Opening) { j.w.logf("gate of %s opens: %s", o.Pod.Pod, o.Reason) }
