package registrar

import (
	"time"

	"github.com/tranship/tranship/internal/names"
)

// Way is how an ECS task is kept out of a name while it runs.
type Way string

// The ways.
const (
	Auto Way = "Auto" // decided from findings
	// Deregister takes the instance out; its attributes are saved first.
	Deregister Way = "Deregister"
	// CustomHealth marks it UNHEALTHY; it stays registered. Only where the
	// service has HealthCheckCustomConfig.
	CustomHealth Way = "CustomHealth"
)

// Mode says which of our endpoints may be in the name.
type Mode string

// The modes.
const (
	AdmitAll  Mode = "All"
	AdmitMost Mode = "AtMost" // Max of them, those already there first
	AdmitKeep Mode = "Keep"   // none new; what is there stays while its pod serves
	AdmitNone Mode = "None"
)

// Admit is Mode with its number.
type Admit struct {
	Mode Mode
	Max  int // for AtMost
}

// Out is one ECS task that is kept out; a level, not an edge: as long as it is
// listed, it is withdrawn again when it comes back.
type Out struct {
	ID  names.ID
	Way Way
}

// Intent is what a crossing, or the absence of one, wants of a name.
type Intent struct {
	// Hold, if not empty, is the reason to add nothing and withdraw nothing.
	Hold   string
	Owner  string        // our owner mark
	Source *names.Source // the ECS service of the crossing, if there is one
	Ours   Admit
	// Service (Kubernetes namespace/name), if set, is the only one whose pods are
	// known: of another one's, nobody here can say that they are gone.
	Service string
	Out     []Out
	Back    []names.Instance // saved instances whose task still runs, to be put back
	TTL     *int64           // seconds, for every record type; nil: leave
	// Records, if set, are written as they are: the way back to the original.
	Records []names.Record
	// Floor is how many healthy endpoints the name keeps at least.
	Floor int
	// Policy bounds what is written in steady state; "" is Sync.
	Policy Policy
	// Most is how many instances the name may have with ours; 0: no bound of ours.
	Most int
	// Existing are instances of ours whose pod exists although no endpoint is
	// known for it: its Service asks for the name no more, or was not read yet.
	Existing []names.ID
	// Stay are those of them, and targets nobody asks for, that stay for now:
	// whoever deletes a Service and makes it anew does not empty the name.
	Stay []names.ID
	// Abandoned: nobody here asks for the name any more, so its last instances of
	// ours may go.
	Abandoned bool
	// Carry are attributes that every instance of ours is given while a crossing
	// lasts, because callers of the API filter on them.
	Carry map[string]string
	// Plain hands the name over: our endpoints are registered as ExternalDNS would
	// have registered them, and our own registrations leave.
	Plain bool
	// Young are registrations that not every name server must have yet.
	Young []names.ID
	// Adopt takes over what ExternalDNS registered: its instances leave once ours
	// are in, or become ours where they are the same.
	Adopt bool
	// Description, if set, is written into the service.
	Description *string
	// Running are the ECS tasks seen running: others in the name do not count
	// towards the floor. nil where no crossing is on.
	Running []names.ID
	Sent    []Sent
	// Asks: whoever sends goes on asking how each operation stands, so one that is
	// under way is not sent again soon.
	Asks bool
	// Proof is how long after it was sent a registration is known to every name
	// server: operation and propagation. 0 where Young says all of it.
	Proof time.Duration
}

// Policy bounds what steady state may write; a crossing has its own intent.
type Policy string

// The policies. Their names are ExternalDNS'.
const (
	// Sync registers, replaces and deregisters.
	Sync Policy = "sync"
	// UpsertOnly registers and replaces; only what is lost is deregistered:
	// instances whose pod is gone or going.
	UpsertOnly Policy = "upsert-only"
	// CreateOnly registers what is not there, and does nothing else.
	CreateOnly Policy = "create-only"
)

// Kind of a write.
type Kind string

// The kinds of writes to a name.
const (
	Register     Kind = "Register"
	Remove       Kind = "Deregister"
	SetUnhealthy Kind = "SetUnhealthy"
	SetHealthy   Kind = "SetHealthy"
	SetRecords   Kind = "UpdateService"
	// ScaleSource is not a write to the name; it is here because it, too, may
	// land late and is accounted the same way.
	ScaleSource Kind = "Scale"
)

// Withdraws says that the write takes an endpoint away from clients.
func (k Kind) Withdraws() bool { return k == Remove || k == SetUnhealthy || k == ScaleSource }

// Sent is a write whose end was not seen yet, by whatever process it was sent.
// It is stored before the call.
type Sent struct {
	ID      names.ID  `json:"id,omitempty"`
	Kind    Kind      `json:"kind"`
	Op      string    `json:"op,omitempty"` // Cloud Map operation; "": the reply was not seen
	Attempt int       `json:"attempt,omitempty"`
	At      time.Time `json:"at"`               // renewed by every re-send
	Failed  bool      `json:"failed,omitempty"` // the operation ended in FAIL: to be sent again
	Value   int       `json:"value,omitempty"`  // of a Scale
}

// pending finds an unresolved write.
func pending(sent []Sent, id names.ID, k Kind) (Sent, bool) {
	for _, s := range sent {
		if s.ID == id && s.Kind == k {
			return s, true
		}
	}
	return Sent{}, false
}
