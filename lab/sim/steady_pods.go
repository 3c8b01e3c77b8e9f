package sim

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
	"github.com/tranship/tranship/lab/cloud"
)

// deployment is a Deployment as its controller keeps it: one more pod than wanted
// while it rolls, none less.
type deployment struct {
	Deployed
	version int
	object  bool // its Service is there
}

// workload is a pod.
type workload struct {
	e       names.Endpoint
	of      *deployment
	version int
	node    int
	up      bool // its containers are ready
	stolen  bool
	gone    bool
}

// cooling is an address that the CNI keeps back for a while.
type cooling struct {
	ip   netip.Addr
	from time.Time
}

// death is the end of a pod without notice.
type death struct {
	ip    netip.Addr
	at    time.Time
	known time.Time // to the API server
	other time.Time // since when another service's pod has the address
}

// coolDown is how long the VPC CNI keeps an address back.
// https://github.com/aws/amazon-vpc-cni-k8s
const coolDown = 30 * time.Second

// begin makes the Deployments and starts what keeps them.
func (st *steady) begin(w *world) {
	for _, d := range st.sc.Deployments {
		dep := &deployment{Deployed: d, object: true}
		st.deployments = append(st.deployments, dep)
		for range d.Pods {
			st.start(w, dep)
		}
		w.spawn("deployment "+d.Name, nil, 2*time.Second, func(a *actor) {
			for st.rest.IsZero() {
				st.keep(w, dep)
				a.pause(2 * time.Second)
			}
		})
	}
}

// address is one that nobody has: a used one first, as soon as it may be.
func (st *steady) address(w *world) netip.Addr {
	if k := slices.IndexFunc(st.cooling, func(c cooling) bool { return !w.now.Before(c.from.Add(coolDown)) }); k >= 0 {
		ip := st.cooling[k].ip
		st.cooling = slices.Delete(st.cooling, k, k+1)
		return ip
	}
	st.addresses++
	return netip.AddrFrom4([4]byte{10, 0, 64, byte(st.addresses)})
}

// start makes a pod, which is ready after a while.
func (st *steady) start(w *world, d *deployment) {
	st.born++
	n := st.born
	p := &workload{of: d, version: d.version, node: n % st.sc.Nodes, e: names.Endpoint{
		Namespace: "default", Service: d.Name, Pod: fmt.Sprintf("%s-%d", d.Name, n), UID: fmt.Sprintf("%08d-uid", n),
		IPv4: st.address(w), Port: 8080, Zone: w.region + string(rune('a'+n%3)), Gated: d.Gated,
	}}
	st.pods = append(st.pods, p)
	w.move()
	w.spawn("kubelet", nil, time.Duration(2+w.steady.fate.IntN(30))*time.Second, func(*actor) {
		if !p.gone && !p.e.Leaving && !p.up {
			p.ready(w)
			w.logf("pod %s (%s) is ready", p.e.Pod, p.e.IPv4)
			w.move()
			w.expect(p)
		}
	})
}

func (p *workload) ready(w *world) {
	p.up, p.e.Ready, p.e.ReadyAt = true, true, w.now
	w.serve(p.e.IPv4, w.now)
}

// expect looks whether a pod that is ready comes into the name in time, where
// nothing stands against it.
func (w *world) expect(p *workload) {
	st, began, half := w.steady, w.now, w.now.Before(w.start.Add(halfSeen))
	if !st.sc.quiet() || half || st.sc.Uninvited {
		return
	}
	w.spawn("witness", nil, w.bounds().Operation+reacts, func(*actor) {
		if st.given() || st.disturbedSince(began.Add(-settling), w.now) || !p.e.Serves() || !p.e.ReadyAt.Equal(began) || p.stolen || w.unmadeSince(began) {
			return
		}
		if !w.registered(p) {
			w.violation("late: %s is not in the name %s after it became ready", p.e.Pod, w.now.Sub(began))
		}
	})
}

// registered: the pod is in the name.
func (w *world) registered(p *workload) bool {
	return slices.ContainsFunc(w.cloud.Instances(w.ref.ServiceID), func(i cloud.InstanceState) bool { return i.ID == string(p.e.ID()) })
}

// available: Kubernetes counts it as ready.
func (p *workload) available() bool { return p.e.Serves() && !p.e.Gated && !p.gone }

// live are the pods of a Deployment that nobody deleted.
func (st *steady) live(d *deployment) []*workload {
	var out []*workload
	for _, p := range st.pods {
		if p.of == d && !p.gone && !p.e.Leaving {
			out = append(out, p)
		}
	}
	return out
}

// keep is one look of the Deployment's controller.
func (st *steady) keep(w *world, d *deployment) {
	live := st.live(d)
	old := slices.DeleteFunc(slices.Clone(live), func(p *workload) bool { return p.version == d.version })
	fresh, available := len(live)-len(old), 0
	for _, p := range live {
		if p.available() {
			available++
		}
	}
	surge := 0
	if len(old) > 0 {
		surge = 1
	}
	switch {
	case fresh < d.Pods && len(live) < d.Pods+surge:
		st.start(w, d)
	case len(live) > d.Pods:
		// The oldest version goes first, and of it what is not available.
		may := live
		if len(old) > 0 {
			may = old
		}
		if k := slices.IndexFunc(may, func(p *workload) bool { return !p.available() }); k >= 0 {
			st.remove(w, may[k])
		} else if available > d.Pods {
			st.remove(w, may[0])
		}
	}
}

// remove deletes a pod: it serves on for its preStop sleep.
func (st *steady) remove(w *world, p *workload) {
	began := w.now
	p.e.Leaving = true
	w.logf("pod %s is deleted", p.e.Pod)
	w.move()
	grace := time.Second
	if p.up {
		grace = st.grace(w)
	}
	w.spawn("kubelet", nil, grace, func(a *actor) {
		for (!p.of.Gated || w.troubled(began)) && w.held(p.e.IPv4) && !p.gone && st.sc.Policy != registrar.CreateOnly {
			a.pause(20 * time.Second)
		}
		st.end(w, p)
	})
}

// grace is the preStop sleep that the documentation asks for: operation +
// propagation + TTL + caches, and what a controller takes to notice. It is enough
// for pods with the readiness gate; those without it wait for their successors'
// proof of presence, and those of these, in the name.
func (st *steady) grace(w *world) time.Duration {
	return w.proof() + time.Duration(st.sc.TTL)*time.Second + st.sc.Caches + reacts
}

// halfSeen is when every process of a quiet run has seen all objects.
const halfSeen = 4 * time.Minute

// reacts is what a controller takes at most from an event to the call.
const reacts = 10 * time.Second

// end is a pod that is no more.
func (st *steady) end(w *world, p *workload) {
	if p.gone {
		return
	}
	p.gone, p.e.Ready = true, false
	w.unserve(p.e.IPv4, w.now)
	st.cooling = append(st.cooling, cooling{p.e.IPv4, w.now})
	w.logf("pod %s is gone", p.e.Pod)
	w.move()
}

// nodeDies ends every pod of a node at once. What had their addresses goes to
// pods of another service as soon as the CNI allows it.
func (st *steady) nodeDies(w *world) {
	node := w.steady.fate.IntN(st.sc.Nodes)
	for _, p := range st.pods {
		if p.node != node || p.gone {
			continue
		}
		w.unserve(p.e.IPv4, w.now)
		st.deaths = append(st.deaths, death{p.e.IPv4, w.now, w.now, w.now.Add(coolDown)})
		p.gone, p.e.Ready = true, false
		w.logf("pod %s dies with node %d", p.e.Pod, node)
	}
	// Whoever was about to leave may be the last one for a while.
	w.trouble(5 * time.Minute)
	w.move()
}

// unready lets pods be unready for a while; they serve on.
func (st *steady) unready(w *world, most int) {
	d := time.Duration(500+w.steady.fate.IntN(90000)) * time.Millisecond
	for _, p := range st.pods {
		if most == 0 {
			break
		}
		if !p.up || p.gone || p.e.Leaving || !p.e.Ready {
			continue
		}
		most--
		p.e.Ready = false
		w.spawn("kubelet", nil, d, func(*actor) {
			if !p.gone {
				p.e.Ready, p.e.ReadyAt = true, w.now
				w.move()
			}
		})
	}
	w.trouble(d + 5*time.Minute)
	w.move()
}

// settled: what is wanted is there, available, and nothing else.
func (st *steady) settled() bool {
	for _, d := range st.deployments {
		live := st.live(d)
		if len(live) != d.Pods || slices.ContainsFunc(live, func(p *workload) bool { return !p.available() || p.version != d.version }) {
			return false
		}
	}
	return !slices.ContainsFunc(st.pods, func(p *workload) bool { return p.e.Leaving && !p.gone })
}

// wanted are the pods that are to be in the name.
func (st *steady) wanted() []*workload {
	var out []*workload
	for _, p := range st.pods {
		if p.of.object && p.e.Serves() && !p.gone {
			out = append(out, p)
		}
	}
	return out
}
