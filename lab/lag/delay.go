package lag

import (
	"cmp"
	"slices"
	"time"
)

// Call is one call out of a Budget.
type Call struct {
	ID string
	// Wanted is since when it could have been made, were there no budget. One that
	// was sent before is taken as wanted when it was sent.
	Wanted, Sent time.Time
}

// Delay is how long a call took to be made, in parts: from Wanted to Sent it is
// Queue + Own.
type Delay struct {
	ID string
	// Queue is what the budget made of it, given what was sent before it: how long
	// it had to wait although nobody ever dawdled. The caller chooses the order, and
	// one that it always puts last is a long queue: see Overtaken.
	Queue time.Duration
	// Own is the caller's own: the call could have been made that much earlier. Below
	// 0, the caller has made more calls than the budget allows.
	Own time.Duration
	// Overtaken is the part of the queue that comes of calls that were wanted later
	// and were made earlier.
	Overtaken time.Duration
}

// Waited is the whole delay.
func (d Delay) Waited() time.Duration { return d.Queue + d.Own }

// Delays takes each call apart. All calls out of the budget must be among them,
// also those that nobody waited for, since they take tokens. The result is in the
// order of sending, and of ids for what was sent at once.
func Delays(b Budget, calls []Call) []Delay {
	calls = slices.Clone(calls)
	for i, c := range calls {
		if c.Sent.Before(c.Wanted) {
			calls[i].Wanted = c.Sent
		}
	}
	inTurn := map[string]time.Time{}
	slices.SortFunc(calls, func(x, y Call) int {
		return cmp.Or(x.Wanted.Compare(y.Wanted), x.Sent.Compare(y.Sent), cmp.Compare(x.ID, y.ID))
	})
	turns := bucket{Budget: b}
	for _, c := range calls {
		inTurn[key(c)] = turns.take(c.Wanted)
	}
	slices.SortFunc(calls, func(x, y Call) int { return cmp.Or(x.Sent.Compare(y.Sent), cmp.Compare(x.ID, y.ID)) })
	out := make([]Delay, 0, len(calls))
	sent := bucket{Budget: b}
	for _, c := range calls {
		could := sent.take(c.Wanted)
		out = append(out, Delay{
			ID: c.ID, Queue: could.Sub(c.Wanted), Own: c.Sent.Sub(could),
			Overtaken: max(0, could.Sub(inTurn[key(c)])),
		})
	}
	return out
}

// key tells calls of one id apart.
func key(c Call) string { return c.ID + " " + c.Sent.UTC().Format(time.RFC3339Nano) }

// Spread is how a set of times lies.
type Spread struct{ P50, P90, P99, Max time.Duration }

// SpreadOf takes the nearest rank; none is all zeros.
func SpreadOf(times []time.Duration) Spread {
	if len(times) == 0 {
		return Spread{}
	}
	sorted := slices.Sorted(slices.Values(times))
	at := func(percent int) time.Duration {
		return sorted[max(0, (len(sorted)*percent+99)/100-1)]
	}
	return Spread{P50: at(50), P90: at(90), P99: at(99), Max: at(100)}
}

// Queue compares, over all calls, the queue that the arithmetic says with the time
// that was really waited: if the two agree, the queue is the budget's and not the
// caller's.
type Queue struct{ Modelled, Waited time.Duration }

// LongestQueue is that of the call whose queue is the longest: the one at the end
// of the busiest time.
func LongestQueue(ds []Delay) (q Queue) {
	for _, d := range ds {
		if d.Queue > q.Modelled {
			q = Queue{Modelled: d.Queue, Waited: d.Waited()}
		}
	}
	return q
}

// Off is how far the two are apart, as a part of the modelled: 0.1 is ten per cent.
// Where there was no queue, there is nothing to be off from.
func (q Queue) Off() float64 {
	if q.Modelled <= 0 {
		return 0
	}
	return (q.Waited - q.Modelled).Abs().Seconds() / q.Modelled.Seconds()
}
