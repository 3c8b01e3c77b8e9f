package loadbalancer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

// object is what a balancer belongs to.
type object struct {
	kind            kind
	namespace, name string
}

func (o object) String() string { return o.namespace + "/" + o.name }

// Controller keeps the balancers. Make one with New and Run it once.
type Controller struct {
	cfg    Config
	synced chan struct{}

	services  cache.SharedIndexInformer
	ingresses cache.SharedIndexInformer
	endpoints cache.SharedIndexInformer
	queue     workqueue.TypedRateLimitingInterface[object]
	balancers map[object]*balancer // of the one worker
}

// byService indexes slices by the namespace and name of their Service.
const byService = "service"

// New checks the configuration; nothing happens before Run.
func New(cfg Config) (*Controller, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	f := informers.NewSharedInformerFactoryWithOptions(cfg.Client, 0)
	c := &Controller{
		cfg: cfg, synced: make(chan struct{}), balancers: map[object]*balancer{},
		services:  f.Core().V1().Services().Informer(),
		ingresses: f.Networking().V1().Ingresses().Informer(),
		endpoints: f.Discovery().V1().EndpointSlices().Informer(),
		queue: workqueue.NewTypedRateLimitingQueue(
			workqueue.NewTypedItemExponentialFailureRateLimiter[object](50*time.Millisecond, 10*time.Second)),
	}
	return c, c.endpoints.AddIndexers(cache.Indexers{byService: func(o any) ([]string, error) {
		s, ok := o.(*discoveryv1.EndpointSlice)
		if !ok {
			return nil, nil
		}
		return []string{s.Namespace + "/" + s.Labels[discoveryv1.LabelServiceName]}, nil
	}})
}

// Synced is closed once what was there at the start is known.
func (c *Controller) Synced() <-chan struct{} { return c.synced }

// Run keeps the balancers until ctx ends, then stops them all. It returns nil
// after such an end, or an error if it could not begin.
func (c *Controller) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer func() {
		stop()
		c.queue.ShutDown()
		work.Wait()
		for _, b := range c.balancers {
			b.stop()
		}
	}()
	var have []cache.DoneChecker
	for _, w := range []struct {
		inf  cache.SharedIndexInformer
		what string
		to   func(any) []object
	}{
		{c.services, "Services", c.concernedByService},
		{c.ingresses, "Ingresses", concernedByIngress},
		{c.endpoints, "EndpointSlices", c.concernedBySlice},
	} {
		_ = w.inf.SetWatchErrorHandlerWithContext(func(ctx context.Context, _ *cache.Reflector, err error) { // fails only once it runs
			if ctx.Err() == nil {
				c.cfg.Log.Warn("watching: will try again", "what", w.what, "error", err)
			}
		})
		h, err := w.inf.AddEventHandler(c.handler(w.to))
		if err != nil {
			return fmt.Errorf("load balancer controller: watching %s: %w", w.what, err)
		}
		have = append(have, h.HasSyncedChecker())
		work.Go(func() { w.inf.RunWithContext(ctx) })
	}
	if !cache.WaitFor(ctx, "", have...) {
		return nil // told to end
	}
	close(c.synced)
	work.Go(func() { c.work(ctx) })
	<-ctx.Done()
	return nil
}

func (c *Controller) handler(to func(any) []object) cache.ResourceEventHandler {
	queue := func(o any) {
		if d, ok := o.(cache.DeletedFinalStateUnknown); ok {
			o = d.Obj
		}
		for _, x := range to(o) {
			c.queue.Add(x)
		}
	}
	return cache.ResourceEventHandlerFuncs{AddFunc: queue, UpdateFunc: func(_, o any) { queue(o) }, DeleteFunc: queue}
}

// concernedByService are the Service itself and the Ingresses that lead to it.
func (c *Controller) concernedByService(o any) []object {
	s, ok := o.(*corev1.Service)
	if !ok {
		return nil
	}
	return c.concerned(s.Namespace, s.Name)
}

func concernedByIngress(o any) []object {
	in, ok := o.(*networkingv1.Ingress)
	if !ok {
		return nil
	}
	return []object{{application, in.Namespace, in.Name}}
}

func (c *Controller) concernedBySlice(o any) []object {
	s, ok := o.(*discoveryv1.EndpointSlice)
	if !ok {
		return nil
	}
	return c.concerned(s.Namespace, s.Labels[discoveryv1.LabelServiceName])
}

func (c *Controller) concerned(namespace, service string) []object {
	out := []object{{network, namespace, service}}
	for _, o := range c.ingresses.GetStore().List() {
		in, ok := o.(*networkingv1.Ingress)
		if !ok || in.Namespace != namespace {
			continue
		}
		for _, b := range backends(in) {
			if b == service {
				out = append(out, object{application, in.Namespace, in.Name})
				break
			}
		}
	}
	return out
}

// work brings one object's balancer after the other to where it should be.
func (c *Controller) work(ctx context.Context) {
	for {
		o, over := c.queue.Get()
		if over {
			return
		}
		switch err := c.bring(ctx, o); {
		case err == nil || ctx.Err() != nil:
			c.queue.Forget(o)
		default:
			c.cfg.Log.Warn("load balancer: will try again", "kind", o.kind, "object", o.String(), "error", err)
			c.queue.AddRateLimited(o)
		}
		c.queue.Done(o)
	}
}

// bring works out what an object wants now, does it, and says so in its status.
func (c *Controller) bring(ctx context.Context, o object) error {
	w, there, err := c.want(o)
	if err != nil {
		return err
	}
	b := c.balancers[o]
	if w == nil {
		if b != nil {
			b.stop()
			delete(c.balancers, o)
			if there {
				return c.tell(ctx, o, "")
			}
		}
		return nil
	}
	if b == nil {
		if b, err = start(c.cfg, o.kind, w.dns); err != nil {
			return err
		}
		c.balancers[o] = b
	}
	return errors.Join(b.follow(ctx, w), c.tell(ctx, o, w.dns))
}

// want says what the object wants, and whether it is there at all.
func (c *Controller) want(o object) (w *wanted, there bool, err error) {
	if o.kind == network {
		s, endpoints := c.find(o.namespace, o.name)
		if s == nil {
			return nil, false, nil
		}
		return ofService(s, endpoints, c.cfg.Region), true, nil
	}
	x, ok, err := c.ingresses.GetStore().GetByKey(o.namespace + "/" + o.name)
	if err != nil {
		return nil, false, fmt.Errorf("ingress %s: %w", o, err)
	}
	in, is := x.(*networkingv1.Ingress)
	if !ok || !is {
		return nil, false, nil
	}
	w, err = ofIngress(in, c.cfg.Region, func(service string) (*corev1.Service, []*discoveryv1.EndpointSlice) {
		return c.find(o.namespace, service)
	})
	if err != nil {
		return nil, true, fmt.Errorf("ingress %s: %w", o, err)
	}
	return w, true, nil
}

// find looks a Service and its slices up; nil if it is not there.
func (c *Controller) find(namespace, name string) (*corev1.Service, []*discoveryv1.EndpointSlice) {
	key := namespace + "/" + name
	x, _, err := c.services.GetStore().GetByKey(key)
	s, ok := x.(*corev1.Service)
	if err != nil || !ok {
		return nil, nil
	}
	list, err := c.endpoints.GetIndexer().ByIndex(byService, key)
	if err != nil {
		return s, nil
	}
	var out []*discoveryv1.EndpointSlice
	for _, x := range list {
		if e, ok := x.(*discoveryv1.EndpointSlice); ok {
			out = append(out, e)
		}
	}
	return s, out
}
