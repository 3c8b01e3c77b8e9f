package engine

import (
	"context"
	"time"

	"github.com/tranship/tranship/internal/check"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
)

// The words of the Kubernetes side are the core's, so that an adapter satisfies
// Store without knowing the engine.
type (
	// Key names a Kubernetes object.
	Key = cutover.Key
	// Migration is a ServiceMigration as the core knows it.
	Migration = cutover.Migration
	// Claimant is a Kubernetes object that asks for a name without a migration.
	Claimant = cutover.Claimant
	// Standing is how a claimant stands with a name.
	Standing = cutover.Standing
	// Opening is a readiness gate that may open.
	Opening = cutover.Opening
	// Gathered is what the Kubernetes side knows about one name.
	Gathered = cutover.Gathered
	// Outcome is what is told of a migration after a step.
	Outcome = cutover.Outcome
)

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
	// Tell tells the claimants of a name how they stand with it.
	Tell(ctx context.Context, ref names.Ref, standings []Standing) error
	// Existing are those of the instances whose pod still exists, with the same
	// UID, whether or not anything leads to it. An error means not known.
	Existing(ctx context.Context, instances []names.Instance) ([]names.ID, error)
	// Open opens readiness gates; one that is open, or whose pod is gone, is fine.
	Open(ctx context.Context, openings []Opening) error
}

// Journal takes down every write and every event. It must not fail.
type Journal interface {
	Wrote(Entry)
	// Would takes down a write that a dry run kept back.
	Would(Entry)
	// Opened takes down a readiness gate that was opened.
	Opened(Opening)
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
