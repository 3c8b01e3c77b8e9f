package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// SweepEvery is how often strays are looked for.
const SweepEvery = 30 * time.Second

// Sweeper opens the gates of strays. Its Start fits a manager, which runs it
// where it leads.
type Sweeper struct {
	Reader client.Reader // required: a cache
	Claims Claims        // required
	Opener Opener        // required
	// Tell tells people why the gate of a pod is opened. May be nil.
	Tell  func(ctx context.Context, p Pod, r Reason, text string)
	Every time.Duration // default SweepEvery
	Log   logr.Logger

	before []Pod // strays of the last round
}

// Start looks until ctx ends.
func (s *Sweeper) Start(ctx context.Context) error {
	if s.Reader == nil || s.Claims == nil || s.Opener.Client == nil || s.Opener.Now == nil {
		return errors.New("gate: a Sweeper needs Reader, Claims and Opener")
	}
	t := time.NewTicker(cmp.Or(s.Every, SweepEvery))
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		if err := s.round(ctx); err != nil && ctx.Err() == nil {
			s.Log.Info("pods that wait for a name nobody claims", "error", err.Error())
		}
	}
}

// round opens the gates of pods that were strays in the last round, too: a
// Service that is replaced is gone for a moment.
func (s *Sweeper) round(ctx context.Context) error {
	now, err := Strays(ctx, s.Reader, "", s.Claims)
	if err != nil {
		s.before = nil // not known: begin anew
		return err
	}
	before := s.before
	s.before = now
	var errs []error
	for _, p := range now {
		if !slices.Contains(before, p) {
			continue
		}
		text := fmt.Sprintf("no Service that claims a name for its pods selects pod %s any more, so its readiness gate is opened: it would wait for ever", p)
		if err := s.Opener.Open(ctx, []Pod{p}, ReasonNotClaimed, text); err != nil {
			errs = append(errs, err)
		} else if s.Tell != nil {
			s.Tell(ctx, p, ReasonNotClaimed, text)
		}
	}
	return errors.Join(errs...)
}
