package cutover

import (
	"net/netip"
	"strings"
	"time"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// Observed is all that one step may know, gathered once. Everything in it is a
// fact of this moment or unknown; what happened before is in State.
type Observed struct {
	Now    time.Time
	Spec   Spec
	Ref    names.Ref
	Name   names.Fact[names.View]
	Gone   bool // Cloud Map says that there is no such name; Name is unknown then
	Source names.Fact[ECSService]
	Target names.Fact[Target]
	// Ops is what GetOperation says of the operations in State.Sent, by
	// operation id. One that is absent could not be read.
	Ops      map[string]OpStatus
	Command  *Command
	Findings []Finding
	Saved    *Saved // what the annotation keeps for when the status is lost
	Bounds   Bounds
	// Denied says why this Kubernetes namespace may not take this service; "" if it may.
	Denied string
	// Deleting: the migration is being deleted. Terminating: its whole namespace is.
	Deleting, Terminating bool
}

// Spec is what a person asked for, with defaults filled in.
type Spec struct {
	UID        string // of the ServiceMigration: the claim
	Generation int64
	Goal       Goal
	Source     names.Source
	Service    string // Kubernetes namespace/name: what its pods are registered under
	Port       int32
	Kind       Kind
	Withdrawal registrar.Way // Auto, Deregister, CustomHealth
	Steps      []Step
	RecordTTL  int64         // seconds, while the crossing lasts
	Floor      int           // healthy endpoints never to go below; 0: the capacity found at the start
	StageFor   time.Duration // the workload must have been ready that long
	StageBy    time.Duration // after that long in Preflight or Stage a person is told
	Overdue    Overdue       // what else happens when a later phase takes too long
	Paused     bool
	Caches     []Cache // in place of the declared ones, where not nil
}

// Goal is where the name should lead.
type Goal string

// The goals.
const (
	GoalSource Goal = "Source"
	GoalTarget Goal = "Target"
)

// Kind says what two copies at once would mean.
type Kind string

// Kinds. Only a request service crosses this way.
const (
	KindAuto    Kind = ""
	KindRequest Kind = "request"
)

// Step is one step of Shift.
type Step struct {
	Share int           `json:"share"` // wished share of EKS addresses, percent
	Soak  time.Duration `json:"soak"`
}

// Bounds are what the crossing may count on. All are declared, not measured.
type Bounds struct {
	Owner       string        // our owner mark
	Propagation time.Duration // from a change to the last authoritative server; AWS: 60 s
	Operation   time.Duration // from a call to SUCCESS
	Health      time.Duration // from UpdateInstanceCustomHealthStatus to the flip; AWS: 30 s
	TaskStart   time.Duration // from desiredCount to RUNNING
	Flight      time.Duration // F of machine.md: how long a write of a lost process may still land
	Fresh       time.Duration // how young a read must be to withdraw on it
	Caches      []Cache       // additive
}

// Cache is a client-side cache that lengthens the life of an answer.
type Cache struct {
	Name string        `json:"name"`
	For  time.Duration `json:"for"`
}

// CacheSum adds them up.
func (b Bounds) CacheSum() time.Duration {
	var d time.Duration
	for _, c := range b.Caches {
		d += c.For
	}
	return d
}

// ECSService is the ECS side as read in one go.
type ECSService struct {
	ARN            string
	Status         string // ACTIVE, DRAINING, INACTIVE
	Desired        int
	Running        int
	Pending        int
	Tasks          []Task // sorted by ID; those not STOPPED
	Deploying      bool   // more than one deployment, or one not steady
	Controller     string // ECS, CODE_DEPLOY, EXTERNAL
	Launch         string // FARGATE, EC2, …
	MinPercent     int
	MaxPercent     int
	TaskDefinition string
	ContainerPort  int32 // of the container that the registry names, or the only one
	Ports          []int32
	ContainerCheck bool   // a container health check: ECS itself reports custom health
	RegistryID     string // Cloud Map service id of its registry; "" without one
	StopTimeout    time.Duration
	Tags           map[string]string
}

// Family is that of the task definition.
func (s ECSService) Family() string {
	name := short(s.TaskDefinition)
	family, _, _ := strings.Cut(name, ":")
	return family
}

// Task is one ECS task of the service.
type Task struct {
	ID     names.ID // the instance id that ECS registers it under
	IPv4   netip.Addr
	Zone   string
	Status string // lastStatus
	Stop   bool   // desiredStatus is STOPPED
}

// Runs says that the task serves and is meant to go on.
func (t Task) Runs() bool { return t.Status == "RUNNING" && !t.Stop }

// Target is the EKS side.
type Target struct {
	Found     bool
	Headless  bool
	Ports     []int32 // target ports of the Service
	Endpoints []names.Endpoint
	Replicas  int // wished by the workload, 0 if not known
}

// Serving counts the endpoints that may be sent traffic.
func (t Target) Serving() int {
	n := 0
	for _, e := range t.Endpoints {
		if e.Serves() {
			n++
		}
	}
	return n
}

// Operation is what Cloud Map says of one of its operations.
type Operation struct {
	Status OpStatus
	Why    string // of OpFail: Cloud Map's code and message
}

// OpStatus is how a Cloud Map operation stands.
type OpStatus string

// Operation states. https://docs.aws.amazon.com/cloud-map/latest/api/API_Operation.html
const (
	OpPending OpStatus = "PENDING" // SUBMITTED too
	OpSuccess OpStatus = "SUCCESS"
	OpFail    OpStatus = "FAIL"
)

// Verb is a person's command.
type Verb string

// The verbs.
const (
	VerbPause    Verb = "pause"
	VerbResume   Verb = "resume"
	VerbHalt     Verb = "halt"
	VerbRollback Verb = "rollback"
	VerbApprove  Verb = "approve"
)

// Command is a person's word, kept in an annotation that Git does not hold.
type Command struct {
	Verb       Verb   `json:"verb"`
	Nonce      string `json:"nonce"`
	By         string `json:"by,omitempty"`
	Reason     string `json:"reason,omitempty"`
	Gate       string `json:"gate,omitempty"` // of an approval: which check or phase
	Generation int64  `json:"generation,omitempty"`
}

// Finding is what was learned of how ECS reacts when someone else withdraws a task.
type Finding struct {
	Way      registrar.Way `json:"way"`
	Reaction string        `json:"reaction"` // ignore, reregister, reassert, replace
	Watched  time.Duration `json:"watched"`
	At       time.Time     `json:"at"`
}

// FindingLife is how long a finding counts.
const FindingLife = 7 * 24 * time.Hour
