package cloud

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// ListServices has the signature of the client's method.
func (e *ECS) ListServices(ctx context.Context, in *ecs.ListServicesInput, _ ...func(*ecs.Options)) (*ecs.ListServicesOutput, error) {
	if err := e.enter(ctx, "ListServices", in); err != nil {
		return nil, err
	}
	cl, err := e.c.clusterBy(in.Cluster)
	if err != nil {
		return nil, err
	}
	var arns []string
	for _, svc := range cl.services {
		if svc.status != "INACTIVE" && (in.LaunchType == "" || in.LaunchType == svc.in.LaunchType) {
			arns = append(arns, svc.arn)
		}
	}
	arns, token, err := ecsPage(arns, 10, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &ecs.ListServicesOutput{ServiceArns: arns, NextToken: token}, nil
}

// DescribeServices has the signature of the client's method: at most ten.
func (e *ECS) DescribeServices(ctx context.Context, in *ecs.DescribeServicesInput, _ ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error) {
	if err := e.enter(ctx, "DescribeServices", in); err != nil {
		return nil, err
	}
	cl, err := e.c.clusterBy(in.Cluster)
	if err != nil {
		return nil, err
	}
	if n := len(in.Services); n < 1 || n > 10 {
		return nil, wrong("Services must have 1 to 10 entries, not " + strconv.Itoa(n) + ".")
	}
	out := &ecs.DescribeServicesOutput{Services: []types.Service{}, Failures: []types.Failure{}}
	for _, name := range in.Services {
		svc := cl.service(idOf(&name))
		if svc == nil {
			out.Failures = append(out.Failures, types.Failure{Arn: ptr(e.c.arn("ecs", "service/"+cl.name+"/"+idOf(&name))), Reason: ptr("MISSING")})
			continue
		}
		out.Services = append(out.Services, svc.describe(slices.Contains(in.Include, types.ServiceFieldTags)))
	}
	return out, nil
}

func (svc *ecsService) describe(tags bool) types.Service {
	out := types.Service{
		ServiceArn: ptr(svc.arn), ServiceName: ptr(svc.name), ClusterArn: ptr(svc.cluster.arn), Status: ptr(svc.status),
		DesiredCount: int32(svc.desired), CreatedAt: ptr(svc.created), TaskDefinition: ptr(svc.deployments[0].def.arn),
		LaunchType: svc.in.LaunchType, PlatformVersion: svc.in.PlatformVersion, SchedulingStrategy: cmp.Or(svc.in.SchedulingStrategy, types.SchedulingStrategyReplica),
		AvailabilityZoneRebalancing: svc.in.AvailabilityZoneRebalancing, NetworkConfiguration: svc.in.NetworkConfiguration,
		DeploymentController: svc.in.DeploymentController, HealthCheckGracePeriodSeconds: svc.in.HealthCheckGracePeriodSeconds,
		EnableECSManagedTags: svc.in.EnableECSManagedTags, EnableExecuteCommand: svc.in.EnableExecuteCommand,
		PropagateTags: cmp.Or(svc.in.PropagateTags, types.PropagateTagsNone), CapacityProviderStrategy: svc.in.CapacityProviderStrategy,
		PlacementConstraints: svc.in.PlacementConstraints, PlacementStrategy: svc.in.PlacementStrategy,
		LoadBalancers: append([]types.LoadBalancer{}, svc.in.LoadBalancers...), ServiceRegistries: append([]types.ServiceRegistry{}, svc.registries...),
		Events: slices.Clone(svc.events),
	}
	if out.DeploymentController == nil {
		out.DeploymentController = &types.DeploymentController{Type: types.DeploymentControllerTypeEcs}
	}
	conf := types.DeploymentConfiguration{}
	if svc.in.DeploymentConfiguration != nil {
		conf = *svc.in.DeploymentConfiguration
	}
	conf.MinimumHealthyPercent, conf.MaximumPercent = ptr(int32(svc.minPercent)), ptr(int32(svc.maxPercent))
	out.DeploymentConfiguration = &conf
	for i, d := range svc.deployments {
		out.Deployments = append(out.Deployments, d.describe(svc, i == 0))
	}
	for _, t := range svc.tasks {
		t.count(&out.RunningCount, &out.PendingCount)
	}
	if tags {
		out.Tags = ecsTags(svc.tags)
	}
	return out
}
