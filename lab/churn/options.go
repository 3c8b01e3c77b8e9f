package churn

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/clusterdns"
	"github.com/tranship/tranship/lab/fault"
	"github.com/tranship/tranship/lab/load"
)

// Phase is a part of the trial.
type Phase string

// The phases, in their order.
const (
	Fill    Phase = "fill"
	Rest    Phase = "rest"
	Restart Phase = "restart"
	Vanish  Phase = "vanish"
	Outage  Phase = "outage"
	Leader  Phase = "leader"
	// Hardship is a restart with calls that go wrong and controllers that die.
	Hardship Phase = "hardship"
)

// Phases are all of them.
func Phases() []Phase { return []Phase{Fill, Rest, Restart, Vanish, Outage, Leader, Hardship} }

// Options say how large the fleet is, and what is done to it.
type Options struct {
	Services, Pods int
	TTL            time.Duration
	Timing, Rates  string // as lab.Options have them
	Temper         string
	Seed           uint64
	CoreDNS        string
	Slow           time.Duration // of the clients' slow requests

	Rate    float64       // requests per second over all habits
	Control time.Duration // length of the control run
	Rest    time.Duration // how long the fleet at rest is watched
	AtOnce  int           // Deployments that are restarted at the same time
	// Gate: the Services ask for the readiness gate. GateInTemplate writes it into
	// the pods' templates, too, as if the webhook had done it; so it is where the
	// controller has no webhook.
	Gate, GateInTemplate bool
	// Caches is what the pods' preStop allows for caches of clients beyond the TTL.
	Caches time.Duration
	// Outage is how long Cloud Map fails; 0: it doesn't.
	Outage time.Duration
	// Replicas of the controller; KillLeader kills the one that leads.
	Replicas   int
	KillLeader bool
	// Faults are in force, and the leading controller is killed so often, while all is
	// restarted once more; none and 0: it is not.
	Faults    []string
	KillEvery time.Duration
	Only      []string // phases; none: all that the other options ask for

	Tranship      string   // the binary
	More          []string // arguments of the controller, beside the lab's own
	ControllerLog io.Writer
	Out           io.Writer // gets what happens, as it happens
}

// labOptions are those of the lab that the trial runs on.
func (o Options) labOptions() lab.Options {
	return lab.Options{
		Services: o.Services, Pods: o.Pods, TTL: o.TTL, Timing: o.Timing, Rates: o.Rates, Temper: o.Temper, Seed: o.Seed,
		CoreDNS: o.CoreDNS, Slow: o.Slow, NamesAlone: true, ControllerLog: o.ControllerLog, Progress: o.Out,
		// A restart has up to twice the pods in the names for a while. AWS raises this quota on request.
		NamespaceInstances: max(2000, 3*o.Services*o.Pods),
	}
}

// does says whether a phase is asked for.
func (o Options) does(p Phase) bool {
	switch {
	case p == Outage && o.Outage == 0, p == Leader && !o.KillLeader, p == Hardship && o.KillEvery == 0 && len(o.Faults) == 0:
		return false
	}
	return len(o.Only) == 0 || slices.Contains(o.Only, string(p))
}

// check finds what lab.Options would not.
func (o Options) check() error {
	for _, p := range o.Only {
		if !slices.Contains(Phases(), Phase(p)) {
			return fmt.Errorf("only: %q is none of %s", p, strings.Trim(fmt.Sprint(Phases()), "[]"))
		}
	}
	for _, f := range o.Faults {
		if _, err := fault.Parse(f); err != nil {
			return fmt.Errorf("fault: %w", err)
		}
	}
	switch {
	case o.KillEvery < 0 || o.KillEvery > 0 && o.KillEvery < time.Second:
		return fmt.Errorf("kill-every: %s leaves no time to do anything; take at least 1s", o.KillEvery)
	case slices.Contains(o.Only, string(Hardship)) && o.KillEvery == 0 && len(o.Faults) == 0:
		return errors.New("only: the phase hardship needs --fault or --kill-every")
	case o.Services < 1 || o.Services > lab.MaxServices || o.Pods < 1:
		return fmt.Errorf("services and pods: %d and %d; from 1 to %d services, of at least 1 pod each", o.Services, o.Pods, lab.MaxServices)
	case o.TTL < time.Second || o.TTL%time.Second != 0:
		return fmt.Errorf("ttl: %s is not in whole seconds", o.TTL)
	case o.Rate <= 0:
		return fmt.Errorf("rate: %g requests per second are no load", o.Rate)
	case o.Control <= 0 || o.Rest <= 0:
		return fmt.Errorf("control and rest: %s and %s; both must be above 0", o.Control, o.Rest)
	case o.AtOnce < 1:
		return fmt.Errorf("at-once: %d is not at least 1", o.AtOnce)
	case o.Outage < 0 || o.Outage > 0 && o.Outage < 10*time.Second:
		return fmt.Errorf("outage: %s is too short to do anything in it; take at least 10s", o.Outage)
	case o.Caches < 0:
		return fmt.Errorf("client-caches: %s is below 0", o.Caches)
	case o.Replicas < 1:
		return fmt.Errorf("replicas: %d is not at least 1", o.Replicas)
	case o.KillLeader && o.Replicas < 2:
		return errors.New("kill-leader: nobody is left to take over; give --replicas 2")
	case slices.Contains(o.Only, string(Outage)) && o.Outage == 0:
		return errors.New("only: the phase outage needs --outage")
	case slices.Contains(o.Only, string(Leader)) && !o.KillLeader:
		return errors.New("only: the phase leader needs --kill-leader")
	}
	_, err := cloud.TimingNamed(o.Timing)
	return err
}

// caches is the default of Options.Caches: the longest that a client of the lab
// holds an answer beyond its TTL, but for those with a fixed cache, which no
// manifest can know of.
func caches(ttl time.Duration) time.Duration {
	var c load.Caches
	discover, _ := c.Bound(load.Discover)
	return max(clusterdns.Holds(ttl), discover)
}

// preStop is how long a pod serves on after it has left its name: until nobody may
// hold its address any more.
func (o Options) preStop(t cloud.Timing) time.Duration {
	d := o.TTL + t.PropagationMax + t.OperationMax + o.Caches
	return (d + time.Second - 1).Truncate(time.Second)
}
