package cutover

import (
	"fmt"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// back judges the gates of the way back to ECS, in order, from the first.
func (m *machine) back() {
	if m.s.Phase == RolledBack {
		// ECS is alone with its tasks: who of them comes and goes is no answer to
		// anything withdrawn here.
		m.s.Out, m.s.Gone = nil, nil
		m.d.Intent.Ours = registrar.Admit{Mode: registrar.AdmitNone}
		if !m.s.Wrote {
			// The crossing never began; what is in the name is not ours to judge.
			m.d.Intent.Ours = registrar.Admit{Mode: registrar.AdmitKeep}
		}
		m.wait(WaitNothing, "migration", "the name leads to ECS", zeroTime)
		return
	}
	if l := m.s.Latched; m.o.Spec.Paused || l != nil && (l.Verb == VerbPause || l.Verb == VerbHalt) {
		m.freeze()
		return
	}
	if !m.o.Source.OK() {
		m.wait(WaitUnknown, "ECS service "+m.o.Spec.Source.String(), "the ECS side is not known: "+m.o.Source.Unknown, zeroTime)
		return
	}
	m.carry()
	for _, g := range []gate{
		{Recall, m.recalled},
		{Readmit, m.readmitted},
		{Withdraw, m.withdrawn},
		{Settle, m.settled},
	} {
		if g.open() {
			continue
		}
		m.phase(g.phase)
		m.intendBack(g.phase)
		return
	}
	m.s.Out, m.s.Gone, m.s.Present = nil, nil, nil
	m.phase(RolledBack)
	m.d.Intent.Ours = registrar.Admit{Mode: registrar.AdmitNone}
	m.wait(WaitNothing, "migration", "rolled back: the name leads to ECS, the pods run on", zeroTime)
}

// carry settles how many endpoints ECS must have, once: what it had, or what
// EKS carries now if ECS was already scaled down.
func (m *machine) carry() {
	if m.s.Carried > 0 {
		return
	}
	want := 1
	if m.s.Original != nil {
		want = max(1, m.s.Original.Desired)
	}
	if m.o.Source.V.Desired < want {
		want = max(want, m.inNow())
	}
	m.s.Carried = want
}

// intendBack is the intent of a phase on the way back.
func (m *machine) intendBack(p Phase) {
	in := &m.d.Intent
	in.Floor = m.s.Carried
	switch p {
	case Recall, Readmit:
		// Ours stay, and more come in only where ECS does not carry the name yet.
		in.Ours = registrar.Admit{Mode: registrar.AdmitMost, Max: max(m.inNow(), m.s.Carried-m.readmittedNow())}
		m.readmit()
	case Withdraw:
		in.Ours = registrar.Admit{Mode: registrar.AdmitNone}
		m.readmit()
	case Settle:
		in.Ours = registrar.Admit{Mode: registrar.AdmitNone}
		if m.s.Original != nil && m.s.Settled {
			in.Records = m.s.Original.Records
		}
	default: // no gate of the way back stands there
	}
}

// readmit puts back every saved instance whose task still runs.
func (m *machine) readmit() {
	var all []int
	for k, w := range m.s.Out {
		for _, t := range m.o.Source.V.Tasks {
			if t.ID == w.Instance.ID && t.Runs() {
				all = append(all, k)
			}
		}
	}
	m.putBack(all)
	// A registration that landed after ECS had deregistered its task leads to nobody.
	for _, w := range m.s.Out {
		if _, in := m.o.Name.V.Instance(w.Instance.ID); in && m.ended(w.Instance.ID) && !m.stopping(w.Instance.ID) {
			m.d.Intent.Out = append(m.d.Intent.Out, registrar.Out{ID: w.Instance.ID, Way: registrar.Deregister})
		}
	}
}

// recalled: ECS runs as many tasks as it must carry.
func (m *machine) recalled() bool {
	src := m.o.Source.V
	obj := "ECS service " + m.o.Spec.Source.String()
	if src.Desired < m.s.Carried {
		m.wait(WaitTaskStart, obj, fmt.Sprintf("desiredCount goes from %d to %d", src.Desired, m.s.Carried), zeroTime)
		if !m.scaling() {
			m.scale(m.s.Carried)
		}
		return false
	}
	if n := m.running(); n < m.s.Carried {
		m.wait(WaitTaskStart, obj, fmt.Sprintf("%d of %d tasks run", n, m.s.Carried), zeroTime)
		return false
	}
	if m.scaleUnresolved() {
		m.wait(WaitWrite, obj, "an earlier desiredCount may still arrive", zeroTime)
		return false
	}
	return true
}

func (m *machine) running() int {
	n := 0
	for _, t := range m.o.Source.V.Tasks {
		if t.Runs() {
			n++
		}
	}
	return n
}

// readmittedNow counts the ECS tasks that run and are answered.
func (m *machine) readmittedNow() int {
	n := 0
	for _, t := range m.o.Source.V.Tasks {
		i, ok := m.o.Name.V.Instance(t.ID)
		if ok && t.Runs() && i.Answered() && !m.unresolved(t.ID) {
			n++
		}
	}
	return n
}

// readmitted: the ECS tasks are in the name, healthy, and every name server
// knows it.
func (m *machine) readmitted() bool {
	n := m.readmittedNow()
	obj := m.o.Name.V.Settings.DNSName()
	if n < m.s.Carried {
		m.s.BackSince = zeroTime
		m.wait(WaitWrite, obj, fmt.Sprintf("%d of %d ECS tasks are back in the name", n, m.s.Carried), zeroTime)
		return false
	}
	if m.s.BackSince.IsZero() {
		m.s.BackSince = m.o.Now
	}
	if until := m.s.BackSince.Add(m.o.Bounds.Propagation); m.o.Now.Before(until) {
		m.wait(WaitProof, obj, "the ECS tasks are back; until every name server knows it", until)
		return false
	}
	return true
}

// withdrawn: none of ours is in the name, and no write can bring one back.
func (m *machine) withdrawn() bool {
	n := 0
	for _, i := range m.o.Name.V.Instances {
		if names.SideOf(i, m.o.Bounds.Owner, &m.o.Spec.Source) == names.Ours {
			n++
		}
	}
	late := 0
	for _, s := range m.s.Sent {
		if s.Kind != registrar.SetRecords {
			late++
		}
	}
	if n > 0 || late > 0 {
		m.s.OursGone, m.s.Settled = zeroTime, false
		m.wait(WaitWrite, m.o.Name.V.Settings.DNSName(), fmt.Sprintf("%d EKS endpoints leave the name, %d writes are not confirmed", n, late), zeroTime)
		return false
	}
	if m.s.OursGone.IsZero() {
		m.s.OursGone = m.o.Now
	}
	return true
}

// settled: nobody may hold an EKS address any more, and the records are as they were.
func (m *machine) settled() bool {
	obj := m.o.Name.V.Settings.DNSName()
	if until := m.forgotten(m.s.OursGone); !m.s.Settled && m.o.Now.Before(until) {
		m.wait(WaitCaches, obj, "answers with EKS addresses run out; keep the pods until then", until)
		return false
	}
	m.s.Settled = true // the TTL that is restored next lengthens nothing
	if !m.restored() {
		m.wait(WaitWrite, obj, "the record TTL goes back to what it was", zeroTime)
		return false
	}
	return true
}
