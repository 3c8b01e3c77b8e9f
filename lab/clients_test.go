package lab

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/tranship/tranship/lab/clusterdns"
	"github.com/tranship/tranship/lab/load"
)

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
