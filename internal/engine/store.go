package engine

import (
	"context"
	"time"

	"github.com/tranship/tranship/internal/check"
	"github.com/tranship/tranship/internal/cutover"
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
	Spec            cutover.Spec
	State           cutover.State
	Saved           *cutover.Saved
	Command         *cutover.Command
	Findings        []cutover.Finding
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
	Targets map[Key]names.Fact[cutover.Target]
}

// Outcome is what is told of a migration after a step.
type Outcome struct {
	Decision cutover.Decision
	// Holder has the claim, if another migration has it.
	Holder string
	View   names.Fact[names.View]
	Source names.Fact[cutover.ECSService]
	Target names.Fact[cutover.Target]
	// In and Left count the healthy registered instances of both sides.
	In, Left, Foreign int
	Rollback          []cutover.Term
}

// Store keeps migrations, by optimistic locking.
type Store interface {
	// Gather reads everything about a name, once.
	Gather(ctx context.Context, ref names.Ref) (Gathered, error)
	// SaveState stores state and status of a migration if its resource version
	// is still the one that was read, and returns the new one. ErrConflict if not.
	SaveState(ctx context.Context, m Migration, o Outcome) (resourceVersion string, err error)
	// SaveOriginal keeps what the way back needs where a lost status does not
	// take it along. ErrConflict as above.
	SaveOriginal(ctx context.Context, m Migration, s cutover.Saved) (resourceVersion string, err error)
	// Release lets a deleted migration go.
	Release(ctx context.Context, m Migration) error
	// Held tells the claimants of a name why nothing of theirs is in it; "" if nothing stands against it.
	Held(ctx context.Context, ref names.Ref, claimants []Claimant, why string) error
}

// Journal takes down every write and every event. It must not fail.
type Journal interface {
	Wrote(Entry)
	Event(m Key, e cutover.Event)
}

// Entry is one write: who was written, why, and how the call ended.
type Entry struct {
	At     time.Time
	Ref    names.Ref
	For    Key // the migration; zero without one
	Kind   string
	ID     names.ID
	Why    string
	Op     string
	Err    error
	Checks []check.Result
}
