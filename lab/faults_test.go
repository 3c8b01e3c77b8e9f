package lab

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sdtypes "github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"

	"github.com/tranship/tranship/lab/admin"
	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/fault"
	"github.com/tranship/tranship/lab/load/exposure"
	"github.com/tranship/tranship/lab/node"
	"github.com/tranship/tranship/lab/vpc"
)

// A lab's door: what is asked for there happens, and is seen there.
func TestFaultsOfARunningLab(t *testing.T) {
	l, err := Up(t.Context(), Options{Services: 2, Tasks: 3, NoKubernetes: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Down(t.Context()); err != nil {
			t.Error(err)
		}
	})
	door, err := admin.NewClient(l.Ready.AdminEndpoint, l.Ready.AdminToken)
	if err != nil {
		t.Fatal(err)
	}
	state := func() admin.State {
		t.Helper()
		s, err := door.State(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := state()
	if first.Timing != "fast" || first.Rates != "mcs" || len(first.Services) != 2 || len(first.Tasks) != 6 || len(first.Zones) != 3 {
		t.Fatalf("state: %+v", first)
	}

	// A task that dies is replaced.
	victim := first.Tasks[0].ID
	if err := door.KillTask(t.Context(), victim); err != nil {
		t.Fatal(err)
	}
	if err := door.KillTask(t.Context(), victim); err == nil {
		t.Error("a dead task was killed again")
	}
	replaced := func() error {
		for _, x := range state().Tasks {
			if x.ID == victim {
				return errors.New("the victim is still listed")
			}
		}
		return l.steady(6)
	}
	if err := l.await(t.Context(), replaced); err != nil {
		t.Fatal(err)
	}

	// So is one that a fault picks, once.
	if _, err := door.AddFault(t.Context(), fault.Fault{Kind: fault.KillTask, Resource: "svc-002/*"}); err != nil {
		t.Fatal(err)
	}
	if err := l.await(t.Context(), func() error {
		if f := state().Faults[0]; f.Hits != 1 || !f.Over {
			return errors.New("it has not struck yet")
		}
		return l.steady(6)
	}); err != nil {
		t.Fatal(err)
	}

	// A zone that is gone has no task until it is back.
	zone := first.Zones[0].Name
	if err := door.Zone(t.Context(), zone, true); err != nil {
		t.Fatal(err)
	}
	if err := l.await(t.Context(), func() error {
		s := state()
		if !s.Zones[0].Lost {
			t.Fatalf("zones: %+v", s.Zones)
		}
		for _, x := range s.Tasks {
			if x.Zone == zone {
				return errors.New("a task is left in the zone")
			}
		}
		return l.steady(6)
	}); err != nil {
		t.Fatal(err)
	}
	if err := door.Zone(t.Context(), zone, false); err != nil {
		t.Fatal(err)
	}
	if s := state(); s.Zones[0].Lost {
		t.Errorf("zones: %+v", s.Zones)
	}
	if err := door.Zone(t.Context(), "mars-1a", true); err == nil {
		t.Error("a zone that is not there was lost")
	}
	if err := door.Pod(t.Context(), "default", "x", admin.KillPod); err == nil {
		t.Error("a pod was killed without Kubernetes")
	}

	// Calls over the wire: the next two are throttled, and counted.
	if _, err := door.AddFault(t.Context(), fault.Fault{Kind: fault.Throttle, Service: "ecs", Operation: "Describe*", Next: 2}); err != nil {
		t.Fatal(err)
	}
	c := newCaller(l)
	defer c.close()
	for n := range 3 {
		_, err := c.ecs.DescribeServices(t.Context(), describe("svc-001"))
		if throttled := err != nil && strings.Contains(err.Error(), "ThrottlingException"); n == 0 && !throttled || n > 0 && err != nil {
			t.Errorf("call %d (of two attempts each): %v", n, err)
		}
	}
	if f := state().Faults[1]; f.Hits != 2 || f.Seen != 2 || !f.Over {
		t.Errorf("counted %+v", f)
	}
}

func TestCallOf(t *testing.T) {
	for kind, want := range map[sdtypes.OperationType]string{
		sdtypes.OperationTypeRegisterInstance: "RegisterInstance", sdtypes.OperationTypeUpdateService: "UpdateService",
		sdtypes.OperationTypeDeregisterInstance: "DeregisterInstance", "": "",
	} {
		if got := callOf(kind); got != want {
			t.Errorf("%s is %q, want %q", kind, got, want)
		}
	}
}

func TestNodeGraceFollowsTheTiming(t *testing.T) {
	if got := nodeGrace(cloud.AWS()); got != 50*time.Second {
		t.Errorf("aws: %s", got)
	}
	if got := nodeGrace(cloud.Fast()); got != 5*time.Second {
		t.Errorf("fast: %s", got)
	}
}

// What is over is forgotten; what goes on, and the last window, is as it was.
func TestRecordForgets(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	run := func(window time.Duration) *record {
		r := newRecord(window)
		stays := netip.MustParseAddrPort("10.0.1.250:8080")
		r.event(node.Event{Kind: node.Serving, At: start, Addr: stays, Service: "a", Platform: "ecs"})
		for n := range 5000 {
			at := start.Add(time.Duration(n) * time.Second)
			addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 2, byte(n % 200)}), Port)
			r.event(node.Event{Kind: node.Serving, At: at, Addr: addr, Service: "a", Platform: "ecs"})
			r.connect(vpc.Connect{At: at, Dst: addr})
			r.connect(vpc.Connect{At: at, Dst: stays})
			r.event(node.Event{Kind: node.Closed, At: at.Add(500 * time.Millisecond), Addr: addr, Service: "a", Platform: "ecs"})
		}
		return r
	}
	bounded, whole := run(time.Minute), run(0)
	if n := len(bounded.serving); n > 100 || len(whole.serving) != 5001 {
		t.Errorf("%d spans with a bound, %d without", n, len(whole.serving))
	}
	if n := len(bounded.stops); n > 100 {
		t.Errorf("%d stops", n)
	}
	connects := 0
	for _, at := range bounded.last {
		connects += len(at)
	}
	if connects > 200 {
		t.Errorf("%d connects", connects)
	}
	if n := bounded.servingNow("a", "ecs"); n != 1 {
		t.Errorf("%d serve now, want 1", n)
	}
	past := start.Add(4999*time.Second - time.Minute)
	recent := func(r *record) (out []exposure.Serving) {
		serving, _ := r.of("a")
		for _, s := range serving {
			if s.To.IsZero() || s.To.After(past) {
				out = append(out, s)
			}
		}
		return out
	}
	a, b := recent(bounded), recent(whole)
	if len(a) != len(b) || len(a) < 60 {
		t.Errorf("the last minute has %d spans, %d without a bound", len(a), len(b))
	}
}

// The CLI finds a lab by its ready file, and says what is wrong where it does not.
func TestFaultCommandWithoutALab(t *testing.T) {
	t.Setenv("LAB_ADMIN_ENDPOINT", "")
	t.Setenv("LAB_ADMIN_TOKEN", "")
	file := filepath.Join(t.TempDir(), "ready.json")
	b, err := json.Marshal(Ready{AdminEndpoint: "http://127.0.0.1:1", AdminToken: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for args, c := range map[string]struct {
		code int
		want string
	}{
		"state":                                      {exitUsage, "--ready-file"},
		"state -o xml --ready-file x":                {exitUsage, "neither table nor json"},
		"fault list --ready-file /nobody":            {exitUsage, "ready file"},
		"fault list --ready-file " + file:            {exitError, "is it running"},
		"fault add explode --ready-file " + file:     {exitUsage, "is no kind"},
		"fault remove --ready-file " + file:          {exitUsage, "--all"},
		"fault remove f1 --all --ready-file " + file: {exitUsage, "--all"},
		"up --rates some":                            {exitUsage, "mcs, appmesh, unlimited"},
		"demo --fault explode":                       {exitUsage, "is no kind"},
		"up --no-kubernetes --eks ready":             {exitUsage, "kubernetes"},
		"soak --for 3m":                              {exitUsage, "not enough to tell"},
	} {
		var out, errs bytes.Buffer
		if code := Main(strings.Fields(args), &out, &errs); code != c.code || !strings.Contains(errs.String(), c.want) {
			t.Errorf("%s: exit %d, %q; want %d with %q", args, code, errs.String(), c.code, c.want)
		}
	}
}

// A lab without Kubernetes leaves the caller's kubeconfig alone.
func TestEnvOfALabWithoutKubernetes(t *testing.T) {
	with, without := Ready{Kubeconfig: "/x"}.Env(), Ready{}.Env()
	if len(without) != len(with)-1 || strings.Contains(strings.Join(without, " "), "KUBECONFIG") {
		t.Errorf("with one: %v; without: %v", with, without)
	}
}
