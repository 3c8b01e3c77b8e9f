package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/clusterdns"
	"github.com/tranship/tranship/lab/load"
)

// What fails in a lab, the oracle knows of: ECS stops tasks at once, as it does,
// first one and then the last, and clients fail on what they hold.
func TestFailuresAreExplained(t *testing.T) {
	if os.Getenv(aloneEnv) == "" {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestFailuresAreExplained$", "-test.v") // without a control plane
		cmd.Env = append(os.Environ(), aloneEnv+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v:\n%s", err, out)
		}
		return
	}
	l, err := Up(t.Context(), Options{Services: 2, NoKubernetes: true, CoreDNS: "built", Slow: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Down(t.Context()); err != nil {
			t.Error(err)
		}
	})
	scale := func(ctx context.Context, n int32) (err error) {
		cluster, name := ECSCluster, ServiceName(1)
		l.live.do(func(c *cloud.Cloud) {
			_, err = c.ECS().UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: &cluster, Service: &name, DesiredCount: &n})
		})
		return err
	}
	r, err := l.Observe(t.Context(), Trial{Rate: 100}, func(ctx context.Context, seen func() load.Result) error {
		failed := func(kinds ...load.Kind) func() error {
			return func() error {
				got := seen()
				for _, k := range kinds {
					if got.FailuresByKind[k] > 0 {
						return nil
					}
				}
				return fmt.Errorf("of %d requests none failed as %v", got.Requests, kinds)
			}
		}
		if err := Pause(ctx, 2*time.Second); err != nil { // who holds answers has some
			return err
		}
		if err := errors.Join(scale(ctx, 1), l.await(ctx, failed(load.Refused, load.NoDial))); err != nil {
			return err
		}
		return errors.Join(scale(ctx, 0), l.await(ctx, failed(load.NXDomain, load.Empty)))
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.FailedRequests == 0 || r.ExposedSeconds == 0 || r.UnexplainedFailures > 0 {
		t.Errorf("%d failed %v, exposed %v s, unexplained %d: %v", r.FailedRequests, r.FailuresByKind, r.ExposedSeconds, r.UnexplainedFailures, r.Witnesses)
	}
	if s := r.PerService[ServiceName(2)]; s.Requests == 0 || s.Failed > 0 {
		t.Errorf("the service that nobody touched: %+v", s)
	}
}

// Every habit finds its services in a lab: by the VPC's resolver, by CoreDNS
// where it is built, by DiscoverInstances; and nothing fails where nothing moves.
func TestEveryHabitInTheLab(t *testing.T) {
	if os.Getenv(aloneEnv) == "" {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestEveryHabitInTheLab$", "-test.v") // without a control plane
		cmd.Env = append(os.Environ(), aloneEnv+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v:\n%s", err, out)
		}
		return
	}
	l, err := Up(t.Context(), Options{Services: 3, NoKubernetes: true, CoreDNS: "built", Slow: 100 * time.Millisecond, Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Down(t.Context()); err != nil {
			t.Error(err)
		}
	})
	built, err := clusterdns.Built(t.Context())
	if err != nil || (built != "") != (l.clusterDNS != nil) || (built != "") != (l.Ready.ClusterDNS != "") {
		t.Fatalf("CoreDNS is built in %q (%v), and runs: %t at %q", built, err, l.clusterDNS != nil, l.Ready.ClusterDNS)
	}
	if built == "" {
		t.Log("CoreDNS IS NOT BUILT: its clients are left out; `make coredns` builds it")
	}
	r, err := l.Observe(t.Context(), Trial{Rate: 60}, func(ctx context.Context, seen func() load.Result) error {
		return l.await(ctx, func() error {
			got := seen()
			for _, h := range load.Habits() {
				if h == load.CoreDNS && built == "" {
					continue
				}
				if got.ByHabit[h].Requests == 0 {
					return errors.New("not every habit has asked yet")
				}
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.FailedRequests > 0 || r.CutOff > 0 || r.ExposedSeconds > 0 || r.EmptyAnswerSeconds > 0 || r.UnexplainedFailures > 0 {
		t.Errorf("%d failed %v, %d cut off, exposed %v s, empty %v s: %v", r.FailedRequests, r.FailuresByKind, r.CutOff, r.ExposedSeconds, r.EmptyAnswerSeconds, r.Witnesses)
	}
	for _, h := range r.Habits {
		if h.Failed > 0 || h.LastAnsweredSeconds == nil {
			t.Errorf("%+v", h)
		}
	}
	if len(r.AWSCalls) > 0 {
		t.Errorf("calls of the clients are counted: %v", r.AWSCalls)
	}
}
