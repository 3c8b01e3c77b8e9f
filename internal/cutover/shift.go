package cutover

import (
	"fmt"
	"time"

	"github.com/tranship/tranship/internal/names"
)

// staged: the EKS workload has enough endpoints, and has had them for a while.
func (m *machine) staged() bool {
	have, need := m.o.Target.V.Serving(), m.need()
	if have < need {
		m.s.ReadySince = zeroTime
		m.wait(WaitWorkload, "Service "+m.o.Spec.Service,
			fmt.Sprintf("%d of %d endpoints are ready; ECS runs %d", have, need, m.o.Source.V.Running), zeroTime)
		return false
	}
	if m.s.ReadySince.IsZero() {
		m.s.ReadySince = m.o.Now
	}
	if m.past(Stage) {
		return true // it was stable at the door; from then on the count is what matters
	}
	until := m.s.ReadySince.Add(m.o.Spec.StageFor)
	if m.o.Now.Before(until) {
		m.wait(WaitWorkload, "Service "+m.o.Spec.Service, fmt.Sprintf("%d endpoints are ready and must stay so", have), until)
		return false
	}
	return true
}

// need is how many endpoints EKS must have: the ECS capacity of the start.
func (m *machine) need() int {
	n := m.floor()
	if m.s.Original != nil {
		n = max(n, m.s.Original.Capacity)
	}
	return n
}

// shifted: the ECS share is 0. On the way there it moves through the steps.
func (m *machine) shifted() bool {
	all := m.splits()
	m.s.Step = min(m.s.Step, len(all)-1)
	if m.s.Step == len(all)-1 && m.allOut() {
		return true
	}
	want := all[m.s.Step]
	if !m.reached(want) {
		m.s.Reached = zeroTime
		return false
	}
	if m.s.Reached.IsZero() {
		m.s.Reached = m.o.Now
	}
	proof := m.s.Reached
	if want.ECS < m.tasks() {
		proof = proof.Add(m.o.Bounds.Propagation) // of the absences; presence is proved already
	}
	soak := proof.Add(soakOf(m.o.Spec.Steps, m.s.Step).Soak)
	if m.o.Now.Before(soak) {
		r, text := WaitSoak, "watching"
		if m.o.Now.Before(proof) {
			r, text = WaitProof, "until every name server knows it"
		}
		m.wait(r, m.stepName(all), text+fmt.Sprintf("; %d EKS and %d ECS addresses, %d %%", want.EKS, want.ECS, want.Share()), soak)
		return false
	}
	if m.s.Step < len(all)-1 {
		m.s.Step++
		m.s.Reached = zeroTime
		m.expect()
		m.event(false, "StepAdvanced", fmt.Sprintf("%s: step %d of %d, %d %% of addresses on EKS",
			m.o.Spec.Source, m.s.Step+1, len(all), all[m.s.Step].Share()))
		m.wait(WaitWrite, m.stepName(all), "the step begins", zeroTime)
		return false
	}
	m.wait(WaitWrite, m.stepName(all), "an ECS task is starting, or not yet known to be out of the name", zeroTime)
	return m.allOut()
}

func (m *machine) stepName(all []Split) string {
	return fmt.Sprintf("step %d of %d", m.s.Step+1, len(all))
}

// reached: the step's split is what is seen, and our part of it is proved.
func (m *machine) reached(want Split) bool {
	step := m.stepName(m.splits())
	if m.proved < want.EKS {
		if m.inNow() >= want.EKS {
			m.wait(WaitProof, step, fmt.Sprintf("%d EKS endpoints are in; until every name server knows them", m.inNow()), m.provedAt())
		} else {
			m.wait(WaitWrite, step, fmt.Sprintf("%d of %d EKS endpoints are in the name", m.inNow(), want.EKS), zeroTime)
		}
		return false
	}
	if n := m.tasks() - want.ECS; m.goneCount() < n {
		r, text := WaitWrite, "ECS tasks are leaving the name"
		if m.leftMin(n) < n {
			r, text = WaitCapacity, fmt.Sprintf("%d proved EKS endpoints do not replace more ECS tasks, the floor is %d", m.proved, m.floor())
		}
		m.wait(r, step, fmt.Sprintf("%d of %d ECS tasks are out; %s", m.goneCount(), n, text), zeroTime)
		return false
	}
	return true
}

// goneCount counts the running tasks that are out of the name.
func (m *machine) goneCount() int {
	n := 0
	for _, id := range m.taskIDs() {
		if _, ok := m.absent(id); ok && m.isOut(id) {
			n++
		}
	}
	return n
}

// allOut: no task of the ECS service can be answered, none is coming, and what
// EKS has in the name is proved and enough.
func (m *machine) allOut() bool {
	if !m.o.Source.OK() || m.proved < max(1, m.floor()) {
		return false
	}
	for _, i := range m.o.Name.V.Instances {
		if names.SideOf(i, m.o.Bounds.Owner, &m.o.Spec.Source) == names.FromSource && m.answered(i.ID) {
			return false
		}
	}
	for _, t := range m.o.Source.V.Tasks {
		if t.Stop {
			continue
		}
		if _, ok := m.absent(t.ID); !ok || !t.Runs() {
			return false
		}
	}
	return true
}

// holdUntil is when the last address of ECS is forgotten everywhere.
func (m *machine) holdUntil() time.Time {
	var until time.Time
	for _, a := range m.s.Gone {
		if e := m.forgotten(a.Since); e.After(until) {
			until = e
		}
	}
	return until
}

// held: no resolver or client may still hold an ECS address.
func (m *machine) held() bool {
	if until := m.holdUntil(); m.o.Now.Before(until) {
		m.wait(WaitCaches, m.o.Name.V.Settings.DNSName(), "answers with ECS addresses run out in resolvers and clients", until)
		return false
	}
	return true
}

// drained: ECS runs nothing any more. It is scaled down task by task.
func (m *machine) drained() bool {
	src := m.o.Source.V
	if src.Desired == 0 && len(src.Tasks) == 0 && src.Running == 0 && src.Pending == 0 {
		return true
	}
	obj := "ECS service " + m.o.Spec.Source.String()
	m.wait(WaitTasks, obj, fmt.Sprintf("%d tasks run, %d are wanted", src.Running, src.Desired), zeroTime)
	if m.scaling() || src.Desired == 0 || src.Running != src.Desired || src.Pending != 0 || len(src.Tasks) != src.Running {
		return false
	}
	if !m.o.Name.Younger(m.o.Bounds.Fresh, m.o.Now) || !m.o.Source.Younger(m.o.Bounds.Fresh, m.o.Now) {
		m.wait(WaitUnknown, obj, "what is known is too old to stop a task on", zeroTime)
		return false
	}
	m.scale(src.Desired - 1)
	return false
}

// raisedMax is how often ECS may get new tasks while it is drained. One time is
// a surge or a task that died; one that is on, every time, ends in no Drain.
const raisedMax = 3

// raised notes a fall out of Drain that EKS did not cause: then somebody gave
// the ECS service tasks again, and all of Hold is to be waited for anew. What
// does so again and again, as autoscaling with a minimum does, only a person ends.
func (m *machine) raised(from, to Phase) {
	if from != Drain || to != Shift || m.proved < m.floor() {
		return
	}
	if m.s.Raised++; m.s.Raised >= raisedMax {
		m.halt(fmt.Sprintf("ECS service %s got new tasks %d times while it was drained: suspend its autoscaling, or whatever else sets its desiredCount",
			m.o.Spec.Source, m.s.Raised))
	}
}

// migrated is the end of the way: the TTL as it was, EKS alone in the name. A
// task that comes back is said, not fought.
func (m *machine) migrated() {
	in := &m.d.Intent
	in.Ours = registrarAll
	if m.s.Original != nil {
		in.Records = m.s.Original.Records
	}
	m.s.Out, m.s.Gone = nil, nil
	before := m.s.Returned
	m.s.Returned = ""
	for _, i := range m.o.Name.V.Instances {
		if names.SideOf(i, m.o.Bounds.Owner, &m.o.Spec.Source) == names.FromSource {
			m.s.Returned = string(i.ID)
			if before == "" {
				m.event(true, "SourceReturned", fmt.Sprintf("%s: ECS task %s came back into the name after the crossing", m.o.Spec.Source, i.ID))
			}
			m.wait(WaitPerson, "ECS task "+string(i.ID), "an ECS task came back into the name: scale the ECS service to 0, or roll back", zeroTime)
			return
		}
	}
	if !m.restored() {
		m.wait(WaitWrite, m.o.Name.V.Settings.DNSName(), "the record TTL goes back to what it was", zeroTime)
		return
	}
	m.wait(WaitNothing, "migration", "migrated; the ECS service stays at 0 as the way back", zeroTime)
}
