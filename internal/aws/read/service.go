package read

import (
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/tranship/tranship/internal/inventory"
)

const primary = "PRIMARY"

// serviceOf is an ECS service without its events, and of its deployments only the
// PRIMARY one: the others are on their way out, and change with each look.
func serviceOf(p inventory.Place, cluster string, s types.Service) (inventory.Service, error) {
	s.Events = nil
	s.Deployments = slices.DeleteFunc(slices.Clone(s.Deployments), func(d types.Deployment) bool { return sdk.ToString(d.Status) != primary })
	doc, err := document(s, lower)
	if err != nil {
		return inventory.Service{}, err
	}
	out := inventory.Service{
		Place: p, Cluster: cluster, Name: sdk.ToString(s.ServiceName), ARN: sdk.ToString(s.ServiceArn),
		DesiredCount: int(s.DesiredCount), RunningCount: int(s.RunningCount), LaunchType: string(s.LaunchType),
		TaskDefinition: sdk.ToString(s.TaskDefinition), Document: doc,
	}
	registries, balancers := s.ServiceRegistries, s.LoadBalancers
	// What CodeDeploy and others deploy is in task sets.
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html
	for _, t := range s.TaskSets {
		if sdk.ToString(t.Status) != primary {
			continue
		}
		if out.TaskDefinition == "" {
			out.TaskDefinition = sdk.ToString(t.TaskDefinition)
		}
		if out.LaunchType == "" {
			out.LaunchType = string(t.LaunchType)
		}
		registries, balancers = slices.Concat(registries, t.ServiceRegistries), slices.Concat(balancers, t.LoadBalancers)
	}
	for _, g := range registries {
		out.Registries = append(out.Registries, inventory.Registry{
			ARN: sdk.ToString(g.RegistryArn), ContainerName: sdk.ToString(g.ContainerName),
			ContainerPort: int(sdk.ToInt32(g.ContainerPort)), Port: int(sdk.ToInt32(g.Port)),
		})
	}
	for _, b := range balancers {
		if b.TargetGroupArn != nil {
			out.TargetGroups = append(out.TargetGroups, *b.TargetGroupArn)
		}
		if b.AdvancedConfiguration != nil && b.AdvancedConfiguration.AlternateTargetGroupArn != nil {
			out.TargetGroups = append(out.TargetGroups, *b.AdvancedConfiguration.AlternateTargetGroupArn)
		}
	}
	out.Subnets, out.SecurityGroups = networkOf(s)
	return out, nil
}

// networkOf are the subnets and security groups of the service's tasks.
func networkOf(s types.Service) (subnets, groups []string) {
	all := []*types.NetworkConfiguration{s.NetworkConfiguration}
	for _, d := range s.Deployments {
		all = append(all, d.NetworkConfiguration)
	}
	for _, t := range s.TaskSets {
		if sdk.ToString(t.Status) == primary {
			all = append(all, t.NetworkConfiguration)
		}
	}
	for _, n := range all {
		if n != nil && n.AwsvpcConfiguration != nil {
			subnets = append(subnets, n.AwsvpcConfiguration.Subnets...)
			groups = append(groups, n.AwsvpcConfiguration.SecurityGroups...)
		}
	}
	return subnets, groups
}
