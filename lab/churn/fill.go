package churn

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/internal/pace"
	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/lag"
)

const registerInstance = "RegisterInstance"

// FillReport is the first full sync. All times are in seconds.
type FillReport struct {
	Pods int `json:"pods"`
	// Total is from the controller's start to the last registration; StartUp the part
	// before the first.
	TotalSeconds   float64 `json:"totalSeconds"`
	StartUpSeconds float64 `json:"startUpSeconds"`
	// FloorSeconds is (n − burst)/rate of RegisterInstance, out of the budget that the
	// controller keeps to.
	FloorSeconds  float64        `json:"floorSeconds"`
	RatePerSecond float64        `json:"ratePerSecond"`
	Burst         int            `json:"burst"`
	Calls         map[string]int `json:"calls"` // of Cloud Map, by operation
}

// budget is what the controller allows itself of an operation: its word, from
// which the floor and the queues are computed.
func budget(operation string) lag.Budget {
	for _, r := range pace.Defaults() {
		if r.Op == pace.Op(cloudMap+":"+operation) {
			return lag.Budget{PerSecond: r.PerSecond * pace.Share, Burst: max(1, int(float64(r.Burst)*pace.Share))}
		}
	}
	return lag.Budget{PerSecond: 1, Burst: 1} // an operation that it paces by no rate of its own
}

// fill starts the controller, and waits until everything is in its name and every
// name server says so.
func (t *trial) fill(ctx context.Context) error {
	n, b := t.o.Services*t.o.Pods, budget(registerInstance)
	r := &FillReport{Pods: n, FloorSeconds: b.Floor(n).Seconds(), RatePerSecond: b.PerSecond, Burst: b.Burst}
	t.say("the controller starts; %d registrations at %g/s after %d at once take %.1f s at least", n, b.PerSecond, b.Burst, r.FloorSeconds)
	began := time.Now()
	if err := t.start(ctx); err != nil {
		return err
	}
	if err := t.await(ctx, 2*time.Minute+3*b.Floor(n), t.settled); err != nil {
		return err
	}
	calls := t.book.between(began, time.Now())
	r.Calls = byOperation(calls)
	var first, last time.Time
	for _, c := range calls {
		if c.Operation != registerInstance || !accepted(c) {
			continue
		}
		if last = c.At; first.IsZero() {
			first = c.At
		}
	}
	r.StartUpSeconds, r.TotalSeconds = first.Sub(began).Seconds(), last.Sub(began).Seconds()
	t.report.Fill = r
	t.say("  %.1f s, of them %.1f s until the first registration", r.TotalSeconds, r.StartUpSeconds)
	if err := t.await(ctx, t.timing.PropagationMax+time.Minute, t.answered); err != nil {
		return err
	}
	return t.available(ctx)
}

// available waits until the Deployments say that their pods are: with the gate, the
// controller has to say so first.
func (t *trial) available(ctx context.Context) error {
	err := t.await(ctx, t.timing.PropagationMax+t.timing.OperationMax+time.Minute, func() error {
		list, err := t.lab.Kubernetes().AppsV1().Deployments(lab.KubeNamespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for _, d := range list.Items {
			if int(d.Status.AvailableReplicas) < t.want[d.Name] {
				missing := fmt.Errorf("Deployment %s has %d of %d pods available", d.Name, d.Status.AvailableReplicas, t.want[d.Name])
				return errors.Join(missing, lab.Pause(ctx, t.often()))
			}
		}
		return nil
	})
	if err != nil && t.o.Gate {
		return fmt.Errorf("the readiness gate is not opened (without it: --gate=false): %w", err)
	}
	return err
}
