package lab

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	sdtypes "github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"

	"github.com/tranship/tranship/lab/admin"
	"github.com/tranship/tranship/lab/aws"
	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/fault"
)

// parseFaults reads those of the flags.
func (o Options) parseFaults() ([]fault.Fault, error) {
	out := make([]fault.Fault, 0, len(o.Faults))
	for _, s := range o.Faults {
		f, err := fault.Parse(s)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// startFaults makes the faults of the options active, from now on. Up leaves that
// to its caller: a demo wants its control run without them.
func (l *Lab) startFaults() error {
	all, err := l.Options.parseFaults()
	if err != nil {
		return err
	}
	for _, f := range all {
		if _, err := l.faults.Add(time.Now(), f); err != nil {
			return err
		}
	}
	return nil
}

// spoil is what goes wrong with a call to AWS.
func (l *Lab) spoil(c aws.Call) (fault.Fault, bool) {
	names := strings.Split(c.Resource, ",")
	if c.Instance != "" {
		names = append(names, c.Instance)
	}
	return l.faults.Hit(time.Now(), fault.InCall, fault.Target{Service: c.Service, Operation: c.Operation, Resources: names})
}

// disturber is what goes wrong inside of Cloud Map.
func (l *Lab) disturber() cloud.Disturber {
	const service = "servicediscovery"
	return cloud.Disturber{
		Operation: func(now time.Time, kind sdtypes.OperationType, names []string) cloud.Disturbance {
			f, hit := l.faults.Hit(now, fault.InOperation, fault.Target{Service: service, Operation: callOf(kind), Resources: names})
			switch {
			case !hit:
				return cloud.Disturbance{}
			case f.Kind == fault.FailOperation:
				return cloud.Disturbance{Fail: f.Code}
			}
			return cloud.Disturbance{Later: time.Duration(f.Delay)}
		},
		Discover: func(now time.Time, names []string) time.Duration {
			f, _ := l.faults.HitKind(now, fault.StaleDiscover, fault.Target{Service: service, Operation: "DiscoverInstances", Resources: names})
			return time.Duration(f.Delay)
		},
	}
}

// callOf is the call that asks for a type of operation: REGISTER_INSTANCE is
// RegisterInstance's.
func callOf(kind sdtypes.OperationType) string {
	var b strings.Builder
	for _, word := range strings.Split(string(kind), "_") {
		b.WriteString(word[:min(1, len(word))] + strings.ToLower(word[min(1, len(word)):]))
	}
	return b.String()
}

// strikeEvery is how often it is looked for what is to happen by itself.
const strikeEvery = 100 * time.Millisecond

// startStrikes does what is to happen by itself, until the lab goes down.
func (l *Lab) startStrikes(ctx context.Context) error {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() {
		tick := time.NewTicker(strikeEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			for _, f := range l.faults.Due(time.Now()) {
				running.Go(func() { l.strike(ctx, f) })
			}
		}
	})
	l.onDown(func(context.Context) error { cancel(); running.Wait(); return nil })
	return nil
}

// strike does what one fault says to one thing that it matches, and undoes it
// when its time is over. Where nothing matches, nothing happens.
func (l *Lab) strike(ctx context.Context, f fault.Active) {
	undo, err := l.hit(ctx, f)
	if err != nil {
		if ctx.Err() == nil && !errors.Is(err, admin.ErrNotFound) {
			fmt.Fprintf(l.Options.Progress, "  fault %s (%s): %v\n", f.ID, f.Fault, err)
		}
		return
	}
	l.faults.Struck(f.ID)
	if undo == nil || Pause(ctx, time.Duration(f.Delay)) != nil {
		return
	}
	if err := undo(); err != nil && ctx.Err() == nil && !errors.Is(err, admin.ErrNotFound) {
		fmt.Fprintf(l.Options.Progress, "  fault %s (%s), to its end: %v\n", f.ID, f.Fault, err)
	}
}

// hit does it; undo is nil where there is nothing to be undone.
func (l *Lab) hit(ctx context.Context, f fault.Active) (undo func() error, err error) {
	names, err := l.victims(ctx, f.Kind)
	if err != nil {
		return nil, err
	}
	name, ok := l.faults.Choose(f.ID, names)
	if !ok {
		return nil, fmt.Errorf("nothing matches %q: %w", f.Resource, admin.ErrNotFound)
	}
	switch f.Kind {
	case fault.KillTask:
		_, id, _ := strings.Cut(name, "/")
		return nil, l.KillTask(ctx, id)
	case fault.KillPod:
		namespace, pod, _ := strings.Cut(name, "/")
		return nil, l.Pod(ctx, namespace, pod, admin.KillPod)
	case fault.UnreadyPod:
		namespace, pod, _ := strings.Cut(name, "/")
		return func() error { return l.Pod(ctx, namespace, pod, admin.ReadyPod) }, l.Pod(ctx, namespace, pod, admin.UnreadyPod)
	case fault.LoseZone:
		return func() error { return l.Zone(ctx, name, false) }, l.Zone(ctx, name, true)
	default:
		return nil, fmt.Errorf("%s does not happen by itself", f.Kind)
	}
}

// victims are the names of what a kind can happen to now, in order.
func (l *Lab) victims(ctx context.Context, kind fault.Kind) (names []string, err error) {
	switch kind {
	case fault.KillTask:
		l.live.do(func(c *cloud.Cloud) {
			for _, t := range c.Tasks() {
				if t.Status == "RUNNING" && t.Desired == "RUNNING" {
					names = append(names, t.Service+"/"+t.ID)
				}
			}
		})
	case fault.KillPod, fault.UnreadyPod:
		pods, err := l.pods(ctx)
		if err != nil {
			return nil, err
		}
		for _, p := range pods {
			if p.Ready {
				names = append(names, p.Namespace+"/"+p.Name)
			}
		}
	default:
		for _, z := range l.zones() {
			if !l.isLost(z) {
				names = append(names, z)
			}
		}
	}
	return names, nil
}
