package churn

import (
	"context"
	"fmt"
	"time"

	"github.com/tranship/tranship/lab/cloud"
)

// VanishReport is an instance that somebody else took out of its name.
type VanishReport struct {
	// NoticedSeconds is from its end to the controller's call, BackSeconds to the end
	// of that call's operation.
	NoticedSeconds float64 `json:"noticedSeconds"`
	BackSeconds    float64 `json:"backSeconds"`
}

// vanish takes one instance of the last service out, and waits until it is back.
func (t *trial) vanish(ctx context.Context) error {
	names := t.names()
	name := names[len(names)-1]
	in := t.lab.Instances(name)
	if len(in) == 0 {
		return fmt.Errorf("%s has no instance that could vanish", name)
	}
	t.say("somebody takes an instance out of %s", name)
	victim := in[0]
	has := func(want bool) func() error {
		return func() error {
			for _, i := range t.lab.Instances(name) {
				if same(i, victim) == want && want {
					return nil
				}
				if same(i, victim) && !want {
					return fmt.Errorf("%s is still in %s", victim.ID, name)
				}
			}
			if want {
				return fmt.Errorf("%s is not back in %s", victim.ID, name)
			}
			return nil
		}
	}
	if err := t.lab.Deregister(ctx, name, victim.ID); err != nil {
		return err
	}
	if err := t.await(ctx, t.timing.OperationMax+10*time.Second, has(false)); err != nil {
		return err
	}
	gone := time.Now()
	if err := t.await(ctx, 2*vanished, has(true)); err != nil {
		return err
	}
	back := time.Now()
	r := &VanishReport{BackSeconds: back.Sub(gone).Seconds()}
	for _, c := range t.book.between(gone, back) {
		if c.Operation == registerInstance && c.Instance == victim.ID && accepted(c) {
			r.NoticedSeconds = c.At.Sub(gone).Seconds()
			break
		}
	}
	t.report.Vanish = r
	t.say("  back after %.1f s", r.BackSeconds)
	return nil
}

// same says that both are of one pod.
func same(a, b cloud.InstanceState) bool {
	const address = "AWS_INSTANCE_IPV4"
	return a.ID == b.ID || a.Attributes[address] == b.Attributes[address]
}
