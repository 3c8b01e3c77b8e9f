package cloud

import (
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// deployment is one rollout of an ECS service. The first of a service's
// deployments is PRIMARY, the others are on their way out.
type deployment struct {
	id         string
	def        *taskDefinition
	registries []types.ServiceRegistry // replaced, never changed
	registry   *types.ServiceRegistry  // the one of those, if any
	network    *types.NetworkConfiguration
	connect    *types.ServiceConnectConfiguration
	created    time.Time
	updated    time.Time
	rollout    types.DeploymentRolloutState
	reason     string
	failed     int32
}

func (c *Cloud) deploy(svc *ecsService, def *taskDefinition) {
	d := &deployment{
		id: "ecs-svc/" + strconv.FormatUint(c.sched.pcg.Uint64()>>1, 10), def: def, created: c.now, updated: c.now,
		rollout:    types.DeploymentRolloutStateInProgress,
		registries: svc.registries, network: svc.in.NetworkConfiguration, connect: svc.in.ServiceConnectConfiguration,
	}
	d.reason = "ECS deployment " + d.id + " in progress."
	if len(svc.registries) > 0 {
		d.registry = &svc.registries[0]
	}
	svc.deployments = slices.Insert(svc.deployments, 0, d)
	svc.steady, svc.blocked = false, false
	svc.startedWell()
}

// promote makes a deployment the PRIMARY one.
func (svc *ecsService) promote(d *deployment) {
	svc.deployments = slices.Insert(slices.DeleteFunc(svc.deployments, func(o *deployment) bool { return o == d }), 0, d)
}

// kick has the scheduler look at a service before long.
func (c *Cloud) kick(svc *ecsService) {
	if svc == nil || svc.kicked {
		return
	}
	svc.kicked = true
	c.after(c.sched.between(c.cfg.Timing.SchedulerMin, c.cfg.Timing.SchedulerMax), func() {
		svc.kicked = false
		c.schedule(svc)
	})
}

func (d *deployment) describe(svc *ecsService, primary bool) types.Deployment {
	out := types.Deployment{
		Id: ptr(d.id), Status: ptr("ACTIVE"), TaskDefinition: ptr(d.def.arn), CreatedAt: ptr(d.created), UpdatedAt: ptr(d.updated),
		RolloutState: d.rollout, RolloutStateReason: ptr(d.reason), FailedTasks: d.failed,
		LaunchType: svc.in.LaunchType, PlatformVersion: svc.in.PlatformVersion, NetworkConfiguration: d.network,
		ServiceConnectConfiguration: d.connect, CapacityProviderStrategy: svc.in.CapacityProviderStrategy,
		VolumeConfigurations: svc.in.VolumeConfigurations, VpcLatticeConfigurations: svc.in.VpcLatticeConfigurations,
	}
	if primary {
		out.Status = ptr("PRIMARY")
		out.DesiredCount = int32(svc.desired)
	}
	for _, t := range svc.tasks {
		if t.deployment == d {
			t.count(&out.RunningCount, &out.PendingCount)
		}
	}
	return out
}

func (t *task) count(run, pend *int32) {
	switch t.last {
	case running:
		*run++
	case provisioning, pending, activating:
		if t.live() {
			*pend++
		}
	}
}
