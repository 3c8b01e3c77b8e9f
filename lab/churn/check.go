package churn

import (
	"fmt"
	"time"
)

// Check is one promise and what came of it.
type Check struct {
	Phase Phase  `json:"phase"`
	What  string `json:"what"`
	Want  string `json:"want"`
	Got   string `json:"got"`
	OK    bool   `json:"ok"`
}

// What is promised.
const (
	ownDelay    = 300 * time.Millisecond // of the registration lag, 99 of 100
	queueOff    = 0.1
	atRest      = 2.0 // calls a minute, for the one namespace
	vanished    = 2 * time.Minute
	saidWithin  = time.Minute
	recovery    = time.Minute
	takeover    = 10 * time.Second
	mostMemory  = 250 << 20
	fillOff     = 0.1
	shortestFor = 2 * time.Second // what is shorter is too short to be judged by per cent
	longEnough  = time.Minute     // of a rest: what is done once a minute is in it
)

// judge fills in the checks, out of what was measured. What was measured only
// because another phase needs it, or is too small to tell, is not judged.
func (r *Report) judge() {
	r.Checks = nil
	check := func(p Phase, what, want string, ok bool, got string, a ...any) {
		r.Checks = append(r.Checks, Check{Phase: p, What: what, Want: want, Got: fmt.Sprintf(got, a...), OK: ok})
	}
	within := func(p Phase, what string, seconds float64, most time.Duration) {
		check(p, what, fmt.Sprintf("at most %.1f s", most.Seconds()), seconds <= most.Seconds(), "%.1f s", seconds)
	}
	load := func(p Phase, x LoadReport) {
		check(p, "failed requests, but for the fixed cache", "0", x.Failed == 0 && x.Requests > 0, "%d of %d", x.Failed, x.Requests)
	}
	// The start of a process takes a second or two: only of a long fill, that is little.
	if f := r.Fill; f != nil && r.only(Fill) && f.FloorSeconds >= (10*shortestFor).Seconds() {
		most := f.FloorSeconds * (1 + fillOff)
		check(Fill, "first fill, from the controller's start", fmt.Sprintf("at most %.1f s", most), f.TotalSeconds <= most, "%.1f s", f.TotalSeconds)
	}
	if x := r.Rest; x != nil && x.Seconds >= longEnough.Seconds() {
		check(Rest, "calls a minute at rest", fmt.Sprintf("at most %g", atRest), x.CallsPerMinute <= atRest, "%.1f", x.CallsPerMinute)
	}
	if x := r.Restart; x != nil {
		check(Restart, "control run: failed requests", "0", x.ControlRun.Failed == 0, "%d", x.ControlRun.Failed)
		load(Restart, x.Load)
		check(Restart, "pods that were never registered", "0", len(x.Lag.Missing) == 0 && x.Lag.Pods > 0, "%d of %d", len(x.Lag.Missing), x.Lag.Pods)
		check(Restart, "own delay of the registration lag, p99", fmt.Sprintf("at most %.3f s", ownDelay.Seconds()), x.Lag.Own.P99 <= ownDelay.Seconds(), "%.3f s", x.Lag.Own.P99)
		if x.Lag.QueueModelledSeconds >= (5 * shortestFor).Seconds() {
			check(Restart, "the queue, as modelled and as waited", fmt.Sprintf("at most %.0f %% off", 100*queueOff), x.Lag.QueueOff <= queueOff, "%.0f %%", 100*x.Lag.QueueOff)
		}
	}
	if x := r.Vanish; x != nil {
		within(Vanish, "until the instance was back", x.BackSeconds, vanished)
	}
	if x := r.Outage; x != nil {
		check(Outage, "live pods that were taken out", "0", len(x.Wrong) == 0, "%d", len(x.Wrong))
		if x.SaidSeconds == nil {
			check(Outage, "until the Services said so", fmt.Sprintf("at most %.1f s", saidWithin.Seconds()), false, "never, all of them")
		} else {
			within(Outage, "until the Services said so", *x.SaidSeconds, saidWithin)
		}
		within(Outage, "until everything was true again", x.TrueSeconds, recovery)
		if x.SaidSeconds != nil && x.TakenBackSeconds == nil {
			check(Outage, "until the Services said so again", "in time", false, "never")
		}
	}
	if x := r.Hardship; x != nil {
		check(Hardship, "live pods that were taken out", "0", len(x.Wrong) == 0, "%d", len(x.Wrong))
		check(Hardship, "every name true in the end", "yes", x.SettledSeconds > 0, "after %.0f s", x.SettledSeconds)
	}
	if x := r.Leader; x != nil {
		within(Leader, "until the other controller registered", x.TakenOverSeconds, takeover)
		load(Leader, x.Load)
	}
	if r.PeakMemoryBytes > 0 {
		check(Fill, "memory of a controller", fmt.Sprintf("at most %d MiB", mostMemory>>20), r.PeakMemoryBytes <= mostMemory, "%d MiB", r.PeakMemoryBytes>>20)
	}
}
