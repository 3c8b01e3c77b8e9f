package likeness

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/likeness/fleet"
)

// Options say how large the fleet is, and what is done to it.
type Options struct {
	Services int           // the first so many shapes of package fleet
	Tasks    int           // of each service that has a count
	TTL      time.Duration // of the records
	Timing   string        // as lab.Options have it
	Rates    string        // likewise
	Temper   string        // likewise
	CoreDNS  string        // likewise
	Seed     uint64
	Rate     float64       // requests per second over all services
	Control  time.Duration // length of the control run
	AtOnce   int           // services that are moved at the same time
	Still    bool          // compare alone: nothing is moved

	Tranship string // the binary
	Dir      string // a folder for the snapshot and what is made of it; "": one that is removed
	Log      io.Writer
	Out      io.Writer // gets what happens, as it happens
}

// labOptions are those of the lab that the trial runs on.
func (o Options) labOptions() lab.Options {
	return lab.Options{
		Services: o.Services, Tasks: o.Tasks, Pods: o.Tasks, TTL: o.TTL, Timing: o.Timing, Rates: o.Rates, Temper: o.Temper,
		Seed: o.Seed, CoreDNS: o.CoreDNS, Slow: 5 * time.Second, Region: fleet.Region,
		Shapes: fleet.Shapes(o.Services), ARM: true, Sees: true, Secrets: fleet.Store().ValueFrom, Files: fleet.File,
		Controllers: []string{"daemonset-controller", "persistentvolume-binder-controller", "horizontal-pod-autoscaler-controller", "disruption-controller"},
		Busy:        time.Duration(o.AtOnce) * 300 * time.Millisecond,
		Tranship:    o.Tranship, ControllerLog: o.Log, Progress: o.Out,
	}
}

// check finds what lab.Options would not.
func (o Options) check() error {
	switch {
	case o.Services < 1 || o.Services > 200:
		return fmt.Errorf("services: %d is not between 1 and 200", o.Services)
	case o.Tasks < 1:
		return fmt.Errorf("tasks: at least 1, got %d", o.Tasks)
	case o.TTL < time.Second || o.TTL%time.Second != 0:
		return fmt.Errorf("ttl: %s is not in whole seconds", o.TTL)
	case o.Rate <= 0:
		return fmt.Errorf("rate: %g requests per second are no load", o.Rate)
	case o.Control <= 0:
		return errors.New("control: it must be above 0")
	case o.AtOnce < 1:
		return fmt.Errorf("at-once: %d is not at least 1", o.AtOnce)
	}
	return nil
}
