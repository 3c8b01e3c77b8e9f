package cloud

import (
	"cmp"
	"fmt"
	"time"

	aas "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	aastypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// Fleet is a set of ECS services that run in steady state, each in its name.
type Fleet struct {
	Namespace string // Cloud Map namespace, default external-dns-test.internal
	Cluster   string // ECS cluster, default default
	VPC       VPC    // where set, replaces Config.VPC; only before any task runs
	Services  []FleetService
}

// FleetService is one ECS service and its Cloud Map service of the same name.
type FleetService struct {
	Name            string
	NameAlone       bool // no ECS service: the Cloud Map service alone, without instances
	Tasks           int
	TTL             time.Duration // whole seconds, default 60 s
	SRV             bool          // SRV records in place of A
	ContainerPort   uint16        // default 8080
	CustomHealth    bool          // the Cloud Map service has HealthCheckCustomConfig
	ContainerHealth bool          // the task definition has a container health check
	// MinPercent and MaxPercent are of the deployment configuration, where not nil.
	MinPercent, MaxPercent *int32
	StopTimeout            time.Duration // default Timing.StopTimeout
	Image                  string        // default tranship.dev/stand-in
	Tags                   map[string]string
	TaskRole               string // ARN of the task role, "" for none
	TargetGroup            string // ARN of a target group that the tasks belong to, "" for none
	CircuitBreaker         bool   // with rollback
	ZoneRebalancing        bool   // AvailabilityZoneRebalancing ENABLED
	// MinCapacity and MaxCapacity make the service a scalable target, where the latter is above 0.
	MinCapacity, MaxCapacity int
	// CPUTarget is of a target tracking policy on ECSServiceAverageCPUUtilization, where above 0.
	CPUTarget float64
}

// SeedFleet makes the fleet as if it had run for long: every task RUNNING,
// registered and propagated to every server now. The StartTask effects are
// pending. Namespace and cluster may be there already. Rates do not count.
func (c *Cloud) SeedFleet(f Fleet) error {
	f.Namespace = cmp.Or(f.Namespace, "external-dns-test.internal")
	if f.VPC.ID != "" || len(f.VPC.Zones) > 0 {
		if len(c.taskOrder) > 0 {
			return fmt.Errorf("seed fleet in %s: tasks are running, the VPC can't be changed any more", f.Namespace)
		}
		c.setVPC(f.VPC.withDefaults(c.cfg.Region))
	}
	var ns *namespace
	for _, n := range c.namespaces {
		if n.name == f.Namespace && n.kind == types.NamespaceTypeDnsPrivate && !n.creating {
			ns = n
		}
	}
	if ns == nil {
		var err error
		if ns, err = c.newNamespace(wanted{kind: types.NamespaceTypeDnsPrivate, name: f.Namespace, vpc: c.cfg.VPC.ID, soa: privateSOA}); err != nil {
			return fmt.Errorf("seed namespace %s: %w", f.Namespace, err)
		}
	}
	cl := c.createCluster(cmp.Or(f.Cluster, "default"), nil)
	for i := range f.Services {
		if err := c.seedService(ns, cl, &f.Services[i]); err != nil {
			return fmt.Errorf("seed service %s: %w", f.Services[i].Name, err)
		}
	}
	return nil
}

func (c *Cloud) seedService(ns *namespace, cl *cluster, f *FleetService) error {
	ttl := int64(60)
	if f.TTL > 0 {
		ttl = int64(f.TTL / time.Second)
	}
	kind := types.RecordTypeA
	if f.SRV {
		kind = types.RecordTypeSrv
	}
	in := &servicediscovery.CreateServiceInput{Name: &f.Name, NamespaceId: &ns.id, DnsConfig: &types.DnsConfig{
		RoutingPolicy: types.RoutingPolicyMultivalue, DnsRecords: []types.DnsRecord{{Type: kind, TTL: &ttl}},
	}}
	if f.CustomHealth {
		in.HealthCheckCustomConfig = &types.HealthCheckCustomConfig{FailureThreshold: ptr(int32(1))}
	}
	sd, err := c.createService(in)
	if err != nil {
		return err
	}
	if f.NameAlone {
		c.settle(sd)
		return nil
	}
	port := int32(cmp.Or(f.ContainerPort, 8080))
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
	var role *string
	if f.TaskRole != "" {
		role = &f.TaskRole
	}
	if _, err := c.registerTaskDefinition(&ecs.RegisterTaskDefinitionInput{
		Family: &f.Name, TaskRoleArn: role, NetworkMode: ecstypes.NetworkModeAwsvpc, Cpu: ptr("256"), Memory: ptr("512"),
		RequiresCompatibilities: []ecstypes.Compatibility{ecstypes.CompatibilityFargate},
		ContainerDefinitions:    []ecstypes.ContainerDefinition{con},
	}); err != nil {
		return err
	}
	subnets := make([]string, len(c.zones))
	for i, z := range c.zones {
		subnets[i] = z.zone.Subnet
	}
	var tags []ecstypes.Tag
	for k, v := range f.Tags {
		tags = append(tags, ecstypes.Tag{Key: &k, Value: &v})
	}
	var balancers []ecstypes.LoadBalancer
	if f.TargetGroup != "" {
		balancers = []ecstypes.LoadBalancer{{TargetGroupArn: &f.TargetGroup, ContainerName: ptr("app"), ContainerPort: &port}}
	}
	rebalancing := ecstypes.AvailabilityZoneRebalancingDisabled
	if f.ZoneRebalancing {
		rebalancing = ecstypes.AvailabilityZoneRebalancingEnabled
	}
	svc, err := c.createECSService(&ecs.CreateServiceInput{
		LoadBalancers: balancers,
		ServiceName:   &f.Name, Cluster: &cl.name, TaskDefinition: &f.Name, DesiredCount: ptr(int32(f.Tasks)), Tags: tags,
		LaunchType: ecstypes.LaunchTypeFargate, PlatformVersion: ptr("LATEST"),
		AvailabilityZoneRebalancing: rebalancing,
		NetworkConfiguration:        &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{Subnets: subnets}},
		DeploymentConfiguration: &ecstypes.DeploymentConfiguration{
			MinimumHealthyPercent: f.MinPercent, MaximumPercent: f.MaxPercent,
			DeploymentCircuitBreaker: &ecstypes.DeploymentCircuitBreaker{Enable: f.CircuitBreaker, Rollback: f.CircuitBreaker},
		},
		ServiceRegistries: []ecstypes.ServiceRegistry{{RegistryArn: &sd.arn, ContainerName: ptr("app"), ContainerPort: &port}},
	})
	if err != nil {
		return err
	}
	svc.stopTimeout = f.StopTimeout
	for range f.Tasks {
		t := c.place(svc, svc.deployments[0])
		if t == nil {
			return fmt.Errorf("no address is left for task %d of %d; give the VPC's zones larger subnets", len(svc.tasks)+1, f.Tasks)
		}
		t.last, t.launched, t.settled, t.registered, t.proven = running, true, true, true, true
		t.pulled, t.activated, t.started = c.now, c.now, c.now
		if t.def.checked() {
			t.health = ecstypes.HealthStatusHealthy
		}
		c.put(sd, &instance{id: t.id, attributes: c.attributesOf(t)})
		// It was registered long ago.
		sd.instance(t.id).registered = c.now.Add(-time.Hour)
		c.effect(StartTask, t, 0)
	}
	c.settle(sd)
	c.schedule(svc)
	return c.seedScaling(cl, f)
}

// seedScaling makes the service a scalable target, where the fleet asks for it.
func (c *Cloud) seedScaling(cl *cluster, f *FleetService) error {
	if f.MaxCapacity <= 0 {
		return nil
	}
	id := "service/" + cl.name + "/" + f.Name
	if _, err := c.AutoScaling().register(&aas.RegisterScalableTargetInput{
		ServiceNamespace: aastypes.ServiceNamespaceEcs, ScalableDimension: desiredCount, ResourceId: &id,
		MinCapacity: ptr(int32(f.MinCapacity)), MaxCapacity: ptr(int32(f.MaxCapacity)),
	}); err != nil {
		return fmt.Errorf("make it a scalable target: %w", err)
	}
	if f.CPUTarget <= 0 {
		return nil
	}
	if _, err := c.AutoScaling().putPolicy(&aas.PutScalingPolicyInput{
		ServiceNamespace: aastypes.ServiceNamespaceEcs, ScalableDimension: desiredCount, ResourceId: &id,
		PolicyName: ptr("cpu"), PolicyType: aastypes.PolicyTypeTargetTrackingScaling,
		TargetTrackingScalingPolicyConfiguration: &aastypes.TargetTrackingScalingPolicyConfiguration{
			TargetValue: &f.CPUTarget,
			PredefinedMetricSpecification: &aastypes.PredefinedMetricSpecification{
				PredefinedMetricType: aastypes.MetricTypeECSServiceAverageCPUUtilization,
			},
		},
	}); err != nil {
		return fmt.Errorf("give it a scaling policy: %w", err)
	}
	return nil
}
