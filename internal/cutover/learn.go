package cutover

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

var zeroTime time.Time

// secs turns a TTL into a duration.
func secs(n int64) time.Duration { return time.Duration(n) * time.Second }

// learn brings the state up to what is seen: which writes ended, which TTLs
// were answered, who is in the name since when and who is gone.
func (m *machine) learn() {
	m.before = slices.Clone(m.s.Sent)
	m.resolve()
	m.ttlHistory()
	m.presence()
	m.adopt()
	m.absences()
}

// resolve drops the writes whose end is seen. A write is resolved by an
// operation that ended and a read that began after it, by its effect where
// there is no operation, and in any case once no process can still be sending it.
func (m *machine) resolve() {
	m.s.Sent = slices.DeleteFunc(m.s.Sent, func(s registrar.Sent) bool {
		at := m.o.Name.At
		if s.Kind == registrar.ScaleSource {
			at = m.o.Source.At
			if m.o.Source.OK() && m.o.Source.V.Desired == s.Value && at.After(s.At) {
				return true
			}
			return m.o.Source.OK() && at.After(s.At.Add(m.o.Bounds.Flight))
		}
		if s.Op != "" && m.o.Ops[s.Op] == OpSuccess && at.After(s.At) && m.effect(s) {
			return true
		}
		if s.Op != "" && m.o.Ops[s.Op] == OpPending {
			return false
		}
		if s.Op == "" && s.Kind != registrar.Register && s.Kind != registrar.SetRecords && at.After(s.At) && m.effect(s) {
			return true
		}
		late := s.At.Add(m.o.Bounds.Flight)
		if s.Kind == registrar.SetUnhealthy || s.Kind == registrar.SetHealthy {
			late = late.Add(m.o.Bounds.Health) // Cloud Map itself waits before it flips
		}
		return at.After(late)
	})
	for i, s := range m.s.Sent {
		if s.Op != "" && m.o.Ops[s.Op] == OpFail {
			m.s.Sent[i].Failed = true
		}
		if s.Kind == registrar.SetUnhealthy && !s.Failed && s.Attempt > returnsMax &&
			m.o.Now.After(s.At.Add(m.o.Bounds.Health)) && !m.effect(s) {
			// ECS says HEALTHY within Cloud Map's waiting time, which cancels ours.
			m.finding(registrar.CustomHealth, "reassert")
		}
		if s.Kind == registrar.Remove && s.Attempt > returnsMax && m.o.Ops[s.Op] == OpSuccess &&
			!m.effect(s) && m.isOut(s.ID) && !m.comingBack(s.ID) {
			// ECS registers it again quicker than anybody looks.
			m.finding(registrar.Deregister, "reregister")
		}
	}
}

// effect says whether what a write wanted is seen.
func (m *machine) effect(s registrar.Sent) bool {
	v := m.o.Name.V
	i, in := v.Instance(s.ID)
	switch s.Kind {
	case registrar.Register:
		return in
	case registrar.Remove:
		return !in
	case registrar.SetUnhealthy:
		return !in || !i.Answered()
	case registrar.SetHealthy:
		return !in || i.Answered() && !slices.ContainsFunc(m.s.Sent, func(x registrar.Sent) bool {
			return x.ID == s.ID && x.Kind == registrar.SetUnhealthy
		})
	case registrar.SetRecords:
		return true // of one that ended; the records are compared anew by Diff
	case registrar.ScaleSource:
	}
	return false
}

// ttlHistory records which TTL answers carried and until when.
func (m *machine) ttlHistory() {
	ttl := m.o.Name.V.Settings.MaxTTL()
	n := len(m.s.TTLSeen)
	if n == 0 || m.s.TTLSeen[n-1].TTL != ttl || !m.s.TTLSeen[n-1].Until.IsZero() {
		if n > 0 && m.s.TTLSeen[n-1].Until.IsZero() {
			m.s.TTLSeen[n-1].Until = m.o.Now
		}
		m.s.TTLSeen = append(m.s.TTLSeen, TTLSpan{TTL: ttl})
	}
	m.s.TTLSeen = slices.DeleteFunc(m.s.TTLSeen, func(t TTLSpan) bool {
		return !t.Until.IsZero() && m.expiry(t, t.Until).Before(m.o.Now.Add(-m.o.Bounds.CacheSum()))
	})
}

// expiry is when the last resolver forgets an answer of this span, given that
// the address was answered until gone.
func (m *machine) expiry(t TTLSpan, gone time.Time) time.Time {
	if !t.Until.IsZero() && t.Until.Before(gone) {
		gone = t.Until
	}
	return gone.Add(m.o.Bounds.Propagation + secs(t.TTL))
}

// forgotten is when no resolver and no client within the declared caches may
// still hold an address that left the name at gone: the maximum over all
// answers that can have been given.
func (m *machine) forgotten(gone time.Time) time.Time {
	var at time.Time
	for _, t := range m.s.TTLSeen {
		if e := m.expiry(t, gone); e.After(at) {
			at = e
		}
	}
	return at.Add(m.o.Bounds.CacheSum())
}

// presence follows our own instances: seen, answered, pod serving, and with no
// write to them under way.
func (m *machine) presence() {
	serving := map[names.ID]bool{}
	for _, e := range m.o.Target.V.Endpoints {
		if e.Serves() {
			serving[e.ID()] = true
		}
	}
	was := map[names.ID]Presence{}
	for _, p := range m.s.Present {
		was[p.ID] = p
	}
	m.s.Present = nil
	m.proved = 0
	for _, i := range m.o.Name.V.Instances {
		if names.SideOf(i, m.o.Bounds.Owner, &m.o.Spec.Source) != names.Ours ||
			!i.Answered() || !serving[i.ID] || m.unresolved(i.ID) {
			continue
		}
		p, ok := was[i.ID]
		if !ok {
			p = Presence{ID: i.ID, Since: m.o.Now}
		}
		if !p.Since.IsZero() && !m.o.Now.Before(p.Since.Add(m.o.Bounds.Propagation)) {
			p.Since = zeroTime
		}
		if p.Since.IsZero() {
			m.proved++
		}
		m.s.Present = append(m.s.Present, p)
	}
}

// unresolved says whether a write to this instance is under way.
func (m *machine) unresolved(id names.ID) bool {
	return slices.ContainsFunc(m.s.Sent, func(s registrar.Sent) bool {
		return s.ID == id && s.Kind != registrar.ScaleSource && s.Kind != registrar.SetRecords
	})
}

// inNow is how many of ours are seen in the name, proved or not.
func (m *machine) inNow() int { return len(m.s.Present) }

// provedAt is when the last of ours seen now will be proved.
func (m *machine) provedAt() time.Time {
	var at time.Time
	for _, p := range m.s.Present {
		if e := p.Since.Add(m.o.Bounds.Propagation); !p.Since.IsZero() && e.After(at) {
			at = e
		}
	}
	return at
}

// absences follows the ECS tasks that are kept out: see Absence.
func (m *machine) absences() {
	v := m.o.Name.V
	watched := m.o.Now.Sub(m.s.LastRead) <= m.o.Bounds.Health
	var gone []Absence
	for n, w := range m.s.Out {
		id := w.Instance.ID
		k := slices.IndexFunc(m.s.Gone, func(a Absence) bool { return a.ID == id })
		w.Back = w.Back && !m.ended(id) // a task that has ended does not come back
		if w.Back || m.comingBack(id) {
			continue // put back by us: as good as there
		}
		if i, _ := v.Instance(id); k >= 0 && i.Health == names.HealthUnknown && v.Settings.CustomHealth && m.ended(id) {
			// Its task is being stopped and the registration on its way out, so
			// Cloud Map has no health for it any more: that is not a return.
			gone = append(gone, m.s.Gone[k])
			continue
		}
		if m.answered(id) {
			if k >= 0 {
				m.s.Out[n].Returned++
				m.cameBack(m.s.Out[n])
			}
			continue
		}
		a := Absence{ID: id, Since: m.o.Now, Revision: v.Revision}
		if k >= 0 {
			_, listed := v.Instance(id)
			a = m.s.Gone[k].next(m.o.Now, v.Revision, watched, listed)
		}
		gone = append(gone, a)
	}
	m.s.Gone = gone
	if len(m.s.Out) > 0 && m.o.Now.Sub(m.s.LastRead) >= m.o.Bounds.Health/3 {
		m.s.LastRead = m.o.Now
	}
}

// adopt takes running tasks that are not in the name, and that nobody here
// remembers, for withdrawn ones: that is what a lost status leaves behind. What
// ECS had registered is rebuilt from the task.
func (m *machine) adopt() {
	if !m.s.Wrote || !m.o.Source.OK() {
		return
	}
	for _, t := range m.o.Source.V.Tasks {
		i, in := m.o.Name.V.Instance(t.ID)
		if !t.Runs() || m.isOut(t.ID) || in && (i.Answered() || m.o.Source.V.ContainerCheck) {
			continue
		}
		way := registrar.CustomHealth
		if !in {
			i, way = m.rebuilt(t), registrar.Deregister
		}
		m.s.Out = append(m.s.Out, Withdrawn{Instance: i.Clone(), Way: way, At: m.o.Now})
	}
	slices.SortFunc(m.s.Out, func(a, b Withdrawn) int { return cmp.Compare(a.Instance.ID, b.Instance.ID) })
}

// rebuilt is the registration as ECS writes it for a task in awsvpc mode.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html
func (m *machine) rebuilt(t Task) names.Instance {
	src := m.o.Spec.Source
	a := map[string]string{
		names.AttrIPv4:       t.IPv4.String(),
		names.AttrRegion:     src.Region,
		names.AttrZone:       t.Zone,
		names.AttrECSCluster: src.Cluster,
		names.AttrECSService: src.Service,
		names.AttrECSFamily:  m.o.Source.V.Family(),
	}
	if p := m.o.Source.V.ContainerPort; p > 0 {
		a[names.AttrPort] = strconv.Itoa(int(p))
	}
	if m.o.Name.V.Settings.CustomHealth {
		a[names.AttrInitHealth] = string(names.Healthy)
	}
	return names.Instance{ID: t.ID, Attributes: a}
}

// answered says whether DNS may answer with this instance. Route 53 fails open:
// where nothing is healthy, everything is answered.
func (m *machine) answered(id names.ID) bool {
	i, ok := m.o.Name.V.Instance(id)
	if !ok {
		return false
	}
	anyHealthy := slices.ContainsFunc(m.o.Name.V.Instances, names.Instance.Answered)
	return i.Answered() || !anyHealthy
}

// alone: the name is known, and no ECS task is answered in it.
func (m *machine) alone() bool {
	return m.o.Name.OK() && !slices.ContainsFunc(m.o.Name.V.Instances, func(i names.Instance) bool {
		return names.SideOf(i, m.o.Bounds.Owner, &m.o.Spec.Source) == names.FromSource && i.Answered()
	})
}

// ended: ECS is stopping the task, or has stopped it.
func (m *machine) ended(id names.ID) bool {
	return m.o.Source.OK() && !slices.ContainsFunc(m.o.Source.V.Tasks, func(t Task) bool { return t.ID == id && t.Runs() })
}

// comingBack: a write of ours that puts it back had no seen end before this step.
func (m *machine) comingBack(id names.ID) bool {
	return slices.ContainsFunc(m.before, func(s registrar.Sent) bool {
		return s.ID == id && (s.Kind == registrar.Register || s.Kind == registrar.SetHealthy)
	})
}

// absent says since when an ECS task is out.
func (m *machine) absent(id names.ID) (time.Time, bool) {
	for _, a := range m.s.Gone {
		if a.ID == id {
			return a.Since, true
		}
	}
	return zeroTime, false
}

// cameBack notes how ECS reacted to a withdrawal.
func (m *machine) cameBack(w Withdrawn) {
	reaction := "reregister"
	if w.Way == registrar.CustomHealth {
		reaction = "reassert"
	}
	m.event(true, "TaskReturned", strings.Join([]string{
		"ECS task", string(w.Instance.ID), "came back into the name by itself after", string(w.Way),
	}, " "))
	if w.Returned >= returnsMax {
		m.finding(w.Way, reaction)
	}
}

// returnsMax is how often a task may come back before its way counts as useless.
const returnsMax = 2

// findingsMax bounds what the status keeps.
const findingsMax = 10

func (m *machine) finding(way registrar.Way, reaction string) {
	m.s.Findings = slices.DeleteFunc(m.s.Findings, func(f Finding) bool { return f.Way == way })
	m.s.Findings = append(m.s.Findings, Finding{Way: way, Reaction: reaction, At: m.o.Now, Watched: m.o.Now.Sub(m.s.Entered)})
	if n := len(m.s.Findings) - findingsMax; n > 0 {
		m.s.Findings = m.s.Findings[n:]
	}
}
