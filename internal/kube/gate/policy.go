package gate

import (
	"fmt"
	"time"
)

// Reason is the word that stands in the pod's condition, in events and in
// metrics.
type Reason string

// Why a gate is open, or not yet.
const (
	ReasonRegistered Reason = "Registered" // proved present in the name
	ReasonTimedOut   Reason = "TimedOut"   // not in the name; opened so that scale-out goes on
	ReasonNotClaimed Reason = "NotClaimed" // no Service with a name selects the pod
	ReasonNameHeld   Reason = "NameHeld"   // others hold the name: the pod is not to be in it
	ReasonNotReady   Reason = "NotReady"   // the pod itself is not ready yet
	ReasonWaiting    Reason = "Waiting"    // ready, and on its way into the name
	ReasonOverdue    Reason = "Overdue"    // as TimedOut, but the policy keeps it closed
)

// DefaultTimeout is how long a ready pod waits for its name, unless told
// otherwise.
const DefaultTimeout = 5 * time.Minute

// Policy says what becomes of a ready pod that does not get into its name.
type Policy struct {
	After  time.Duration // from when everything else about the pod is ready
	Closed bool          // stay closed, and say so, rather than open
}

// Standing is where a pod with a closed gate stands.
type Standing struct {
	Pod        Pod
	ReadySince time.Time // see the function of that name
	Present    bool      // proved to be in every name that it belongs to
	Stray      bool      // see Strays
	// Held says who holds the name while the pod is not to be in it at all; ""
	// where it is wanted there.
	Held string
	// Waits says what keeps a wanted pod out, for people; "" where it is only
	// a matter of time.
	Waits string
}

// Verdict is what to do about one gate.
type Verdict struct {
	Open    bool
	Reason  Reason
	Text    string
	Warning bool      // a person should be told, by an event of this reason and text
	Again   time.Time // when time alone changes it; zero: never
}

// Decide looks at one pod.
func (p Policy) Decide(s Standing, now time.Time) Verdict {
	waits := ""
	if s.Waits != "" {
		waits = ": " + s.Waits
	}
	due := s.ReadySince.Add(p.After)
	switch {
	case s.Present:
		return Verdict{Open: true, Reason: ReasonRegistered, Text: "the pod is in its name"}
	case s.Stray:
		return Verdict{Open: true, Reason: ReasonNotClaimed, Warning: true, Text: fmt.Sprintf(
			"no Service that claims a name selects pod %s any more, so its readiness gate is opened: it would wait for ever", s.Pod)}
	case s.Held != "":
		return Verdict{Open: true, Reason: ReasonNameHeld, Text: "the pod is kept out of its name, so it does not wait for it: " + s.Held}
	case s.ReadySince.IsZero():
		return Verdict{Reason: ReasonNotReady, Text: "the pod gets into its name once its containers are ready"}
	case now.Before(due):
		return Verdict{Reason: ReasonWaiting, Again: due, Text: "the pod is ready and not in its name yet" + waits}
	case p.Closed:
		return Verdict{Reason: ReasonOverdue, Warning: true, Text: fmt.Sprintf(
			"pod %s was not in its name within %s after it was ready%s; its readiness gate stays closed, as --gate-closed says", s.Pod, p.After, waits)}
	}
	return Verdict{Open: true, Reason: ReasonTimedOut, Warning: true, Text: fmt.Sprintf(
		"pod %s was not in its name within %s after it was ready%s; its readiness gate is opened all the same: it serves callers that do not go through the name, and gets into it later", s.Pod, p.After, waits)}
}
