package cutover

import (
	"fmt"
	"time"

	"github.com/tranship/tranship/internal/registrar"
)

// Term is one addend of a bound.
type Term struct {
	Name string        `json:"name"`
	For  time.Duration `json:"for"`
}

// RollbackBound is the worst-case time from the word to the name leading to ECS
// alone with no client left on EKS, as its terms. It is shown before a crossing
// starts. drained says that ECS tasks must be started first.
func RollbackBound(b Bounds, ttl int64, way registrar.Way, drained bool) []Term {
	var ts []Term
	if drained {
		ts = append(ts, Term{"ECS tasks start", b.TaskStart})
	}
	ts = append(ts, Term{"ECS tasks are registered", b.Operation})
	if way == registrar.CustomHealth {
		ts = append(ts, Term{"custom health flips", b.Health})
	}
	ts = append(ts,
		Term{"every name server knows them", b.Propagation},
		Term{"EKS endpoints are deregistered", b.Operation},
		Term{"every name server knows it", b.Propagation},
		Term{fmt.Sprintf("record TTL %d s", ttl), secs(ttl)},
	)
	for _, c := range b.Caches {
		ts = append(ts, Term{"client cache " + c.Name, c.For})
	}
	return ts
}

// Sum adds terms up.
func Sum(ts []Term) time.Duration {
	var d time.Duration
	for _, t := range ts {
		d += t.For
	}
	return d
}

// ForwardFloor is the least time a crossing with these counts can take, as its
// terms: what must be waited for even if everything else took no time.
func ForwardFloor(b Bounds, oldTTL, low int64, steps []Step, pods, tasks, floor int, stageFor, drain time.Duration) []Term {
	ts := []Term{{"the workload stays ready", stageFor}}
	if oldTTL > low {
		ts = append(ts, Term{"the TTL is lowered", b.Operation}, Term{fmt.Sprintf("old TTL %d s", oldTTL), b.Propagation + secs(oldTTL)})
	}
	last := Split{ECS: tasks}
	all := splits(steps, pods, tasks, floor)
	for k, s := range all {
		d := soakOf(steps, k).Soak
		switch out := last.ECS - s.ECS; {
		case k == len(all)-1:
			// What leaves now propagates in Hold. Before that, pods that must replace
			// it are proved, and the first task of all goes alone and is watched.
			var first time.Duration
			if out > 1 && last.ECS == tasks {
				first = b.Operation + d
			}
			if d = 0; s.EKS > last.EKS && last.EKS < floor {
				d = b.Operation + b.Propagation
			}
			if d = max(d, first); out > 0 {
				d += b.Operation
			}
		case s.EKS > last.EKS && out > 0:
			d += b.Operation + 2*b.Propagation
		case s.EKS > last.EKS || out > 0:
			d += b.Operation + b.Propagation
		}
		ts = append(ts, Term{fmt.Sprintf("step %d (%d %%)", k+1, s.Share()), d})
		last = s
	}
	ts = append(ts, Term{fmt.Sprintf("record TTL %d s", low), b.Propagation + secs(low)})
	for _, c := range b.Caches {
		ts = append(ts, Term{"client cache " + c.Name, c.For})
	}
	return append(ts, Term{"drain", drain})
}
