package cutover

import (
	"fmt"
	"time"
)

// Overdue is what happens when a phase takes longer than it should. It is never
// to go on regardless.
type Overdue string

// What may happen. A person is told in each case.
const (
	OverdueReport   Overdue = "Report"   // and nothing else
	OverdueHalt     Overdue = "Halt"     // the crossing stands still until a person resumes it
	OverdueRollBack Overdue = "RollBack" // and goes back to ECS
)

// patienceFactor is how many times its own floor a phase may take, and slack is
// what comes on top: starts, queues and AWS's bad minutes.
const (
	patienceFactor = 3
	slack          = time.Minute
)

// patience is how long a phase may last until it is overdue: a multiple of the
// waits that it cannot do without. 0 is for ever, for where it ends.
func (m *machine) patience(p Phase) time.Duration {
	b := m.o.Bounds
	change := b.Operation + b.Propagation // of one write, until every name server knows it
	var floor time.Duration
	switch p {
	case Preflight:
		return m.o.Spec.StageBy
	case Stage:
		return m.o.Spec.StageFor + m.o.Spec.StageBy
	case Prepare, Hold, Settle:
		floor = change + m.longestAnswer() + b.CacheSum()
	case Shift:
		floor = 2*change + b.Health + soakOf(m.o.Spec.Steps, m.s.Step).Soak // of a step: what joins, what leaves
	case Drain:
		src := m.o.Source.V
		floor = time.Duration(max(1, src.Running, len(src.Tasks))) * (src.StopTimeout + b.Operation)
	case Recall:
		floor = b.TaskStart
	case Readmit:
		floor = change + b.Health
	case Withdraw:
		floor = change + b.Flight
	case Migrated, RolledBack:
		return 0
	}
	return patienceFactor*floor + slack
}

// longestAnswer is the highest TTL that an answer which still counts may carry.
func (m *machine) longestAnswer() time.Duration {
	ttl := int64(0)
	for _, t := range m.s.TTLSeen {
		ttl = max(ttl, t.TTL)
	}
	return secs(ttl)
}

// expect gives the phase, or its step, its time anew.
func (m *machine) expect() { m.s.Deadline, m.s.Overdue = zeroTime, false }

// deadline judges the time that the phase has taken. It is stored with the
// phase, so that a process that was killed does not begin to count again.
func (m *machine) deadline() {
	switch m.d.Wait.Reason {
	case WaitNothing, WaitPaused, WaitDenied, WaitPerson:
		m.expect() // a person decides how long
		return
	default:
	}
	if m.s.Deadline.IsZero() {
		if p := m.patience(m.s.Phase); p > 0 {
			m.s.Deadline = m.o.Now.Add(p)
		}
		return
	}
	if !m.o.Now.After(m.s.Deadline) {
		return
	}
	late := fmt.Sprintf("%s takes longer than expected, since %s", m.s.Phase, m.s.Entered.UTC().Format(time.RFC3339))
	if !m.s.Wrote {
		late += ", nothing was changed"
	}
	m.d.Wait.Text += "; " + late
	if m.s.Overdue {
		return
	}
	m.s.Overdue = true
	m.event(true, "Overdue", m.o.Spec.Source.String()+": "+m.d.Wait.Text)
	if m.s.Direction != Forward || !m.s.Wrote {
		return // there is nothing to stop, or no other way to go
	}
	switch m.o.Spec.Overdue {
	case OverdueHalt:
		m.halt(late)
	case OverdueRollBack:
		// Latched as a person's word would be; the next step turns.
		m.s.Latched = &Command{
			Verb: VerbRollback, Nonce: "overdue-" + m.s.Deadline.UTC().Format(time.RFC3339),
			By: "deadline", Reason: late, Generation: m.o.Spec.Generation,
		}
	case OverdueReport:
	}
}
