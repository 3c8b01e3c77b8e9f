package cutover

import (
	"cmp"
	"time"

	"github.com/tranship/tranship/internal/names"
)

// Key names a Kubernetes object.
type Key struct {
	Namespace, Name string
	// Kind of it, where several kinds may ask for a name; "" is a Service there.
	Kind string
}

// String is namespace/name.
func (k Key) String() string { return k.Namespace + "/" + k.Name }

// Object is the kind with it, as people name an object.
func (k Key) Object() string { return cmp.Or(k.Kind, "Service") + " " + k.String() }

// Migration is a ServiceMigration as the core knows it.
type Migration struct {
	Key
	UID             string
	Created         time.Time
	ResourceVersion string
	Spec            Spec
	State           State
	Saved           *Saved
	Command         *Command
	Findings        []Finding
	Denied          string // set by the engine
	Deleting        bool
	Terminating     bool
}

// Claimant is a Kubernetes object that asks for a name without a migration.
type Claimant struct {
	Key
	// Open: an annotation says that it may join a name that others hold.
	Open   bool
	Denied string
	// Awaited: a migration leads to it whose name is not known, and may be this one.
	Awaited bool
	// TTL is what it wants the records to have, in seconds; nil: it does not say.
	TTL *int64
	// Handover, if set, is what a person wants of ExternalDNS' part in the name.
	Handover *Handover
}

// Handover is a person's wish to give a name to ExternalDNS, or to take it over.
type Handover struct {
	To    bool   // to ExternalDNS; else from it
	Owner string // its --txt-owner-id
}

// Gathered is what the Kubernetes side knows about one name.
type Gathered struct {
	// Migrations that resolve to the name, in any order.
	Migrations []Migration
	// Claimants of the name, sorted, and the endpoints of all of them.
	Claimants []Claimant
	Endpoints names.Fact[[]names.Endpoint]
	// Partial: some objects were not looked at yet, any of which may ask for the name.
	Partial bool
	// Unresolved are the DNS names asked for whose Cloud Map service is not known,
	// because it could not be looked up. Sorted.
	Unresolved []string
	// Targets are the Services of the migrations, by the migration's key.
	Targets map[Key]names.Fact[Target]
}

// Standing is how a claimant stands with a name: what its people are told.
type Standing struct {
	Claimant Claimant
	Name     string // the DNS name; "" while it is not known
	// Held says why nothing of it may be in the name; "" if nothing stands against it.
	Held string
	// Registered is whether all that may serve of it is in the name: "True", "False"
	// or "Unknown", as conditions have it; "" where there is nothing to say.
	Registered string
	Reason     string // CamelCase
	Text       string
	// Moving: writes are under way, so the text alone is not worth an update.
	Moving bool
	// Problems are what a person has to mend, whatever the condition says.
	Problems []Problem
}

// Problem is something a person has to mend.
type Problem struct{ Reason, Text string }

// Opening is a readiness gate that may open.
type Opening struct {
	Pod    names.Endpoint
	Reason string // CamelCase
	Text   string
}

// Outcome is what is told of a migration after a step.
type Outcome struct {
	Decision Decision
	// Holder has the claim, if another migration has it.
	Holder string
	View   names.Fact[names.View]
	Source names.Fact[ECSService]
	Target names.Fact[Target]
	// In and Left count the healthy registered instances of both sides.
	In, Left, Foreign int
	Rollback          []Term
}
