package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tranship/tranship/internal/aws/ecs"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
)

// sweepEvery is how often the controller asks for the revision of a name.
const sweepEvery = time.Minute

// incarnation is what a process of a steady run knows of the API server.
type incarnation struct {
	led     bool
	drifted bool // since the last step began
	// Until partial it has not seen all objects, until blind no pods.
	partial, blind time.Time
	unseen         map[string]bool
}

// steadyController runs a process: one that steps when it is due or something
// happened, and sweeps.
func (w *world) steadyController(p *process, after time.Duration) {
	st := w.steady
	p.steady.unseen = map[string]bool{}
	if st.sc.Partial > 0 {
		d := time.Duration(w.rng.Int64N(int64(st.sc.Partial)))
		p.steady.partial, p.steady.blind = w.now.Add(after+d), w.now.Add(after+d/4)
		for _, dep := range st.deployments {
			p.steady.unseen[dep.Name] = w.rng.IntN(2) == 0
		}
	}
	var e *engine.Engine
	w.spawn(fmt.Sprintf("controller-%d", p.n), p, after, func(a *actor) {
		st.controllers = slices.DeleteFunc(st.controllers, func(c *actor) bool { return c.proc.dead })
		st.controllers = append(st.controllers, a)
		names := w.cloudmap(a)
		var err error
		e, err = engine.New(engine.Config{
			Clock: w, Store: &steadyStore{w: w, a: a}, Journal: journal{w, p},
			Reader: names, Writer: names, Services: ecs.New(ecsAPI{a}, w.account, w.region),
			Bounds: w.bounds(), Busy: 2 * time.Second, Rest: time.Minute,
			Policy: st.sc.Policy, GateTimeout: st.sc.GateTimeout,
		})
		if err != nil {
			panic(err)
		}
		for {
			if !w.leads(p) {
				if p.steady.led {
					w.crash(p, "it lost the lease")
				}
				a.pause(time.Second)
				continue
			}
			p.steady.led = true
			moved, begun := st.moves, w.now
			p.steady.drifted = false
			res, err := e.StepName(context.Background(), w.ref)
			if err != nil {
				w.failed(p, err)
				a.pause(time.Second)
				continue
			}
			due := res.At
			if due.IsZero() {
				due = w.now.Add(24 * time.Hour)
			}
			for _, synced := range []time.Time{p.steady.blind, p.steady.partial} {
				if synced.After(begun) && synced.Before(due) {
					due = synced
				}
			}
			if moved == st.moves && !p.steady.drifted {
				a.nap(max(due.Sub(w.now), 10*time.Millisecond))
			} else {
				a.pause(10 * time.Millisecond)
			}
		}
	})
	w.spawn(fmt.Sprintf("sweeper-%d", p.n), p, after+sweepEvery, func(a *actor) {
		for {
			if w.leads(p) && e != nil {
				drifted, err := e.Sweep(context.Background(), w.ref)
				if err != nil {
					w.failed(p, err)
				}
				if drifted {
					p.steady.drifted = true
					w.logf("%s: the revision has changed", p.id)
					for _, c := range st.controllers {
						w.rouse(c, w.latency())
					}
				}
			}
			a.pause(sweepEvery)
		}
	})
}

func (w *world) leads(p *process) bool {
	return w.lease.holder == p.id && w.now.Sub(p.renewed) < renewDeadline
}

// steadyStore is the API server as one process of a steady run sees it.
type steadyStore struct {
	w *world
	a *actor
}

// Gather lists who asks for the name, and their pods.
func (s *steadyStore) Gather(context.Context, names.Ref) (engine.Gathered, error) {
	w, st, in := s.w, s.w.steady, &s.a.proc.steady
	s.a.pause(w.latency())
	partial := in.partial.After(w.now)
	g := engine.Gathered{Partial: partial}
	var pods []names.Endpoint
	for _, d := range st.deployments {
		if !d.object || partial && in.unseen[d.Name] {
			continue
		}
		g.Claimants = append(g.Claimants, engine.Claimant{
			Key: engine.Key{Namespace: "default", Name: d.Name}, Open: st.sc.Neighbours > 0 && !st.sc.Uninvited, Handover: st.handover,
		})
		for _, p := range st.pods {
			if p.of == d && !p.gone {
				pods = append(pods, p.e)
			}
		}
	}
	g.Endpoints = names.Known(pods, w.now)
	if in.blind.After(w.now) {
		g.Endpoints = names.Unknown[[]names.Endpoint]("pods were not listed yet", w.now)
	}
	return g, nil
}

// Existing are the pods that are there, whatever leads to them.
func (s *steadyStore) Existing(_ context.Context, instances []names.Instance) ([]names.ID, error) {
	if s.a.proc.steady.blind.After(s.w.now) {
		return nil, errors.New("pods were not listed yet")
	}
	var out []names.ID
	for _, i := range instances {
		if slices.ContainsFunc(s.w.steady.pods, func(p *workload) bool { return !p.gone && p.e.ID() == i.ID }) {
			out = append(out, i.ID)
		}
	}
	return out, nil
}

// Open opens readiness gates, each once, and judges whether it was right to.
func (s *steadyStore) Open(_ context.Context, openings []engine.Opening) error {
	w := s.w
	for _, o := range openings {
		s.a.pause(w.latency())
		if w.fault(w.sc.Faults.CrashBefore) {
			w.crash(s.a.proc, "before it opens a gate")
			s.a.pause(0)
		}
		if w.fault(w.sc.Faults.Unavailable) {
			return fmt.Errorf("pod %s: %w", o.Pod.Pod, names.ErrConflict)
		}
		for _, p := range w.steady.pods {
			if p.e.UID == o.Pod.UID && p.e.Gated && !p.gone {
				p.e.Gated = false
				w.judgeGate(p, o)
				w.move()
			}
		}
		if w.fault(w.sc.Faults.CrashAfter) {
			w.crash(s.a.proc, "after it opened a gate")
			s.a.pause(0)
		}
	}
	return nil
}

// Tell keeps what the claimants were told last.
func (s *steadyStore) Tell(_ context.Context, _ names.Ref, standings []engine.Standing) error {
	if !s.w.leads(s.a.proc) {
		return context.Canceled // it is on its way out
	}
	s.w.steady.told = standings
	return nil
}

// SaveState is not part of these runs: nothing is stored of a name without a migration.
func (s *steadyStore) SaveState(context.Context, engine.Migration, engine.Outcome) (string, error) {
	return "", errors.New("there is no migration")
}

// SaveOriginal is not part of these runs.
func (s *steadyStore) SaveOriginal(context.Context, engine.Migration, cutover.Saved) (string, error) {
	return "", errors.New("there is no migration")
}

// Release is not part of these runs.
func (s *steadyStore) Release(context.Context, engine.Migration) error {
	return errors.New("there is no migration")
}
