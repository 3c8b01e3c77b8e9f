package controller

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiextv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	coordinationv1 "k8s.io/client-go/kubernetes/typed/coordination/v1"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/aws/clients"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/kube"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/pace"
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
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme, apiextv1.AddToScheme} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	live, err := client.New(o.REST, client.Options{Scheme: scheme})
	if err != nil {
		return fmt.Errorf("Kubernetes: %w", err)
	}
	if o.InstallCRDs {
		if err := install(ctx, live, o.LeaseNamespace); err != nil {
			return fmt.Errorf("install the definitions: %w", err)
		}
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
	lock := newLease(leases, o.LeaseNamespace, o.Identity, wall{})
	mgr, err := manager.New(o.REST, manager.Options{
		Scheme: scheme, Logger: o.Log,
		Cache:          cache.Options{ByObject: map[client.Object]cache.ByObject{&corev1.Pod{}: {Transform: slim}}},
		Metrics:        metricsserver.Options{BindAddress: o.MetricsAddress},
		LeaderElection: true, LeaderElectionID: LeaseName, LeaderElectionResourceLockInterface: lock,
		LeaderElectionReleaseOnCancel: true,
		LeaseDuration:                 new(leaseFor), RenewDeadline: new(renewDeadline), RetryPeriod: new(retryPeriod),
		HealthProbeBindAddress: o.HealthAddress,
		BaseContext:            func() context.Context { return ctx },
	})
	if err != nil {
		return fmt.Errorf("Kubernetes: %w", err)
	}

	j := newJournal(o.Log.WithName("journal"), mgr.GetEventRecorder("tranship"), mgr.GetClient())
	pacer, err := pace.New(pace.Defaults(), pace.Share)
	if err != nil {
		return err
	}
	cfg, err := aws.Load(ctx, aws.Options{
		Region: o.Region, Version: o.Version, Now: time.Now,
		Pacing:  aws.NewPacing(pacer, time.Now, nil, 0),
		Allowed: lock.allowed, Audit: j.call,
	})
	if err != nil {
		return err
	}
	c, err := clients.New(ctx, cfg, time.Now)
	if err != nil {
		return err
	}
	o.Log.Info("AWS", "account", c.Account, "region", c.Region, "as", c.ARN)

	home := kube.Home{Account: c.Account, Region: c.Region}
	directory := kube.NewDirectory()
	store := kube.NewStore(kube.StoreConfig{
		Client: mgr.GetClient(), Live: mgr.GetAPIReader(), Directory: directory, Clock: wall{}, Home: home,
		Problem: func(k engine.Key, err error) { o.Log.Info("ignored", "migration", k.String(), "problem", err.Error()) },
	})
	e, err := engine.New(engine.Config{
		Clock: wall{}, Store: store, Reader: c.CloudMap, Writer: c.CloudMap, Services: c.ECS, Journal: j, Permit: may,
		Busy: o.Busy, Rest: o.Rest,
		Bounds: cutover.Bounds{
			Owner: o.Owner, Propagation: o.Propagation, Operation: o.Operation, Health: o.Health, TaskStart: o.TaskStart,
			Flight: leaseFor + aws.AttemptTimeout, Fresh: 2 * time.Second, Caches: o.Caches,
		},
	})
	if err != nil {
		return err
	}
	r := &resolver{
		client: mgr.GetClient(), directory: directory, store: store, services: c.ECS, names: c.CloudMap, home: home,
		out: make(chan event.TypedGenericEvent[names.Ref], 1024),
	}
	if err := controllers(mgr, r, e, o); err != nil {
		return fmt.Errorf("controllers: %w", err)
	}
	if err := mgr.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return err
	}
	if err := mgr.Start(ctx); err != nil {
		return fmt.Errorf("the controller ended: %w", err)
	}
	return ctx.Err()
}

// slim keeps of a pod what makes it an endpoint.
func slim(obj any) (any, error) {
	p, ok := obj.(*corev1.Pod)
	if !ok {
		return obj, nil
	}
	p.ManagedFields, p.Annotations = nil, nil
	p.Spec.Volumes, p.Spec.InitContainers, p.Spec.Tolerations = nil, nil, nil
	for i := range p.Spec.Containers {
		c := &p.Spec.Containers[i]
		*c = corev1.Container{Name: c.Name, Ports: c.Ports}
	}
	return p, nil
}
