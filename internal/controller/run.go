package controller

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	coordinationv1 "k8s.io/client-go/kubernetes/typed/coordination/v1"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/aws/clients"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/kube"
	"github.com/tranship/tranship/internal/kube/gate"
	"github.com/tranship/tranship/internal/kube/pods"
	"github.com/tranship/tranship/internal/kube/source"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/probe"
	"github.com/tranship/tranship/internal/registrar"
)

// wall is the clock of a running controller.
type wall struct{}

// Now is the wall clock.
func (wall) Now() time.Time { return time.Now() }

// Run runs the controller until ctx ends. What is wrong with credentials,
// endpoints or the cluster is said in one line before anything is watched.
func Run(ctx context.Context, o Options) error {
	o, err := o.withDefaults()
	if err != nil {
		return err
	}
	may, err := permit(o.Allow)
	if err != nil {
		return err
	}
	ctrllog.SetLogger(o.Log)

	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return err
	}
	if o.InstallCRDs {
		if err := Install(ctx, o.REST, o.LeaseNamespace); err != nil {
			return fmt.Errorf("install the definitions: %w", err)
		}
	}
	live, err := client.New(o.REST, client.Options{Scheme: scheme})
	if err != nil {
		return fmt.Errorf("Kubernetes: %w", err)
	}
	if err := served(live); err != nil {
		return err
	}
	if o.Owner == "" {
		var ns corev1.Namespace
		if err := live.Get(ctx, client.ObjectKey{Name: "kube-system"}, &ns); err != nil {
			return fmt.Errorf("the cluster's id, the UID of namespace kube-system, could not be read: %w (or give --owner)", err)
		}
		o.Owner = string(ns.UID)
	}

	leases, err := coordinationv1.NewForConfig(o.REST)
	if err != nil {
		return fmt.Errorf("Kubernetes: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	lock := newLease(leases, o.LeaseNamespace, o.Identity, wall{})
	lock.onLost = func() { cancel(errTakenOver) }
	mgr, err := manager.New(o.REST, manager.Options{
		Scheme: scheme, Logger: o.Log,
		Cache:          cache.Options{ByObject: map[client.Object]cache.ByObject{&corev1.Pod{}: {Transform: slim}}},
		Metrics:        metricsserver.Options{BindAddress: o.MetricsAddress},
		LeaderElection: true, LeaderElectionID: LeaseName, LeaderElectionResourceLockInterface: lock,
		LeaderElectionReleaseOnCancel: true,
		LeaseDuration:                 new(leaseFor), RenewDeadline: new(renewDeadline), RetryPeriod: new(retryPeriod),
		HealthProbeBindAddress: o.HealthAddress, PprofBindAddress: o.PprofAddress,
		BaseContext: func() context.Context { return ctx },
	})
	if err != nil {
		return fmt.Errorf("Kubernetes: %w", err)
	}

	j := newJournal(o.Log.WithName("journal"), mgr.GetEventRecorder("tranship"), mgr.GetClient(), metrics.Registry)
	fleet, err := o.fleet(ctx, lock.allowed, j.call)
	if err != nil {
		return err
	}
	return o.manage(ctx, mgr, live, fleet, may, j)
}

// manage puts the rooms together and runs until ctx ends.
func (o Options) manage(ctx context.Context, mgr manager.Manager, live client.Client, fleet *clients.Fleet, may engine.Permit, j *journal) error {
	home := kube.Home{Account: fleet.Home.Account, Region: fleet.Home.Region}
	directory := kube.NewDirectory()
	var err error
	o.Filters.Pods, err = pods.Index(ctx, mgr.GetFieldIndexer())
	if err != nil {
		return fmt.Errorf("Kubernetes: index the pods: %w", err)
	}
	src, err := source.New(o.Filters)
	if err != nil {
		return err
	}
	all, err := kinds(mgr, src, o.Sources)
	if err != nil {
		return fmt.Errorf("Kubernetes: %w", err)
	}
	gates := &gate.Opener{Client: mgr.GetClient(), Now: time.Now, Metrics: gate.NewMetrics(metrics.Registry)}
	j.opened = opened(ctx, mgr.GetClient(), j.tell)
	store := kube.NewStore(kube.StoreConfig{
		Client: mgr.GetClient(), Live: mgr.GetAPIReader(), Directory: directory, Clock: wall{}, Home: home,
		Event: j.tell, Source: src, Pods: o.Filters.Pods, Kinds: blanks(all),
		Gates: gates,
	})
	said := newWords()
	config := o.engine(store, fleet, may, j)
	config.Word = said.of
	e, err := engine.New(config)
	if err != nil {
		return err
	}
	create, err := o.creating(e)
	if err != nil {
		return err
	}
	r := &resolver{
		client: mgr.GetClient(), directory: directory, store: store, services: fleet, names: fleet, home: home,
		create: create, event: j.tell, out: make(chan event.TypedGenericEvent[names.Ref], 1024),
	}
	if err := errors.Join(controllers(mgr, r, all, e, j, o), telling(mgr, said, e, o)); err != nil {
		return fmt.Errorf("controllers: %w", err)
	}
	sweeps := &sweeper{every: SweepEvery, directory: directory, sweep: e.Sweep, services: fleet.Services, send: r.send, log: o.Log.WithName("sweep")}
	if !o.NoResolver {
		w := newWatcher(directory, e, r.send, o.Log.WithName("dns"))
		sweeps.suspect = w.suspect
		if err := o.watchDNS(mgr, w); err != nil {
			return err
		}
	}
	gaps := &abandonment{every: SweepEvery, count: e.Abandoned, log: o.Log.WithName("abandoned")}
	gaps.metrics(metrics.Registry)
	if err := errors.Join(
		mgr.Add(gaps),
		mgr.Add(&firstLook{r: r, all: all, log: o.Log.WithName("start")}), mgr.Add(sweeps),
		mgr.Add(&rivals{live: mgr.GetAPIReader(), directory: directory, kinds: all, event: j.tell, log: o.Log.WithName("rivals")}),
		mgr.Add(strays(mgr.GetClient(), store.NamesPods, gates, j.tell, o.Log.WithName("gates"))),
		webhook(mgr, store.NamesPods, live, gates.Metrics, o),
	); err != nil {
		return err
	}
	told := newPhases(mgr.GetClient())
	if metrics.Registry.Register(told) == nil {
		defer metrics.Registry.Unregister(told)
	}
	if err := errors.Join(mgr.AddHealthzCheck("ping", healthz.Ping), mgr.AddReadyzCheck("ping", healthz.Ping)); err != nil {
		return err
	}
	if err := mgr.Start(ctx); err != nil {
		return fmt.Errorf("the controller ended: %w", err)
	}
	return context.Cause(ctx)
}

// engine is what the engine works with.
func (o Options) engine(store engine.Store, fleet *clients.Fleet, may engine.Permit, j *journal) engine.Config {
	return engine.Config{
		Clock: wall{}, Store: store, Reader: fleet, Writer: fleet, Creator: fleet, Services: fleet, Journal: j, Permit: may,
		Busy: o.Busy, Rest: o.Rest, Compare: o.Compare, Policy: o.Policy, MostRecords: o.MostRecords, MostAbandoned: o.MostAbandoned,
		DryRun: o.DryRun, DeleteEmpty: o.DeleteEmpty, GateTimeout: o.GateTimeout, GateClosed: o.GateClosed,
		Bounds: cutover.Bounds{
			Owner: o.Owner, Propagation: o.Propagation, Operation: o.Operation, Health: o.Health, TaskStart: o.TaskStart,
			Flight: leaseFor + aws.AttemptTimeout, Fresh: registrar.MaxAge, Caches: o.Caches,
		},
	}
}

// watchDNS asks resolvers what names answer.
func (o Options) watchDNS(mgr manager.Manager, w *watcher) error {
	r, err := probe.NewResolver(o.Resolvers...)
	if err != nil {
		if len(o.Resolvers) > 0 {
			return err
		}
		o.Log.Info("DNS is not asked, so what vanishes from it is seen later", "why", err.Error())
		return nil
	}
	watch, err := probe.NewWatch(probe.Config{Resolver: r, Names: w.names, Report: w.report, Propagation: o.Propagation})
	if err != nil {
		return err
	}
	return mgr.Add(watch)
}

// slim keeps of a pod what makes it an endpoint.
func slim(obj any) (any, error) {
	p, ok := obj.(*corev1.Pod)
	if !ok {
		return obj, nil
	}
	p.ManagedFields = nil
	if maps.DeleteFunc(p.Annotations, func(k, _ string) bool { return !strings.HasSuffix(k, "/target") }); len(p.Annotations) == 0 {
		p.Annotations = nil
	}
	p.Spec = corev1.PodSpec{
		NodeName: p.Spec.NodeName, ReadinessGates: p.Spec.ReadinessGates, Hostname: p.Spec.Hostname,
		Containers: portsOnly(p.Spec.Containers), InitContainers: portsOnly(p.Spec.InitContainers),
	}
	p.Status = corev1.PodStatus{
		Phase: p.Status.Phase, Conditions: p.Status.Conditions, PodIP: p.Status.PodIP, PodIPs: p.Status.PodIPs,
		HostIP: p.Status.HostIP, HostIPs: p.Status.HostIPs,
	}
	return p, nil
}

func portsOnly(cs []corev1.Container) []corev1.Container {
	var out []corev1.Container
	for _, c := range cs {
		if len(c.Ports) > 0 {
			out = append(out, corev1.Container{Name: c.Name, Ports: c.Ports})
		}
	}
	return out
}
