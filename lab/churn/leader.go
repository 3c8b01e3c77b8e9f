package churn

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// LeaderReport is a restart of everything in which the leading controller dies.
type LeaderReport struct {
	// TakenOverSeconds is from the kill to the first registration by the other one.
	TakenOverSeconds float64    `json:"takenOverSeconds"`
	SettledSeconds   float64    `json:"settledSeconds"` // from the kill, too: until every name is true
	Load             LoadReport `json:"load"`

	killed time.Time
}

// leader restarts everything, kills the leading replica in the middle of it, and
// waits for the other.
func (t *trial) leader(ctx context.Context) error {
	t.say("rolling restart again; the leading controller is killed in the middle of it")
	r := &LeaderReport{}
	t.report.Leader = r
	var err error
	r.Load, err = t.underLoad(ctx, func(ctx context.Context) error {
		began := time.Now()
		var killed chan error // nil until the restart is under way
		err := t.rollout(ctx, t.rolloutPatience(), func() {
			killed = make(chan error, 1)
			go func() { killed <- t.killLeader(ctx, began, r) }()
		})
		if killed != nil {
			err = errors.Join(err, <-killed)
		}
		if err == nil {
			err = t.await(ctx, t.leave(), t.settled)
		}
		r.SettledSeconds = time.Since(r.killed).Seconds()
		if err == nil {
			err = t.await(ctx, t.farewell(), t.departed)
		}
		return err
	})
	return err
}

// killLeader waits until the restart registers pods, kills, and waits for the next
// registration, which can only come of another.
func (t *trial) killLeader(ctx context.Context, began time.Time, r *LeaderReport) error {
	if err := t.await(ctx, time.Minute, func() error {
		if n := t.book.since(began, registerInstance); n < 2 {
			return fmt.Errorf("%d registrations since the restart began", n)
		}
		return nil
	}); err != nil {
		return err
	}
	c, err := t.leading(ctx)
	if err != nil {
		return err
	}
	t.weigh()
	r.killed = time.Now()
	if err := c.Kill(); err != nil {
		return err
	}
	select {
	case <-c.Ended():
	case <-ctx.Done():
		return ctx.Err()
	}
	c.dead = true
	t.say("  %s is killed", c.identity)
	dead := time.Now() // what it sent has arrived: the endpoint is in this process, and its peer is gone
	if err := t.await(ctx, 2*time.Minute, func() error {
		if t.book.since(dead, registerInstance) == 0 {
			return fmt.Errorf("nobody registers since %s is dead", c.identity)
		}
		return nil
	}); err != nil {
		return err
	}
	for _, call := range t.book.between(dead, time.Now()) {
		if call.Operation == registerInstance {
			r.TakenOverSeconds = call.At.Sub(r.killed).Seconds()
			break
		}
	}
	t.say("  the other one registers after %.1f s", r.TakenOverSeconds)
	return nil
}
