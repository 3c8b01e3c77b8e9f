package sim

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tranship/tranship/internal/aws/cloudmap"
	"github.com/tranship/tranship/internal/aws/ecs"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/lab/cloud"
)

// TestReplay plays seeds that taught us something, byte for byte. -rewrite
// writes the transcripts anew; what a seed is kept for (shows) must be in it
// nevertheless, and none may break an invariant.
//
//	seed N shows=(words,…)
func TestReplay(t *testing.T) {
	datadriven.Walk(t, "testdata/seeds", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			r := run(t, seedOf(t, d))
			kept(t, d, r.Broken, r.Transcript)
			return r.String() + r.Transcript
		})
	})
}

// TestSteadyReplay does the same for names without a migration.
func TestSteadyReplay(t *testing.T) {
	datadriven.Walk(t, "testdata/steady", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			r := steadyRun(t, seedOf(t, d))
			kept(t, d, r.Broken, r.Transcript)
			return r.String() + r.Transcript
		})
	})
}

func seedOf(t *testing.T, d *datadriven.TestData) uint64 {
	t.Helper()
	if d.Cmd != "seed" || len(d.CmdArgs) == 0 {
		d.Fatalf(t, "no command %q", d.Cmd)
	}
	var seed uint64
	if _, err := fmt.Sscan(d.CmdArgs[0].Key, &seed); err != nil {
		d.Fatalf(t, "seed %q: %v", d.CmdArgs[0].Key, err)
	}
	return seed
}

// kept checks that a seed breaks nothing, and shows what it is kept for.
func kept(t *testing.T, d *datadriven.TestData, broken []string, transcript string) {
	t.Helper()
	for _, x := range broken {
		t.Errorf("%s broke: %s", d.CmdArgs[0].Key, x)
	}
	shows, _ := d.Arg("shows")
	for _, words := range shows.Vals {
		if !strings.Contains(transcript, words) {
			t.Errorf("seed %s does not show %q any more: keep another one", d.CmdArgs[0].Key, words)
		}
	}
}

// TestSameBytes: a seed is a run, whoever runs beside it and whether it is told or not.
func TestSameBytes(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			a, b := run(t, seed), run(t, seed)
			if a.String() != b.String() || a.Transcript != b.Transcript {
				t.Fatalf("seed %d: two runs, two transcripts:\n%s%s\n%s%s", seed, a, a.Transcript, b, b.Transcript)
			}
			quiet, err := Run(Draw(seed), false)
			if err != nil || quiet.String() != a.String() || quiet.Transcript != "" {
				t.Fatalf("seed %d: told it ends %s, quiet %s (%v)", seed, a, quiet, err)
			}
		})
	}
}

// TestSteadySameBytes: the same of names without a migration.
func TestSteadySameBytes(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		a, b := steadyRun(t, seed), steadyRun(t, seed)
		if a.String() != b.String() || a.Transcript != b.Transcript {
			t.Fatalf("seed %d: two runs, two transcripts:\n%s%s\n%s%s", seed, a, a.Transcript, b, b.Transcript)
		}
		quiet, err := RunSteady(DrawSteady(seed), false)
		if err != nil || quiet.String() != a.String() || quiet.Transcript != "" {
			t.Fatalf("seed %d: told it ends %s, quiet %s (%v)", seed, a, quiet, err)
		}
	}
}

// TestRebuiltIsWhatWasSaved: where a status is lost, the registration of an ECS
// task that was taken out is rebuilt from the task. It is what ECS had registered.
func TestRebuiltIsWhatWasSaved(t *testing.T) {
	for _, customHealth := range []bool{false, true} {
		c := cloud.New(cloud.Config{Seed: 3})
		err := c.SeedFleet(cloud.Fleet{Namespace: namespace, Cluster: ecsCluster, Services: []cloud.FleetService{
			{Name: svcName, Tasks: 7, TTL: time.Minute, ContainerPort: 8080, CustomHealth: customHealth},
		}})
		if err != nil {
			t.Fatal(err)
		}
		cfg := c.Config()
		reader := cloudmap.New(c.CloudMap(), cfg.Account, cfg.Region, c.Now)
		ref, err := reader.Lookup(t.Context(), svcName+"."+namespace)
		if err != nil {
			t.Fatal(err)
		}
		view, err := reader.View(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		src := names.Source{Account: cfg.Account, Region: cfg.Region, Cluster: ecsCluster, Service: svcName}
		svc, err := ecs.New(c.ECS(), cfg.Account, cfg.Region).Service(t.Context(), src)
		if err != nil {
			t.Fatal(err)
		}
		saved := view.Instances
		view.Instances = nil
		now := c.Now()
		d := cutover.Next(cutover.State{}, cutover.Observed{
			Now: now, Ref: ref, Spec: cutover.Spec{UID: "uid", Source: src, Goal: cutover.GoalTarget, Kind: cutover.KindRequest},
			Name: names.Known(view, now), Source: names.Known(svc, now), Target: names.Known(cutover.Target{Found: true}, now),
			Saved:  &cutover.Saved{Schema: cutover.Schema, For: cutover.Pin{UID: "uid"}, Original: cutover.Original{Records: view.Settings.Records, Desired: 7, Capacity: 7}},
			Bounds: cutover.Bounds{Owner: "cluster-a", Propagation: time.Minute},
		})
		var rebuilt []names.Instance
		for _, x := range d.State.Out {
			rebuilt = append(rebuilt, x.Instance)
		}
		health := cmpopts.IgnoreFields(names.Instance{}, "Health") // is not written
		if diff := cmp.Diff(saved, rebuilt, health); diff != "" || len(saved) != 7 {
			t.Errorf("custom health %t (-saved +rebuilt):\n%s", customHealth, diff)
		}
	}
}
