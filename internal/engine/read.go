package engine

import (
	"context"
	"errors"
	"hash/fnv"
	"slices"
	"time"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/pace"
	"github.com/tranship/tranship/internal/registrar"
)

// read reads the name and makes that what is remembered. Of a service that is
// not there nothing is worth remembering: gone. It waits for no turn: a thousand
// names that are read for the first time would keep every worker.
func (e *Engine) read(ctx context.Context, ref names.Ref, m *memory) (gone bool) {
	at := e.Clock.Now()
	v, err := e.Reader.View(pace.WhoReturns(ctx, ref.String()), ref)
	if errors.Is(err, pace.ErrNotYet) {
		m.turn.wait(err, at.Add(e.Busy))
		m.turn.read = true
		return false
	}
	m.called(e.Clock.Now(), err)
	switch {
	case errors.Is(err, names.ErrNotFound):
		trouble := m.trouble
		*m = *newMemory()
		m.trouble, m.gone = trouble, true
		return true
	case err != nil:
		m.gone = false
		return false
	}
	view := names.Known(v, at)
	now := e.Clock.Now() // the answer may be of the last moment
	for _, i := range v.Instances {
		_, came := m.came[i.ID]
		before, in := m.view.V.Instance(i.ID)
		if m.view.OK() && (!in || !sameRecords(before, i)) || !came && mayBeNew(i, m.view.OK(), now) {
			m.came[i.ID] = now
		}
	}
	m.view, m.drifted, m.gone = view, false, false
	m.confirm = time.Time{}
	m.sent = slices.DeleteFunc(m.sent, func(s registrar.Sent) bool {
		done := false
		switch have, in := view.V.Instance(s.ID); s.Kind {
		case registrar.Register:
			done = in
		case registrar.Remove:
			done = !in
		case registrar.SetHealthy:
			done = have.Answered()
		case registrar.SetUnhealthy, registrar.SetRecords, registrar.ScaleSource:
		}
		if s.Op != "" && !s.Failed && !view.At.After(s.At.Add(e.Bounds.Flight)) {
			return false // its operation says how it ended
		}
		return view.At.After(s.At) && done || view.At.After(s.At.Add(e.Bounds.Flight))
	})
	for id := range m.came {
		if _, in := view.V.Instance(id); !in {
			delete(m.came, id)
		}
	}
	return false
}

// compareAt is when a name that rests is read in full again: spread over the
// interval, so that a fleet that started together does not stay together.
func (e *Engine) compareAt(ref names.Ref, read time.Time) time.Time {
	h := fnv.New32a()
	_, _ = h.Write([]byte(ref.String()))
	spread := time.Duration(h.Sum32()%1000) * e.Compare / 2000
	return read.Add(e.Compare - spread)
}
