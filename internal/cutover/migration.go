package cutover

import (
	"time"

	"github.com/tranship/tranship/internal/names"
)

// Key names a Kubernetes object.
type Key struct{ Namespace, Name string }

// String is namespace/name.
func (k Key) String() string { return k.Namespace + "/" + k.Name }

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

// Claimant is a Kubernetes Service that asks for a name without a migration.
type Claimant struct {
	Key
	// Open: an annotation says that it may join a name that others hold.
	Open   bool
	Denied string
}

// Gathered is what the Kubernetes side knows about one name.
type Gathered struct {
	// Migrations that resolve to the name, in any order.
	Migrations []Migration
	// Claimants of the name, sorted, and the endpoints of all of them.
	Claimants []Claimant
	Endpoints names.Fact[[]names.Endpoint]
	// Targets are the Services of the migrations, by the migration's key.
	Targets map[Key]names.Fact[Target]
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
