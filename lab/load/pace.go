package load

import (
	"context"
	"time"
)

// pace is how the arrivals went.
type pace struct {
	due, started, skipped int
	lag                   time.Duration // the worst
	elapsed               time.Duration // until the last look at the clock
}

// finest is the shortest time the arrivals sleep: what is due within it goes
// out together.
const finest = time.Millisecond

// arrivals gives one job for each 1/Rate seconds since the begin, however long
// the requests take, until ctx ends or give says so. Those that are late by more
// than the window are skipped.
func (r *Runner) arrivals(ctx context.Context, give func(job) bool) {
	next := newSchedule(r.cfg, r.clients)
	begin := time.Now()
	interval := float64(time.Second) / r.cfg.Rate
	timer := time.NewTimer(0)
	defer timer.Stop()
	var p pace
	tell := func() {
		p.elapsed = time.Since(begin)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.pace = p
	}
	defer tell()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		tell()
		for {
			at := time.Duration(float64(p.due) * interval)
			if at > p.elapsed {
				break
			}
			p.due++
			if late := p.elapsed - at; late > r.cfg.Window {
				p.skipped++
				continue
			}
			if ctx.Err() != nil || !give(next.next()) {
				return
			}
			p.started++
			tell() // give may have waited
			p.lag = max(p.lag, p.elapsed-at)
		}
		wait := time.Duration(float64(p.due)*interval) - time.Since(begin)
		timer.Reset(max(wait, finest))
	}
}

// into writes how the arrivals went.
func (p pace) into(r *Result, rate float64) {
	r.Rate, r.Skipped, r.WorstLagSeconds = rate, p.skipped, p.lag.Seconds()
	if p.elapsed > 0 {
		r.AchievedRate = float64(p.started) / p.elapsed.Seconds()
	}
	r.FellBehind = p.skipped > 0 || float64(p.started) < 0.95*rate*p.elapsed.Seconds()-1
}
