package cutover

// begin makes the state of a new crossing, or one anew after its status was lost.
func (m *machine) begin() {
	if m.s.Schema != 0 {
		m.s.Step = max(0, m.s.Step)
		if sv := m.o.Saved; m.s.Wrote && m.s.Original == nil && sv != nil && sv.For.UID == m.o.Spec.UID {
			o := sv.Original
			m.s.Original = &o
		}
		return
	}
	m.s = State{
		Schema:    Schema,
		Direction: Forward,
		For:       Pin{UID: m.o.Spec.UID, Ref: m.o.Ref.String(), Generation: m.o.Spec.Generation},
	}
	if sv := m.o.Saved; sv != nil && sv.For.UID == m.o.Spec.UID {
		o := sv.Original
		m.s.For = sv.For
		m.s.Original = &o
		m.s.Wrote = true
		if sv.Rollback != nil {
			c := *sv.Rollback
			m.s.Latched = &c
		}
		m.rebuildTTL()
		m.event(true, "StatusRebuilt", "the status was lost; the crossing goes on from what is seen now")
	}
	m.phase(Preflight)
}

// rebuildTTL assumes the worst: until now, answers carried the original TTL.
func (m *machine) rebuildTTL() {
	var ttl int64
	for _, r := range m.s.Original.Records {
		ttl = max(ttl, r.TTL)
	}
	m.s.TTLSeen = []TTLSpan{{TTL: ttl, Until: m.o.Now}}
	if m.o.Name.OK() {
		m.s.TTLSeen = append(m.s.TTLSeen, TTLSpan{TTL: m.o.Name.V.Settings.MaxTTL()})
	}
}

// command takes a person's word, once per nonce, and settles the direction.
func (m *machine) command() {
	if c := m.o.Command; c != nil && c.Nonce != m.s.Command {
		m.s.Command = c.Nonce
		latched := *c
		switch c.Verb {
		case VerbPause, VerbHalt:
			if rollback(m.s.Latched) {
				m.s.Beneath = m.s.Latched
			}
			m.s.Latched = &latched
		case VerbRollback:
			m.s.Latched, m.s.Beneath = &latched, nil
		case VerbResume:
			m.s.Latched, m.s.Beneath = m.s.Beneath, nil // a paused rollback goes on
			m.resume()
		case VerbApprove:
			m.grant(latched)
		}
		m.event(false, "Command", string(c.Verb)+" by "+c.By+": "+c.Reason)
	}
	if l := m.s.Latched; l != nil && m.o.Spec.Generation > l.Generation && l.Generation > 0 {
		m.s.Latched, m.s.Beneath = nil, nil // a newer word
		m.resume()
	}

	want := Forward
	if m.o.Spec.Goal == GoalSource || m.o.Deleting && m.s.Phase != Migrated {
		want = Back
	}
	if rollback(m.s.Latched) || rollback(m.s.Beneath) {
		want = Back
	}
	m.turn(want)
}

func rollback(c *Command) bool { return c != nil && c.Verb == VerbRollback }

// resume forgets why a person was needed; what they saw is the new pin.
func (m *machine) resume() {
	m.s.Halt, m.s.Raised = "", 0
	m.s.For.TaskDefinition = ""
	if m.past(Prepare) && m.s.Phase != Migrated {
		m.s.Phase = Prepare // a changed TTL is lowered again instead of halting again
	}
}

// turn changes the direction.
func (m *machine) turn(want Direction) {
	if m.s.Direction == want {
		return
	}
	if want == Back && !m.s.Wrote {
		// Nothing was changed, so there is nothing to bring back.
		m.s.Direction = Back
		m.s.Halt = ""
		m.phase(RolledBack)
		return
	}
	m.s.Direction = want
	m.s.Halt = ""
	m.s.BackSince, m.s.OursGone, m.s.Reached, m.s.Settled = zeroTime, zeroTime, zeroTime, false
	m.s.Carried, m.s.Raised = 0, 0
	if want == Back {
		m.event(false, "RollingBack", m.o.Spec.Source.String()+" goes back to ECS")
		return
	}
	// Forward again: the gates are judged anew, and what was done before counts
	// only where it is still true. A crossing that had ended begins a new one.
	if m.s.Phase == RolledBack {
		m.s.Original, m.s.Wrote, m.s.Step = nil, false, 0
		m.s.Out, m.s.Gone, m.s.Present, m.s.TTLSeen, m.s.Grants = nil, nil, nil, nil, nil
		m.s.For = Pin{UID: m.o.Spec.UID, Ref: m.o.Ref.String(), Generation: m.o.Spec.Generation}
		m.s.ReadySince = zeroTime
	}
	m.phase(Preflight)
}

// released says whether a migration that is being deleted may go.
func (m *machine) released() bool {
	if !m.o.Deleting {
		return false
	}
	switch {
	case m.o.Terminating:
		m.event(true, "Released", "the Kubernetes namespace is being deleted: the name is let go as it is")
	case m.o.Gone:
		m.event(true, "Released", "the name is gone from Cloud Map: there is nothing to bring back")
	case !m.s.Wrote, m.s.Phase == RolledBack:
	case m.s.Phase == Migrated && m.o.Name.OK() && m.restored():
	default:
		return false
	}
	m.d.Release = true
	m.hold(WaitNothing, "migration", "deleted")
	return true
}

// restored: the records are as they were found.
func (m *machine) restored() bool {
	return m.s.Original == nil || m.o.Name.V.Settings.SameTTLs(m.s.Original.Records)
}
