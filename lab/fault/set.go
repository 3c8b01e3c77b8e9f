package fault

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Set holds the faults of a lab. It is safe for concurrent use. The same seed and
// the same calls give the same hits.
type Set struct {
	mu   sync.Mutex
	seed uint64
	made int
	all  []*state // as they were added
}

// Active is a fault of a Set and what it has done so far.
type Active struct {
	ID string `json:"id"`
	Fault
	Since time.Time `json:"since"`
	// Over says that it does nothing any more: removed, or its time or its
	// number was over.
	Over bool `json:"over,omitempty"`
	Seen int  `json:"seen"` // calls or operations that matched
	Hits int  `json:"hits"` // of those, the ones that it spoiled; or how often it struck
}

type state struct {
	Active
	where Where
	due   time.Time // of what happens by itself
	rand  *rand.Rand
}

// remembered is how many faults that are over a Set still lists.
const remembered = 100

// NewSet is a set without faults.
func NewSet(seed uint64) *Set { return &Set{seed: seed} }

// Add makes a fault active from now on. Errors: ErrInvalid.
func (s *Set) Add(now time.Time, f Fault) (Active, error) {
	f, err := f.withDefaults()
	if err != nil {
		return Active{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made++
	where, _ := f.Kind.Where()
	n := &state{
		Active: Active{ID: "f" + strconv.Itoa(s.made), Fault: f, Since: now}, where: where,
		// Each its own, so that one fault does not change what another draws.
		rand: rand.New(rand.NewPCG(s.seed, uint64(s.made))), //nolint:gosec // replay, not secrecy
		due:  now.Add(time.Duration(f.Period)),
	}
	s.all = append(s.all, n)
	s.forget(now)
	return n.Active, nil
}

// forget drops the oldest of those that are over.
func (s *Set) forget(now time.Time) {
	over := 0
	for _, n := range s.all {
		if !n.active(now) {
			over++
		}
	}
	s.all = slices.DeleteFunc(s.all, func(n *state) bool {
		if n.Over && over > remembered {
			over--
			return true
		}
		return false
	})
}

// ErrUnknown says that there is no such fault, or that it is over.
var ErrUnknown = errors.New("no such fault is active")

// Remove ends a fault. Errors: ErrUnknown.
func (s *Set) Remove(now time.Time, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.all {
		if n.ID == id && n.active(now) {
			n.Over = true
			return nil
		}
	}
	return fmt.Errorf("fault %s: %w", id, ErrUnknown)
}

// Clear ends every fault and says how many those were.
func (s *Set) Clear(now time.Time) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	ended := 0
	for _, n := range s.all {
		if n.active(now) {
			n.Over = true
			ended++
		}
	}
	return ended
}

// List is every fault, also those that are over, in the order in which they were added.
func (s *Set) List(now time.Time) []Active {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Active, 0, len(s.all))
	for _, n := range s.all {
		n.active(now)
		out = append(out, n.Active)
	}
	return out
}

// active also notes that the time of a fault is over.
func (n *state) active(now time.Time) bool {
	if !n.Over && n.For > 0 && !now.Before(n.Since.Add(time.Duration(n.For))) {
		n.Over = true
	}
	return !n.Over
}

// Target is one call or operation, by all names that a glob may mean.
type Target struct {
	Service, Operation string
	Resources          []string
}

func (f Fault) matches(t Target) bool {
	if !glob(f.Service, t.Service) || !glob(f.Operation, t.Operation) {
		return false
	}
	return f.Resource == "" || slices.ContainsFunc(t.Resources, func(r string) bool { return glob(f.Resource, r) })
}

// Hit says which fault hits a call or an operation, if any. It counts: ask once
// for each. Where there are several, the one that was added first goes first, and
// the others do not see the call.
func (s *Set) Hit(now time.Time, where Where, t Target) (Fault, bool) {
	return s.hit(now, t, func(n *state) bool { return n.where == where && n.Kind != StaleDiscover })
}

// HitKind is Hit for one kind.
func (s *Set) HitKind(now time.Time, kind Kind, t Target) (Fault, bool) {
	return s.hit(now, t, func(n *state) bool { return n.Kind == kind })
}

func (s *Set) hit(now time.Time, t Target, which func(*state) bool) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.all {
		if !which(n) || !n.active(now) || !n.matches(t) {
			continue
		}
		n.Seen++
		if n.strikes() {
			return n.Fault, true
		}
	}
	return Fault{}, false
}

// strikes decides about one call that was seen.
func (n *state) strikes() bool {
	switch {
	case n.Every > 0 && n.Seen%n.Every != 0, n.Chance > 0 && n.rand.Float64() >= n.Chance:
		return false
	}
	n.Hits++
	if n.Next > 0 && n.Hits >= n.Next {
		n.Over = true
	}
	return true
}

// Due takes the faults that are to happen by now to what runs, once each. After
// it has struck one, the caller says so with Struck.
func (s *Set) Due(now time.Time) []Active {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Active
	for _, n := range s.all {
		if n.where != InWorld || !n.active(now) || now.Before(n.due) {
			continue
		}
		n.Seen++
		out = append(out, n.Active)
		if n.Period > 0 {
			// Not from its time on: after a pause, one blow is enough.
			n.due = now.Add(time.Duration(n.Period))
		} else if n.Seen >= n.Next {
			n.Over = true
		}
	}
	return out
}

// Wake is when something is due next; false: nothing.
func (s *Set) Wake(now time.Time) (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var at time.Time
	found := false
	for _, n := range s.all {
		if n.where == InWorld && n.active(now) && (!found || n.due.Before(at)) {
			at, found = n.due, true
		}
	}
	return at, found
}

// Struck counts a fault of Due as having happened.
func (s *Set) Struck(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.all {
		if n.ID == id {
			n.Hits++
		}
	}
}

// Choose picks one of the names that a fault of Due matches; false: none does.
func (s *Set) Choose(id string, names []string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.all {
		if n.ID != id {
			continue
		}
		var fit []string
		for _, name := range names {
			if glob(n.Resource, name) {
				fit = append(fit, name)
			}
		}
		if len(fit) > 0 {
			return fit[n.rand.IntN(len(fit))], true
		}
	}
	return "", false
}
