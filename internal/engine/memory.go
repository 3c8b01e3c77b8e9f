package engine

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// memory is what is remembered of a name without a crossing, so that a look at
// one that rests needs no call. Losing it costs calls, no more: a new process
// reads every name once.
type memory struct {
	// view is the last read, with the effects of our own writes since then whose
	// operation ended in SUCCESS.
	view names.Fact[names.View]
	sent []registrar.Sent
	// wrote is what the registrations under way write.
	wrote map[names.ID]names.Instance
	// asked is when each operation was last asked for.
	asked map[string]time.Time
	// failed is how the last write for an instance failed; "" is the service itself.
	failed map[names.ID]error
	// parted is since when an instance of ours is asked for by nobody; came when a
	// registration was first seen to have had its effect, but for those of the first
	// read that say themselves when they were sent.
	parted, came map[names.ID]time.Time
	// confirm is when what was written has to be read again; zero: nothing was.
	confirm time.Time
	trouble trouble
	turn    turn      // what the last step left, since it was not its turn
	drifted bool      // to be read again, whatever is remembered
	gone    bool      // the last read found no such service
	made    *bool     // the service was made by us; nil: not asked yet
	emptied time.Time // since when nobody asks for the name and nothing is in it
}

func newMemory() *memory {
	return &memory{
		asked: map[string]time.Time{}, failed: map[names.ID]error{}, wrote: map[names.ID]names.Instance{},
		parted: map[names.ID]time.Time{}, came: map[names.ID]time.Time{},
	}
}

// trouble is a row of calls that AWS did not answer as it should.
type trouble struct {
	since, last time.Time
	row         int
	err         error
}

// memories are those of all names. A memory is its step's alone; what others may
// look at is shown beside it.
type memories struct {
	mu    sync.Mutex
	of    map[names.Ref]*memory
	shown map[names.Ref]names.Fact[names.View] // of names that rest
	drift map[names.Ref]bool                   // said to have drifted since its last step
}

func newMemories() *memories {
	return &memories{of: map[names.Ref]*memory{}, shown: map[names.Ref]names.Fact[names.View]{}, drift: map[names.Ref]bool{}}
}

// take gives the memory of a name to its step.
func (ms *memories) take(ref names.Ref) *memory {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	m := ms.of[ref]
	if m == nil {
		m = newMemory()
		ms.of[ref] = m
	}
	m.drifted = m.drifted || ms.drift[ref]
	delete(ms.drift, ref)
	return m
}

// show lets others look at a name that rests; one that moves they would judge wrongly.
func (ms *memories) show(ref names.Ref, view names.Fact[names.View], rests bool) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	if rests && view.OK() {
		ms.shown[ref] = view
	} else {
		delete(ms.shown, ref)
	}
}

// forget drops what is remembered of a name.
func (e *Engine) forget(ref names.Ref) {
	e.memories.forget(ref)
	e.abandoned.drop(ref)
}

func (ms *memories) forget(ref names.Ref) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	delete(ms.of, ref)
	delete(ms.shown, ref)
	delete(ms.drift, ref)
}

// resting is the view of a name that rests and was not seen to drift.
func (ms *memories) resting(ref names.Ref) (names.Fact[names.View], bool) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	v, ok := ms.shown[ref]
	return v, ok && !ms.drift[ref]
}

// Drifted says that somebody saw the name differ from what it should be: its
// next step reads it, whatever is remembered.
func (e *Engine) Drifted(ref names.Ref) {
	e.memories.mu.Lock()
	defer e.memories.mu.Unlock()
	if e.memories.of[ref] != nil { // else it is read anyway
		e.memories.drift[ref] = true
	}
}

// over lets go of writes that AWS refused and that are not wanted any more: no
// end of theirs is to be seen.
func (m *memory) over(d registrar.Desired, now time.Time) {
	refused := func(s registrar.Sent) bool { return s.Failed }
	if d.Intent.Hold != "" || !m.view.OK() || !slices.ContainsFunc(m.sent, refused) {
		return
	}
	d.Intent.Sent = slices.DeleteFunc(slices.Clone(m.sent), refused)
	wanted := registrar.Diff(d, m.view, now).Ops
	m.sent = slices.DeleteFunc(m.sent, func(s registrar.Sent) bool {
		return s.Failed && !slices.ContainsFunc(wanted, func(op registrar.Op) bool { return op.ID == s.ID && op.Kind == s.Kind })
	})
	if len(m.sent) == 0 {
		m.trouble = trouble{} // there is nothing left to ask AWS for
	}
}

// prune drops what is remembered of writes that have ended.
func (m *memory) prune() {
	under := func(id names.ID) bool {
		return slices.ContainsFunc(m.sent, func(s registrar.Sent) bool { return s.ID == id })
	}
	maps.DeleteFunc(m.wrote, func(id names.ID, _ names.Instance) bool { return !under(id) })
	maps.DeleteFunc(m.failed, func(id names.ID, _ error) bool { return !under(id) })
	maps.DeleteFunc(m.asked, func(op string, _ time.Time) bool {
		return !slices.ContainsFunc(m.sent, func(s registrar.Sent) bool { return s.Op == op })
	})
}

// called notes how a call ended.
func (m *memory) called(now time.Time, err error) {
	if err == nil {
		m.trouble = trouble{}
		return
	}
	if m.trouble.since.IsZero() {
		m.trouble.since = now
	}
	m.trouble.row++
	m.trouble.last, m.trouble.err = now, err
}

// backoff is how long after a failed call the next is made.
func (e *Engine) backoff(m *memory) time.Duration {
	d := e.Busy
	for range min(m.trouble.row-1, 8) {
		d *= 2
	}
	return min(d, LongestBackoff)
}

// LongestBackoff is how long at most a name waits between two tries: what makes
// it true again soon after AWS is back.
const LongestBackoff = 20 * time.Second
