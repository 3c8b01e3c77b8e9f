package lag

import "time"

// Budget is a token bucket: so many calls per second, and so many at once from a
// full bucket. Both must be above 0.
type Budget struct {
	PerSecond float64
	Burst     int
}

// every is the time that one token takes.
func (b Budget) every() time.Duration { return time.Duration(float64(time.Second) / b.PerSecond) }

// slack is how far a call may be ahead of the steady pace.
func (b Budget) slack() time.Duration { return time.Duration(b.Burst-1) * b.every() }

// Floor is the least time that n calls take, from the first to the last, from a
// full bucket: (n − burst)/rate.
func (b Budget) Floor(n int) time.Duration {
	return max(0, time.Duration(n-1)*b.every()-b.slack())
}

// bucket is a Budget in use. The zero value is full.
type bucket struct {
	Budget
	free time.Time // when it would be full again, less one bucketful
}

// take says when a call can be made that is wanted at t, after all before it.
func (b *bucket) take(t time.Time) time.Time {
	at := t
	if earliest := b.free.Add(-b.slack()); earliest.After(at) {
		at = earliest
	}
	if b.free.Before(t) {
		b.free = t
	}
	b.free = b.free.Add(b.every())
	return at
}

// Spent is for how long, all together, calls that were sent at these times, in their
// order, had used the budget up: whoever wanted one then had to wait.
func (b Budget) Spent(sent []time.Time) (d time.Duration) {
	use := bucket{Budget: b}
	var full time.Time // until when it is known to be used up
	for _, t := range sent {
		use.take(t)
		from, to := t, use.free.Add(-b.slack())
		if from.Before(full) {
			from = full
		}
		if to.After(from) {
			d, full = d+to.Sub(from), to
		}
	}
	return d
}
