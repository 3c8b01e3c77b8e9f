package churn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/fault"
)

// HardshipReport is a restart of everything while calls go wrong, or while the
// controller is killed again and again. Then it may be slower, never wrong: a pod
// whose preStop is over before it could be taken out fails requests.
type HardshipReport struct {
	Faults []string `json:"faults,omitempty"`
	// Kills is how often the leading controller was killed, at moments that nobody chose.
	Kills int `json:"kills"`
	// Wrong are the live pods that were taken out of their names.
	Wrong          []string   `json:"wrongDeregistrations,omitempty"`
	Seconds        float64    `json:"seconds"`        // until the last rollout was complete
	SettledSeconds float64    `json:"settledSeconds"` // until every name was true
	Load           LoadReport `json:"load"`
}

// hardship restarts everything under load while things go wrong.
func (t *trial) hardship(ctx context.Context) error {
	r := &HardshipReport{Faults: t.o.Faults}
	t.report.Hardship = r
	t.say("rolling restart of everything with %d faults in force%s", len(t.o.Faults), t.killing())
	var ids []string
	for _, text := range t.o.Faults {
		f, err := fault.Parse(text)
		if err != nil {
			return err
		}
		a, err := t.lab.AddFault(f)
		if err != nil {
			return err
		}
		ids = append(ids, a.ID)
	}
	began := time.Now()
	var err error
	r.Load, err = t.underLoad(ctx, func(ctx context.Context) error {
		stop := t.keepKilling(ctx, r)
		err := t.rollout(ctx, 4*t.rolloutPatience(), nil)
		r.Seconds = time.Since(began).Seconds()
		err = errors.Join(err, stop())
		if err != nil {
			return err
		}
		if err := t.await(ctx, 2*t.leave(), t.settled); err != nil {
			return err
		}
		r.SettledSeconds = time.Since(began).Seconds()
		return t.await(ctx, t.farewell(), t.departed)
	})
	r.Wrong = wrong(t.pods.all(), t.book.between(began, time.Now()))
	for _, id := range ids {
		err = errors.Join(err, t.lab.EndFault(id))
	}
	return err
}

func (t *trial) killing() string {
	if t.o.KillEvery == 0 {
		return ""
	}
	return fmt.Sprintf(", and the leading controller killed every %s", t.o.KillEvery)
}

// keepKilling kills the leading controller every so often and starts it again,
// under its own identity. stop ends that and waits until all are up.
func (t *trial) keepKilling(ctx context.Context, r *HardshipReport) (stop func() error) {
	if t.o.KillEvery == 0 {
		return func() error { return nil }
	}
	inner, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		for {
			if lab.Pause(inner, t.o.KillEvery) != nil {
				done <- nil
				return
			}
			// The one whose turn it is must be up again before the end.
			if err := t.replace(ctx, r); err != nil {
				done <- err
				return
			}
		}
	}()
	return func() error {
		cancel()
		return <-done
	}
}

// replace kills the leading controller and starts it again. Nobody leads for a
// moment after a kill: then there is nothing to kill.
func (t *trial) replace(ctx context.Context, r *HardshipReport) error {
	c, err := t.leading(ctx)
	if err != nil {
		return nil //nolint:nilerr // its turn comes again
	}
	t.weigh()
	if err := c.Kill(); err != nil {
		return err
	}
	select {
	case <-c.Ended():
	case <-ctx.Done():
		return ctx.Err()
	}
	r.Kills++
	return t.launch(ctx, c)
}
