package cloud

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// ecsService is an ECS service and its scheduler's state.
type ecsService struct {
	c                      *Cloud
	cluster                *cluster
	name, arn              string
	status                 string // ACTIVE, DRAINING or INACTIVE
	desired                int
	minPercent, maxPercent int
	created                time.Time
	registries             []types.ServiceRegistry // replaced, never changed
	in                     ecs.CreateServiceInput  // what is only given back
	tags                   map[string]string
	deployments            []*deployment
	tasks                  []*task              // not STOPPED, in the order of their start
	events                 []types.ServiceEvent // newest first
	stopTimeout            time.Duration        // of a seeded fleet; 0: the task definition's
	nextZone               int
	kicked, steady         bool
}

// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html
const maxEvents = 100

func (svc *ecsService) event(c *Cloud, text string) {
	message := "(service " + svc.name + ") " + text
	if len(svc.events) >= maxEvents {
		svc.events = svc.events[:maxEvents-1]
	}
	id := c.sched.hex(32)
	svc.events = slices.Insert(svc.events, 0, types.ServiceEvent{
		Id:        ptr(id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]),
		CreatedAt: ptr(c.now), Message: ptr(message),
	})
	if c.cfg.Log {
		c.note("ECS", svc.name, message)
	}
}

func (svc *ecsService) grace(d *taskDefinition) time.Duration {
	if svc.stopTimeout > 0 {
		return svc.stopTimeout
	}
	return d.stopTimeout(svc.c.cfg.Timing.StopTimeout)
}

func (e *ECS) service(clusterName, name *string) (*ecsService, error) {
	cl, err := e.c.clusterBy(clusterName)
	if err != nil {
		return nil, err
	}
	if svc := cl.service(idOf(name)); svc != nil {
		return svc, nil
	}
	return nil, &types.ServiceNotFoundException{Message: ptr("Service not found.")}
}

// checkRegistries holds what ECS demands of serviceRegistries.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html
func (c *Cloud) checkRegistries(registries []types.ServiceRegistry, def *taskDefinition) error {
	if len(registries) > 1 {
		return wrong("At most one service registry is supported.")
	}
	for _, r := range registries {
		sd := c.services[idOf(r.RegistryArn)]
		if sd == nil || sd.arn != val(r.RegistryArn) {
			return wrong("The service registry doesn't exist: " + val(r.RegistryArn))
		}
		if r.Port != nil && r.ContainerPort != nil {
			return wrong("A service registry takes port or containerPort, not both.")
		}
		if (r.ContainerPort != nil) != (r.ContainerName != nil) {
			return wrong("containerName and containerPort go together.")
		}
		if sd.has("SRV") && r.Port == nil && r.ContainerPort == nil {
			return wrong("A service registry with SRV records needs port, or containerName and containerPort.")
		}
		if r.ContainerName != nil && !slices.ContainsFunc(def.def.ContainerDefinitions, func(con types.ContainerDefinition) bool {
			return val(con.Name) == *r.ContainerName
		}) {
			return wrong("The container " + *r.ContainerName + " doesn't exist in the task definition.")
		}
		if m := def.def.NetworkMode; m != types.NetworkModeAwsvpc {
			return wrong("The lab knows service registries with the network mode awsvpc only, not " + string(m) + ".")
		}
	}
	return nil
}

var ecsServiceName = regexp.MustCompile(`^[0-9a-zA-Z_-]{1,255}$`)

// CreateService has the signature of the client's method.
func (e *ECS) CreateService(ctx context.Context, in *ecs.CreateServiceInput, _ ...func(*ecs.Options)) (*ecs.CreateServiceOutput, error) {
	if err := e.enter(ctx, "CreateService", in); err != nil {
		return nil, err
	}
	svc, err := e.c.createECSService(in)
	if err != nil {
		return nil, err
	}
	e.c.kick(svc)
	return &ecs.CreateServiceOutput{Service: ptr(svc.describe(true))}, nil
}

func (c *Cloud) createECSService(in *ecs.CreateServiceInput) (*ecsService, error) {
	cl, err := c.clusterBy(in.Cluster)
	if err != nil {
		return nil, err
	}
	name := val(in.ServiceName)
	if !ecsServiceName.MatchString(name) {
		return nil, wrong("The service name isn't valid: " + name)
	}
	def := c.taskDefinition(val(in.TaskDefinition))
	if def == nil {
		return nil, &types.ClientException{Message: ptr("TaskDefinition not found.")}
	}
	if val(in.DesiredCount) < 0 {
		return nil, wrong("desiredCount can't be negative.")
	}
	if err := c.checkRegistries(in.ServiceRegistries, def); err != nil {
		return nil, err
	}
	tags, err := ecsTagMap(in.Tags)
	if err != nil {
		return nil, err
	}
	svc := &ecsService{
		c: c, cluster: cl, name: name, arn: c.arn("ecs", "service/"+cl.name+"/"+name), status: "ACTIVE",
		desired: int(val(in.DesiredCount)), minPercent: 100, maxPercent: 200, created: c.now,
		registries: slices.Clone(in.ServiceRegistries), in: *in, tags: tags,
	}
	svc.in.LaunchType = cmp.Or(in.LaunchType, types.LaunchTypeFargate)
	svc.setDeploymentConfiguration(in.DeploymentConfiguration)
	at, found := slices.BinarySearchFunc(cl.services, name, func(s *ecsService, n string) int { return cmp.Compare(s.name, n) })
	switch {
	case found && cl.services[at].status != "INACTIVE":
		return nil, wrong("Creation of service was not idempotent.")
	case found:
		cl.services[at] = svc
	default:
		cl.services = slices.Insert(cl.services, at, svc)
	}
	c.deploy(svc, def)
	return svc, nil
}

func (svc *ecsService) setDeploymentConfiguration(d *types.DeploymentConfiguration) {
	if d == nil {
		return
	}
	if d.MinimumHealthyPercent != nil {
		svc.minPercent = int(*d.MinimumHealthyPercent)
	}
	if d.MaximumPercent != nil {
		svc.maxPercent = int(*d.MaximumPercent)
	}
}

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
	if in.DesiredCount != nil && *in.DesiredCount < 0 {
		return nil, wrong("desiredCount can't be negative.")
	}
	def, anew := svc.deployments[0].def, in.ForceNewDeployment
	if in.TaskDefinition != nil {
		d := e.c.taskDefinition(*in.TaskDefinition)
		if d == nil {
			return nil, &types.ClientException{Message: ptr("Unable to describe task definition.")}
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
	svc.setDeploymentConfiguration(in.DeploymentConfiguration)
	if in.DeploymentConfiguration != nil {
		svc.in.DeploymentConfiguration = in.DeploymentConfiguration
	}
	if in.AvailabilityZoneRebalancing != "" {
		svc.in.AvailabilityZoneRebalancing = in.AvailabilityZoneRebalancing
	}
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

// DeleteService has the signature of the client's method: DRAINING until the
// last task is gone, then INACTIVE. The Cloud Map service stays.
func (e *ECS) DeleteService(ctx context.Context, in *ecs.DeleteServiceInput, _ ...func(*ecs.Options)) (*ecs.DeleteServiceOutput, error) {
	if err := e.enter(ctx, "DeleteService", in); err != nil {
		return nil, err
	}
	svc, err := e.service(in.Cluster, in.Service)
	if err != nil {
		return nil, err
	}
	if svc.status == "INACTIVE" {
		return nil, &types.ServiceNotFoundException{Message: ptr("Service not found.")}
	}
	if svc.desired > 0 && !val(in.Force) {
		return nil, wrong("The service cannot be stopped while it is scaled above 0.")
	}
	svc.status, svc.desired = "DRAINING", 0
	if len(svc.tasks) == 0 {
		svc.status = "INACTIVE"
	}
	e.c.kick(svc)
	return &ecs.DeleteServiceOutput{Service: ptr(svc.describe(true))}, nil
}

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
	arns, token, err := ecsPage(arns, 100, 10, in.MaxResults, in.NextToken)
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
