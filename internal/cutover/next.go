package cutover

import (
	"fmt"
	"slices"
	"time"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// machine is one evaluation of Next: a copy of the state that is changed, and
// the decision that grows.
type machine struct {
	s State
	o Observed
	d Decision
	// before are the writes that had no seen end when the step began.
	before []registrar.Sent
	// proved is how many of our instances every authoritative server knows.
	proved int
}

// Next decides the next step of a crossing. It is total: every input has a
// Decision with a Wait. The same input gives the same bytes.
func Next(s State, o Observed) Decision {
	m := &machine{s: s.clone(), o: o}
	m.d.Intent = registrar.Intent{
		Owner:  o.Bounds.Owner,
		Source: &o.Spec.Source, Service: o.Spec.Service,
		Ours:  registrar.Admit{Mode: registrar.AdmitKeep},
		Floor: 1,
	}
	if s.Schema > Schema {
		m.hold(WaitPerson, "status", fmt.Sprintf("the stored state has schema %d, this version knows %d: run a newer tranship", s.Schema, Schema))
		return m.finish()
	}
	m.begin()
	m.command()
	if m.released() {
		return m.finish()
	}
	if m.s.Wrote && m.s.Original == nil {
		m.hold(WaitPerson, "status", "the stored state says that AWS was changed, but not how it was before: restore the status or the annotation that keeps the original")
		return m.finish()
	}
	if o.Gone {
		m.gone()
		return m.finish()
	}
	if !o.Name.OK() {
		m.hold(WaitUnknown, "name", "the name could not be read: "+o.Name.Unknown)
		return m.finish()
	}
	if !o.Target.OK() {
		m.hold(WaitUnknown, "Service "+o.Spec.Service, "the Kubernetes side is not known: "+o.Target.Unknown)
		return m.finish()
	}
	m.learn()
	if m.s.Original != nil && m.s.Phase != Migrated {
		m.d.Intent.Carry = m.s.Original.Carry
	}
	switch m.s.Direction {
	case Back:
		m.back()
	case Forward:
		m.forward()
	}
	return m.finish()
}

// finish fills in what every decision carries.
func (m *machine) finish() Decision {
	m.deadline()
	in := &m.d.Intent
	in.Sent = slices.Clone(m.s.Sent)
	in.Proof = m.o.Bounds.Operation + m.o.Bounds.Propagation
	if m.o.Source.OK() {
		in.Running = []names.ID{}
		for _, t := range m.o.Source.V.Tasks {
			if t.Runs() {
				in.Running = append(in.Running, t.ID)
			}
		}
	} else {
		// Withdrawals need the ECS side known; none of its tasks counts.
		in.Out, in.Back, in.Running = nil, nil, []names.ID{}
	}
	if in.Ours.Mode == registrar.AdmitKeep && m.s.Wrote && m.alone() {
		// Whatever the crossing waits for: pods come and go meanwhile, and with
		// nobody else in the name it would run dry.
		in.Ours = registrarAll
	}
	for _, s := range m.s.Sent {
		if s.Op != "" {
			m.d.Poll = append(m.d.Poll, s.Op)
		}
	}
	m.d.State = m.s
	return m.d
}

// hold freezes the name altogether.
func (m *machine) hold(r Reason, object, text string) {
	m.d.Intent.Hold = text
	m.wait(r, object, text, time.Time{})
}

// gone: the name itself was deleted. Nobody here makes it again, because it would
// come without what ECS had registered.
// https://github.com/hashicorp/terraform-provider-aws/issues/46930
func (m *machine) gone() {
	reason, then := WaitChecks, "nothing was changed; delete the migration, and create it again once the ECS service is registered in a name"
	if m.s.Wrote {
		reason, then = WaitPerson, "a person has to see to both sides: create the Cloud Map service again, and deploy the ECS service so that its tasks are registered"
	}
	m.hold(reason, "ECS service "+m.o.Spec.Source.String(), fmt.Sprintf("Cloud Map has no service %s, in which ECS service %s is registered: %s",
		m.o.Ref.ServiceID, m.o.Spec.Source, then))
}

// wait says what this step waits for.
func (m *machine) wait(r Reason, object, text string, until time.Time) {
	m.d.Wait = Wait{Reason: r, Object: object, Text: text, Until: until}
}

// phase enters p, if it is another one.
func (m *machine) phase(p Phase) {
	if m.s.Phase == p {
		return
	}
	from := m.s.Phase
	m.s.Phase, m.s.Entered = p, m.o.Now
	m.expect()
	m.mark(p, "")
	m.raised(from, p)
	if from != "" {
		m.event(false, "Phase"+string(p), fmt.Sprintf("%s: %s → %s", m.o.Spec.Source, from, p))
	}
}

// historyMax bounds the history in the status.
const historyMax = 30

func (m *machine) mark(p Phase, note string) {
	m.s.History = append(m.s.History, Mark{Phase: p, At: m.o.Now, Note: note})
	if n := len(m.s.History) - historyMax; n > 0 {
		m.s.History = slices.Delete(m.s.History, 1, 1+n) // the beginning stays
	}
}

func (m *machine) event(warning bool, reason, msg string) {
	m.d.Events = append(m.d.Events, Event{Warning: warning, Reason: reason, Message: msg})
}

// halt stops the crossing until a person resumes it or rolls it back.
func (m *machine) halt(why string) {
	if m.s.Halt != why {
		m.s.Halt = why
		m.event(true, "Halted", why)
	}
}

// floor is how many healthy endpoints the name keeps.
func (m *machine) floor() int {
	if m.o.Spec.Floor > 0 {
		return m.o.Spec.Floor
	}
	if m.s.Original != nil {
		return max(1, m.s.Original.Capacity)
	}
	return 1
}
