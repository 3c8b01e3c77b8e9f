package cutover

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// ErrInvariant is what every violation wraps.
var ErrInvariant = errors.New("invariant broken")

// Check is the second, dumber reading of what a Decision may be. It shares no
// helper with Next: it recomputes from State and Observed alone. A violation is
// a bug, and whoever calls Check must not act on the Decision.
func Check(s State, o Observed, d Decision) error {
	broken := func(format string, a ...any) error {
		return fmt.Errorf("%w: %s", ErrInvariant, fmt.Sprintf(format, a...))
	}
	if d.Wait.Reason == "" || d.Wait.Text == "" {
		return broken("5: a wait without a reason that a person can read")
	}
	if d.Intent.Hold != "" && len(d.Acts) > 0 {
		return broken("6: the name is held (%s) and yet there is an action", d.Intent.Hold)
	}
	if o.Source.OK() {
		if err := checkOut(o, d, broken); err != nil {
			return err
		}
	} else if len(d.Intent.Out) > 0 || len(d.Acts) > 0 {
		return broken("6: ECS is not known and yet something is withdrawn or scaled")
	}
	for _, b := range d.Intent.Back {
		if names.SideOf(b, o.Bounds.Owner, &o.Spec.Source) != names.FromSource {
			return broken("3: %s would be put back and is not the ECS service's", b.ID)
		}
	}
	for _, a := range d.Acts {
		if a.Kind == Scale && a.Desired < o.Source.V.Desired {
			if err := checkStop(s, o, d, broken); err != nil {
				return err
			}
		}
	}
	if (len(d.Intent.Out) > 0 || len(d.Acts) > 0 || d.Intent.TTL != nil) && d.State.Original == nil {
		return broken("4: something is written before the original is saved")
	}
	return nil
}

// checkOut: only tasks of the service, and never more than the floor allows.
func checkOut(o Observed, d Decision, broken func(string, ...any) error) error {
	if !o.Name.OK() {
		if len(d.Intent.Out) > 0 {
			return broken("6: the name is not known and yet a task is to be withdrawn")
		}
		return nil
	}
	left, taken := 0, 0
	for _, i := range o.Name.V.Instances {
		switch names.SideOf(i, o.Bounds.Owner, &o.Spec.Source) {
		case names.FromSource:
			if !slices.ContainsFunc(d.Intent.Out, func(x registrar.Out) bool { return x.ID == i.ID }) {
				left++
			} else {
				taken++
			}
		case names.Ours:
			left++
		case names.Foreign:
			if slices.ContainsFunc(d.Intent.Out, func(x registrar.Out) bool { return x.ID == i.ID }) {
				return broken("3: foreign instance %s would be withdrawn", i.ID)
			}
		}
	}
	if taken > 0 && left == 0 {
		return broken("1: nothing would be left in the name")
	}
	return nil
}

// checkStop: no ECS task may be stopped while an answer with any ECS address
// may still be held.
func checkStop(s State, o Observed, d Decision, broken func(string, ...any) error) error {
	if d.State.Direction != Forward {
		return broken("2: tasks would be stopped on the way back")
	}
	for _, i := range o.Name.V.Instances {
		if names.SideOf(i, o.Bounds.Owner, &o.Spec.Source) == names.FromSource && i.Health != names.Unhealthy {
			return broken("2: a task would be stopped while %s is in the name", i.ID)
		}
	}
	for _, t := range o.Source.V.Tasks {
		if t.Stop {
			continue
		}
		k := slices.IndexFunc(d.State.Gone, func(a Absence) bool { return a.ID == t.ID })
		if k < 0 {
			return broken("2: a task would be stopped while %s is not known to be out", t.ID)
		}
	}
	for _, x := range s.Sent {
		if x.Kind == registrar.Register || x.Kind == registrar.SetHealthy {
			if slices.ContainsFunc(o.Source.V.Tasks, func(t Task) bool { return t.ID == x.ID }) &&
				slices.ContainsFunc(d.State.Sent, func(y registrar.Sent) bool { return y.ID == x.ID && y.Kind == x.Kind }) {
				return broken("2: a task would be stopped while %s may be on its way back into the name", x.ID)
			}
		}
	}
	for _, a := range d.State.Gone {
		for _, ttl := range append(slices.Clone(d.State.TTLSeen), TTLSpan{TTL: o.Name.V.Settings.MaxTTL()}) {
			last := a.Since
			if !ttl.Until.IsZero() && ttl.Until.Before(last) {
				last = ttl.Until
			}
			held := last.Add(o.Bounds.Propagation)
			held = held.Add(secs(ttl.TTL))
			for _, c := range o.Bounds.Caches {
				held = held.Add(c.For)
			}
			if held.After(o.Now) {
				return broken("2: a task would be stopped at %s; %s may be held until %s",
					o.Now.UTC().Format("15:04:05.000"), a.ID, held.UTC().Format("15:04:05.000"))
			}
		}
	}
	if o.Now.Sub(o.Name.At) > o.Bounds.Fresh {
		return broken("2: a task would be stopped on a read %s old", o.Now.Sub(o.Name.At))
	}
	return nil
}
