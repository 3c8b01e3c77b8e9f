package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// Reasons for which a readiness gate opens.
const (
	OpenedRegistered = "Registered" // proved present: the operation ended, the bound has passed
	OpenedNotWanted  = "NotWanted"  // nothing of it is to be in the name now, so nobody waits for it
	OpenedTimedOut   = "TimedOut"   // the policy does not let an outage stop a rollout
)

// gates says which readiness gates are to be opened, of pods that are proved
// present or need not be, and when to look again. Presence is a registration whose
// operation ended, plus the bound after which every name server has it: with more
// than eight instances an answer shows a random eight, so no answer is waited for.
func (e *Engine) gates(pods []names.Endpoint, s judged) (open []Opening, next time.Time) {
	for _, p := range pods {
		if !p.Gated || !p.Ready || p.Leaving {
			continue
		}
		reason, text, at := e.gate(p, s)
		switch {
		case reason != "":
			open = append(open, Opening{Pod: p, Reason: reason, Text: text})
		case !at.IsZero() && (next.IsZero() || at.Before(next)):
			next = at
		}
	}
	if e.DryRun {
		open = nil
	}
	return open, next
}

// open opens gates.
func (e *Engine) open(ctx context.Context, open []Opening) error {
	if len(open) == 0 {
		return nil
	}
	if err := e.Store.Open(ctx, open); err != nil {
		return err
	}
	for _, o := range open {
		e.Journal.Opened(o)
	}
	return nil
}

// openGates opens those that are to be opened now, and says when to look again.
func (e *Engine) openGates(ctx context.Context, pods []names.Endpoint, s judged) (next time.Time, err error) {
	open, next := e.gates(pods, s)
	err = e.open(ctx, open)
	if errors.Is(err, names.ErrConflict) {
		return s.now.Add(e.Busy), nil
	}
	return next, err
}

// gate judges one: why it opens, or when it is worth another look.
func (e *Engine) gate(p names.Endpoint, s judged) (reason, text string, at time.Time) {
	d, view, now := s.desired, s.view, s.now
	if view.OK() {
		name := view.V.Settings.DNSName()
		i, in := view.V.Instance(p.ID())
		wanted := slices.ContainsFunc(d.Register, func(r names.Instance) bool { return r.ID == p.ID() })
		unseen := slices.ContainsFunc(d.Intent.Sent, func(s registrar.Sent) bool { return s.ID == p.ID() })
		proved := s.proved(i)
		switch {
		case d.Intent.Hold != "" && !in:
			return OpenedNotWanted, "nothing of it enters " + name + " now: " + d.Intent.Hold, at
		case d.Intent.Hold == "" && !wanted && !in:
			return OpenedNotWanted, "it is not to be in " + name + " now", at
		case d.Intent.Plain:
			return OpenedNotWanted, name + " is handed over to ExternalDNS", at
		case in && i.Answered() && !unseen && !now.Before(proved):
			return OpenedRegistered, "every name server has it in " + name, at
		case in && !unseen:
			at = proved
		}
	}
	if e.GateTimeout <= 0 || p.ReadyAt.IsZero() {
		return "", "", at
	}
	until := p.ReadyAt.Add(e.GateTimeout)
	if now.Before(until) {
		if at.IsZero() || until.Before(at) {
			at = until
		}
		return "", "", at
	}
	if e.GateClosed {
		return "", "", at
	}
	return OpenedTimedOut, fmt.Sprintf("its containers are ready since %s and it could not be proved in its name within %s", p.ReadyAt.UTC().Format(time.RFC3339), e.GateTimeout), at
}
