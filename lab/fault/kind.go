package fault

// Kind is what goes wrong.
type Kind string

// What goes wrong with the answer to a call. Of the first four nothing happens
// in AWS; of the others the effect happens.
const (
	Throttle      Kind = "throttle"       // refused as over the rate
	Error         Kind = "error"          // HTTP 500
	Unavailable   Kind = "unavailable"    // HTTP 503
	TimeoutBefore Kind = "timeout-before" // silence for Delay, then the connection ends
	TimeoutAfter  Kind = "timeout-after"  // the same after the effect
	LostAnswer    Kind = "lost-answer"    // the connection is cut after the effect
	SlowAnswer    Kind = "slow-answer"    // the answer comes Delay later
)

// What goes wrong inside of Cloud Map, after it has taken the call.
const (
	SlowOperation Kind = "slow-operation" // an operation ends Delay later
	FailOperation Kind = "fail-operation" // an operation ends in FAIL
	StaleDiscover Kind = "stale-discover" // DiscoverInstances follows Delay later
)

// What happens by itself to what runs.
const (
	KillTask   Kind = "kill-task"   // the container of an ECS task dies
	KillPod    Kind = "kill-pod"    // the container of a pod dies, and is started again
	UnreadyPod Kind = "unready-pod" // a pod fails its readiness check for Delay
	LoseZone   Kind = "lose-zone"   // everything in an availability zone is gone for Delay
)

// Where is the part of the lab that a kind happens in.
type Where int

// The parts.
const (
	InCall      Where = iota // a call to AWS
	InOperation              // an operation of Cloud Map, or what DiscoverInstances knows
	InWorld                  // what runs
)

// Kinds are all of them, in the order of this file.
func Kinds() []Kind {
	return []Kind{
		Throttle, Error, Unavailable, TimeoutBefore, TimeoutAfter, LostAnswer, SlowAnswer,
		SlowOperation, FailOperation, StaleDiscover, KillTask, KillPod, UnreadyPod, LoseZone,
	}
}

// Where says where the kind happens; false: there is no such kind.
func (k Kind) Where() (Where, bool) {
	switch k {
	case Throttle, Error, Unavailable, TimeoutBefore, TimeoutAfter, LostAnswer, SlowAnswer:
		return InCall, true
	case SlowOperation, FailOperation, StaleDiscover:
		return InOperation, true
	case KillTask, KillPod, UnreadyPod, LoseZone:
		return InWorld, true
	}
	return 0, false
}

// Before says that the call fails before it has any effect.
func (k Kind) Before() bool {
	return k == Throttle || k == Error || k == Unavailable || k == TimeoutBefore
}

// Delayed says that the kind has a Delay.
func (k Kind) Delayed() bool {
	switch k {
	case TimeoutBefore, TimeoutAfter, SlowAnswer, SlowOperation, StaleDiscover, UnreadyPod, LoseZone:
		return true
	default:
		return false
	}
}
