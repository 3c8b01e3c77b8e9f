package standin

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// farewell is how long a peer gets to close an idle connection after our half of it was closed.
const farewell = time.Second

// Stop is SIGTERM: what follows depends on the temper, and ends with a kill when the grace period is over. See Instance.
func (s *StandIn) Stop(ctx context.Context, grace time.Duration) error {
	select {
	case <-s.gone:
		return nil
	default:
	}
	ctx, cancel := context.WithTimeoutCause(ctx, max(grace, 0), ErrKilled)
	defer cancel()
	if !s.stopping.CompareAndSwap(false, true) {
		select {
		case <-s.gone:
			return nil
		case <-ctx.Done():
			s.die()
			return context.Cause(ctx)
		}
	}
	s.tell(Signalled)
	var err error
	switch s.o.Temper {
	case Graceful:
		err = s.drain(ctx, min(s.o.Drain, grace-grace/10))
	case Plain:
		s.closeListener()
		// Shutdown also complains that the listener is closed already: only ctx's end matters.
		if end := s.srv.Shutdown(ctx); ctx.Err() != nil && errors.Is(end, ctx.Err()) {
			err = end
		}
	case Rude:
	}
	s.die()
	if err != nil {
		return context.Cause(ctx)
	}
	return nil
}

// drain is the graceful way out. Idle connections stay open for the whole drain time, because closing one races the request
// that its client may just be sending; a request on it is answered with "Connection: close" and ends it without a race.
func (s *StandIn) drain(ctx context.Context, accept time.Duration) error {
	s.draining.Store(true)
	over := time.NewTimer(accept)
	defer over.Stop()
	if err := s.untilNoneOpen(ctx, over.C); err != nil {
		return err
	}
	s.closeListener()
	select {
	case <-s.served: // whatever was accepted until now is counted from here on
	case <-s.gone:
		return nil
	}
	s.halfCloseIdle()
	last := time.NewTimer(farewell)
	defer last.Stop()
	if err := s.untilNoneOpen(ctx, last.C); err != nil {
		return err
	}
	s.closeConns(idle)
	return s.untilNoneOpen(ctx, nil)
}

// untilNoneOpen returns nil when no connection is open, when the timer fired or when the stand-in was killed.
func (s *StandIn) untilNoneOpen(ctx context.Context, over <-chan time.Time) error {
	for n, fewer := s.open(); n > 0; n, fewer = s.open() {
		select {
		case <-fewer:
		case <-over:
			return nil
		case <-s.gone:
			return nil
		case <-s.base.Done():
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// halfCloseIdle sends a FIN on each idle connection and leaves our reading side open: a peer sees a clean end, never a reset.
func (s *StandIn) halfCloseIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c, state := range s.conns {
		if w, ok := c.(interface{ CloseWrite() error }); ok && idle(state) {
			_ = w.CloseWrite() // an error means that the peer was faster
		}
	}
}

func idle(state http.ConnState) bool { return state == http.StateIdle }
