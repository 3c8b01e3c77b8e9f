package cloud

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// UpdateService has the signature of the client's method. desiredCount is no
// deployment; another task definition, ForceNewDeployment, serviceRegistries
// and another network configuration are.
func (e *ECS) UpdateService(ctx context.Context, in *ecs.UpdateServiceInput, _ ...func(*ecs.Options)) (*ecs.UpdateServiceOutput, error) {
	if err := e.enter(ctx, "UpdateService", in); err != nil {
		return nil, err
	}
	svc, err := e.service(in.Cluster, in.Service)
	if err != nil {
		return nil, err
	}
	if svc.status != "ACTIVE" {
		return nil, &types.ServiceNotActiveException{Message: ptr("Service was not ACTIVE.")}
	}
	switch {
	case in.DesiredCount != nil && svc.daemon():
		return nil, wrong("The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again.")
	case in.DesiredCount != nil && *in.DesiredCount < 0:
		return nil, wrong("desiredCount can't be negative.")
	}
	if err := e.checkUpdate(svc, in); err != nil {
		return nil, err
	}
	def, anew := svc.deployments[0].def, in.ForceNewDeployment
	if in.TaskDefinition != nil {
		d := e.c.taskDefinition(*in.TaskDefinition)
		if d == nil {
			return nil, &types.ClientException{Message: ptr("Unable to describe task definition.")}
		}
		if !d.active() && d != def {
			return nil, &types.ClientException{Message: ptr("TaskDefinition is inactive")}
		}
		anew = anew || d != def
		def = d
	}
	if in.ServiceRegistries != nil {
		if dc := svc.in.DeploymentController; dc != nil && dc.Type != types.DeploymentControllerTypeEcs {
			return nil, wrong("serviceRegistries can be updated with the deployment controller ECS only.")
		}
		if err := e.c.checkRegistries(in.ServiceRegistries, def); err != nil {
			return nil, err
		}
		svc.registries = slices.Clone(in.ServiceRegistries)
		anew = true
	}
	if in.NetworkConfiguration != nil {
		anew = anew || !sameNetwork(svc.in.NetworkConfiguration, in.NetworkConfiguration)
		svc.in.NetworkConfiguration = in.NetworkConfiguration
	}
	anew = svc.takeOver(in) || anew
	if in.DesiredCount != nil {
		svc.setDesired(int(*in.DesiredCount))
	}
	if anew {
		e.c.deploy(svc, def)
	}
	e.c.kick(svc)
	return &ecs.UpdateServiceOutput{Service: ptr(svc.describe(true))}, nil
}

// setDesired sets the count, which the scheduler comes to once it is kicked. It
// is no deployment.
func (svc *ecsService) setDesired(n int) {
	if svc.desired != n {
		svc.desired, svc.steady = n, false
	}
}

// deploying says that a deployment is under way.
func (svc *ecsService) deploying() bool {
	return len(svc.deployments) > 1 || svc.deployments[0].rollout == types.DeploymentRolloutStateInProgress
}

func sameNetwork(a, b *types.NetworkConfiguration) bool {
	if a == nil || b == nil || a.AwsvpcConfiguration == nil || b.AwsvpcConfiguration == nil {
		return a == b
	}
	x, y := a.AwsvpcConfiguration, b.AwsvpcConfiguration
	return x.AssignPublicIp == y.AssignPublicIp && slices.Equal(x.Subnets, y.Subnets) && slices.Equal(x.SecurityGroups, y.SecurityGroups)
}

// checkUpdate holds what can be wrong with an update before anything is changed.
func (e *ECS) checkUpdate(svc *ecsService, in *ecs.UpdateServiceInput) error {
	def := svc.deployments[0].def
	if d := e.c.taskDefinition(val(in.TaskDefinition)); d != nil {
		def = d
	}
	if in.NetworkConfiguration != nil {
		if err := e.c.checkNetwork(in.NetworkConfiguration, def); err != nil {
			return err
		}
	}
	if err := e.c.checkConnect(in.ServiceConnectConfiguration); err != nil {
		return err
	}
	most := svc.maxPercent
	if d := in.DeploymentConfiguration; d != nil && d.MaximumPercent != nil {
		most = int(*d.MaximumPercent)
	}
	return svc.checkRebalancing(most, cmp.Or(in.AvailabilityZoneRebalancing, svc.in.AvailabilityZoneRebalancing))
}

// takeOver sets what is given and not looked at elsewhere, and says whether it
// makes a new deployment.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
func (svc *ecsService) takeOver(in *ecs.UpdateServiceInput) (anew bool) {
	svc.setDeploymentConfiguration(in.DeploymentConfiguration)
	if in.DeploymentConfiguration != nil {
		svc.in.DeploymentConfiguration = in.DeploymentConfiguration
	}
	set(&svc.in.AvailabilityZoneRebalancing, in.AvailabilityZoneRebalancing)
	set(&svc.in.PropagateTags, in.PropagateTags)
	set(&svc.in.HealthCheckGracePeriodSeconds, in.HealthCheckGracePeriodSeconds)
	if in.EnableExecuteCommand != nil {
		svc.in.EnableExecuteCommand = *in.EnableExecuteCommand
	}
	if in.EnableECSManagedTags != nil {
		svc.in.EnableECSManagedTags = *in.EnableECSManagedTags
	}
	if in.CapacityProviderStrategy != nil {
		svc.in.CapacityProviderStrategy = in.CapacityProviderStrategy
	}
	if in.PlacementConstraints != nil {
		svc.in.PlacementConstraints = in.PlacementConstraints
	}
	if in.PlacementStrategy != nil {
		svc.in.PlacementStrategy = in.PlacementStrategy
	}
	if in.PlatformVersion != nil && *in.PlatformVersion != val(svc.in.PlatformVersion) {
		svc.in.PlatformVersion, anew = in.PlatformVersion, true
	}
	if in.LoadBalancers != nil {
		svc.in.LoadBalancers, anew = in.LoadBalancers, true
	}
	if in.ServiceConnectConfiguration != nil {
		svc.in.ServiceConnectConfiguration, anew = in.ServiceConnectConfiguration, true
	}
	if in.VolumeConfigurations != nil {
		svc.in.VolumeConfigurations, anew = in.VolumeConfigurations, true
	}
	if in.VpcLatticeConfigurations != nil {
		svc.in.VpcLatticeConfigurations, anew = in.VpcLatticeConfigurations, true
	}
	return anew
}

// set takes over v where it is given.
func set[T comparable](to *T, v T) {
	var none T
	if v != none {
		*to = v
	}
}
