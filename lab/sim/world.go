package sim

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/load/exposure"
)

const (
	ecsCluster = "prod"
	svcName    = "orders"
	namespace  = "shop.internal"
)

// world is everything there is in one run.
type world struct {
	sc      Scenario
	rng     *rand.Rand
	start   time.Time
	now     time.Time
	horizon time.Time
	queue   entries
	seq     uint64
	running *actor

	cloud           *cloud.Cloud
	account, region string
	ref             names.Ref

	lease lease
	slots map[int]*process
	procs int
	kube  kube
	obj   *object // nil without a migration
	// steady is what there is in place of it.
	steady *steady
	// decoded is the stored state of one version of obj.
	decoded struct {
		version int
		state   cutover.State
	}

	serving []exposure.Serving
	open    map[netip.Addr]int // index into serving of what serves now
	stops   []exposure.Stop

	writes     int
	sent       int  // calls that an ambush counts
	ambushed   bool // and the word was rollback
	verbose    bool
	transcript strings.Builder
	broken     []string
}

// newWorld builds the world before the crossing: ECS serves alone.
func newWorld(sc Scenario, verbose bool) (*world, error) {
	w := &world{
		sc: sc, verbose: verbose,
		rng:     rand.New(rand.NewPCG(sc.Seed, 1)),
		start:   time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC),
		account: "123456789012", region: "ap-south-1",
		slots: map[int]*process{},
		open:  map[netip.Addr]int{},
	}
	w.now, w.horizon = w.start, w.start.Add(sc.Horizon)
	w.cloud = cloud.New(cloud.Config{
		Seed: sc.Seed, Start: w.start, Account: w.account, Region: w.region,
		Timing: cloud.AWS(), Reactions: sc.Reactions,
	})
	err := w.cloud.SeedFleet(cloud.Fleet{
		Namespace: namespace, Cluster: ecsCluster,
		Services: []cloud.FleetService{{
			Name: svcName, Tasks: sc.Tasks, TTL: time.Duration(sc.TTL) * time.Second, ContainerPort: 8080,
			CustomHealth: sc.CustomHealth, ContainerHealth: sc.ContainerCheck,
		}},
	})
	if err != nil {
		return nil, fmt.Errorf("seed %d: the fleet: %w", sc.Seed, err)
	}
	w.effects()
	if err := w.findRef(); err != nil {
		return nil, err
	}
	w.kube.begin(w)
	w.obj = newObject(w)
	w.controller(0, 0)
	if sc.Faults.TwoLeaders {
		w.controller(1, 500*time.Millisecond)
	}
	w.people()
	w.stranger()
	w.killer()
	return w, nil
}

// Now is the clock of everything in the run.
func (w *world) Now() time.Time { return w.now }

// latency of one leg of a call.
func (w *world) latency() time.Duration { return time.Duration(5+w.rng.IntN(120)) * time.Millisecond }

// fault draws one, as long as faults are on.
func (w *world) fault(perMille int) bool {
	if perMille == 0 || w.now.Sub(w.start) > w.sc.FaultsUntil {
		return false
	}
	return w.rng.IntN(1000) < perMille
}

// killer kills the leader again and again.
func (w *world) killer() {
	if w.sc.Faults.KillEvery == 0 {
		return
	}
	w.spawn("killer", nil, w.sc.Faults.KillEvery, func(a *actor) {
		for w.now.Sub(w.start) < w.sc.FaultsUntil {
			w.crash(w.slots[0], "kill -9")
			a.pause(w.sc.Faults.KillEvery)
		}
	})
}

// effects lets the containers follow ECS: they are rude, and gone at SIGTERM.
func (w *world) effects() {
	for _, e := range w.cloud.TakeEffects() {
		switch e.Kind {
		case cloud.StartTask:
			w.serve(e.Task.IP, e.At)
		case cloud.SignalTask:
			w.unserve(e.Task.IP, e.At)
			w.logf("ECS stops task %s (%s)", e.Task.ID, e.Task.IP)
			w.cloud.ContainerExited(e.Task.ID)
		case cloud.KillTask:
			w.unserve(e.Task.IP, e.At)
		}
	}
}

func (w *world) serve(ip netip.Addr, at time.Time) {
	if _, ok := w.open[ip]; ok {
		return
	}
	w.open[ip] = len(w.serving)
	w.serving = append(w.serving, exposure.Serving{Addr: ip, From: at})
}

func (w *world) unserve(ip netip.Addr, at time.Time) {
	if n, ok := w.open[ip]; ok {
		w.serving[n].To = at
		w.stops = append(w.stops, exposure.Stop{Addr: ip, At: at})
		delete(w.open, ip)
	}
}

// bounds are what the product is told; the model keeps them.
func (w *world) bounds() cutover.Bounds {
	t := w.cloud.Config().Timing
	b := cutover.Bounds{
		Owner:       "cluster-a",
		Propagation: t.PropagationMax, Operation: t.OperationMax, Health: t.HealthFlip,
		TaskStart: t.StartMax + t.SchedulerMax + t.OperationMax,
		Flight:    leaseFor + callTimeout, Fresh: 2 * time.Second,
	}
	if w.sc.Caches > 0 {
		b.Caches = []cutover.Cache{{Name: "jvm", For: w.sc.Caches}}
	}
	return b
}

func (w *world) clock(t time.Time) string { return t.Sub(w.start).Round(time.Millisecond).String() }

func (w *world) logf(format string, a ...any) {
	if w.verbose {
		fmt.Fprintf(&w.transcript, "%12s  %s\n", w.clock(w.now), fmt.Sprintf(format, a...))
	}
}

// violation notes that something that must never be was.
func (w *world) violation(format string, a ...any) {
	s := fmt.Sprintf(format, a...)
	w.logf("VIOLATION %s", s)
	if len(w.broken) < 10 {
		w.broken = append(w.broken, w.clock(w.now)+" "+s)
	}
}
