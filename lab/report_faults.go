package lab

import (
	"time"

	"github.com/tranship/tranship/lab/fault"
)

// FaultReport is one fault that was active during a run.
type FaultReport struct {
	Fault string `json:"fault"` // as the flag takes it
	Seen  int    `json:"seen"`  // calls or operations that it could have hit
	Hits  int    `json:"hits"`  // that it did hit, or how often it struck
	// CostsRequests says that what it does takes requests with it whoever
	// crosses: those under way to what died, and new ones until DNS follows.
	CostsRequests bool `json:"costsRequests,omitempty"`
}

// addFaults names the faults of the lab with what they did.
func (r *Report) addFaults(l *Lab) {
	for _, a := range l.faults.List(time.Now()) {
		r.Faults = append(r.Faults, FaultReport{
			Fault: a.Fault.String(), Seen: a.Seen, Hits: a.Hits,
			CostsRequests: a.Kind == fault.KillTask || a.Kind == fault.KillPod || a.Kind == fault.LoseZone,
		})
	}
}

func (r *Report) printFaults(line func(label, format string, a ...any)) {
	label, costs := "faults", false
	for _, f := range r.Faults {
		line(label, "%s: hit %d of %d", f.Fault, f.Hits, f.Seen)
		label, costs = "", costs || f.CostsRequests && f.Hits > 0
	}
	if costs {
		line("", "what dies takes the requests that are under way with it, and new ones until DNS follows:")
		line("", "that is the fault's work, crossing or not, and is counted all the same")
	}
}
