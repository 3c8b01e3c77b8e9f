package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
)

// Config of an Engine. All ports are required.
type Config struct {
	Clock    Clock
	Store    Store
	Reader   Reader
	Writer   Writer
	Services Services
	Journal  Journal
	Bounds   cutover.Bounds
	// Busy is how often a name in motion is looked at; Rest one that is settled.
	Busy, Rest time.Duration
}

// Engine makes steps. It keeps nothing that the next step needs: what it
// remembers of names without a migration only saves calls.
type Engine struct {
	Config
	loose looseWrites
}

// New checks that every port is there.
func New(c Config) (*Engine, error) {
	switch {
	case c.Clock == nil, c.Store == nil, c.Reader == nil, c.Writer == nil, c.Services == nil, c.Journal == nil:
		return nil, errors.New("engine: a port is missing")
	case c.Bounds.Owner == "":
		return nil, errors.New("engine: the owner id is missing: instances could not be told apart")
	case c.Bounds.Propagation <= 0, c.Bounds.Operation <= 0, c.Bounds.Health <= 0, c.Bounds.Flight <= 0, c.Bounds.Fresh <= 0:
		return nil, errors.New("engine: every bound must be positive")
	}
	if c.Busy <= 0 {
		c.Busy = 2 * time.Second
	}
	if c.Rest <= 0 {
		c.Rest = time.Minute
	}
	return &Engine{Config: c}, nil
}

// Result says when the name wants to be looked at again, at the latest.
type Result struct {
	At   time.Time
	Wait cutover.Wait // of the guest; zero without one
}

// StepName makes one step for one name: gather, claim, decide, persist, act. It
// must not run twice at once for the same name. An error means that the step
// did not come to its end; calling again is always right.
func (e *Engine) StepName(ctx context.Context, ref names.Ref) (Result, error) {
	g, err := e.Store.Gather(ctx, ref)
	if err != nil {
		return Result{}, fmt.Errorf("gather what Kubernetes knows of %s: %w", ref, err)
	}
	guest, others := claim(g.Migrations)
	if guest == nil && len(g.Claimants) == 0 {
		return Result{}, nil // nobody here wants anything of this name
	}
	view := e.view(ctx, ref)
	for _, o := range others {
		if err := e.refuse(ctx, o, guest.Key); err != nil {
			return Result{}, err
		}
	}
	if guest != nil {
		return e.stepGuest(ctx, ref, *guest, g, view)
	}
	return e.stepSteady(ctx, ref, g, view)
}

// view reads the name; an error becomes a fact that is not known.
func (e *Engine) view(ctx context.Context, ref names.Ref) names.Fact[names.View] {
	at := e.Clock.Now()
	v, err := e.Reader.View(ctx, ref)
	if err != nil {
		return names.Unknown[names.View](err.Error(), at)
	}
	return names.Known(v, at)
}

// refuse tells a migration that another one has the name.
func (e *Engine) refuse(ctx context.Context, m Migration, holder Key) error {
	d := cutover.Decision{
		State: m.State,
		Wait: cutover.Wait{
			Reason: cutover.WaitPerson, Object: "migration " + holder.String(),
			Text: "the name is claimed by ServiceMigration " + holder.String() + ", which is older",
		},
	}
	if _, err := e.Store.SaveState(ctx, m, Outcome{Decision: d, Holder: holder.String()}); err != nil {
		return fmt.Errorf("store the refused claim of %s: %w", m.Key, err)
	}
	return nil
}
