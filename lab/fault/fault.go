package fault

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Fault says what goes wrong, with what, how often and how late. The zero value
// of each member but Kind is a default.
type Fault struct {
	Kind Kind `json:"kind"`
	// Service is the AWS service as its endpoint is called, such as
	// servicediscovery, and Operation an operation of it, such as
	// RegisterInstance. Both are globs (* and ?); empty is *. What happens by
	// itself has neither.
	Service   string `json:"service,omitempty"`
	Operation string `json:"operation,omitempty"`
	// Resource is a glob, too: of a call its ARN, or an instance id; of an
	// operation the id of a service, its DNS name, or an instance id; a task as
	// SERVICE/ID, a pod as NAMESPACE/NAME, a zone by its name. Empty is *.
	Resource string `json:"resource,omitempty"`

	// At most one of these four says how often. None: each that matches, and
	// once for what happens by itself.
	Next   int      `json:"next,omitempty"`   // the next n that match
	Every  int      `json:"every,omitempty"`  // every nth that matches
	Chance float64  `json:"chance,omitempty"` // with this probability, drawn from the lab's seed
	Period Duration `json:"period,omitempty"` // that often; only for what happens by itself

	// For is how long the fault is active; 0: until it is removed.
	For Duration `json:"for,omitempty"`
	// Delay is how late the answer or the operation is, how long a pod stays
	// unready and a zone gone. The default depends on the kind.
	Delay Duration `json:"delay,omitempty"`
	// Code is the error code of fail-operation; default INTERNAL_FAILURE.
	Code string `json:"code,omitempty"`
}

// Duration is a time.Duration that is written as in "30s".
type Duration time.Duration

// MarshalText writes it as in "30s".
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what time.ParseDuration reads.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

func (d Duration) String() string { return time.Duration(d).String() }

// delays are the defaults of Delay. Time-outs are longer than any client's
// patience, so that it is the client that gives up.
var delays = map[Kind]time.Duration{
	TimeoutBefore: time.Minute,
	TimeoutAfter:  time.Minute,
	SlowAnswer:    2 * time.Second,
	SlowOperation: 10 * time.Second,
	StaleDiscover: 30 * time.Second,
	UnreadyPod:    15 * time.Second,
	LoseZone:      30 * time.Second,
}

// The most that is taken for a time; more is a slip of the pen.
const longest = Duration(24 * time.Hour)

// withDefaults checks the fault and fills in what was left out.
func (f Fault) withDefaults() (Fault, error) {
	where, known := f.Kind.Where()
	if !known {
		return f, fmt.Errorf("fault: %q is no kind, there are %s: %w", f.Kind, kindList(), ErrInvalid)
	}
	often := 0
	for _, said := range []bool{f.Next != 0, f.Every != 0, f.Chance != 0, f.Period != 0} {
		if said {
			often++
		}
	}
	switch {
	case often > 1:
		return f, f.wrong("says how often in several ways: give one of next, every, chance")
	case f.Next < 0 || f.Every < 0 || f.Period < 0:
		return f, f.wrong("next and every must be at least 1")
	case f.Chance < 0 || f.Chance > 1 || f.Chance != f.Chance:
		return f, f.wrong("chance is a probability, between 0 and 1")
	case f.For < 0 || f.For > longest || f.Delay < 0 || f.Delay > longest || f.Period > longest:
		return f, f.wrong("a time must be between 0 and 24h")
	case where == InWorld && (f.Every != 0 || f.Chance != 0):
		return f, f.wrong("happens by itself: say every=30s, or next=1")
	case where != InWorld && f.Period != 0:
		return f, f.wrong("happens to calls: say every=10 for every tenth, not a time")
	case where == InWorld && (f.Service != "" || f.Operation != ""):
		return f, f.wrong("takes one name only, as in " + string(f.Kind) + ":" + examples[f.Kind])
	case f.Delay != 0 && !f.Kind.Delayed():
		return f, f.wrong("has no delay")
	case f.Code != "" && f.Kind != FailOperation:
		return f, f.wrong("has no code; only " + string(FailOperation) + " has")
	}
	for _, s := range []string{f.Service, f.Operation, f.Resource, f.Code} {
		if len(s) > 512 {
			return f, f.wrong("has a name of more than 512 characters")
		}
	}
	if where == InWorld && often == 0 {
		f.Next = 1
	}
	if f.Delay == 0 {
		f.Delay = Duration(delays[f.Kind])
	}
	if f.Kind == FailOperation && f.Code == "" {
		f.Code = "INTERNAL_FAILURE"
	}
	return f, nil
}

// ErrInvalid is what every refusal of a Fault wraps.
var ErrInvalid = errors.New("not a fault")

func (f Fault) wrong(why string) error { return fmt.Errorf("fault %s %s: %w", f.Kind, why, ErrInvalid) }

// Check says what is wrong with the fault; nil: it can be added.
func (f Fault) Check() error {
	_, err := f.withDefaults()
	return err
}

var examples = map[Kind]string{
	KillTask: "svc-001/*", KillPod: "default/svc-001-*", UnreadyPod: "default/svc-001-*", LoseZone: "ap-south-1a",
}

func kindList() string {
	names := make([]string, 0, len(Kinds()))
	for _, k := range Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}
