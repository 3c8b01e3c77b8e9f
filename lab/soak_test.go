package lab

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/fault"
)

// The short form of `tranship-lab soak`: a lab without control plane wears under
// load, each fault in turn, dying tasks and deployments, and comes to rest with
// what it held before. The long form runs for hours; see `make soak`.
func TestSoak(t *testing.T) {
	if os.Getenv(aloneEnv) == "" {
		// What is counted is a process's, so it gets one of its own.
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestSoak$", "-test.v")
		cmd.Env = append(os.Environ(), aloneEnv+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v:\n%s", err, out)
		}
		return
	}
	const services, tasks = 20, 1
	l, err := Up(t.Context(), Options{Services: services, Tasks: tasks, NoKubernetes: true, History: 2 * time.Second, Slow: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Down(t.Context()); err != nil {
			t.Error(err)
		}
	})
	o := SoakOptions{Turn: 500 * time.Millisecond, Rate: 60}.withDefaults()
	// One round of all faults warms everything up, two more must leave nothing.
	var rest [2]Sample
	for n := range rest {
		stop, err := l.wear(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if err := Pause(t.Context(), time.Duration((n+1)*len(rotation))*o.Turn); err != nil {
			t.Fatal(err)
		}
		// On a busy machine a short turn may pass without a call that it concerns: the rotation goes on until each had its hit.
		if err := l.await(t.Context(), l.spared); err != nil {
			t.Fatal(err)
		}
		w := stop()
		if w.Requests == 0 || w.calls == 0 {
			t.Fatalf("nobody asked: %d requests, %d calls", w.Requests, w.calls)
		}
		for _, z := range l.zones() {
			if err := l.Zone(t.Context(), z, false); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.await(t.Context(), func() error { return l.steady(services * tasks) }); err != nil {
			t.Fatal(err)
		}
		rest[n] = takeSample(0, l.still)
	}
	// At rest goroutines and descriptors are the fleet's, give or take idle
	// connections of its clients that time out; the heap is what is remembered.
	warm, worn := rest[0], rest[1]
	if worn.Goroutines > warm.Goroutines+20 {
		t.Errorf("%d goroutines, %d after the warm-up", worn.Goroutines, warm.Goroutines)
	}
	if worn.Files > warm.Files+20 {
		t.Errorf("%d descriptors, %d after the warm-up", worn.Files, warm.Files)
	}
	if worn.Heap > warm.Heap+(6<<20) {
		t.Errorf("%d bytes of heap, %d after the warm-up", worn.Heap, warm.Heap)
	}
}

// spared names a kind of fault that hit nothing yet.
func (l *Lab) spared() error {
	hit := map[fault.Kind]bool{}
	for _, a := range l.faults.List(time.Now()) {
		hit[a.Kind] = hit[a.Kind] || a.Hits > 0
	}
	for _, k := range []fault.Kind{fault.Throttle, fault.Error, fault.LostAnswer, fault.SlowAnswer, fault.KillTask, fault.LoseZone} {
		if !hit[k] {
			return fmt.Errorf("%s hit nothing", k)
		}
	}
	return nil
}

// steady says that so many tasks run and nothing else is under way.
func (l *Lab) steady(tasks int) (err error) {
	l.live.do(func(c *cloud.Cloud) {
		all := c.Tasks()
		serve := 0
		for _, t := range all {
			if t.Status == "RUNNING" && t.Desired == "RUNNING" && t.Registered {
				serve++
			}
		}
		if serve != tasks || len(all) != tasks {
			err = fmt.Errorf("%d of %d tasks run, %d are there", serve, tasks, len(all))
		}
	})
	return err
}

// Garbage does not count, what is held does.
func TestSampleIsWhatIsHeld(t *testing.T) {
	const size = 256 << 20
	hold := make([]byte, size)
	if s := takeSample(0, func(measure func()) { measure() }); s.Heap < size || s.Goroutines == 0 {
		t.Errorf("%d bytes of heap, but %d are held; %d goroutines", s.Heap, size, s.Goroutines)
	}
	runtime.KeepAlive(hold)
	if s := takeSample(0, func(measure func()) { measure() }); s.Heap >= size {
		t.Errorf("%d bytes of heap, and nothing is held", s.Heap)
	}
}

func samples(heap func(n int) float64) *Soaked {
	s := &Soaked{Every: time.Minute}
	for n := range 120 {
		s.Samples = append(s.Samples, Sample{At: time.Duration(n) * time.Minute, Goroutines: 1000 + n%7, Files: 500 - n%3, Heap: uint64(heap(n))})
	}
	return s
}

func TestGrowthIsSeen(t *testing.T) {
	const mib = 1 << 20
	for name, c := range map[string]struct {
		heap  func(n int) float64
		grows bool
	}{
		"level, with noise":        {func(n int) float64 { return 50*mib + float64(n*7919%13-6)*mib/2 }, false},
		"a warm-up and then level": {func(n int) float64 { return 50*mib - 40*mib/float64(1+n) }, false},
		"shrinking":                {func(n int) float64 { return 90*mib - float64(n)*mib/4 }, false},
		"10 MiB an hour":           {func(n int) float64 { return 50*mib + float64(n)*mib/6 + float64(n*7919%13-6)*mib/2 }, true},
	} {
		err := samples(c.heap).OK()
		if (err != nil) != c.grows {
			t.Errorf("%s: %v", name, err)
		}
		if c.grows && !strings.Contains(err.Error(), "heap bytes grew by") {
			t.Errorf("%s: %v does not say what", name, err)
		}
	}
	few := &Soaked{Samples: samples(func(int) float64 { return 0 }).Samples[:5]}
	if err := few.OK(); err == nil {
		t.Error("five samples are enough")
	}
}

func describe(service string) *ecs.DescribeServicesInput {
	return &ecs.DescribeServicesInput{Cluster: sdk.String(ECSCluster), Services: []string{service}}
}
