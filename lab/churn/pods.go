package churn

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"github.com/tranship/tranship/lab"
)

// pods follows the API server's pods, and remembers those that are gone.
type pods struct {
	mu    sync.Mutex
	byUID map[string]pod
}

// pod is one of them, as it was last seen.
type pod struct {
	name, service, address string
	ready                  bool      // its containers are
	admitted               bool      // it is Ready, all gates are open
	leaving                time.Time // when its deletion was asked for, down to the second; zero: it was not
	gone                   bool
	readySince             time.Time // when its containers were first seen ready
}

// follow runs until stop is called, which waits for its end.
func follow(ctx context.Context, client kubernetes.Interface) (p *pods, stop func(), err error) {
	p = &pods{byUID: map[string]pod{}}
	f := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(lab.KubeNamespace),
		informers.WithTransform(func(o any) (any, error) {
			if x, ok := o.(*corev1.Pod); ok {
				x.ManagedFields = nil // a good part of a pod, and nothing to us
			}
			return o, nil
		}))
	inf := f.Core().V1().Pods().Informer()
	h, err := inf.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(o any) { p.see(o, false) }, UpdateFunc: func(_, o any) { p.see(o, false) }, DeleteFunc: func(o any) { p.see(o, true) },
	})
	if err != nil {
		return nil, nil, fmt.Errorf("follow the pods: %w", err)
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() { inf.RunWithContext(run) })
	stop = func() { cancel(); running.Wait() }
	if !cache.WaitForCacheSync(ctx.Done(), h.HasSynced) {
		stop()
		return nil, nil, fmt.Errorf("follow the pods: %w", ctx.Err())
	}
	return p, stop, nil
}

func (p *pods) see(o any, gone bool) {
	if d, ok := o.(cache.DeletedFinalStateUnknown); ok {
		o = d.Obj
	}
	x, ok := o.(*corev1.Pod)
	if !ok {
		return
	}
	at := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	before, now := p.byUID[string(x.UID)], seen(x, gone)
	if now.readySince = before.readySince; now.ready && now.readySince.IsZero() {
		now.readySince = at
	}
	if !before.leaving.IsZero() { // whoever ends a pod asks for its deletion once more, without grace
		now.leaving = before.leaving
	}
	p.byUID[string(x.UID)] = now
}

func seen(x *corev1.Pod, gone bool) pod {
	is := func(t corev1.PodConditionType) bool {
		return slices.ContainsFunc(x.Status.Conditions, func(c corev1.PodCondition) bool { return c.Type == t && c.Status == corev1.ConditionTrue })
	}
	out := pod{
		name: x.Name, service: x.Labels["app"], address: x.Status.PodIP,
		ready: is(corev1.ContainersReady), admitted: is(corev1.PodReady), gone: gone,
	}
	if d := x.DeletionTimestamp; d != nil {
		out.leaving = d.Time
		if g := x.DeletionGracePeriodSeconds; g != nil {
			out.leaving = d.Add(-time.Duration(*g) * time.Second)
		}
	}
	return out
}

// live are the pods that belong into their service's name, by service.
func (p *pods) live() map[string][]pod {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[string][]pod{}
	for _, x := range p.byUID {
		if x.ready && x.leaving.IsZero() && !x.gone {
			out[x.service] = append(out[x.service], x)
		}
	}
	for _, of := range out {
		slices.SortFunc(of, func(a, b pod) int { return cmp.Compare(a.name, b.name) })
	}
	return out
}

// seenReady is when each pod was first seen ready, by UID.
func (p *pods) seenReady() map[string]time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[string]time.Time{}
	for uid, x := range p.byUID {
		if !x.readySince.IsZero() {
			out[uid] = x.readySince
		}
	}
	return out
}

// all are those that there ever were, by UID.
func (p *pods) all() map[string]pod {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.byUID)
}

// lived says that a pod was ready and nobody had asked for its deletion at a time.
func (x pod) lived(at time.Time) bool { return x.leaving.IsZero() && !x.gone || at.Before(x.leaving) }
