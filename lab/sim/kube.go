package sim

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/tranship/tranship/internal/names"
)

// kube is the EKS side: pods, and what informers have seen of them.
type kube struct {
	pods []*pod
	next int
}

type pod struct {
	e    names.Endpoint
	gone bool
}

// begin makes the pods; some of them take their time.
func (k *kube) begin(w *world) {
	for range w.sc.Pods {
		k.start(w, time.Duration(w.rng.IntN(90))*time.Second)
	}
}

// start makes a pod that is ready after d.
func (k *kube) start(w *world, d time.Duration) {
	k.next++
	n := k.next
	p := &pod{e: names.Endpoint{
		Namespace: "default", Service: svcName, Pod: fmt.Sprintf("orders-%d", n), UID: fmt.Sprintf("%08d-uid", n),
		IPv4: netip.AddrFrom4([4]byte{10, 0, 64, byte(n)}), Port: 8080,
		Zone: w.region + string(rune('a'+n%3)),
	}}
	k.pods = append(k.pods, p)
	w.spawn("pod", nil, d, func(*actor) {
		w.serve(p.e.IPv4, w.now)
		p.e.Ready = true
		w.logf("pod %s (%s) is ready", p.e.Pod, p.e.IPv4)
	})
}

// kill terminates a ready pod as a rollout does: another one comes, and the old
// one serves on for its preStop sleep of operation + propagation + TTL + caches.
func (k *kube) kill(w *world) {
	ready := slices.DeleteFunc(slices.Clone(k.pods), func(p *pod) bool { return !p.e.Serves() })
	if len(ready) == 0 {
		return
	}
	p := ready[w.rng.IntN(len(ready))]
	k.start(w, time.Duration(5+w.rng.IntN(30))*time.Second)
	w.spawn("kubelet", nil, time.Duration(40+w.rng.IntN(20))*time.Second, func(a *actor) {
		if p.e.Leaving {
			return
		}
		p.e.Leaving = true
		w.logf("pod %s is deleted", p.e.Pod)
		// Long enough for a controller that is down for a while, too.
		a.pause(15 * time.Minute)
		for w.held(p.e.IPv4) {
			a.pause(time.Minute)
		}
		w.unserve(p.e.IPv4, w.now)
		p.gone = true
		w.logf("pod %s is gone", p.e.Pod)
	})
}

// held: the name still leads to this address, or did a moment ago.
func (w *world) held(ip netip.Addr) bool {
	last := map[int]bool{}
	var until time.Time
	for _, v := range w.cloud.Views(w.ref.ServiceID) {
		in := slices.Contains(v.Addrs, ip)
		if last[v.Server] && !in {
			until = v.At
		}
		last[v.Server] = in
		if in {
			until = w.now
		}
	}
	return !until.IsZero() && w.now.Sub(until) < time.Duration(w.sc.TTL)*time.Second+w.sc.Caches+time.Minute
}

// unready lets one pod be unready for a while; it serves on.
func (k *kube) unready(w *world) {
	for _, p := range k.pods {
		if p.e.Serves() {
			p.e.Ready = false
			w.spawn("pod", nil, time.Duration(10+w.rng.IntN(120))*time.Second, func(*actor) { p.e.Ready = true })
			return
		}
	}
}

// flap lets all pods be unready for a moment, as when something that they all ask
// answers late; they serve on.
func (k *kube) flap(w *world) {
	d := time.Duration(500+w.rng.IntN(30000)) * time.Millisecond
	for _, p := range k.pods {
		if p.e.Serves() {
			p.e.Ready = false
			w.spawn("pod", nil, d, func(*actor) { p.e.Ready = true })
		}
	}
}

// endpoints is what an informer shows.
func (k *kube) endpoints() []names.Endpoint {
	var out []names.Endpoint
	for _, p := range k.pods {
		if !p.gone {
			out = append(out, p.e)
		}
	}
	return out
}
