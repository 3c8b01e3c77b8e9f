package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/pace"
	"github.com/tranship/tranship/internal/registrar"
)

// poll asks how the operations under way stand that were sent so long ago, each
// now and then, and takes the effect of those that ended into what is remembered;
// took says that one had. A question waits for no turn: where the account's rate of
// them is used up, as in a restart of everything, the next step asks.
func (e *Engine) poll(ctx context.Context, ref names.Ref, m *memory, age time.Duration) (took bool) {
	ctx = pace.WithPatience(ctx, 0)
	var left []registrar.Sent
	for _, s := range m.sent {
		now := e.Clock.Now()
		if s.Op == "" || s.Failed || now.Sub(s.At) < age || now.Sub(m.asked[s.Op]) < e.Busy || ctx.Err() != nil {
			left = append(left, s)
			continue
		}
		m.asked[s.Op] = now
		op, err := e.Reader.Operation(ctx, ref, s.Op)
		switch {
		case errors.Is(err, names.ErrNotFound):
			s.Op = "" // a read has to tell
		case errors.Is(err, names.ErrThrottled):
			// Not its turn: that says nothing of the name.
		case err != nil:
			m.called(now, err)
		case op.Status == cutover.OpSuccess:
			m.called(now, nil)
			delete(m.asked, s.Op)
			delete(m.failed, s.ID)
			e.took(m, s, now)
			took = true
			continue
		case op.Status == cutover.OpFail:
			m.called(now, nil)
			delete(m.asked, s.Op)
			s.Op, s.Failed = "", true
			m.failed[s.ID] = fmt.Errorf("Cloud Map ended the operation with %s", op.Why)
		}
		left = append(left, s)
	}
	m.sent = left
	return took
}

// took is that a write has had its effect.
func (e *Engine) took(m *memory, s registrar.Sent, now time.Time) {
	m.confirm = now.Add(Confirm)
	if !m.view.OK() {
		return
	}
	v := m.view.V
	v.Instances = slices.Clone(v.Instances) // what was shown of it stays as it was
	k, in := slices.BinarySearchFunc(v.Instances, s.ID, func(i names.Instance, id names.ID) int {
		switch {
		case i.ID < id:
			return -1
		case i.ID > id:
			return 1
		}
		return 0
	})
	switch {
	case s.Kind == registrar.Remove && in:
		v.Instances = slices.Delete(v.Instances, k, k+1)
		delete(m.came, s.ID)
	case s.Kind == registrar.Register && m.wrote[s.ID].ID != "":
		i := m.wrote[s.ID].Clone()
		delete(m.wrote, s.ID)
		i.Health = names.HealthUnknown
		if v.Settings.CustomHealth {
			i.Health = names.Healthy
		}
		if !in || !sameRecords(v.Instances[k], i) {
			m.came[s.ID] = now
		}
		if in {
			i.Health = v.Instances[k].Health
			v.Instances[k] = i
		} else {
			v.Instances = slices.Insert(v.Instances, k, i)
		}
	case s.Kind == registrar.SetRecords:
		m.confirm = now
	}
	m.view.V = v
}

// Confirm is how long after the last write that took effect the name is read
// again: late enough for a rollout's writes to share one reading.
const Confirm = 10 * time.Second
