package lab

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"

	"github.com/tranship/tranship/lab/cloud"
)

// createBare makes an ECS service without a service registry.
func createBare(ctx context.Context, c *cloud.Cloud, name string) error {
	cluster, family, image, mode, one := ECSCluster, name, "tranship.dev/stand-in", types.NetworkModeAwsvpc, int32(1)
	if _, err := c.ECS().RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
		Family: &family, NetworkMode: mode,
		ContainerDefinitions: []types.ContainerDefinition{{Name: &name, Image: &image}},
	}); err != nil {
		return err
	}
	_, err := c.ECS().CreateService(ctx, &ecs.CreateServiceInput{
		Cluster: &cluster, ServiceName: &name, TaskDefinition: &family, DesiredCount: &one,
		NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: []string{c.Config().VPC.Zones[0].Subnet}}},
	})
	return err
}

// emptyName lets ECS leave a name: without tasks it has no instances.
func emptyName(ctx context.Context, c *cloud.Cloud, service string) error {
	cluster, none := ECSCluster, int32(0)
	_, err := c.ECS().UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: &cluster, Service: &service, DesiredCount: &none})
	return err
}

// deleteName deletes a Cloud Map service, which fails while it has instances.
func deleteName(ctx context.Context, c *cloud.Cloud, id string) error {
	_, err := c.CloudMap().DeleteService(ctx, &servicediscovery.DeleteServiceInput{Id: &id})
	return err
}
