package sim

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"

	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
	"github.com/tranship/tranship/lab/load/exposure"
)

// asked notes a call that reaches Cloud Map, and judges what it writes.
func (w *world) asked(in any, mutates bool) {
	st := w.steady
	if st == nil {
		return
	}
	op := strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%T", in), "*servicediscovery."), "Input")
	if !st.rest.IsZero() {
		st.calls[op]++
	}
	if !mutates {
		return
	}
	st.lastWrite = w.now
	if !st.rest.IsZero() {
		w.violation("rest: %s although nothing happens", op)
	}
	id := ""
	switch in := in.(type) {
	case *servicediscovery.RegisterInstanceInput:
		id = *in.InstanceId
	case *servicediscovery.UpdateInstanceCustomHealthStatusInput:
		id = *in.InstanceId
	case *servicediscovery.DeregisterInstanceInput:
		id = *in.InstanceId
		w.judgePolicy(id)
	}
	if _, foreign := st.neighbours[id]; foreign {
		w.violation("foreign: %s of %s", op, id)
	}
}

// judgePolicy is asked before an instance is taken out.
func (w *world) judgePolicy(id string) {
	st := w.steady
	stays := slices.ContainsFunc(st.pods, func(p *workload) bool { return string(p.e.ID()) == id && !p.gone && !p.e.Leaving })
	switch {
	case st.sc.Policy == registrar.CreateOnly:
		w.violation("policy: %s is taken out", id)
	case st.sc.Policy == registrar.UpsertOnly && stays:
		w.violation("policy: %s is taken out, whose pod is there", id)
	}
}

// judgeGate is asked when a readiness gate opens.
func (w *world) judgeGate(p *workload, o engine.Opening) {
	st := w.steady
	switch o.Reason {
	case engine.OpenedRegistered:
		has := map[int]bool{}
		for _, v := range w.cloud.Views(w.ref.ServiceID) {
			has[v.Server] = slices.Contains(v.Addrs, p.e.IPv4)
		}
		for s := range w.cloud.Servers() {
			if !has[s] {
				w.violation("gate: that of %s opens, and server %d does not have %s", p.e.Pod, s, p.e.IPv4)
				return
			}
		}
	case engine.OpenedNotWanted:
		if !st.sc.Uninvited && !st.given() {
			w.violation("gate: that of %s opens as not wanted: %s", p.e.Pod, o.Text)
		}
	case engine.OpenedTimedOut:
		if st.sc.GateTimeout == 0 || w.now.Before(p.e.ReadyAt.Add(st.sc.GateTimeout)) {
			w.violation("gate: that of %s times out %s after its containers are ready", p.e.Pod, w.now.Sub(p.e.ReadyAt))
		}
	}
}

// judgeSteady compares the whole history with what clients may have seen, and
// the hour at rest with what it may cost.
func (w *world) judgeSteady() {
	st := w.steady
	if len(w.broken) == 0 && st.rest.IsZero() {
		w.violation("end: the name does not come to rest")
	}
	if !st.rest.IsZero() && len(w.broken) == 0 {
		w.judgeSteadyEnd()
		for _, op := range slices.Sorted(maps.Keys(st.calls)) {
			if n := st.calls[op]; op != "DiscoverInstancesRevision" || n > 61 {
				w.violation("rest: %d calls of %s within an hour in which nothing happens", n, op)
			}
		}
	}
	in := exposure.Input{Serving: w.serving, Habits: []exposure.Habit{{Name: "ttl"}}, From: w.start, To: w.now, Views: w.views()}
	if w.sc.Caches > 0 {
		in.Habits = append(in.Habits, exposure.Habit{Name: "jvm", Extra: w.sc.Caches})
	}
	rep := exposure.Find(in)
	for _, e := range rep.Empty {
		if last := w.lastOf(e); last != "" {
			w.violation("empty: server %d has no address from %s to %s, though %s serves", e.Server, w.clock(e.From), w.clock(e.To), last)
			break
		}
	}
	if st.sc.Policy == registrar.CreateOnly {
		return // nothing is ever taken out, as somebody wants it
	}
	for _, x := range rep.Exposures {
		if kind := w.guilty(x); kind != "" {
			w.violation("%s: %s may be held by habit %s from %s to %s, answered %s by server %d",
				kind, x.Addr, x.Habit, w.clock(x.From), w.clock(x.To), w.clock(x.AnsweredAt), x.Server)
			break
		}
	}
}

// lastOf is an address that a server answered with before it had none, and that
// served then; "" if there is none, or nobody wanted the name.
func (w *world) lastOf(e exposure.Interval) string {
	for _, u := range w.steady.unwanted {
		if !e.From.Before(u.from) && (u.to.IsZero() || e.From.Before(u.to)) {
			return ""
		}
	}
	for _, d := range w.steady.deaths {
		// It left while others were proved, which then died at once.
		if !d.at.After(e.To) && d.at.Add(2*w.proof()).After(e.From) {
			return ""
		}
	}
	last := ""
	for _, v := range w.cloud.Views(w.ref.ServiceID) {
		if v.Server != e.Server || !v.At.Before(e.From) || len(v.Addrs) == 0 {
			continue
		}
		last = ""
		for _, ip := range v.Addrs {
			if w.serves(ip, e.From) {
				last = ip.String()
			}
		}
	}
	return last
}

// guilty says which violation an exposure is; "" for one that nobody can avoid:
// a pod died without notice, and whoever holds its address holds it until the
// name has followed and the answer has expired.
func (w *world) guilty(x exposure.Witness) string {
	st := w.steady
	kind := "exposed"
	for _, d := range st.deaths {
		if d.ip != x.Addr || x.From.Before(d.at) {
			continue
		}
		from := d.known
		if end := w.start.Add(st.sc.FaultsUntil + settling); !st.sc.quiet() && end.After(from) {
			from = end
		}
		if end := w.start.Add(adopting + st.sc.Partial); st.sc.Adopted && end.After(from) {
			from = end // nobody can say of ExternalDNS' instances whose they are
		}
		for _, o := range st.outages {
			if o.to.After(from) && o.from.Before(from.Add(reacts)) {
				from = o.to.Add(engine.LongestBackoff)
			}
		}
		b := w.bounds()
		// One write at a time: a registration under way is waited for.
		until := from.Add(reacts + 2*b.Operation + b.Propagation + time.Duration(st.sc.TTL)*time.Second + st.sc.Caches + registrar.Resend)
		if !x.To.After(until) {
			return ""
		}
		if x.To.After(d.other) {
			kind = "wrong service"
		}
	}
	return kind
}

// judgeSteadyEnd compares the name with what is wanted.
func (w *world) judgeSteadyEnd() {
	st := w.steady
	have := map[string]map[string]string{}
	for _, i := range w.cloud.Instances(w.ref.ServiceID) {
		have[i.ID] = i.Attributes
	}
	for _, id := range slices.Sorted(maps.Keys(st.neighbours)) {
		if !maps.Equal(have[id], st.neighbours[id]) {
			w.violation("foreign: %s is %v, and cluster-b had registered %v", id, have[id], st.neighbours[id])
		}
		delete(have, id)
	}
	want := map[string]string{}
	for _, p := range st.wanted() {
		switch {
		case st.sc.Uninvited:
		case st.given():
			want[p.e.IPv4.String()] = p.e.IPv4.String()
		default:
			want[string(p.e.ID())] = p.e.IPv4.String()
		}
	}
	for _, id := range slices.Sorted(maps.Keys(want)) {
		switch a, ok := have[id]; {
		case !ok:
			w.violation("end: %s is not in the name", id)
		case a[names.AttrIPv4] != want[id]:
			w.violation("end: %s leads to %s instead of %s", id, a[names.AttrIPv4], want[id])
		}
	}
	for _, id := range slices.Sorted(maps.Keys(have)) {
		stays := slices.ContainsFunc(st.pods, func(p *workload) bool { return string(p.e.ID()) == id && !p.gone })
		if _, wanted := want[id]; !wanted && st.sc.Policy != registrar.CreateOnly && !(st.sc.Policy == registrar.UpsertOnly && stays) {
			w.violation("end: %s is in the name still", id)
		}
	}
	w.judgeDescription()
	for _, s := range st.told {
		ok := s.Registered == "True"
		switch {
		case st.sc.Uninvited:
			ok = s.Held != ""
		case st.given():
			ok = s.Reason == engine.HandedOver
		}
		if !ok {
			w.violation("end: %s is told %s %s: %s%s", s.Claimant, s.Registered, s.Reason, s.Text, s.Held)
		}
	}
}

// judgeDescription: it says whose the name is.
func (w *world) judgeDescription() {
	out, err := w.cloud.CloudMap().GetService(context.Background(), &servicediscovery.GetServiceInput{Id: &w.ref.ServiceID})
	if err != nil {
		w.violation("the end cannot be read: %v", err)
		return
	}
	text := ""
	if out.Service.Description != nil {
		text = *out.Service.Description
	}
	h, plain := names.ParseHeritage(text)
	st := w.steady
	if theirs := st.given(); theirs != plain || theirs && h.Owner != peer {
		w.violation("end: the description is %q", text)
	}
}
