package sim

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/smithy-go"
)

// errTimeout is what a caller hears who hears nothing.
var errTimeout = &net.OpError{Op: "read", Net: "tcp", Err: errors.New("i/o timeout")}

// call makes one call to the cloud as a process makes it: it takes time, it may
// be the last thing the process does, and its reply may be lost.
func call[In, Out, Opt any](ctx context.Context, a *actor, mutates bool, f func(context.Context, *In, ...func(*Opt)) (*Out, error), in *In) (*Out, error) {
	w := a.w
	a = w.running // of the same process, which may have several
	p := a.proc
	a.pause(w.latency())
	if w.fault(w.sc.Faults.CrashBefore) || mutates && w.killsAt(Before) {
		w.crash(p, "before a call")
	}
	if w.fault(w.sc.Faults.Freeze) {
		p.frozen = w.now.Add(time.Duration(5+w.rng.IntN(60)) * time.Second)
		w.logf("%s freezes until %s", p.id, w.clock(p.frozen))
	}
	a.pause(0)
	switch {
	case w.steady != nil && w.now.Before(w.steady.outage):
		return nil, &smithy.GenericAPIError{Code: "InternalServiceError", Message: "an outage", Fault: smithy.FaultServer}
	case w.fault(w.sc.Faults.Throttle):
		return nil, &smithy.GenericAPIError{Code: "ThrottlingException", Message: "Rate exceeded"}
	case w.fault(w.sc.Faults.Unavailable):
		return nil, &smithy.GenericAPIError{Code: "InternalServiceError", Message: "try again", Fault: smithy.FaultServer}
	}
	if mutates {
		if err := w.mayWrite(p); err != nil {
			return nil, err
		}
	}
	w.asked(in, mutates)
	late := func(most time.Duration) {
		w.spawn("late", nil, time.Duration(w.rng.IntN(int(most))), func(*actor) {
			if _, err := f(context.Background(), in); err == nil {
				w.logf("a late write of %s lands", p.id)
			}
		})
	}
	if mutates && (w.ambush(in) || w.killsAt(Late)) {
		// As late as the declared Flight allows: it may have been decided on as
		// long ago as the lease lets a process write.
		late(leaseFor + callTimeout - renewDeadline)
		w.crash(p, "with a write on its way")
		a.pause(0)
	}
	if mutates && w.fault(w.sc.Faults.LateEffect) {
		late(callTimeout)
		a.pause(callTimeout)
		return nil, errTimeout
	}
	out, err := f(ctx, in)
	if w.fault(w.sc.Faults.CrashAfter) || mutates && w.killsAt(After) {
		w.crash(p, "after a call")
	}
	if w.fault(w.sc.Faults.LostReply) {
		a.pause(callTimeout)
		return nil, errTimeout
	}
	a.pause(w.latency())
	return out, err
}

// mapAPI is Cloud Map as one process sees it.
type mapAPI struct{ a *actor }

func (m mapAPI) GetService(ctx context.Context, in *servicediscovery.GetServiceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.GetServiceOutput, error) {
	return call(ctx, m.a, false, m.a.w.cloud.CloudMap().GetService, in)
}

func (m mapAPI) GetNamespace(ctx context.Context, in *servicediscovery.GetNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.GetNamespaceOutput, error) {
	return call(ctx, m.a, false, m.a.w.cloud.CloudMap().GetNamespace, in)
}

func (m mapAPI) ListNamespaces(ctx context.Context, in *servicediscovery.ListNamespacesInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.ListNamespacesOutput, error) {
	return call(ctx, m.a, false, m.a.w.cloud.CloudMap().ListNamespaces, in)
}

func (m mapAPI) ListServices(ctx context.Context, in *servicediscovery.ListServicesInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.ListServicesOutput, error) {
	return call(ctx, m.a, false, m.a.w.cloud.CloudMap().ListServices, in)
}

func (m mapAPI) ListInstances(ctx context.Context, in *servicediscovery.ListInstancesInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.ListInstancesOutput, error) {
	return call(ctx, m.a, false, m.a.w.cloud.CloudMap().ListInstances, in)
}

func (m mapAPI) GetInstancesHealthStatus(ctx context.Context, in *servicediscovery.GetInstancesHealthStatusInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.GetInstancesHealthStatusOutput, error) {
	return call(ctx, m.a, false, m.a.w.cloud.CloudMap().GetInstancesHealthStatus, in)
}

func (m mapAPI) DiscoverInstancesRevision(ctx context.Context, in *servicediscovery.DiscoverInstancesRevisionInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.DiscoverInstancesRevisionOutput, error) {
	return call(ctx, m.a, false, m.a.w.cloud.CloudMap().DiscoverInstancesRevision, in)
}

func (m mapAPI) GetOperation(ctx context.Context, in *servicediscovery.GetOperationInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.GetOperationOutput, error) {
	return call(ctx, m.a, false, m.a.w.cloud.CloudMap().GetOperation, in)
}

func (m mapAPI) RegisterInstance(ctx context.Context, in *servicediscovery.RegisterInstanceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.RegisterInstanceOutput, error) {
	return call(ctx, m.a, true, m.a.w.cloud.CloudMap().RegisterInstance, in)
}

func (m mapAPI) DeregisterInstance(ctx context.Context, in *servicediscovery.DeregisterInstanceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.DeregisterInstanceOutput, error) {
	return call(ctx, m.a, true, m.a.w.cloud.CloudMap().DeregisterInstance, in)
}

func (m mapAPI) UpdateInstanceCustomHealthStatus(ctx context.Context, in *servicediscovery.UpdateInstanceCustomHealthStatusInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.UpdateInstanceCustomHealthStatusOutput, error) {
	return call(ctx, m.a, true, m.a.w.cloud.CloudMap().UpdateInstanceCustomHealthStatus, in)
}

func (m mapAPI) UpdateService(ctx context.Context, in *servicediscovery.UpdateServiceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.UpdateServiceOutput, error) {
	return call(ctx, m.a, true, m.a.w.cloud.CloudMap().UpdateService, in)
}

// ecsAPI is ECS as one process sees it.
type ecsAPI struct{ a *actor }

func (e ecsAPI) DescribeServices(ctx context.Context, in *ecs.DescribeServicesInput, _ ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error) {
	return call(ctx, e.a, false, e.a.w.cloud.ECS().DescribeServices, in)
}

func (e ecsAPI) ListTasks(ctx context.Context, in *ecs.ListTasksInput, _ ...func(*ecs.Options)) (*ecs.ListTasksOutput, error) {
	return call(ctx, e.a, false, e.a.w.cloud.ECS().ListTasks, in)
}

func (e ecsAPI) DescribeTasks(ctx context.Context, in *ecs.DescribeTasksInput, _ ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error) {
	return call(ctx, e.a, false, e.a.w.cloud.ECS().DescribeTasks, in)
}

func (e ecsAPI) DescribeTaskDefinition(ctx context.Context, in *ecs.DescribeTaskDefinitionInput, _ ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error) {
	return call(ctx, e.a, false, e.a.w.cloud.ECS().DescribeTaskDefinition, in)
}

func (e ecsAPI) UpdateService(ctx context.Context, in *ecs.UpdateServiceInput, _ ...func(*ecs.Options)) (*ecs.UpdateServiceOutput, error) {
	return call(ctx, e.a, true, e.a.w.cloud.ECS().UpdateService, in)
}
