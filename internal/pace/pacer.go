package pace

import (
	"fmt"
	"time"
)

// How a throttle slows an operation down and how it recovers. Ours to choose:
// AWS only asks for back-off.
const (
	// slowest is the smallest part of its share that an operation falls to.
	slowest = 1.0 / 32
	// oneThrottle: throttles so close together are answers to the same burst.
	oneThrottle = time.Second
	// recovery is the time from a standstill to the full share.
	recovery = time.Minute
)

// Pacer paces one account in one region. Not safe for concurrent use.
type Pacer struct {
	share float64
	rates map[Op]Rate
	ops   map[Op]*bucket
}

// bucket is one operation. free is when the bucket would be full again less one
// bucketful: a call at t is within the rate if t is not before free − slack.
type bucket struct {
	every time.Duration // time for one token at the full share
	slack time.Duration // the burst, as time: (burst − 1) × every
	free  time.Time

	factor    float64   // part of the full share in force at since
	since     time.Time // when factor was true
	throttled time.Time
}

// New makes a Pacer that uses the given share (0 < share ≤ 1) of the rates. Of
// two rates for one operation the later counts.
func New(rates []Rate, share float64) (*Pacer, error) {
	if !(share > 0 && share <= 1) {
		return nil, fmt.Errorf("the share of the account's API rates is %v: it must be above 0 and at most 1", share)
	}
	p := &Pacer{share: share, rates: map[Op]Rate{}, ops: map[Op]*bucket{}}
	for _, r := range rates {
		if !(r.PerSecond > 0) || r.Burst < 1 {
			return nil, fmt.Errorf("rate of %s: %v/s with a burst of %d: both must be above 0", r.Op, r.PerSecond, r.Burst)
		}
		p.rates[r.Op] = r
	}
	return p, nil
}

// Reserve takes a token and says how long to wait before the call. Every call
// gets a time of its own, in the order of reserving.
func (p *Pacer) Reserve(now time.Time, op Op) time.Duration {
	b := p.bucket(op)
	wait := b.wait(now)
	if b.free.Before(now) {
		b.free = now
	}
	b.free = b.free.Add(b.step(now))
	return wait
}

// Wait is what Reserve would say, and takes nothing.
func (p *Pacer) Wait(now time.Time, op Op) time.Duration { return p.bucket(op).wait(now) }

// Throttled tells that AWS refused a call: the operation goes on at half its
// rate, from an empty bucket, and recovers within a minute.
func (p *Pacer) Throttled(now time.Time, op Op) {
	b := p.bucket(op)
	if !b.throttled.IsZero() && now.Sub(b.throttled) < oneThrottle {
		return
	}
	b.factor, b.since, b.throttled = max(slowest, b.now(now)/2), now, now
	if empty := now.Add(b.slack + b.step(now)); b.free.Before(empty) {
		b.free = empty
	}
}

// PerSecond is the sustained rate in force.
func (p *Pacer) PerSecond(now time.Time, op Op) float64 {
	b := p.bucket(op)
	return b.now(now) * float64(time.Second) / float64(b.every)
}

// Estimate is how long n calls take at the full share, from a full bucket: the
// part of a crossing's time that the account's budget makes.
func (p *Pacer) Estimate(op Op, n int) time.Duration {
	b := p.bucket(op)
	return max(0, time.Duration(max(0, n-1))*b.every-b.slack)
}

func (p *Pacer) bucket(op Op) *bucket {
	b, ok := p.ops[op]
	if !ok {
		r, known := p.rates[op]
		if !known {
			r = fallback
		}
		every := interval(r.PerSecond * p.share)
		burst := max(1, int(float64(r.Burst)*p.share))
		b = &bucket{every: every, slack: time.Duration(burst-1) * every, factor: 1}
		p.ops[op] = b
	}
	return b
}

func (b *bucket) wait(now time.Time) time.Duration {
	return max(0, b.free.Add(-b.slack).Sub(now))
}

// step is the time that one token takes now.
func (b *bucket) step(now time.Time) time.Duration {
	return time.Duration(float64(b.every) / b.now(now))
}

// now is the part of the full share in force: it grows steadily after a throttle.
func (b *bucket) now(now time.Time) float64 {
	if b.factor >= 1 {
		return 1
	}
	return min(1, b.factor+max(0, now.Sub(b.since)).Seconds()/recovery.Seconds())
}
