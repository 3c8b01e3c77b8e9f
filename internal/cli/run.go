package cli

import (
	"k8s.io/klog/v2"

	"github.com/tranship/tranship/internal/controller"
)

// The lease by which a controller is recognised.
const leaseNamespace, leaseName = controller.LeaseNamespace, controller.LeaseName

// options turns flags into the controller's options.
func (o *control) options() (controller.Options, error) {
	cfg, _, _, err := configOf(o.Access)
	if err != nil {
		return controller.Options{}, err
	}
	log := newLog(o.env.Err, o.LogFormat, o.LogLevel)
	klog.SetLogger(log)
	return controller.Options{
		REST: cfg, Identity: o.Identity, LeaseNamespace: o.LeaseNamespace, Region: o.Region, Owner: o.Owner,
		Allow: o.Allow, Propagation: o.Propagation, Operation: o.Operation, Health: o.Health, TaskStart: o.TaskStart,
		Busy: o.Busy, Concurrency: o.Concurrency, MetricsAddress: o.MetricsAddress, HealthAddress: o.HealthAddress,
		Caches: o.caches, InstallCRDs: o.InstallCRDs, Version: o.env.Build.Version, Log: log,
	}, nil
}
