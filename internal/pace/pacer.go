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

// bucket is one operation.
type bucket struct {
	every time.Duration // time for one token at the full share
	slack time.Duration // the burst, as time: (burst − 1) × every

	made     level // by the calls that were made
	promised level // by those, and by the turns that were given as if all came on time
	turns    turns

	factor    float64   // part of the full share in force at since
	since     time.Time // when factor was true
	throttled time.Time
}

// level is how full a bucket is, as the time when it would be full again less one
// bucketful: a call at t is within the rate if t is not before the level − slack.
type level struct{ time.Time }

// turn is when the next call is within the rate: now, or later.
func (l level) turn(now time.Time, slack time.Duration) time.Time {
	return latest(now, l.Add(-slack))
}

// take takes the token of a call at t, which is back after step.
func (l level) take(t time.Time, step time.Duration) level {
	return level{latest(l.Time, t).Add(step)}
}

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
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

// Take asks for a call. If it may be made now, ok is true and it is counted as
// made. If not, at is the turn of who, and is kept: whoever asks again before it is
// told the same, whoever asks then makes the call, and others who ask meanwhile come
// after it. So those who wait ask twice, come in the order in which they asked
// first, and no token is left lying while somebody is known to want one.
//
// Per operation, who has one turn at a time, and keeps it for Grace after its time.
// When so many come late that all together would be above the rate, they are told
// another time, and so is everybody after them.
func (p *Pacer) Take(now time.Time, op Op, who string) (at time.Time, ok bool) {
	b := p.bucket(op)
	if n := b.turns.lapse(now, who); n > 0 { // the tokens of those who did not come are still there
		b.promised.Time = latest(b.made.Time, b.promised.Add(-time.Duration(n)*b.step(now)))
	}
	at, has := b.turns.of(now, who)
	if !has {
		at = b.promised.turn(now, b.slack)
		b.promised = b.promised.take(at, b.step(now))
	} else if !at.After(now) && b.made.turn(now, b.slack).After(now) {
		b.putOff(now)
		at, _ = b.turns.of(now, who)
	}
	if at.After(now) {
		b.turns.keep(who, at)
		return at, false
	}
	b.turns.drop(who)
	b.made = b.made.take(now, b.step(now))
	b.promised.Time = latest(b.promised.Time, b.made.Time)
	return now, true
}

// putOff gives all turns anew, in their order, where so many are late that their
// times can not be kept.
func (b *bucket) putOff(now time.Time) {
	b.turns.lapse(now, "")
	step := b.step(now)
	b.promised = b.made
	for _, who := range b.turns.inOrder() {
		at := latest(b.turns.at[who], b.promised.turn(now, b.slack))
		b.turns.keep(who, at)
		b.promised = b.promised.take(at, step)
	}
}

// Turn is when a call of who can be made, as far as is known now. It takes nothing.
func (p *Pacer) Turn(now time.Time, op Op, who string) time.Time {
	b := p.bucket(op)
	if at, has := b.turns.of(now, who); has {
		return latest(at, b.made.turn(now, b.slack))
	}
	return b.promised.turn(now, b.slack)
}

// Throttled tells that AWS refused a call: the operation goes on at half its
// rate, from an empty bucket, and recovers within a minute. The turns that were
// given are void, since they were given at the old rate: those who come for them
// queue anew, in the same order.
func (p *Pacer) Throttled(now time.Time, op Op) {
	b := p.bucket(op)
	if !b.throttled.IsZero() && now.Sub(b.throttled) < oneThrottle {
		return
	}
	b.factor, b.since, b.throttled = max(slowest, b.now(now)/2), now, now
	b.made.Time = latest(b.made.Time, now.Add(b.slack+b.step(now)))
	b.promised, b.turns = b.made, turns{}
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
