package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// Config of an Engine. All ports are required.
type Config struct {
	Clock    Clock
	Store    Store
	Reader   Reader
	Writer   Writer
	Services Services
	Journal  Journal
	// Permit says why a Kubernetes namespace may not take an ECS service with
	// these tags; "" if it may. nil permits everything.
	Permit Permit
	Bounds cutover.Bounds
	// Busy is how often a name in motion is looked at; Rest one that waits for
	// something that may take long.
	Busy, Rest time.Duration
	// Compare is how often a name that rests is read in full, whatever its
	// revision says; 0: once a day.
	Compare time.Duration
	// Policy of steady state; "" is registrar.Sync. A crossing is not bound by it.
	Policy registrar.Policy
	// MostRecords is how many instances a name may have with ours; 0 is
	// names.MaxSameNameRecords, less than 0 no bound.
	MostRecords int
	// MostAbandoned is how many names may be abandoned at once while their pods live:
	// of more, nothing leaves but what is gone. 0 is a tenth of all, at least five; less
	// than 0: no bound.
	MostAbandoned int
	// Creator makes Cloud Map services that are asked for; nil: none is made.
	Creator Creator
	// DeleteEmpty deletes services made by us once nobody asks for their name.
	DeleteEmpty bool
	// DryRun says what would be written, and writes nothing: neither to AWS nor
	// to readiness gates. Migrations stand still.
	DryRun bool
	// GateTimeout is how long after its containers are ready a pod waits for its
	// proof of presence; then its gate opens or, with GateClosed, people are told.
	// 0: for ever.
	GateTimeout time.Duration
	GateClosed  bool
	// Word, if set, hears that a step of a name without a crossing has left
	// something to say in Kubernetes: then TellName has to be called. nil: each step
	// says it itself, and the name waits for it.
	Word func(context.Context, names.Ref)
}

// Permit is an administrator's word on who may take what.
type Permit func(namespace string, src names.Source, tags map[string]string) (denied string)

// Engine makes steps. It keeps nothing that the next step needs: what it
// remembers of names without a migration only saves calls.
type Engine struct {
	Config
	memories  *memories
	words     *words
	abandoned abandoned
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
	if c.Compare <= 0 {
		c.Compare = 24 * time.Hour
	}
	switch {
	case c.MostRecords == 0:
		c.MostRecords = names.MaxSameNameRecords
	case c.MostRecords < 0:
		c.MostRecords = 0
	}
	switch c.Policy {
	case "":
		c.Policy = registrar.Sync
	case registrar.Sync, registrar.UpsertOnly, registrar.CreateOnly:
	default:
		return nil, fmt.Errorf("engine: there is no policy %q: sync, upsert-only or create-only", c.Policy)
	}
	if c.DryRun {
		c.Writer = &pretend{clock: c.Clock, journal: c.Journal, said: map[pretended]bool{}}
	}
	return &Engine{Config: c, memories: newMemories(), words: newWords()}, nil
}

// Result says when the name wants to be looked at again, at the latest.
type Result struct {
	At   time.Time
	Wait cutover.Wait // of the guest; zero without one
	// Gone: AWS says just now that there is no such Cloud Map service. Whoever asks
	// for the name has to look it up anew: it may have been made again, under
	// another id.
	Gone bool
}

// StepName makes one step for one name: gather, claim, decide, persist, act. It
// must not run twice at once for the same name. An error means that the step
// did not come to its end; calling again is always right.
func (e *Engine) StepName(ctx context.Context, ref names.Ref) (Result, error) {
	g, err := e.Store.Gather(ctx, ref)
	if err != nil {
		return Result{}, fmt.Errorf("gather what Kubernetes knows of %s: %w", ref, err)
	}
	sources := e.sources(ctx, g.Migrations)
	for n := range g.Migrations {
		m := &g.Migrations[n]
		switch src := sources[m.Spec.Source]; {
		case e.Permit == nil:
		case src.OK():
			m.Denied = e.Permit(m.Namespace, m.Spec.Source, src.V.Tags)
		case !begun(*m):
			m.Denied = "who may take it is not known: " + src.Unknown
		}
	}
	guest, others := claim(g.Migrations)
	if guest != nil && e.DryRun {
		return Result{At: e.Clock.Now().Add(e.Rest)}, nil
	}
	if guest != nil {
		for _, o := range others {
			if err := e.refuse(ctx, o, heldBy(guest.Key), guest.Key.String()); err != nil {
				return Result{}, err
			}
		}
		return e.stepGuest(ctx, ref, *guest, g, sources[guest.Spec.Source])
	}
	var res Result
	for _, o := range others {
		w := deniedWait(o, sources[o.Spec.Source])
		if err := e.refuse(ctx, o, w, ""); err != nil {
			return Result{}, err
		}
		res = e.result(w)
	}
	steady, err := e.stepSteady(ctx, ref, g)
	if !res.At.IsZero() && (steady.At.IsZero() || res.At.Before(steady.At)) {
		steady.At = res.At
	}
	steady.Wait = res.Wait
	return steady, err
}

// view reads the name; an error becomes a fact that is not known. gone: AWS says
// that there is no such name.
func (e *Engine) view(ctx context.Context, ref names.Ref) (_ names.Fact[names.View], gone bool) {
	at := e.Clock.Now()
	v, err := e.Reader.View(ctx, ref)
	if err != nil {
		return names.Unknown[names.View](err.Error(), at), errors.Is(err, names.ErrNotFound)
	}
	return names.Known(v, at), false
}

// sources reads the ECS side of every migration of a name: mostly one.
func (e *Engine) sources(ctx context.Context, ms []Migration) map[names.Source]names.Fact[cutover.ECSService] {
	out := map[names.Source]names.Fact[cutover.ECSService]{}
	for _, m := range ms {
		src := m.Spec.Source
		if _, ok := out[src]; ok {
			continue
		}
		at := e.Clock.Now()
		if svc, err := e.Services.Service(ctx, src); err != nil {
			out[src] = names.Unknown[cutover.ECSService](err.Error(), at)
		} else {
			out[src] = names.Known(svc, at)
		}
	}
	return out
}

// heldBy is what a migration waits for while another one has the name.
func heldBy(holder Key) cutover.Wait {
	return cutover.Wait{
		Reason: cutover.WaitPerson, Object: "migration " + holder.String(),
		Text: "the name is claimed by ServiceMigration " + holder.String() + ", which is older or has begun",
	}
}

// deniedWait is what one waits for that may not have the name, or of which that
// is not known.
func deniedWait(m Migration, src names.Fact[cutover.ECSService]) cutover.Wait {
	w := cutover.Wait{Reason: cutover.WaitDenied, Object: "ECS service " + m.Spec.Source.String(), Text: m.Denied}
	if !src.OK() {
		w.Reason = cutover.WaitUnknown
	}
	return w
}

// refuse tells a migration why it is not the guest of its name. One that is
// being deleted has nothing to wait for.
func (e *Engine) refuse(ctx context.Context, m Migration, w cutover.Wait, holder string) error {
	if m.Deleting && !begun(m) {
		if err := e.Store.Release(ctx, m); err != nil {
			return fmt.Errorf("release migration %s: %w", m.Key, err)
		}
		return nil
	}
	d := cutover.Decision{State: m.State, Wait: w}
	if d.State.Phase == "" {
		d.State.Phase = cutover.Preflight
	}
	if _, err := e.Store.SaveState(ctx, m, Outcome{Decision: d, Holder: holder}); err != nil {
		return fmt.Errorf("store the refused claim of %s: %w", m.Key, err)
	}
	return nil
}
