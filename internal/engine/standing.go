package engine

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// Reasons of the condition Registered.
const (
	InName         = "InName"              // all that may serve is in the name
	Registering    = "Registering"         // some of it is on its way
	NoEndpoints    = "NoEndpoints"         // nothing of it may serve
	AllUnready     = "AllUnready"          // nothing may serve, so what is in the name stays (fail open)
	DoesNotFit     = "DoesNotFit"          // the service has no place for it
	NameFull       = "NameFull"            // over the bound of instances
	WriteFailed    = "WriteFailed"         // AWS refused, or an operation failed
	HandedOver     = "HandedOver"          // to ExternalDNS
	TakenOver      = "TakenOver"           // from ExternalDNS; all that may serve is in the name
	NotKnown       = "EndpointsNotKnown"   // its pods could not be read
	Unreachable    = "CloudMapUnreachable" // no answer from AWS
	Throttled      = "CloudMapThrottled"   // AWS asks us to slow down
	AccessDenied   = "AccessDenied"        // rights are missing
	NameGone       = "NameGone"            // the Cloud Map service is not there
	TTLNotOurs     = "TTLNotApplied"       // the service was not made by us
	GateHeldClosed = "GateHeldClosed"      // timed out, and the policy keeps it closed
)

// troubled is how long calls must have failed, or how many in a row, before
// people are told: one throttle is none of their business.
const (
	troubledFor = 15 * time.Second
	troubledRow = 4
)

// standings is how each claimant stands with the name.
func (e *Engine) standings(g Gathered, m *memory, s judged) []Standing {
	out := make([]Standing, 0, len(s.claimants))
	for _, c := range s.claimants {
		st := Standing{Claimant: c}
		if s.view.OK() {
			st.Name = s.view.V.Settings.DNSName()
		}
		e.stand(&st, g, m, s)
		out = append(out, st)
	}
	return out
}

// stand judges one claimant. The first thing that is wrong is the one that is told.
func (e *Engine) stand(st *Standing, g Gathered, m *memory, s judged) {
	c := st.Claimant
	say := func(status, reason, format string, args ...any) {
		if st.Registered == "" {
			st.Registered, st.Reason, st.Text = status, reason, fmt.Sprintf(format, args...)
		}
	}
	if err := m.trouble.err; err != nil && (m.trouble.row >= troubledRow || s.now.Sub(m.trouble.since) >= troubledFor || !s.view.OK()) {
		say("Unknown", troubleReason(err), "since %s: %s; nothing is taken out of the name meanwhile", m.trouble.since.UTC().Format(time.RFC3339), err)
	}
	hand := handover(s.claimants)
	switch {
	case c.Denied != "":
		st.Held = notAllowed(c)
	case !s.view.OK():
		say("Unknown", Registering, "the name was not read yet")
	case !g.Endpoints.OK():
		say("Unknown", NotKnown, "%s", g.Endpoints.Unknown)
	case hand != nil && hand.given(s.view.V, e.Bounds.Owner):
		say("Unknown", HandedOver, "%s is kept by ExternalDNS, owner %s, since it was handed over", st.Name, hand.Owner)
	default:
		st.Held = cmp.Or(s.held, s.desired.Intent.Hold)
	}
	if st.Held != "" || !s.view.OK() || !g.Endpoints.OK() {
		return
	}
	e.count(st, say, g, m, s)
	if ttl := wishedTTL(s.claimants); c.TTL != nil && ttl != nil && s.desired.Intent.TTL == nil && !s.view.V.Settings.SameTTLs(s.view.V.Settings.WithTTL(*ttl).Records) && len(s.view.V.Settings.Records) > 0 {
		st.Problems = append(st.Problems, cutover.Problem{Reason: TTLNotOurs, Text: fmt.Sprintf(
			"the records of %s have a TTL of %d s and %d s is asked for: tranship did not make this Cloud Map service and leaves its settings alone; change them with aws servicediscovery update-service, or take the annotation away",
			st.Name, s.view.V.Settings.MaxTTL(), *ttl)})
	}
}

// count says how many of the claimant's endpoints are where they should be.
func (e *Engine) count(st *Standing, say func(status, reason, format string, args ...any), g Gathered, m *memory, s judged) {
	c, v := st.Claimant, s.view.V
	want, in, closed := 0, 0, 0
	var failed []string
	for _, ep := range g.Endpoints.V {
		if !asks(c, ep) {
			continue
		}
		if err := m.failed[ep.ID()]; err != nil && ep.Serves() {
			failed = append(failed, err.Error())
		}
		if e.GateClosed && ep.Gated && ep.Ready && !ep.Leaving && e.GateTimeout > 0 && !ep.ReadyAt.IsZero() && !s.now.Before(ep.ReadyAt.Add(e.GateTimeout)) {
			closed++
		}
		if !ep.Serves() {
			continue
		}
		want++
		id := ep.ID()
		if s.desired.Intent.Plain {
			if p, err := names.FitPlain(ep, v.Settings); err == nil {
				id = p.ID
			}
		}
		if i, ok := v.Instance(id); ok && i.Answered() {
			in++
		}
	}
	if closed > 0 {
		st.Problems = append(st.Problems, cutover.Problem{Reason: GateHeldClosed, Text: fmt.Sprintf(
			"%d pods could not be proved in %s within %s, and the policy keeps their readiness gates closed until they are", closed, st.Name, e.GateTimeout)})
	}
	misfits := slices.DeleteFunc(slices.Clone(s.desired.Misfits), func(x registrar.Misfit) bool { return !asks(c, x.Endpoint) })
	stays := 0
	for _, i := range v.Instances {
		if ours(i, e.Bounds.Owner, c) {
			stays++
		}
	}
	st.Moving = len(m.sent) > 0 || len(s.batch.Ops) > 0
	switch {
	case len(misfits) > 0:
		say("False", DoesNotFit, "%s", misfits[0].Err)
	case s.desired.Over > 0 && in < want:
		say("False", NameFull, "%s has %d instances and may have %d: %d more are left out; DNS answers with a random eight of them anyway (--most-records)",
			st.Name, len(v.Instances), s.desired.Intent.Most, s.desired.Over)
	case in < want && len(failed) > 0:
		slices.Sort(failed)
		say("False", WriteFailed, "%d of %d are in %s: %s", in, want, st.Name, clipped(strings.Join(slices.Compact(failed), "; ")))
	case want == 0 && stays > 0 && s.desired.FailOpen:
		say("False", AllUnready, "nothing of it is ready, so the %d instances that are in %s stay: DNS would answer with them anyway", stays, st.Name)
	case want == 0:
		say("False", NoEndpoints, "nothing of it may serve: no pod is ready, or no address is known yet")
	case in < want:
		say("False", Registering, "%d of %d are in %s", in, want, st.Name)
	case handover(s.claimants).taken(v, e.Bounds.Owner):
		say("True", TakenOver, "%d in %s, taken over from ExternalDNS%s", in, st.Name, foreign(s.desired.Foreign))
	default:
		say("True", InName, "%d in %s%s", in, st.Name, foreign(s.desired.Foreign))
	}
}

func foreign(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", beside %d of others that are left alone", n)
}

// ours says that the instance was registered for this claimant.
func ours(i names.Instance, owner string, c Claimant) bool {
	return names.SideOf(i, owner, nil) == names.Ours && i.Attributes[names.AttrNamespace] == c.Namespace &&
		i.Attributes[names.AttrService] == c.Name && kind(i.Attributes[names.AttrKind]) == kind(c.Kind)
}

// troubleReason is the class of an error as a condition's reason.
func troubleReason(err error) string {
	switch {
	case errors.Is(err, names.ErrThrottled):
		return Throttled
	case errors.Is(err, names.ErrDenied):
		return AccessDenied
	case errors.Is(err, names.ErrNotFound):
		return NameGone
	}
	return Unreachable
}

// clipped keeps a text to what a condition may carry.
func clipped(s string) string {
	const most = 600
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
