package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/load/exposure"
)

// steady is what there is in a run without a migration.
type steady struct {
	sc          Steady
	fate        *rand.Rand // of pods and people, whatever controllers do
	deployments []*deployment
	pods        []*workload
	born        int
	addresses   int
	cooling     []cooling
	deaths      []death
	troubles    []span // in which nobody can promise that a pod's grace period is enough
	unwanted    []span // in which nobody asks for the name

	neighbours map[string]map[string]string // instance id → attributes
	neighbour  int
	handover   *cutover.Handover
	outage     time.Time // until when there is one
	outages    []span

	controllers []*actor
	told        []engine.Standing
	calls       map[string]int
	mutations   int
	lastMove    time.Time // of pods, people, others
	lastWrite   time.Time // of a controller
	moves       int       // what controllers hear of
	rest        time.Time // since when nothing happens any more
}

// span is a time.
type span struct{ from, to time.Time }

// SteadyResult is how a steady run came out.
type SteadyResult struct {
	Scenario   Steady
	After      time.Duration
	Writes     int
	Mutations  int      // calls that write
	End        []string // ids of all instances
	Calls      map[string]int
	Broken     []string
	Transcript string
}

// String is what a failing seed prints first.
func (r SteadyResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nend with %d instances after %s, %d writes\n", r.Scenario, len(r.End), r.After, r.Writes)
	for _, x := range r.Broken {
		fmt.Fprintf(&b, "broken: %s\n", x)
	}
	return b.String()
}

// RunSteady runs a name without a migration to its end and judges it.
func RunSteady(sc Steady, verbose bool) (SteadyResult, error) {
	w, err := newSteadyWorld(sc, verbose)
	if err != nil {
		return SteadyResult{}, err
	}
	defer w.close()
	w.run(w.steadyDone)
	r := SteadyResult{Scenario: sc, After: w.now.Sub(w.start), Writes: w.writes, Mutations: w.steady.mutations, Calls: w.steady.calls}
	w.judgeSteady()
	for _, i := range w.cloud.Instances(w.ref.ServiceID) {
		r.End = append(r.End, i.ID)
	}
	r.Broken = w.broken
	r.Transcript = w.transcript.String()
	return r, nil
}

// newSteadyWorld builds the world before the first pod, or where ExternalDNS
// kept the name, before the first step.
func newSteadyWorld(sc Steady, verbose bool) (*world, error) {
	w := &world{
		sc: Scenario{
			Seed: sc.Seed, TTL: sc.TTL, CustomHealth: sc.CustomHealth, Caches: sc.Caches,
			Faults: sc.Faults, FaultsUntil: sc.FaultsUntil, Horizon: sc.Horizon,
		},
		verbose: verbose,
		rng:     rand.New(rand.NewPCG(sc.Seed, 2)),
		start:   time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC),
		account: "123456789012", region: "ap-south-1",
		slots: map[int]*process{},
		open:  map[netip.Addr]int{},
	}
	w.now, w.horizon = w.start, w.start.Add(sc.Horizon)
	w.steady = &steady{sc: sc, fate: rand.New(rand.NewPCG(sc.Seed, 3)), neighbours: map[string]map[string]string{}, calls: map[string]int{}, lastMove: w.start}
	w.cloud = cloud.New(cloud.Config{Seed: sc.Seed, Start: w.start, Account: w.account, Region: w.region, Timing: cloud.AWS()})
	if sc.FailedOps > 0 {
		w.cloud.Disturb(cloud.Disturber{Operation: func(_ time.Time, _ types.OperationType, ids []string) cloud.Disturbance {
			ours := !slices.ContainsFunc(ids, func(id string) bool { return strings.HasPrefix(id, neighbourID) })
			if ours && w.fault(sc.FailedOps) {
				return cloud.Disturbance{Fail: "THROTTLED_REQUEST"}
			}
			return cloud.Disturbance{}
		}})
	}
	if err := w.seedName(); err != nil {
		return nil, fmt.Errorf("seed %d: %w", sc.Seed, err)
	}
	w.steady.begin(w)
	begin := time.Duration(0)
	if sc.Adopted {
		if err := w.seedPlain(); err != nil {
			return nil, fmt.Errorf("seed %d: %w", sc.Seed, err)
		}
		w.steady.handover = &cutover.Handover{Owner: peer}
		begin = 2 * time.Minute
		// A pod that leaves meanwhile is in the name twice, until all are proved.
		w.trouble(adopting + sc.Partial)
	}
	if sc.Uninvited {
		begin = 2 * time.Minute
	}
	w.controller(0, begin)
	if sc.Faults.TwoLeaders {
		w.controller(1, begin+500*time.Millisecond)
	}
	for range sc.Neighbours {
		w.neighbourJoins()
	}
	for _, d := range sc.Script {
		w.spawn(d.What, nil, d.At, func(*actor) { w.steadyDeed(d.What) })
	}
	w.killer()
	return w, nil
}

// seedName makes the Cloud Map service.
func (w *world) seedName() error {
	if err := w.cloud.SeedFleet(cloud.Fleet{Namespace: namespace, Cluster: ecsCluster}); err != nil {
		return fmt.Errorf("the namespace: %w", err)
	}
	id, _ := w.cloud.NamespaceID(namespace)
	in := &servicediscovery.CreateServiceInput{
		Name: aws.String(svcName), NamespaceId: &id,
		DnsConfig: &types.DnsConfig{
			RoutingPolicy: types.RoutingPolicyMultivalue,
			DnsRecords:    []types.DnsRecord{{Type: types.RecordTypeA, TTL: &w.sc.TTL}},
		},
	}
	if w.sc.CustomHealth {
		in.HealthCheckCustomConfig = &types.HealthCheckCustomConfig{}
	}
	if w.steady.sc.Adopted {
		in.Description = aws.String(names.Heritage{Owner: peer, Resource: "service/default/" + svcName}.String())
	}
	out, err := w.cloud.CloudMap().CreateService(context.Background(), in)
	if err != nil {
		return fmt.Errorf("the service: %w", err)
	}
	w.ref = names.Ref{Account: w.account, Region: w.region, NamespaceID: id, ServiceID: *out.Service.Id}
	return nil
}

// peer is the owner id of the ExternalDNS that had the name, or is to get it.
const peer = "external-dns-1"

// seedPlain lets ExternalDNS have registered the pods that serve.
func (w *world) seedPlain() error {
	for _, p := range w.steady.pods {
		p.ready(w)
		p.e.Gated = false
		ip := p.e.IPv4.String()
		if _, err := w.cloud.CloudMap().RegisterInstance(context.Background(), &servicediscovery.RegisterInstanceInput{
			ServiceId: &w.ref.ServiceID, InstanceId: &ip, CreatorRequestId: aws.String("plain-" + ip),
			Attributes: map[string]string{names.AttrIPv4: ip},
		}); err != nil {
			return fmt.Errorf("an instance of ExternalDNS: %w", err)
		}
	}
	return nil
}

// killsAt says whether the process dies at this call, and at this moment of it.
func (w *world) killsAt(when When) bool {
	if w.steady == nil {
		return false
	}
	if when == Before {
		w.steady.mutations++
	}
	k := w.steady.sc.Kill
	return k.Write > 0 && k.When == when && w.steady.mutations == k.Write
}

// given says that the name was given to ExternalDNS.
func (st *steady) given() bool { return st.handover != nil && st.handover.To }

// move notes that something happened that controllers hear of.
func (w *world) move() {
	st := w.steady
	st.lastMove = w.now
	st.moves++
	for _, a := range st.controllers {
		w.rouse(a, w.latency())
	}
}

// trouble notes a time in which a grace period may not be enough.
func (w *world) trouble(d time.Duration) {
	w.steady.troubles = append(w.steady.troubles, span{w.now, w.now.Add(d)})
}

// troubled says whether there was one since.
func (w *world) troubled(since time.Time) bool {
	st := w.steady
	if !st.sc.quiet() && since.Before(w.start.Add(st.sc.FaultsUntil+settling)) {
		return true
	}
	for _, s := range st.troubles {
		if since.Before(s.to) && !w.now.Before(s.from) {
			return true
		}
	}
	return false
}

// adopting is how long after the begin of a run ExternalDNS' instances have been
// taken over.
const adopting = 2*time.Minute + settling

// settling is how long after the last fault a controller leads again for sure.
const settling = 3 * time.Minute

// steadyDone: everybody has done their deed, the name rests, and an hour has passed.
func (w *world) steadyDone() bool {
	st := w.steady
	if len(w.broken) > 0 {
		return true
	}
	if !st.rest.IsZero() {
		return w.now.Sub(st.rest) > time.Hour
	}
	if !st.sc.quiet() && w.now.Sub(w.start) < st.sc.FaultsUntil+settling {
		return false
	}
	if w.now.Before(st.outage.Add(settling)) {
		return false
	}
	for _, d := range st.sc.Script {
		if w.now.Sub(w.start) <= d.At {
			return false
		}
	}
	if !st.settled() || w.now.Sub(st.lastMove) < 6*time.Minute || w.now.Sub(st.lastWrite) < 4*time.Minute {
		return false
	}
	st.rest = w.now
	w.logf("all is at rest")
	w.judgeSteadyEnd()
	return false
}

// serves says that the address answers as this service at a moment.
func (w *world) serves(ip netip.Addr, at time.Time) bool {
	for _, s := range w.serving {
		if s.Addr == ip && !s.From.After(at) && (s.To.IsZero() || s.To.After(at)) {
			return true
		}
	}
	return false
}

// views are what the oracle knows of the servers.
func (w *world) views() []exposure.View {
	var out []exposure.View
	for _, v := range w.cloud.Views(w.ref.ServiceID) {
		out = append(out, exposure.View{At: v.At, Server: v.Server, TTL: v.TTL, Addrs: v.Addrs})
	}
	return out
}
