package cutover

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// gate is one phase's exit: open, or what it waits for.
type gate struct {
	phase Phase
	open  func() bool // sets Wait when it is not open
}

// forward judges the gates of the way to EKS, in order, from the first.
func (m *machine) forward() {
	if m.s.Phase == Migrated {
		m.migrated()
		return
	}
	if m.paused() {
		m.freeze()
		return
	}
	if m.o.Denied == "" && !m.o.Source.OK() {
		// Not knowing is no reason to fall back: registered pods stay, nothing is withdrawn.
		m.d.Intent.Floor = m.floor()
		m.wait(WaitUnknown, "ECS service "+m.o.Spec.Source.String(), m.o.Source.Unknown, zeroTime)
		return
	}
	for _, g := range []gate{
		{Preflight, m.preflightDone},
		{Stage, m.staged},
		{Prepare, m.prepared},
		{Shift, m.shifted},
		{Hold, m.held},
		{Drain, m.drained},
	} {
		if g.open() {
			continue
		}
		if m.s.Halt != "" {
			m.freeze()
			return
		}
		m.phase(g.phase)
		m.intend(g.phase)
		return
	}
	m.phase(Migrated)
	m.migrated()
}

// paused says whether a person, or a reason for one, stops the crossing.
func (m *machine) paused() bool {
	l := m.s.Latched
	return m.o.Spec.Paused || m.s.Halt != "" || l != nil && (l.Verb == VerbPause || l.Verb == VerbHalt)
}

// freeze keeps everything as it is. Only what makes the name safer still
// happens: tasks come back where EKS capacity was lost.
func (m *machine) freeze() {
	if m.s.Halt != "" {
		m.wait(WaitPerson, "migration", m.s.Halt+" — resume it or roll it back", zeroTime)
	} else {
		m.wait(WaitPaused, "migration", "paused by a person; `resume` lets it go on", zeroTime)
	}
	m.d.Intent.Floor = m.floor()
	if m.s.Direction == Back {
		// What was put back stays. The rest follows only where EKS does not carry the name.
		if m.proved < m.floor() {
			m.readmit()
		}
		return
	}
	m.keepOut(m.leftMin(len(m.s.Out)))
}

// intend is the intent of a phase whose gate is not open yet.
func (m *machine) intend(p Phase) {
	in := &m.d.Intent
	in.Floor = m.floor()
	low := m.lowTTL()
	switch p {
	case Preflight, Stage:
		if m.s.Wrote {
			in.TTL = &low
		}
		m.keepOut(m.leftMin(len(m.s.Out)))
	case Prepare:
		in.TTL = &low
		m.save()
		m.keepOut(m.leftMin(len(m.s.Out)))
	case Shift:
		m.save()
		in.TTL = &low
		s := m.split()
		in.Ours = registrar.Admit{Mode: registrar.AdmitMost, Max: max(s.EKS, m.inNow())}
		m.keepOut(m.leftMin(m.tasks() - s.ECS))
	case Hold, Drain:
		in.TTL = &low
		in.Ours = registrar.Admit{Mode: registrar.AdmitAll}
		m.keepOut(m.leftMin(m.tasks()))
	default: // no gate of the way forward stands there
	}
}

// save says that from this decision on AWS may be changed: the original, which
// is stored with it, is not renewed any more.
func (m *machine) save() { m.s.Wrote = true }

// lowTTL is the record TTL during the crossing: never higher than it was.
func (m *machine) lowTTL() int64 {
	ttl := m.o.Spec.RecordTTL
	if m.s.Original != nil {
		for _, r := range m.s.Original.Records {
			ttl = min(ttl, r.TTL)
		}
	}
	return max(0, ttl)
}

// prepared: the TTL is low, and answers with the old one have run out.
func (m *machine) prepared() bool {
	low := m.lowTTL()
	for _, r := range m.o.Name.V.Settings.Records {
		if r.TTL > low {
			if m.s.Phase != "" && m.past(Prepare) && !m.settingsSent() {
				m.halt(fmt.Sprintf("someone else set the TTL of %s to %d s in mid-crossing: keep it out of the infrastructure code until the crossing is over",
					m.o.Name.V.Settings.DNSName(), r.TTL))
			}
			m.wait(WaitWrite, m.o.Name.V.Settings.DNSName(), fmt.Sprintf("the record TTL goes from %d s to %d s", r.TTL, low), zeroTime)
			return false
		}
	}
	var until time.Time
	for _, t := range m.s.TTLSeen {
		if t.TTL > low && !t.Until.IsZero() {
			if e := m.expiry(t, t.Until); e.After(until) {
				until = e
			}
		}
	}
	if m.o.Now.Before(until) {
		m.wait(WaitOldTTL, m.o.Name.V.Settings.DNSName(), "answers with the old TTL run out", until)
		return false
	}
	return true
}

// past says whether the crossing was beyond a phase when it was last stored.
func (m *machine) past(p Phase) bool {
	order := []Phase{Preflight, Stage, Prepare, Shift, Hold, Drain, Migrated}
	return slices.Index(order, m.s.Phase) > slices.Index(order, p)
}

func (m *machine) settingsSent() bool {
	return slices.ContainsFunc(m.s.Sent, func(s registrar.Sent) bool { return s.Kind == registrar.SetRecords })
}

// tasks is how many running ECS tasks the crossing has to do with: those in the
// name and those kept out of it.
func (m *machine) tasks() int { return len(m.taskIDs()) }

// taskIDs lists them, sorted.
func (m *machine) taskIDs() []names.ID {
	var ids []names.ID
	for _, t := range m.o.Source.V.Tasks {
		_, in := m.o.Name.V.Instance(t.ID)
		if t.Runs() && (in || m.isOut(t.ID)) {
			ids = append(ids, t.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

func (m *machine) isOut(id names.ID) bool {
	return slices.ContainsFunc(m.s.Out, func(w Withdrawn) bool { return w.Instance.ID == id })
}

// split is what the present step wishes, with the counts of now.
func (m *machine) split() Split {
	all := m.splits()
	return all[min(m.s.Step, len(all)-1)]
}

func (m *machine) splits() []Split {
	return splits(m.o.Spec.Steps, m.o.Target.V.Serving(), m.tasks(), m.floor())
}

// leftMin turns the wished number of tasks out into the number that capacity
// allows: ECS leaves only as far as proved EKS capacity replaces it.
func (m *machine) leftMin(wish int) (out int) {
	left := max(0, m.floor()-m.proved)
	if m.proved == 0 {
		left = max(left, 1)
	}
	return min(wish, max(0, m.tasks()-left))
}

// keepOut makes the level of ECS tasks that are out n, and puts back what is more.
func (m *machine) keepOut(n int) {
	if !m.o.Source.OK() {
		return
	}
	running := map[names.ID]Task{}
	for _, t := range m.o.Source.V.Tasks {
		if t.Runs() {
			running[t.ID] = t
		}
	}
	w, problem := m.way()
	if problem != "" && (n > 0 || len(m.s.Out) > 0) {
		// Going on would be a fight that ECS wins: everything comes back.
		m.halt(problem)
		m.wait(WaitPerson, "withdrawal", problem, zeroTime)
		n = 0
	}

	m.s.Out = slices.DeleteFunc(m.s.Out, func(x Withdrawn) bool {
		_, in := m.o.Name.V.Instance(x.Instance.ID)
		_, runs := running[x.Instance.ID]
		return !runs && !in && !m.stopping(x.Instance.ID) && m.longGone(x.Instance.ID)
	})
	// Those that run are the level; tasks that stopped stay listed for Hold only.
	var level []int
	for k, x := range m.s.Out {
		if _, ok := running[x.Instance.ID]; ok {
			level = append(level, k)
		}
	}
	switch {
	case len(level) > n:
		m.stay(level[:n])
		m.putBack(level[n:])
	case len(level) < n && problem == "":
		m.stay(level)
		m.takeOut(n-len(level), w, running)
	default:
		m.stay(level)
	}
	for k, x := range m.s.Out {
		if problem == "" && x.Way != w && m.answered(x.Instance.ID) {
			m.s.Out[k].Way = w // the other way did not last
		}
		if !slices.ContainsFunc(m.d.Intent.Back, func(i names.Instance) bool { return i.ID == x.Instance.ID }) {
			m.d.Intent.Out = append(m.d.Intent.Out, registrar.Out{ID: x.Instance.ID, Way: m.s.Out[k].Way})
		}
	}
}

// stopping: the task is listed and on its way down.
func (m *machine) stopping(id names.ID) bool {
	return slices.ContainsFunc(m.o.Source.V.Tasks, func(t Task) bool { return t.ID == id && !t.Runs() })
}

// longGone: nobody may hold its address any more, so Hold needs it no longer.
func (m *machine) longGone(id names.ID) bool {
	since, ok := m.absent(id)
	return ok && !m.o.Now.Before(m.forgotten(since))
}

// stay says that these are kept out, whatever was wanted of them before.
func (m *machine) stay(which []int) {
	for _, k := range which {
		m.s.Out[k].Back = false
	}
}

// putBack returns saved instances whose task still runs.
func (m *machine) putBack(which []int) {
	if m.mayStop() {
		return
	}
	for _, k := range which {
		m.s.Out[k].Back = true
		m.d.Intent.Back = append(m.d.Intent.Back, m.s.Out[k].Instance.Clone())
	}
	names.SortInstances(m.d.Intent.Back)
	back := m.d.Intent.Back
	// It stays listed until it is seen in the name again.
	m.s.Out = slices.DeleteFunc(m.s.Out, func(x Withdrawn) bool {
		return m.answered(x.Instance.ID) && !m.unresolved(x.Instance.ID) &&
			slices.ContainsFunc(back, func(i names.Instance) bool { return i.ID == x.Instance.ID })
	})
}

// mayStop: ECS is about to stop a task, and nobody knows which. One that is put
// back now might be it, and would be answered as it goes.
func (m *machine) mayStop() bool {
	return m.scaleUnresolved() || m.running() > m.o.Source.V.Desired
}

// takeOut adds up to n tasks to those kept out: from the zone with most left,
// ties by hash. The very first one goes alone and is watched.
func (m *machine) takeOut(n int, w registrar.Way, running map[names.ID]Task) {
	if len(m.s.Out) == 0 {
		n = 1
	} else if !m.firstWatched() {
		return
	}
	left := map[string][]Task{}
	for _, id := range m.taskIDs() {
		if t := running[id]; !m.isOut(id) {
			left[t.Zone] = append(left[t.Zone], t)
		}
	}
	for ; n > 0; n-- {
		zones := make([]string, 0, len(left))
		for z := range left {
			zones = append(zones, z)
		}
		slices.SortFunc(zones, func(a, b string) int {
			return cmp.Or(cmp.Compare(len(left[b]), len(left[a])), cmp.Compare(a, b))
		})
		if len(zones) == 0 || len(left[zones[0]]) == 0 {
			return
		}
		z := zones[0]
		slices.SortFunc(left[z], func(a, b Task) int { return registrar.Spread(a.ID, b.ID) })
		t := left[z][0]
		left[z] = left[z][1:]
		inst, _ := m.o.Name.V.Instance(t.ID)
		m.s.Out = append(m.s.Out, Withdrawn{Instance: inst.Clone(), Way: w, At: m.o.Now})
		m.s.Wrote = true
	}
	slices.SortFunc(m.s.Out, func(a, b Withdrawn) int { return cmp.Compare(a.Instance.ID, b.Instance.ID) })
}

// firstWatched: the first withdrawn task was out for the time of a step without
// ECS doing anything about it.
func (m *machine) firstWatched() bool {
	for _, a := range m.s.Gone {
		if !m.o.Now.Before(a.Since.Add(soakOf(m.o.Spec.Steps, m.s.Step).Soak)) {
			return true
		}
	}
	return false
}
