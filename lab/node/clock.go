package node

import (
	"context"
	"time"
)

// Clock is the time that agent and host live in.
type Clock interface {
	Now() time.Time
	// Timer returns a channel that fires once after d, and what ends the timer early.
	Timer(d time.Duration) (fires <-chan time.Time, stop func())
}

// WallClock is the clock of package time; under testing/synctest that is the bubble's.
type WallClock struct{}

// Now is time.Now.
func (WallClock) Now() time.Time { return time.Now() }

// Timer is time.NewTimer.
func (WallClock) Timer(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}

// sleep waits d, or less if ctx ends; it says whether the whole time passed.
func sleep(ctx context.Context, c Clock, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	fires, stop := c.Timer(d)
	defer stop()
	select {
	case <-fires:
		return true
	case <-ctx.Done():
		return false
	}
}

// backoff doubles from a first wait to a last.
type backoff struct{ next, most time.Duration }

func (b *backoff) step() time.Duration {
	d := b.next
	b.next = min(2*b.next, b.most)
	return d
}
