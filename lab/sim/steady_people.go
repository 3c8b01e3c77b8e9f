package sim

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
)

// steadyDeed is one thing that happens.
func (w *world) steadyDeed(what string) {
	st := w.steady
	w.logf("somebody: %s", what)
	st.lastMove = w.now
	d := st.deployments[w.steady.fate.IntN(len(st.deployments))]
	switch what {
	case "rollout":
		d.version++
	case "out":
		d.Pods += 1 + w.steady.fate.IntN(3)
	case "in":
		d.Pods = max(1, d.Pods-1-w.steady.fate.IntN(2))
	case "node":
		st.nodeDies(w)
	case "unready":
		st.unready(w, 1)
	case "allunready":
		st.unready(w, -1)
	case "outage":
		long := time.Duration(60+w.steady.fate.IntN(600)) * time.Second
		st.outage = w.now.Add(long)
		st.outages = append(st.outages, span{w.now, st.outage})
		w.trouble(long + settling)
	case "unmake":
		w.unmake(d)
	case "make":
		for _, d := range st.deployments {
			d.object = true
		}
		if n := len(st.unwanted); n > 0 && st.unwanted[n-1].to.IsZero() {
			st.unwanted[n-1].to = w.now.Add(w.proof() + reacts)
		}
		w.trouble(5 * time.Minute)
		w.move()
	case "handover":
		st.handover = &cutover.Handover{To: true, Owner: peer}
		w.move()
	case "steal":
		w.steal()
	case "neighbours":
		w.neighbourRolls()
	}
}

// unmadeSince says that a Service was deleted or made a while before a moment, or since.
func (w *world) unmadeSince(at time.Time) bool {
	return slices.ContainsFunc(w.steady.sc.Script, func(d Deed) bool {
		t := w.start.Add(d.At)
		return (d.What == "unmake" || d.What == "make") && t.After(at.Add(-settling)) && !t.After(w.now)
	}) || slices.ContainsFunc(w.steady.deployments, func(d *deployment) bool { return !d.object })
}

// unmake deletes the Service of a Deployment.
func (w *world) unmake(d *deployment) {
	st := w.steady
	d.object = false
	if !slices.ContainsFunc(st.deployments, func(d *deployment) bool { return d.object }) {
		// Until then whoever makes it anew finds the name as it was.
		st.unwanted = append(st.unwanted, span{from: w.now.Add(max(30*time.Second, time.Duration(st.sc.TTL)*time.Second))})
	}
	w.trouble(5 * time.Minute)
	w.move()
}

// proof is how long a registration takes to be known to every server.
func (w *world) proof() time.Duration { b := w.bounds(); return b.Operation + b.Propagation }

// steal is a stranger who takes one of ours out of the name, where others are
// left. It must come back.
func (w *world) steal() {
	st := w.steady
	var in []*workload
	for _, i := range w.cloud.Instances(w.ref.ServiceID) {
		for _, p := range st.wanted() {
			if string(p.e.ID()) == i.ID && p.available() {
				in = append(in, p)
			}
		}
	}
	if len(in) < 3 || st.given() || slices.ContainsFunc(st.pods, func(p *workload) bool { return p.e.Leaving && !p.gone }) {
		return
	}
	p := in[w.steady.fate.IntN(len(in))]
	if _, err := w.cloud.CloudMap().DeregisterInstance(context.Background(), &servicediscovery.DeregisterInstanceInput{
		ServiceId: &w.ref.ServiceID, InstanceId: aws.String(string(p.e.ID())),
	}); err != nil {
		w.logf("the stranger: %v", err)
		return
	}
	p.stolen = true
	w.logf("a stranger takes %s out", p.e.ID())
	began := w.now
	w.trouble(5 * time.Minute)
	// Noticed within two minutes, and back an operation later.
	w.spawn("witness", nil, 2*time.Minute+w.bounds().Operation+reacts, func(*actor) {
		if !p.available() || p.e.ReadyAt.After(began) || !p.of.object || !st.sc.quiet() || st.disturbedSince(began, w.now) || w.unmadeSince(began) {
			return
		}
		if w.registered(p) {
			return
		}
		w.violation("drift: %s is still not back, which a stranger took out at %s", p.e.ID(), w.clock(began))
	})
}

// disturbedSince says that Cloud Map could not be reached for a part of a time.
func (st *steady) disturbedSince(from, to time.Time) bool {
	return from.Before(st.outage) && to.After(from)
}

const neighbourID = "eks-b-"

// neighbourJoins registers an instance of the second cluster.
func (w *world) neighbourJoins() {
	st := w.steady
	st.neighbour++
	id, ip := fmt.Sprintf("%s%d", neighbourID, st.neighbour), netip.AddrFrom4([4]byte{10, 0, 200, byte(st.neighbour)})
	attrs := map[string]string{names.AttrIPv4: ip.String(), names.AttrOwner: "cluster-b", names.AttrNamespace: "default", names.AttrService: svcName}
	w.serve(ip, w.now) // and for ever: how that cluster lets its pods go is not judged here
	if _, err := w.cloud.CloudMap().RegisterInstance(context.Background(), &servicediscovery.RegisterInstanceInput{
		ServiceId: &w.ref.ServiceID, InstanceId: &id, CreatorRequestId: &id, Attributes: attrs,
	}); err != nil {
		w.violation("cluster-b cannot register: %v", err)
	}
	st.neighbours[id] = attrs
	st.lastMove = w.now
	w.logf("cluster-b registers %s", id)
}

// neighbourRolls replaces one instance of the second cluster by another.
func (w *world) neighbourRolls() {
	st := w.steady
	ids := slices.Sorted(maps.Keys(st.neighbours))
	w.neighbourJoins()
	if len(ids) == 0 {
		return
	}
	w.spawn("cluster-b", nil, 2*time.Minute, func(*actor) {
		id := ids[0]
		if _, err := w.cloud.CloudMap().DeregisterInstance(context.Background(), &servicediscovery.DeregisterInstanceInput{
			ServiceId: &w.ref.ServiceID, InstanceId: &id,
		}); err != nil {
			w.logf("cluster-b: %v", err)
			return
		}
		delete(st.neighbours, id)
		st.lastMove = w.now
	})
}
