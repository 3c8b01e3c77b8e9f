package cutover

import (
	"time"

	"github.com/tranship/tranship/internal/check"
	"github.com/tranship/tranship/internal/registrar"
)

// Phase is where a crossing stands, for people. It is computed from facts on
// every step: the first gate that is not open.
type Phase string

// The phases, forward and back.
const (
	Preflight Phase = "Preflight"
	Stage     Phase = "Stage"
	Prepare   Phase = "Prepare"
	Shift     Phase = "Shift"
	Hold      Phase = "Hold"
	Drain     Phase = "Drain"
	Migrated  Phase = "Migrated"

	Recall     Phase = "Recall"     // ECS tasks are brought back
	Readmit    Phase = "Readmit"    // and put back in the name
	Withdraw   Phase = "Withdraw"   // EKS leaves it
	Settle     Phase = "Settle"     // until nobody may hold an EKS address
	RolledBack Phase = "RolledBack" //
)

// Decision is what one step decided. State is persisted first; on conflict all
// the rest is dropped.
type Decision struct {
	State  State
	Intent registrar.Intent
	Acts   []Action
	Wait   Wait
	Events []Event
	Checks []check.Result
	// Release: the migration may go; its finalizer is taken away.
	Release bool
	// Poll are the operations whose end the next step wants to know.
	Poll []string
}

// Action is something outside the name.
type Action struct {
	Kind    ActionKind
	Desired int // for Scale
}

// ActionKind is closed.
type ActionKind string

// Actions.
const (
	Scale ActionKind = "Scale" // ECS UpdateService desiredCount
)

// Reason says what a crossing waits for; closed.
type Reason string

// The reasons.
const (
	WaitChecks    Reason = "ChecksNotPassed"
	WaitDenied    Reason = "NotAllowed"
	WaitWorkload  Reason = "WorkloadNotReady"
	WaitOldTTL    Reason = "OldTTLRunsOut"
	WaitWrite     Reason = "WriteNotConfirmed"
	WaitProof     Reason = "Propagating"
	WaitSoak      Reason = "Soaking"
	WaitCapacity  Reason = "CapacityTooSmall"
	WaitCaches    Reason = "CachesRunOut"
	WaitTasks     Reason = "TasksStopping"
	WaitTaskStart Reason = "TasksStarting"
	WaitUnknown   Reason = "NotKnown"
	WaitPerson    Reason = "NeedsDecision"
	WaitPaused    Reason = "Paused"
	WaitNothing   Reason = "Done"
)

// Wait is never empty: what is waited for, why, until when and then what.
type Wait struct {
	Reason Reason
	Object string
	Text   string
	Until  time.Time // zero: an event ends it
}

// Event is for people: one per transition.
type Event struct {
	Warning bool
	Reason  string // CamelCase
	Message string
}
