package cloud

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// ecsService is an ECS service and its scheduler's state.
type ecsService struct {
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
	good                   *deployment // the latest that was completed
	blocked                bool        // protected tasks keep the deployment from its end

	// failures in a row to come to RUNNING, when the last began to count, and
	// until when no task is started.
	failures            int
	failedAt, notBefore time.Time

	mover                 *task // of a rebalancing
	comparing, unbalanced bool
}

// grace is from SIGTERM to SIGKILL.
func (t *task) grace(usual time.Duration) time.Duration {
	if t.svc != nil && t.svc.stopTimeout > 0 {
		return t.svc.stopTimeout
	}
	return t.def.stopTimeout(usual)
}

// daemon says that the service has one task on each container instance.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service_definition_parameters.html
func (svc *ecsService) daemon() bool {
	return svc.in.SchedulingStrategy == types.SchedulingStrategyDaemon
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
	if !def.active() {
		return nil, &types.ClientException{Message: ptr("TaskDefinition is inactive")}
	}
	if err := checkStrategy(in); err != nil {
		return nil, err
	}
	if err := c.checkRegistries(in.ServiceRegistries, def); err != nil {
		return nil, err
	}
	if err := c.checkNetwork(in.NetworkConfiguration, def); err != nil {
		return nil, err
	}
	if err := c.checkConnect(in.ServiceConnectConfiguration); err != nil {
		return nil, err
	}
	tags, err := ecsTagMap(in.Tags)
	if err != nil {
		return nil, err
	}
	svc := &ecsService{
		cluster: cl, name: name, arn: c.arn("ecs", "service/"+cl.name+"/"+name), status: "ACTIVE",
		desired: int(val(in.DesiredCount)), minPercent: 100, maxPercent: 200, created: c.now,
		registries: slices.Clone(in.ServiceRegistries), in: *in, tags: tags,
	}
	svc.in.LaunchType = cmp.Or(in.LaunchType, types.LaunchTypeFargate)
	if svc.daemon() {
		svc.minPercent, svc.maxPercent = 0, 100
	}
	svc.setDeploymentConfiguration(in.DeploymentConfiguration)
	if in.AvailabilityZoneRebalancing == "" {
		svc.in.AvailabilityZoneRebalancing = types.AvailabilityZoneRebalancingEnabled
		if svc.daemon() || svc.maxPercent <= 100 {
			svc.in.AvailabilityZoneRebalancing = types.AvailabilityZoneRebalancingDisabled
		}
	}
	if err := svc.checkRebalancing(svc.maxPercent, svc.in.AvailabilityZoneRebalancing); err != nil {
		return nil, err
	}
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
	if svc.desired > 0 && !val(in.Force) && !svc.daemon() {
		return nil, wrong("The service cannot be stopped while it is scaled above 0.")
	}
	svc.status, svc.desired = "DRAINING", 0
	if len(svc.tasks) == 0 {
		svc.status = "INACTIVE"
	}
	e.c.kick(svc)
	return &ecs.DeleteServiceOutput{Service: ptr(svc.describe(true))}, nil
}
