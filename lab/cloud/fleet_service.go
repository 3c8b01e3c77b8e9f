package cloud

import (
	"cmp"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// seedTask makes a task that has run for long.
func (c *Cloud) seedTask(svc *ecsService, sd *service) error {
	t := c.place(svc, svc.deployments[0])
	if t == nil {
		return fmt.Errorf("no address is left for task %d of %d; give the VPC's zones larger subnets", len(svc.tasks)+1, svc.desired)
	}
	t.last, t.launched, t.settled, t.proven = running, true, true, true
	t.pulled, t.activated, t.started = c.now, c.now, c.now
	if t.def.checked() {
		t.health = ecstypes.HealthStatusHealthy
	}
	if sd != nil {
		t.registered = true
		c.put(sd, &instance{id: t.id, attributes: c.attributesOf(t)})
		// It was registered long ago.
		sd.instance(t.id).registered = c.now.Add(-time.Hour)
	}
	c.effect(StartTask, t, 0)
	return nil
}

// definition is the task definition of the service.
func (f *FleetService) definition() *ecs.RegisterTaskDefinitionInput {
	port := f.port()
	con := ecstypes.ContainerDefinition{
		Name: ptr("app"), Image: ptr(cmp.Or(f.Image, "tranship.dev/stand-in")), Essential: ptr(true),
		PortMappings: []ecstypes.PortMapping{{ContainerPort: &port, HostPort: &port, Protocol: ecstypes.TransportProtocolTcp}},
	}
	if f.StopTimeout > 0 {
		con.StopTimeout = ptr(int32((f.StopTimeout + time.Second - 1) / time.Second))
	}
	if f.ContainerHealth {
		con.HealthCheck = &ecstypes.HealthCheck{Command: []string{"CMD-SHELL", "wget -q -O /dev/null http://127.0.0.1/healthz"}}
	}
	in := &ecs.RegisterTaskDefinitionInput{
		Family: &f.Name, NetworkMode: ecstypes.NetworkModeAwsvpc, Cpu: ptr("256"), Memory: ptr("512"),
		RequiresCompatibilities: []ecstypes.Compatibility{ecstypes.CompatibilityFargate},
		ContainerDefinitions:    []ecstypes.ContainerDefinition{con},
	}
	if f.TaskRole != "" {
		in.TaskRoleArn = &f.TaskRole
	}
	if f.Define != nil {
		f.Define(in)
	}
	return in
}

func (f *FleetService) port() int32 { return int32(cmp.Or(f.ContainerPort, 8080)) }

// service is what runs it, in the name sd where that is not nil.
func (f *FleetService) service(c *Cloud, cl *cluster, sd *service) *ecs.CreateServiceInput {
	port := f.port()
	subnets := make([]string, len(c.zones))
	for i, z := range c.zones {
		subnets[i] = z.zone.Subnet
	}
	var tags []ecstypes.Tag
	for k, v := range f.Tags {
		tags = append(tags, ecstypes.Tag{Key: &k, Value: &v})
	}
	rebalancing := ecstypes.AvailabilityZoneRebalancingDisabled
	if f.ZoneRebalancing {
		rebalancing = ecstypes.AvailabilityZoneRebalancingEnabled
	}
	in := &ecs.CreateServiceInput{
		ServiceName: &f.Name, Cluster: &cl.name, TaskDefinition: &f.Name, DesiredCount: ptr(int32(f.Tasks)), Tags: tags,
		LaunchType: ecstypes.LaunchTypeFargate, PlatformVersion: ptr("LATEST"),
		AvailabilityZoneRebalancing: rebalancing,
		NetworkConfiguration:        &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{Subnets: subnets}},
		DeploymentConfiguration: &ecstypes.DeploymentConfiguration{
			MinimumHealthyPercent: f.MinPercent, MaximumPercent: f.MaxPercent,
			DeploymentCircuitBreaker: &ecstypes.DeploymentCircuitBreaker{Enable: f.CircuitBreaker, Rollback: f.CircuitBreaker},
		},
	}
	if f.TargetGroup != "" {
		in.LoadBalancers = []ecstypes.LoadBalancer{{TargetGroupArn: &f.TargetGroup, ContainerName: ptr("app"), ContainerPort: &port}}
	}
	if sd != nil {
		in.ServiceRegistries = []ecstypes.ServiceRegistry{{RegistryArn: &sd.arn, ContainerName: ptr("app"), ContainerPort: &port}}
	}
	if f.Create != nil {
		f.Create(in)
	}
	return in
}
