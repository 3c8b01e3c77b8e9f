package cloud

import (
	"cmp"
	"fmt"
	"time"

	aas "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	aastypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
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
	// Nameless: it is in no Cloud Map service, as one that only takes work from a queue.
	Nameless bool
	// Define and Create have the last word on its task definition and on the service,
	// where not nil.
	Define func(*ecs.RegisterTaskDefinitionInput)
	Create func(*ecs.CreateServiceInput)
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

// seedName makes the Cloud Map service.
func (c *Cloud) seedName(ns *namespace, f *FleetService) (*service, error) {
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
	return c.createService(in)
}

func (c *Cloud) seedService(ns *namespace, cl *cluster, f *FleetService) error {
	var sd *service
	if !f.Nameless {
		var err error
		if sd, err = c.seedName(ns, f); err != nil {
			return err
		}
	}
	if f.NameAlone {
		c.settle(sd)
		return nil
	}
	if _, err := c.registerTaskDefinition(f.definition()); err != nil {
		return err
	}
	svc, err := c.createECSService(f.service(c, cl, sd))
	if err != nil {
		return err
	}
	svc.stopTimeout = f.StopTimeout
	for range c.wanted(svc) {
		if err := c.seedTask(svc, sd); err != nil {
			return err
		}
	}
	if sd != nil {
		c.settle(sd)
	}
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
