package lab

import (
	"cmp"
	"context"
	"os"
	"slices"
	"time"

	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/process"
)

// startController runs tranship's controller, if one is asked for.
func (l *Lab) startController(ctx context.Context) error {
	l.writeReady()
	if l.Options.Tranship == "" {
		return nil
	}
	p, err := l.Controller(ctx, l.Options.Tranship, "lab")
	if err != nil {
		return err
	}
	p.Failed = l.fail
	c, err := process.Start(ctx, p)
	if err != nil {
		return err
	}
	l.onDown(c.Stop)
	l.controller = c
	return nil
}

// Controller is tranship's controller as a program, with the rights of
// deploy/rbac.yaml and the declared bounds of the lab's timing, and with more
// arguments where they are given.
func (l *Lab) Controller(ctx context.Context, tranship, identity string, more ...string) (process.Program, error) {
	kubeconfig, err := l.furnish(ctx)
	if err != nil {
		return process.Program{}, err
	}
	known, err := process.Flags(ctx, tranship, "controller")
	if err != nil {
		return process.Program{}, err
	}
	if known["resolver"] { // one that has it asks the DNS of the VPC, as in a cluster
		more = append([]string{"--resolver", l.Ready.DNS}, more...)
	}
	return process.Program{
		Path: tranship, Log: l.Options.ControllerLog,
		Args: append([]string{
			"controller", "--identity", identity, "--owner", "lab", "--region", l.Options.Region,
			"--allow", KubeNamespace + "=" + ECSCluster + "/*",
			"--busy", cmp.Or(l.Options.Busy, busy(l.timing)).String(),
			"--lease-namespace", LeaseNamespace, "--metrics-address", "0", "--health-address", "0",
		}, slices.Concat(bounds(l.timing), l.cacheFlags(), more)...),
		Env: append(append(os.Environ(), l.Ready.Env()...), "KUBECONFIG="+kubeconfig),
	}, nil
}

// busy is how often a name in motion is looked at.
func busy(t cloud.Timing) time.Duration { return min(2*time.Second, t.HealthFlip/6) }

// bounds declares the timing to the product, as its flags.
func bounds(t cloud.Timing) []string {
	return []string{
		"--propagation", t.PropagationMax.String(),
		"--operation", t.OperationMax.String(),
		"--health", t.HealthFlip.String(),
		"--task-start", (t.StartMax + t.SchedulerMax + t.OperationMax).String(),
	}
}
