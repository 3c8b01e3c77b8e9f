package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/tranship/tranship/internal/registrar"
	"github.com/tranship/tranship/lab/cloud"
)

// Scenario is what a run is made of. Draw makes one from a seed.
type Scenario struct {
	Seed  uint64
	Tasks int
	Pods  int
	TTL   int64
	// CustomHealth: the Cloud Map service has it. ContainerCheck: ECS reports it.
	CustomHealth, ContainerCheck bool
	Withdrawal                   registrar.Way
	Reactions                    cloud.Reactions
	// Told: what doctor found of the reactions is known beforehand.
	Told   bool
	Caches time.Duration

	// Foreign: somebody else takes part in the name, and a person lets them.
	Foreign bool

	Faults Faults
	Ambush Ambush
	// Script is what people, infrastructure code and GitOps do.
	Script []Deed
	// FaultsUntil ends all faults, so that the run can come to its end.
	FaultsUntil time.Duration
	Horizon     time.Duration
}

// Faults per port call, in 1/1000.
type Faults struct {
	CrashBefore, CrashAfter int  // the process dies before the call has an effect, or after
	LostReply               int  // it had an effect, the caller hears nothing
	LateEffect              int  // the caller hears nothing, the effect comes later
	Throttle                int  // refused
	Unavailable             int  // 5xx, no effect
	Freeze                  int  // the process stands still, longer than its lease
	OtherIdentity           bool // a restarted process has another identity
	TwoLeaders              bool // a second controller waits for the lease
	KillEvery               time.Duration
	StatusLost              int // per mille of Gathers, once
}

// Ambush is everything at once, at one write of a controller: the process dies as
// the bytes leave, the write lands when its successor may be at work already, and
// somebody may change their mind at that very moment.
type Ambush struct {
	Write    int  // the how manieth; 0: none
	Scale    bool // of those that set desiredCount
	Rollback bool
}

// Deed is one thing that somebody does at a time.
type Deed struct {
	At   time.Duration
	What string // pause, resume, rollback, forward, ttl, podkill, unready, flap
}

// Draw makes the scenario of a seed.
func Draw(seed uint64) Scenario {
	r := rand.New(rand.NewPCG(seed, 0x7472616e73686970))
	chance := func(percent int) bool { return r.IntN(100) < percent }
	s := Scenario{
		Seed:  seed,
		Tasks: 1 + r.IntN(4), TTL: []int64{5, 10, 60}[r.IntN(3)],
		CustomHealth: chance(50),
		Withdrawal:   registrar.Auto,
		Caches:       []time.Duration{0, 30 * time.Second}[r.IntN(2)],
		FaultsUntil:  time.Duration(5+r.IntN(40)) * time.Minute,
		Horizon:      6 * time.Hour,
	}
	s.Pods = s.Tasks + r.IntN(4)
	if s.Tasks == 1 && chance(50) {
		s.Pods = 1
	}
	if s.CustomHealth {
		s.ContainerCheck = chance(30)
		if chance(50) {
			s.Withdrawal = registrar.CustomHealth
		}
	}
	if s.Withdrawal == registrar.Auto && chance(50) {
		s.Withdrawal = registrar.Deregister
	}
	if chance(40) {
		s.Reactions.Deregister = []cloud.Reaction{cloud.Ignore, cloud.Reregister, cloud.Replace}[r.IntN(3)]
		s.Reactions.Health = []cloud.Reaction{cloud.Ignore, cloud.Reassert, cloud.Replace}[r.IntN(3)]
		s.Reactions.After = time.Duration(r.IntN(180)) * time.Second
		// What comes late, or replaces tasks, only a scratch service can have shown.
		reacts := s.Reactions.Deregister != cloud.Ignore || s.Reactions.Health != cloud.Ignore
		s.Told = s.Reactions.Deregister == cloud.Replace || s.Reactions.Health == cloud.Replace ||
			reacts && s.Reactions.After > 20*time.Second || chance(30)
	}
	switch r.IntN(6) {
	case 0: // nothing goes wrong
	case 1:
		s.Faults = Faults{CrashBefore: 5, CrashAfter: 5}
	case 2:
		s.Faults = Faults{LostReply: 30, LateEffect: 20, Throttle: 30, Unavailable: 20}
	case 3:
		s.Faults = Faults{Freeze: 4, TwoLeaders: true, OtherIdentity: true, LateEffect: 10}
	case 4:
		s.Faults = Faults{KillEvery: time.Duration(3+r.IntN(20)) * time.Second}
	case 5:
		s.Faults = Faults{
			CrashBefore: 2, CrashAfter: 2, LostReply: 10, LateEffect: 10, Throttle: 10, Unavailable: 10,
			Freeze: 2, TwoLeaders: true, OtherIdentity: chance(50), StatusLost: r.IntN(2),
		}
	}
	s.script(r, chance)
	s.Foreign = chance(8)
	if len(s.Script) == 0 && chance(50) {
		s.Ambush = Ambush{Write: 1 + r.IntN(40), Rollback: chance(70)}
		if chance(50) {
			s.Ambush.Write, s.Ambush.Scale = 1+r.IntN(3), true
		}
	}
	if chance(25) {
		for range 1 + r.IntN(3) {
			s.Script = append(s.Script, Deed{time.Duration(r.IntN(1200)) * time.Second, "flap"})
		}
	}
	return s
}

// script draws what people and programs do.
func (s *Scenario) script(r *rand.Rand, chance func(int) bool) {
	at := func(before int) time.Duration { return time.Duration(r.IntN(before)) * time.Second }
	add := func(t time.Duration, what string) { s.Script = append(s.Script, Deed{t, what}) }
	switch r.IntN(8) {
	case 0, 1:
		add(at(1500), "rollback")
	case 2:
		t := at(1200)
		add(t, "rollback")
		add(t+time.Second+at(1200), "forward")
	case 3:
		t := at(900)
		add(t, "pause")
		add(t+time.Second+at(900), "resume")
	case 4:
		t := at(900)
		add(t, "ttl")
		add(t+time.Minute+at(900), "resume")
	}
	if chance(25) {
		for range 1 + r.IntN(3) {
			add(at(1200), "podkill")
		}
	}
	if chance(10) {
		add(at(1200), "unready")
	}
}

// String is a line that says it all.
func (s Scenario) String() string {
	return fmt.Sprintf("seed %d: %d tasks, %d pods, TTL %d, custom health %t (container check %t), %s, reactions %s/%s after %s told %t, foreign %t, faults %+v until %s, ambush %+v, script %v",
		s.Seed, s.Tasks, s.Pods, s.TTL, s.CustomHealth, s.ContainerCheck, s.Withdrawal,
		reaction(s.Reactions.Deregister), reaction(s.Reactions.Health), s.Reactions.After, s.Told, s.Foreign, s.Faults, s.FaultsUntil, s.Ambush, s.Script)
}

func reaction(r cloud.Reaction) string {
	return [...]string{"ignore", "reregister", "reassert", "replace"}[r]
}
