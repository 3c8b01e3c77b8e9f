package churn

import (
	"context"
	"fmt"
	"time"

	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/lag"
	"github.com/tranship/tranship/lab/load"
)

// LoadReport is what the clients saw while something was done to the fleet.
type LoadReport struct {
	Requests int `json:"requests"`
	// Failed are those of every habit but the one that holds an answer for a fixed
	// time, which no preStop can cover: FailedFixed.
	Failed      int               `json:"failed"`
	FailedFixed int               `json:"failedFixed"`
	Unexplained int               `json:"unexplained"` // of all, those that the oracle does not know of
	Habits      []lab.HabitReport `json:"habits"`
	Rate        float64           `json:"rate"` // requests per second, achieved
	Throttled   int               `json:"throttled"`
	Witnesses   []string          `json:"witnesses,omitempty"`
}

// RestartReport is a rolling restart of everything.
type RestartReport struct {
	ControlRun lab.ControlRun `json:"controlRun"`
	AtOnce     int            `json:"atOnce"`
	// Seconds until the last rollout was complete, SettledSeconds until every name led
	// to the new pods alone.
	Seconds        float64        `json:"seconds"`
	SettledSeconds float64        `json:"settledSeconds"`
	Load           LoadReport     `json:"load"`
	Lag            LagReport      `json:"lag"`
	Calls          map[string]int `json:"calls"`
	// Spent is for how long the controller's budget of an operation was used up, so
	// that whoever wanted such a call had to wait; where it never was, it is left out.
	Spent map[string]float64 `json:"budgetSpentSeconds"`
	// Machine is how late this machine woke whoever slept: part of all delays here.
	Machine Spread `json:"machineSeconds"`
}

// linger is how long the clients go on after a phase: whoever still holds an old
// answer gets the time to fail on it.
const linger = lab.JVMCache / 3

// control runs the clients while nothing happens.
func (t *trial) control(ctx context.Context) (lab.ControlRun, error) {
	t.say("control run: %.0f requests/s for %s, nothing happens", t.o.Rate, t.o.Control)
	return t.lab.Control(ctx, t.o.Rate, t.o.Control)
}

// underLoad does something with the clients at the fleet.
func (t *trial) underLoad(ctx context.Context, do func(context.Context) error) (LoadReport, error) {
	r, err := t.lab.Observe(ctx, lab.Trial{Rate: t.o.Rate, Linger: linger}, func(ctx context.Context, _ func() load.Result) error { return do(ctx) })
	if r == nil {
		return LoadReport{}, err
	}
	out := LoadReport{
		Requests: r.Requests, Failed: r.FailedRequests, Unexplained: r.UnexplainedFailures, Habits: r.Habits, Rate: r.Rate,
		Throttled: r.Throttled, Witnesses: r.Witnesses,
	}
	for _, h := range r.Habits {
		if h.Habit == load.Fixed30 {
			out.FailedFixed = h.Failed
			out.Failed -= h.Failed
		}
	}
	return out, err
}

// restart restarts everything under load.
func (t *trial) restart(ctx context.Context) (err error) {
	r := &RestartReport{AtOnce: t.o.AtOnce}
	if r.ControlRun, err = t.control(ctx); err != nil {
		return err
	}
	t.say("rolling restart of %d Deployments, %d at once", t.o.Services, min(t.o.AtOnce, t.o.Services))
	began, late := time.Now(), lateness(ctx)
	r.Load, err = t.underLoad(ctx, func(ctx context.Context) error {
		if err := t.rollout(ctx, t.rolloutPatience(), nil); err != nil {
			return err
		}
		r.Seconds = time.Since(began).Seconds()
		t.say("  %.0f s until the last rollout was complete", r.Seconds)
		if err := t.await(ctx, t.leave(), t.settled); err != nil {
			return err
		}
		r.SettledSeconds = time.Since(began).Seconds()
		return t.await(ctx, t.farewell(), t.departed)
	})
	calls := t.book.between(began, time.Now())
	r.Lag, r.Calls, r.Spent, r.Machine = lagOf(began, t.book.readied(began), t.pods.seenReady(), calls), byOperation(calls), spent(calls), late()
	t.report.Restart = r
	if err != nil {
		return err
	}
	t.say("  %d of %d requests failed, and %d of the fixed cache", r.Load.Failed, r.Load.Requests, r.Load.FailedFixed)
	return nil
}

// leave is how long the last pods may be seen in their names: no longer than until
// the controller has heard of them, and Cloud Map has heard of it, many at once.
func (t *trial) leave() time.Duration {
	return time.Minute + t.timing.OperationMax + budget("DeregisterInstance").Floor(t.o.Services*t.o.Pods)
}

// LagReport is how long after their containers were ready the pods were registered,
// in parts.
type LagReport struct {
	Pods int `json:"pods"`
	// Missing are those that never were.
	Missing []string `json:"missing,omitempty"`
	// Own is the controller's own delay: without the queue of the budget, and without
	// the API server's time, which is Reporting, until it had the agent's report, and
	// Watching, until a bystander's watch told of it. OwnAndWatching has the latter in it.
	Own            Spread `json:"ownSeconds"`
	OwnAndWatching Spread `json:"ownAndWatchingSeconds"`
	Queue          Spread `json:"queueSeconds"`
	Reporting      Spread `json:"reportingSeconds"`
	Watching       Spread `json:"watchingSeconds"`
	// Overtaken is the part of the queue that comes of pods that were ready later and
	// were registered earlier.
	Overtaken Spread `json:"overtakenSeconds"`
	// The longest queue, as the arithmetic says and as it was waited.
	QueueModelledSeconds float64 `json:"queueModelledSeconds"`
	QueueWaitedSeconds   float64 `json:"queueWaitedSeconds"`
	QueueOff             float64 `json:"queueOff"` // how far the two are apart: 0.1 is ten per cent
	// Worst are the pods with the longest delay of the controller's own.
	Worst []PodLag `json:"worst,omitempty"`
}

// PodLag is the lag of one pod; Ready is when a watch of the API server told that it
// is, counted from the begin of the phase.
type PodLag struct {
	Pod          string  `json:"pod"`
	ReadySeconds float64 `json:"readySeconds"`
	QueueSeconds float64 `json:"queueSeconds"`
	OwnSeconds   float64 `json:"ownSeconds"`
}

// Spread is how a set of times lies, in seconds.
type Spread struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func spread(times []time.Duration) Spread {
	s := lag.SpreadOf(times)
	return Spread{s.P50.Seconds(), s.P90.Seconds(), s.P99.Seconds(), s.Max.Seconds()}
}

func (s Spread) String() string {
	return fmt.Sprintf("p50 %.3f, p90 %.3f, p99 %.3f, max %.3f s", s.P50, s.P90, s.P99, s.Max)
}
