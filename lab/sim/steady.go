package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/tranship/tranship/internal/registrar"
)

// Steady is a run of a name without a migration: Services ask for it, their pods
// come and go, and the name is to follow. DrawSteady makes one from a seed.
type Steady struct {
	Seed         uint64
	Deployments  []Deployed
	Nodes        int
	TTL          int64
	CustomHealth bool
	Caches       time.Duration
	Policy       registrar.Policy
	// GateTimeout is the engine's: 0 is for ever.
	GateTimeout time.Duration
	// Partial is how long at most a process that started has not seen all objects.
	Partial time.Duration
	// Neighbours are instances that a second cluster has in the name. Uninvited:
	// no annotation lets the two share it, so ours stay out.
	Neighbours int
	Uninvited  bool
	// Adopted: the name was ExternalDNS' before.
	Adopted bool

	Faults Faults
	// FailedOps is how many operations of a thousand end in FAIL.
	FailedOps   int
	FaultsUntil time.Duration
	Kill        Kill
	Script      []Deed
	Horizon     time.Duration
}

// Deployed is a Deployment, and the Service of the same name in front of it.
type Deployed struct {
	Name  string
	Pods  int
	Gated bool // its pods wait for the readiness gate
}

// Kill lets the process die at one write, the how manieth; 0 for none.
type Kill struct {
	Write int
	When  When
}

// When a process dies: before the call, after it, or with it on its way, so that
// it lands when the successor may be at work.
type When string

// The moments.
const (
	Before When = "before"
	After  When = "after"
	Late   When = "late"
)

// DrawSteady makes the steady run of a seed.
func DrawSteady(seed uint64) Steady {
	r := rand.New(rand.NewPCG(seed, 0x737465616479))
	chance := func(percent int) bool { return r.IntN(100) < percent }
	s := Steady{
		Seed: seed, Nodes: 2 + r.IntN(3), TTL: []int64{5, 10, 60}[r.IntN(3)],
		CustomHealth: chance(35), Policy: registrar.Sync,
		Caches:      []time.Duration{0, 30 * time.Second}[r.IntN(2)],
		FaultsUntil: time.Duration(5+r.IntN(20)) * time.Minute,
		Horizon:     5 * time.Hour,
	}
	s.Deployments = []Deployed{{"orders", 1 + r.IntN(5), chance(70)}}
	if chance(25) {
		s.Deployments = append(s.Deployments, Deployed{"orders-b", 1 + r.IntN(3), chance(50)})
	}
	switch r.IntN(10) {
	case 0:
		s.Policy = registrar.UpsertOnly
	case 1:
		s.Policy = registrar.CreateOnly
	}
	if chance(30) {
		s.GateTimeout = 5 * time.Minute
	}
	if chance(30) {
		s.Partial = time.Duration(5+r.IntN(90)) * time.Second
	}
	if chance(25) {
		s.Neighbours = 1 + r.IntN(3)
		s.Uninvited = chance(15)
	}
	s.Adopted = s.Neighbours == 0 && s.Policy == registrar.Sync && chance(12)
	switch r.IntN(6) {
	case 0, 1: // nothing goes wrong
	case 2:
		s.Faults = Faults{CrashBefore: 8, CrashAfter: 8}
	case 3:
		s.Faults = Faults{LostReply: 30, LateEffect: 20, Throttle: 30, Unavailable: 20}
		s.FailedOps = 50
	case 4:
		s.Faults = Faults{Freeze: 6, TwoLeaders: true, OtherIdentity: chance(50), LateEffect: 10}
	case 5:
		s.Faults = Faults{
			CrashBefore: 4, CrashAfter: 4, LostReply: 10, LateEffect: 10, Throttle: 10, Unavailable: 10,
			Freeze: 3, TwoLeaders: true, OtherIdentity: chance(50),
		}
		s.FailedOps = r.IntN(100)
		if chance(30) {
			s.Faults.KillEvery = time.Duration(20+r.IntN(40)) * time.Second
		}
	}
	if chance(20) {
		s.Kill = Kill{1 + r.IntN(25), []When{Before, After, Late, Late}[r.IntN(4)]}
	}
	s.script(r, chance)
	return s
}

// script draws what happens to the pods, and what others do.
func (s *Steady) script(r *rand.Rand, chance func(int) bool) {
	t := 4 * time.Minute
	add := func(what string) { s.Script = append(s.Script, Deed{t, what}) }
	later := func(most int) { t += time.Duration(1+r.IntN(most)) * time.Second }
	deeds := []string{
		"rollout", "rollout", "rollout", "rollout", "out", "in", "node", "node", "unready", "allunready", "steal", "outage", "unmake",
	}
	if s.Neighbours > 0 {
		deeds = append(deeds, "neighbours", "neighbours", "neighbours")
	}
	for range 1 + r.IntN(5) {
		what := deeds[r.IntN(len(deeds))]
		add(what)
		if what == "unmake" { // a Service is made anew soon, or after a while
			later([]int{25, 25, 400}[r.IntN(3)])
			add("make")
		}
		if chance(40) {
			later(60)
		} else {
			later(500)
		}
	}
	if !s.Adopted && s.Neighbours == 0 && s.Policy == registrar.Sync && chance(12) {
		// After that the name is ExternalDNS' to keep, so nothing moves any more.
		t = max(t, s.FaultsUntil) + 30*time.Minute
		add("handover")
	}
}

// String is a line that says it all.
func (s Steady) String() string {
	return fmt.Sprintf("seed %d: %v on %d nodes, TTL %d, custom health %t, caches %s, policy %s, gate time-out %s, partial %s, %d neighbours (uninvited %t), adopted %t, faults %+v and %d failed operations until %s, kill %v, script %v",
		s.Seed, s.Deployments, s.Nodes, s.TTL, s.CustomHealth, s.Caches, s.Policy, s.GateTimeout, s.Partial, s.Neighbours, s.Uninvited,
		s.Adopted, s.Faults, s.FailedOps, s.FaultsUntil, s.Kill, s.Script)
}

// quiet: nothing goes wrong but for what the script says.
func (s Steady) quiet() bool { return s.Faults == (Faults{}) && s.FailedOps == 0 && s.Kill == (Kill{}) }
