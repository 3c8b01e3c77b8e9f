package peer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/smithy-go"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tranship/tranship/bench/externaldns"
	"github.com/tranship/tranship/lab"
)

// contender is a way to bring a fleet into, and keep it in, its names.
type contender struct {
	name string
	// begin runs its program, if the lab does not.
	begin func(ctx context.Context, l *lab.Lab, s Settings, log io.Writer) (*externaldns.Process, error)
	// move does what its documents say, until every name leads to pods alone.
	move func(ctx context.Context, l *lab.Lab, s Settings, log io.Writer) error
	// settle brings a fleet at rest into its names; there is no load.
	settle func(ctx context.Context, l *lab.Lab) error
	// controller says that the lab runs tranship's.
	controller bool
}

func begin(ctx context.Context, l *lab.Lab, s Settings, log io.Writer) (*externaldns.Process, error) {
	return externaldns.Start(ctx, externaldns.Options{Binary: s.ExternalDNS, Lab: l.Ready, Interval: l.ExternalDNSInterval(), Log: log})
}

// asDocumented is the proof of concept's procedure: Cloud Map off for ECS, wait
// until the tasks are out, apply the annotated Services, wait.
func asDocumented(ttl int) contender {
	return contender{
		name: "ExternalDNS " + externaldns.Version, begin: begin,
		move: func(ctx context.Context, l *lab.Lab, _ Settings, _ io.Writer) error {
			if err := leaveECS(ctx, l); err != nil {
				return err
			}
			if err := annotate(ctx, l, ttl); err != nil {
				return err
			}
			return await(ctx, l, inNames)
		},
		settle: settle,
	}
}

// joining applies the annotated Services first: v0.21.0 registers pods beside
// the tasks. Then ECS leaves.
func joining(ttl int) contender {
	return contender{
		name: "ExternalDNS " + externaldns.Version, begin: begin,
		move: func(ctx context.Context, l *lab.Lab, _ Settings, _ io.Writer) error {
			if err := annotate(ctx, l, ttl); err != nil {
				return err
			}
			if err := await(ctx, l, joined); err != nil {
				return err
			}
			// Two more syncs, in which it is at peace or is not.
			if err := sleep(ctx, 2*l.ExternalDNSInterval()); err != nil {
				return err
			}
			if err := leaveECS(ctx, l); err != nil {
				return err
			}
			return await(ctx, l, inNames)
		},
	}
}

// tranship runs the product as `tranship-lab demo` does; with annotated Services
// where a TTL is given.
func tranship(ttl int) contender {
	return contender{
		name: "tranship", controller: true,
		move: func(ctx context.Context, l *lab.Lab, s Settings, log io.Writer) error {
			if ttl > 0 {
				if err := annotate(ctx, l, ttl); err != nil {
					return err
				}
			}
			if err := l.Migrate(ctx, s.Tranship, log); err != nil {
				return err
			}
			return await(ctx, l, inNames)
		},
		settle: settle,
	}
}

// settle: ECS leaves the names, annotated Services enter them.
func settle(ctx context.Context, l *lab.Lab) error {
	if err := leaveECS(ctx, l); err != nil {
		return err
	}
	if err := annotate(ctx, l, 0); err != nil {
		return err
	}
	return await(ctx, l, inNames)
}

// leaveECS switches Cloud Map off for every ECS service, and waits until no task
// is in a name.
func leaveECS(ctx context.Context, l *lab.Lab) error {
	for n := range l.Options.Services {
		if err := switchOff(ctx, l, lab.ServiceName(n+1)); err != nil {
			return err
		}
	}
	return await(ctx, l, func(l *lab.Lab, service string) error {
		if ecs, _ := sides(l, service); ecs > 0 {
			return fmt.Errorf("%s has %d tasks in its name", service, ecs)
		}
		return nil
	})
}

// switchOff does it for one service, and again while AWS is asked too often: a
// fleet at rest is larger than what ECS takes at once.
func switchOff(ctx context.Context, l *lab.Lab, service string) error {
	for {
		err := l.SwitchOffDiscovery(ctx, service)
		var refused smithy.APIError
		if !errors.As(err, &refused) || refused.ErrorCode() != "ThrottlingException" {
			return err
		}
		if err := sleep(ctx, 500*time.Millisecond); err != nil {
			return err
		}
	}
}

// annotate gives every Service its name, and a TTL if that is not 0.
func annotate(ctx context.Context, l *lab.Lab, ttl int) error {
	for n := range l.Options.Services {
		name := lab.ServiceName(n + 1)
		a := map[string]string{"external-dns.alpha.kubernetes.io/hostname": name + "." + l.Options.Namespace}
		if ttl > 0 {
			a["external-dns.alpha.kubernetes.io/ttl"] = fmt.Sprint(ttl)
		}
		patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": a}})
		if err != nil {
			return err
		}
		if _, err := l.Kubernetes().CoreV1().Services(lab.KubeNamespace).Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
			return fmt.Errorf("annotate Service %s: %w", name, err)
		}
	}
	return nil
}

// sides counts a name's instances that ECS registered, and the others.
func sides(l *lab.Lab, service string) (ecs, others int) {
	for _, i := range l.Instances(service) {
		if i.Attributes["ECS_SERVICE_NAME"] != "" {
			ecs++
		} else {
			others++
		}
	}
	return ecs, others
}

// joined says that every pod is in the name.
func joined(l *lab.Lab, service string) error {
	if _, others := sides(l, service); others < l.Options.Pods {
		return fmt.Errorf("%s has %d of %d pods in its name", service, others, l.Options.Pods)
	}
	return nil
}

// inNames says that the name leads to pods alone.
func inNames(l *lab.Lab, service string) error {
	if ecs, _ := sides(l, service); ecs > 0 {
		return fmt.Errorf("%s has %d tasks in its name", service, ecs)
	}
	return joined(l, service)
}

// await looks until ok holds for every service; its last error says what was
// missing. A contender has twenty of its intervals, and two minutes.
func await(ctx context.Context, l *lab.Lab, ok func(*lab.Lab, string) error) error {
	ctx, cancel := context.WithTimeout(ctx, 20*l.ExternalDNSInterval()+2*time.Minute)
	defer cancel()
	for {
		var missing error
		for n := range l.Options.Services {
			if missing = ok(l, lab.ServiceName(n+1)); missing != nil {
				break
			}
		}
		if missing == nil {
			return nil
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return fmt.Errorf("waited in vain: %w", missing)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
