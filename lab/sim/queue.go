package sim

import (
	"container/heap"
	"iter"
	"time"
)

// killed unwinds a coroutine whose process is gone.
type killed struct{}

// actor is one coroutine of the simulation.
type actor struct {
	w     *world
	name  string
	proc  *process // nil for the world outside
	next  func() (time.Duration, bool)
	stop  func()
	yield func(time.Duration) bool

	turn    uint64 // which of its entries in the queue counts: the last one
	napping bool
}

// spawn makes an actor that first runs after d.
func (w *world) spawn(name string, p *process, d time.Duration, run func(*actor)) {
	a := &actor{w: w, name: name, proc: p}
	a.next, a.stop = iter.Pull(func(yield func(time.Duration) bool) {
		a.yield = yield
		defer func() {
			if r := recover(); r != nil {
				if _, ok := r.(killed); !ok {
					panic(r)
				}
			}
		}()
		run(a)
	})
	w.wake(a, d)
}

// pause lets others run for d. If the actor's process died meanwhile, it does not return.
func (a *actor) pause(d time.Duration) {
	if a.proc != nil && a.proc.dead {
		panic(killed{})
	}
	if !a.yield(max(d, 0)) || a.proc != nil && a.proc.dead {
		panic(killed{})
	}
	for a.proc != nil && a.proc.frozen.After(a.w.now) {
		if !a.yield(a.proc.frozen.Sub(a.w.now)) || a.proc.dead {
			panic(killed{})
		}
	}
}

// wake puts an actor in the queue.
func (w *world) wake(a *actor, d time.Duration) {
	w.seq++
	a.turn++
	heap.Push(&w.queue, entry{at: w.now.Add(d), tie: w.rng.Uint32(), seq: w.seq, actor: a, turn: a.turn})
}

// nap is a pause that rouse ends early.
func (a *actor) nap(d time.Duration) {
	a.napping = true
	a.pause(d)
	a.napping = false
}

// rouse wakes an actor out of its nap, if it takes one, after d.
func (w *world) rouse(a *actor, d time.Duration) {
	if a.napping {
		a.napping = false
		w.wake(a, d)
	}
}

type entry struct {
	at    time.Time
	tie   uint32
	seq   uint64
	actor *actor
	turn  uint64
}

type entries []entry

func (q entries) Len() int { return len(q) }
func (q entries) Less(i, j int) bool {
	if c := q[i].at.Compare(q[j].at); c != 0 {
		return c < 0
	}
	if q[i].tie != q[j].tie {
		return q[i].tie < q[j].tie
	}
	return q[i].seq < q[j].seq
}
func (q entries) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *entries) Push(x any)   { *q = append(*q, x.(entry)) }
func (q *entries) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

// run drives everything until done says so or the horizon is reached.
func (w *world) run(done func() bool) {
	for len(w.queue) > 0 {
		next := w.queue[0].at
		if t, ok := w.cloud.NextEvent(); ok && t.Before(next) {
			w.to(t)
			continue
		}
		if next.After(w.horizon) {
			return
		}
		e := heap.Pop(&w.queue).(entry)
		if e.turn != e.actor.turn {
			continue // it was roused
		}
		w.to(e.at)
		if e.actor.proc != nil && e.actor.proc.dead {
			e.actor.stop()
			continue
		}
		w.running = e.actor
		if d, ok := e.actor.next(); ok {
			w.wake(e.actor, d)
		}
		if done() {
			return
		}
	}
}

// close ends every coroutine.
func (w *world) close() {
	for _, e := range w.queue {
		e.actor.stop()
	}
	w.queue = nil
}

// to moves the clock and lets the containers of ECS follow.
func (w *world) to(t time.Time) {
	if t.After(w.now) {
		w.now = t
	}
	w.cloud.Advance(w.now)
	w.effects()
}
