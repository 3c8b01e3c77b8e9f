package engine

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/pace"
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

// read reads the name and makes that what is remembered. Of a service that is
// not there nothing is worth remembering: gone.
func (e *Engine) read(ctx context.Context, ref names.Ref, m *memory) (gone bool) {
	at := e.Clock.Now()
	v, err := e.Reader.View(ctx, ref)
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

// sameRecords says that two registrations make the same DNS records.
func sameRecords(a, b names.Instance) bool {
	for _, k := range []string{names.AttrIPv4, names.AttrIPv6, names.AttrCNAME, names.AttrAlias, names.AttrPort} {
		if a.Attributes[k] != b.Attributes[k] {
			return false
		}
	}
	return true
}

// mayBeNew says of an instance that nobody saw come whether it may have come a
// moment ago: one that does not say when it was sent or, in a first read, one that
// was not long before. It may have waited for its turn, or in a process that stood
// still, so what it says is no proof.
func mayBeNew(i names.Instance, seen bool, now time.Time) bool {
	since, ok := i.Since()
	return !ok || !seen && now.Sub(since) < longestWait
}

// longestWait is how long at most a registration waits between being decided on
// and having its effect, wherever it waits.
const longestWait = 3 * time.Minute

// provedAt is when every name server has the instance; zero for one that was there
// long before it was first seen.
func (e *Engine) provedAt(m *memory, i names.Instance) time.Time {
	if came, ok := m.came[i.ID]; ok {
		return came.Add(e.Bounds.Propagation)
	}
	return time.Time{}
}

// marked is when every name server has an instance by its own mark; zero if it
// has none.
func (e *Engine) marked(i names.Instance) time.Time {
	since, ok := i.Since()
	if !ok {
		return time.Time{}
	}
	return since.Add(e.proof())
}

// young are the instances that not every name server must have yet.
func (e *Engine) young(m *memory, v names.View, now time.Time) []names.ID {
	var out []names.ID
	for _, i := range v.Instances {
		if now.Before(e.provedAt(m, i)) {
			out = append(out, i.ID)
		}
	}
	return out
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

// compareAt is when a name that rests is read in full again: spread over the
// interval, so that a fleet that started together does not stay together.
func (e *Engine) compareAt(ref names.Ref, read time.Time) time.Time {
	h := fnv.New32a()
	_, _ = h.Write([]byte(ref.String()))
	spread := time.Duration(h.Sum32()%1000) * e.Compare / 2000
	return read.Add(e.Compare - spread)
}
