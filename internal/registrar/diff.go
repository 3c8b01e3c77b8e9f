package registrar

import (
	"slices"
	"time"

	"github.com/tranship/tranship/internal/names"
)

// Op is one write to a name.
type Op struct {
	Kind     Kind
	ID       names.ID       // "" for SetRecords
	Instance names.Instance // for Register
	Settings names.Settings // for SetRecords
	Lost     bool           // of a Deregister: the endpoint is lost already
	Why      string         // for the journal
	Sent     *Sent          // the unresolved write that this one sends again
}

// Batch is what may be written now. Everything in it is on the same side of the
// barrier: nothing is withdrawn by choice while something is still to come in.
type Batch struct {
	Stage Stage
	Ops   []Op
}

// Stage is where the barrier stands.
type Stage string

// The stages.
const (
	StageRegister Stage = "register"
	StageConfirm  Stage = "confirm" // everything is sent, not everything seen
	StageWithdraw Stage = "withdraw"
	StageSettled  Stage = "settled"
	StageHeld     Stage = "held"
)

// Resend is how long an unresolved write is waited for before it is sent again.
// Operations take 2–6 s; sending again is harmless, only wasteful.
const Resend = 10 * time.Second

// ResendHealth is the same for custom health, which Cloud Map itself holds back
// for about 30 s; a repeat does not make that longer.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_HealthCheckCustomConfig.html
const ResendHealth = 40 * time.Second

// ResendKnown is the same where Cloud Map gave an operation: that is asked for,
// so sending again is only for one that it has lost.
const ResendKnown = 3 * Resend

// resendAfter is when an unresolved write is due again: a failed one soon, but
// less and less often.
func (in Intent) resendAfter(s Sent) time.Duration {
	if s.Failed {
		return min(Resend, time.Duration(s.Attempt)*time.Second)
	}
	if s.Kind == SetUnhealthy || s.Kind == SetHealthy {
		return ResendHealth
	}
	if s.Op != "" && in.Asks {
		return ResendKnown
	}
	return Resend
}

// Diff is the way from what is seen to what is desired: the next batch of it.
func Diff(d Desired, seen names.Fact[names.View], now time.Time) Batch {
	if d.Intent.Hold != "" || !seen.OK() {
		return Batch{Stage: StageHeld}
	}
	in, v := d.Intent, seen.V

	var ops []Op
	waiting := false
	// add sends a write unless it is under way.
	add := func(op Op) {
		if s, ok := pending(in.Sent, op.ID, op.Kind); ok {
			if now.Sub(s.At) < in.resendAfter(s) {
				waiting = true
				return
			}
			op.Sent = &s
		}
		ops = append(ops, op)
	}

	if s, ok := wantedSettings(in, v.Settings); ok {
		add(Op{Kind: SetRecords, Settings: s, Why: settingsWhy(in)})
	}
	for _, want := range d.Register {
		have, ok := v.Instance(want.ID)
		switch {
		case !ok || in.Policy != CreateOnly && !in.satisfied(have, want):
			add(Op{Kind: Register, ID: want.ID, Instance: want, Why: "wanted in the name"})
		case v.Settings.CustomHealth && (!have.Answered() || underWay(in.Sent, want.ID, SetUnhealthy)):
			// A reverse call inside Cloud Map's waiting time cancels the first.
			add(Op{Kind: SetHealthy, ID: want.ID, Why: "wanted healthy"})
		}
	}
	stage := StageRegister
	if len(ops) == 0 {
		stage = StageWithdraw
		if waiting || unseenRegistration(in.Sent) {
			stage = StageConfirm
		}
	}

	for _, l := range d.Leave {
		if l.Why.Lost() {
			add(Op{Kind: Remove, ID: l.ID, Lost: true, Why: string(l.Why)})
		}
	}
	if stage == StageWithdraw {
		for _, op := range voluntary(d, v) {
			add(op)
		}
	}
	switch {
	case len(ops) == 0 && waiting:
		stage = StageConfirm
	case len(ops) == 0 && stage == StageWithdraw:
		stage = StageSettled
	}
	return Batch{Stage: stage, Ops: ops}
}

// voluntary lists the withdrawals that are a choice: endpoints that serve on.
func voluntary(d Desired, v names.View) []Op {
	var ops []Op
	for _, l := range d.Leave {
		if !l.Why.Lost() {
			ops = append(ops, Op{Kind: Remove, ID: l.ID, Lost: l.Why == Unclaimed && d.Intent.Abandoned, Why: string(l.Why)})
		}
	}
	for _, o := range d.Intent.Out {
		have, ok := v.Instance(o.ID)
		if !ok {
			continue
		}
		switch o.Way {
		case CustomHealth:
			if have.Answered() {
				ops = append(ops, Op{Kind: SetUnhealthy, ID: o.ID, Why: "kept out by the crossing"})
			}
		case Deregister, Auto:
			ops = append(ops, Op{Kind: Remove, ID: o.ID, Why: "kept out by the crossing"})
		}
	}
	return ops
}

// satisfied says that a registration needs no other: what is wanted is in it.
// ExternalDNS' own have to be just so.
func (in Intent) satisfied(have, want names.Instance) bool {
	if in.Plain {
		return have.SameAttributes(want)
	}
	return have.Covers(want)
}

// wantedSettings returns the settings to write, if they differ.
func wantedSettings(in Intent, have names.Settings) (names.Settings, bool) {
	want := have
	switch {
	case in.Records != nil:
		want.Records = slices.Clone(in.Records)
	case in.TTL != nil:
		want = have.WithTTL(*in.TTL)
	case in.Description == nil:
		return want, false
	}
	differs := !have.SameTTLs(want.Records)
	if in.Description != nil {
		want.Description = in.Description
		differs = differs || have.Description == nil || *have.Description != *in.Description
	}
	return want, differs
}

// settingsWhy says what of the service is written.
func settingsWhy(in Intent) string {
	if in.Description != nil {
		return "description"
	}
	return "record TTL"
}

// underWay: a write of this kind has no seen end.
func underWay(sent []Sent, id names.ID, k Kind) bool {
	_, ok := pending(sent, id, k)
	return ok
}

// unseenRegistration: something that came in was not seen to its end.
func unseenRegistration(sent []Sent) bool {
	return slices.ContainsFunc(sent, func(s Sent) bool {
		return s.Kind == Register || s.Kind == SetHealthy
	})
}
