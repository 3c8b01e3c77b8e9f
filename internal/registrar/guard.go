package registrar

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tranship/tranship/internal/names"
)

// Why Guard refuses. A caller drops the write and looks again at the next step.
var (
	ErrHeld    = errors.New("the name is held")
	ErrStale   = errors.New("what is known of the name is too old to withdraw on")
	ErrForeign = errors.New("the instance is neither ours nor of the ECS service being moved")
	ErrFloor   = errors.New("the name would go below its floor")
	ErrUnasked = errors.New("nobody asked for this write")
)

// MaxAge is how old a read may be for a withdrawal that rests on it.
const MaxAge = 2 * time.Second

// Guard is the last gate in front of one write. It judges afresh, and
// pessimistically: a withdrawal without a seen end counts as done, a
// registration without one as not done.
func Guard(op Op, d Desired, fresh names.Fact[names.View], now time.Time) error {
	in := d.Intent
	if in.Hold != "" {
		return fmt.Errorf("%s %s: %w: %s", op.Kind, op.ID, ErrHeld, in.Hold)
	}
	if !fresh.OK() {
		return fmt.Errorf("%s %s: %w: %s", op.Kind, op.ID, ErrStale, fresh.Unknown)
	}
	switch op.Kind {
	case SetRecords:
		if in.TTL == nil && in.Records == nil && in.Description == nil {
			return fmt.Errorf("%s: %w", op.Kind, ErrUnasked)
		}
		return nil
	case Register, SetHealthy:
		return guardIn(op, d, fresh.V)
	case Remove, SetUnhealthy:
		return guardOut(op, d, fresh, now)
	case ScaleSource:
	}
	return fmt.Errorf("%s %s: %w", op.Kind, op.ID, ErrUnasked)
}

// guardIn: only what was asked for, and never over an instance of someone else.
func guardIn(op Op, d Desired, v names.View) error {
	if !d.registers(op.ID) {
		return fmt.Errorf("%s %s: %w", op.Kind, op.ID, ErrUnasked)
	}
	if err := op.Instance.Valid(); op.Kind == Register && err != nil {
		return fmt.Errorf("%s: %w", op.Kind, err)
	}
	if have, ok := v.Instance(op.ID); ok &&
		names.SideOf(have, d.Intent.Owner, d.Intent.Source) == names.Foreign &&
		!(d.Intent.Adopt && Plain(have)) {
		return fmt.Errorf("%s %s: %w", op.Kind, op.ID, ErrForeign)
	}
	return nil
}

// guardOut: never a foreign instance, never on an old read, never below the floor.
func guardOut(op Op, d Desired, fresh names.Fact[names.View], now time.Time) error {
	in, v := d.Intent, fresh.V
	have, ok := v.Instance(op.ID)
	if !ok {
		return nil // not there any more: the call changes nothing
	}
	side := names.SideOf(have, in.Owner, in.Source)
	switch {
	case side == names.Foreign && !(in.Adopt && Plain(have) && op.Kind == Remove):
		return fmt.Errorf("%s %s: %w", op.Kind, op.ID, ErrForeign)
	case side == names.FromSource && !slices.ContainsFunc(in.Out, func(o Out) bool { return o.ID == op.ID }):
		return fmt.Errorf("%s %s: %w", op.Kind, op.ID, ErrUnasked)
	case side != names.FromSource && !slices.ContainsFunc(d.Leave, func(l Leaving) bool { return l.ID == op.ID }):
		return fmt.Errorf("%s %s: %w", op.Kind, op.ID, ErrUnasked)
	}
	if op.Lost && side == names.Ours {
		return nil
	}
	if !fresh.Younger(MaxAge, now) {
		return fmt.Errorf("%s %s: %w: read %s ago, at most %s", op.Kind, op.ID, ErrStale, now.Sub(fresh.At).Round(time.Millisecond), MaxAge)
	}
	left, floor := Counted(d, v, op.ID), max(1, in.Floor)
	if left > 0 && left == Counted(d, v, "") {
		return nil // it does not count: taking it away costs nothing
	}
	if left < floor {
		return fmt.Errorf("%s %s: %w: %d healthy would be left, the floor is %d", op.Kind, op.ID, ErrFloor, left, floor)
	}
	return nil
}

// Counted is how many endpoints of the name count towards its floor when
// without is taken away: ours whose pod serves and the running ECS tasks of the
// crossing, healthy, seen, and with no unresolved write. Foreign instances
// never count, but for those that a hand-over put there.
func Counted(d Desired, v names.View, without names.ID) int {
	n := 0
	for _, i := range v.Instances {
		if i.ID == without || !i.Answered() {
			continue
		}
		if slices.ContainsFunc(d.Intent.Sent, func(s Sent) bool { return s.ID == i.ID }) {
			continue
		}
		switch names.SideOf(i, d.Intent.Owner, d.Intent.Source) {
		case names.Ours:
			if d.Serving[i.ID] {
				n++
			}
		case names.FromSource:
			if d.Intent.Running == nil || slices.Contains(d.Intent.Running, i.ID) {
				n++
			}
		case names.Foreign:
			// Nobody here answers for it, unless it stands for a pod of ours.
			if d.Intent.Plain && d.registers(i.ID) {
				n++
			}
		}
	}
	return n
}
