package cases

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/tranship/tranship/lab/cloud"
)

var ecsCommands = map[string]command{
	"fleet": fleet, "scale": scale, "deploy": deploy, "tasks": tasks, "stop-task": stopTask, "exit": exit,
	"container-health": containerHealth, "events": events, "ecs-service": ecsService, "delete-ecs-service": deleteECSService,
	"create-ecs-service": createECSService, "task-definition": taskDefinition, "ecs-tags": ecsTags,
	"identity": identity, "assume-role": assumeRole, "vpcs": vpcs, "clusters": clusters, "registry": registry,
	"update-ecs-service": updateECSService, "ecs-services": listECSServices, "services-by-namespace": servicesByNamespace,
	"run-task": runTask, "list-tasks": listTasks, "task-times": taskTimes, "protect": protect, "protection": protection,
	"task-definitions": taskDefinitions, "families": families, "deregister-definition": deregisterDefinition,
	"create-cluster": createCluster, "delete-cluster": deleteCluster,
	"kill-task": killTask, "lose-zone": loseZone, "restore-zone": restoreZone,
	"register-target": registerTarget, "deregister-target": deregisterTarget, "targets": targets, "target-tags": targetTags,
	"put-policy": putPolicy, "policies": policies, "delete-policy": deletePolicy,
	"put-scheduled": putScheduled, "scheduled": scheduled, "delete-scheduled": deleteScheduled,
	"utilisation": utilisation, "trigger": trigger, "activities": activities,
}

const usualCluster = "prod"

func (r *runner) ecsName() *string { return ptr(r.arg("service", "orders")) }

// fleet seeds one service.
func fleet(r *runner, ctx context.Context) (string, error) {
	f := cloud.FleetService{
		Name: r.arg("service", "orders"), Tasks: r.number("tasks", 2), TTL: r.duration("ttl"), SRV: r.d.HasArg("srv"),
		CustomHealth: r.d.HasArg("custom"), ContainerHealth: r.d.HasArg("container-health"), StopTimeout: r.duration("stop-timeout"),
	}
	if r.d.HasArg("min") {
		f.MinPercent = ptr(int32(r.number("min", 100)))
	}
	if r.d.HasArg("max") {
		f.MaxPercent = ptr(int32(r.number("max", 200)))
	}
	f.CircuitBreaker, f.ZoneRebalancing = r.d.HasArg("breaker"), r.d.HasArg("rebalancing")
	f.MinCapacity, f.MaxCapacity, f.CPUTarget = r.number("min-capacity", 0), r.number("max-capacity", 0), float64(r.number("cpu-target", 0))
	if t := r.arg("tag", ""); t != "" {
		f.Tags = map[string]string{"team": t}
	}
	var err error
	r.target.Do(func(c *cloud.Cloud) {
		err = c.SeedFleet(cloud.Fleet{Namespace: usualNamespace, Cluster: usualCluster, Services: []cloud.FleetService{f}})
	})
	r.serviceID(ctx, f.Name)
	return r.effects(), err
}

func scale(r *runner, ctx context.Context) (string, error) {
	_, err := r.target.ECS.UpdateService(ctx, &ecs.UpdateServiceInput{
		Cluster: ptr(usualCluster), Service: r.ecsName(), DesiredCount: ptr(int32(r.number("to", 0))),
	})
	return "", err
}

func deploy(r *runner, ctx context.Context) (string, error) {
	in := &ecs.UpdateServiceInput{Cluster: ptr(usualCluster), Service: r.ecsName(), ForceNewDeployment: true}
	if d := r.arg("definition", ""); d != "" {
		in.TaskDefinition, in.ForceNewDeployment = &d, false
	}
	if r.d.HasArg("no-registry") {
		in.ServiceRegistries, in.ForceNewDeployment = []types.ServiceRegistry{}, false
	}
	_, err := r.target.ECS.UpdateService(ctx, in)
	return "", err
}

// tasks lists those that are meant to run, or with stopped those that are not.
func tasks(r *runner, ctx context.Context) (string, error) {
	in := &ecs.ListTasksInput{Cluster: ptr(usualCluster), ServiceName: r.ecsName()}
	if f := r.arg("family", ""); f != "" {
		in.ServiceName, in.Family = nil, &f
	}
	if r.d.HasArg("stopped") {
		in.DesiredStatus = types.DesiredStatusStopped
	}
	list, err := r.target.ECS.ListTasks(ctx, in)
	if err != nil || len(list.TaskArns) == 0 {
		return "none\n", err
	}
	out, err := r.target.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: ptr(usualCluster), Tasks: list.TaskArns})
	if err != nil {
		return "", err
	}
	slices.SortStableFunc(out.Tasks, func(a, b types.Task) int { return a.CreatedAt.Compare(*b.CreatedAt) })
	var lines []string
	for _, t := range out.Tasks {
		id := (*t.TaskArn)[strings.LastIndexByte(*t.TaskArn, '/')+1:]
		ip := ""
		for _, d := range t.Attachments[0].Details {
			if *d.Name == "privateIPv4Address" {
				ip = *d.Value
			}
		}
		name := r.symbol(id)
		if name == "" {
			name = "(not started)"
		}
		s := fmt.Sprintf("%s %s %s %s", name, *t.AvailabilityZone, ip, *t.LastStatus)
		if t.HealthStatus != types.HealthStatusUnknown {
			s += " " + string(t.HealthStatus)
		}
		if t.StopCode != "" {
			s += " " + string(t.StopCode)
		}
		lines = append(lines, s+"\n")
	}
	slices.Sort(lines)
	return strings.Join(lines, ""), nil
}

func stopTask(r *runner, ctx context.Context) (string, error) {
	out, err := r.target.ECS.StopTask(ctx, &ecs.StopTaskInput{Cluster: ptr(usualCluster), Task: ptr(r.id(r.word(0)))})
	if err != nil {
		return "", err
	}
	return *out.Task.LastStatus + "\n", nil
}

func exit(r *runner, _ context.Context) (string, error) {
	r.target.Do(func(c *cloud.Cloud) { c.ContainerExited(r.id(r.word(0))) })
	return "", nil
}

func containerHealth(r *runner, _ context.Context) (string, error) {
	r.target.Do(func(c *cloud.Cloud) { c.ContainerHealth(r.id(r.word(0)), r.word(1) == "healthy") })
	return "", nil
}

var deploymentID = regexp.MustCompile(`ecs-svc/[0-9]+`)

// events prints the service's events, oldest first.
func events(r *runner, ctx context.Context) (string, error) {
	s, err := r.describe(ctx)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, e := range slices.Backward(s.Events) {
		msg := deploymentID.ReplaceAllString(*e.Message, "ecs-svc/N")
		fmt.Fprintf(&b, "%s %s\n", r.at(*e.CreatedAt), msg)
	}
	return b.String(), nil
}

func (r *runner) describe(ctx context.Context) (*types.Service, error) {
	out, err := r.target.ECS.DescribeServices(ctx, &ecs.DescribeServicesInput{
		Cluster: ptr(usualCluster), Services: []string{*r.ecsName()}, Include: []types.ServiceField{types.ServiceFieldTags},
	})
	if err != nil {
		return nil, err
	}
	if len(out.Services) == 0 {
		return nil, fmt.Errorf("%s", *out.Failures[0].Reason)
	}
	return &out.Services[0], nil
}

func ecsService(r *runner, ctx context.Context) (string, error) {
	s, err := r.describe(ctx)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s desired=%d running=%d pending=%d registries=%d\n", *s.ServiceName, *s.Status, s.DesiredCount, s.RunningCount, s.PendingCount, len(s.ServiceRegistries))
	for _, d := range s.Deployments {
		def := *d.TaskDefinition
		fmt.Fprintf(&b, "  %s %s %s running=%d pending=%d", *d.Status, d.RolloutState, def[strings.LastIndexByte(def, '/')+1:], d.RunningCount, d.PendingCount)
		if d.FailedTasks > 0 {
			fmt.Fprintf(&b, " failed=%d", d.FailedTasks)
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}

func deleteECSService(r *runner, ctx context.Context) (string, error) {
	out, err := r.target.ECS.DeleteService(ctx, &ecs.DeleteServiceInput{Cluster: ptr(usualCluster), Service: r.ecsName(), Force: ptr(r.d.HasArg("force"))})
	if err != nil {
		return "", err
	}
	return *out.Service.Status + "\n", nil
}

func taskDefinition(r *runner, ctx context.Context) (string, error) {
	con := types.ContainerDefinition{Name: ptr("app"), Image: ptr("example.com/app:2"), PortMappings: []types.PortMapping{{ContainerPort: ptr(int32(8080))}}}
	if r.d.HasArg("check") {
		con.HealthCheck = &types.HealthCheck{Command: []string{"CMD", "true"}}
	}
	if n := r.number("stop-timeout", 0); n > 0 {
		con.StopTimeout = ptr(int32(n))
	}
	out, err := r.target.ECS.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
		Family: ptr(r.arg("family", "orders")), NetworkMode: types.NetworkMode(r.arg("mode", "awsvpc")), ContainerDefinitions: []types.ContainerDefinition{con},
	})
	if err != nil {
		return "", err
	}
	got, err := r.target.ECS.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: out.TaskDefinition.Family})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s:%d\n", *got.TaskDefinition.Family, got.TaskDefinition.Revision), nil
}

func createECSService(r *runner, ctx context.Context) (string, error) {
	if _, err := r.target.ECS.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: ptr(usualCluster)}); err != nil {
		return "", err
	}
	in := &ecs.CreateServiceInput{
		Cluster: ptr(usualCluster), ServiceName: r.ecsName(), TaskDefinition: ptr(r.arg("definition", "orders")),
		DesiredCount: ptr(int32(r.number("tasks", 1))), NetworkConfiguration: r.network(),
		LaunchType: types.LaunchType(r.arg("launch", "")), AvailabilityZoneRebalancing: types.AvailabilityZoneRebalancing(r.arg("rebalancing", "")),
		DeploymentConfiguration: r.percents(), EnableECSManagedTags: r.d.HasArg("managed-tags"), PropagateTags: types.PropagateTags(r.arg("propagate", "")),
	}
	if r.d.HasArg("daemon") {
		in.SchedulingStrategy = types.SchedulingStrategyDaemon
		if !r.d.HasArg("tasks") {
			in.DesiredCount = nil
		}
	}
	if r.d.HasArg("no-count") {
		in.DesiredCount = nil
	}
	if t := r.arg("tag", ""); t != "" {
		in.Tags = []types.Tag{{Key: ptr("team"), Value: &t}}
	}
	if n := r.arg("connect", ""); n != "" {
		in.ServiceConnectConfiguration = &types.ServiceConnectConfiguration{Enabled: true, Namespace: &n}
	}
	if reg := r.arg("registry", ""); reg != "" {
		in.ServiceRegistries = []types.ServiceRegistry{{RegistryArn: ptr(fmt.Sprintf("arn:aws:servicediscovery:%s:%s:service/%s", r.region, r.account, r.serviceID(ctx, reg)))}}
	}
	_, err := r.target.ECS.CreateService(ctx, in)
	return "", err
}

// network is that of all zones, or of those named in subnets as letters.
func (r *runner) network() *types.NetworkConfiguration {
	if r.d.HasArg("no-network") {
		return nil
	}
	var subnets []string
	for _, z := range r.arg("subnets", "abc") {
		subnets = append(subnets, "subnet-0000000000000000"+string(z))
	}
	return &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: subnets}}
}

// percents is the deployment configuration, where min, max or breaker is given.
func (r *runner) percents() *types.DeploymentConfiguration {
	d := &types.DeploymentConfiguration{}
	if r.d.HasArg("min") {
		d.MinimumHealthyPercent = ptr(int32(r.number("min", 100)))
	}
	if r.d.HasArg("max") {
		d.MaximumPercent = ptr(int32(r.number("max", 200)))
	}
	if r.d.HasArg("breaker") {
		d.DeploymentCircuitBreaker = &types.DeploymentCircuitBreaker{Enable: true, Rollback: r.arg("breaker", "") == "rollback"}
		if n := r.number("failures", 0); n > 0 {
			d.DeploymentCircuitBreaker.ThresholdConfiguration = &types.ThresholdConfiguration{Type: types.ThresholdTypeCount, Value: int32(n)}
		}
	}
	if !r.d.HasArg("min") && !r.d.HasArg("max") && !r.d.HasArg("breaker") {
		return nil
	}
	return d
}

func registry(r *runner, ctx context.Context) (string, error) {
	s, err := r.describe(ctx)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, reg := range s.ServiceRegistries {
		fmt.Fprintf(&b, "%s %s:%d\n", *reg.RegistryArn, text(reg.ContainerName), *reg.ContainerPort)
	}
	return b.String(), nil
}

func ecsTags(r *runner, ctx context.Context) (string, error) {
	s, err := r.describe(ctx)
	if err != nil {
		return "", err
	}
	if k := r.arg("add", ""); k != "" {
		if _, err := r.target.ECS.TagResource(ctx, &ecs.TagResourceInput{ResourceArn: s.ServiceArn, Tags: []types.Tag{{Key: &k, Value: ptr("yes")}}}); err != nil {
			return "", err
		}
	}
	if k := r.arg("remove", ""); k != "" {
		if _, err := r.target.ECS.UntagResource(ctx, &ecs.UntagResourceInput{ResourceArn: s.ServiceArn, TagKeys: []string{k}}); err != nil {
			return "", err
		}
	}
	out, err := r.target.ECS.ListTagsForResource(ctx, &ecs.ListTagsForResourceInput{ResourceArn: s.ServiceArn})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, t := range out.Tags {
		fmt.Fprintf(&b, "%s=%s\n", *t.Key, *t.Value)
	}
	return b.String(), nil
}

func clusters(r *runner, ctx context.Context) (string, error) {
	list, err := r.target.ECS.ListClusters(ctx, &ecs.ListClustersInput{})
	if err != nil {
		return "", err
	}
	out, err := r.target.ECS.DescribeClusters(ctx, &ecs.DescribeClustersInput{Clusters: append(list.ClusterArns, "none")})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, c := range out.Clusters {
		fmt.Fprintf(&b, "%s %s services=%d running=%d\n", *c.ClusterName, *c.Status, c.ActiveServicesCount, c.RunningTasksCount)
	}
	for _, f := range out.Failures {
		fmt.Fprintf(&b, "%s %s\n", *f.Arn, *f.Reason)
	}
	return b.String(), nil
}

func identity(r *runner, ctx context.Context) (string, error) {
	out, err := r.target.STS.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", err
	}
	return *out.Account + " " + *out.Arn + "\n", nil
}

// assumeRole asks for role=ARN as session=NAME, with external=ID for seconds=N.
func assumeRole(r *runner, ctx context.Context) (string, error) {
	in := &sts.AssumeRoleInput{RoleArn: ptr(r.arg("role", otherRole)), RoleSessionName: ptr(r.arg("session", "move"))}
	if id := r.arg("external", ""); id != "" {
		in.ExternalId = ptr(id)
	}
	if n := r.number("seconds", 0); n > 0 {
		in.DurationSeconds = ptr(int32(n))
	}
	out, err := r.target.STS.AssumeRole(ctx, in)
	if err != nil {
		return "", err
	}
	c := out.Credentials
	return fmt.Sprintf("%s %s… until +%s, with a token: %v\n", *out.AssumedRoleUser.Arn, (*c.AccessKeyId)[:4], c.Expiration.Sub(r.start), *c.SessionToken != ""), nil
}

func vpcs(r *runner, ctx context.Context) (string, error) {
	in := &ec2.DescribeVpcsInput{}
	if id := r.arg("id", ""); id != "" {
		in.VpcIds = []string{id}
	}
	out, err := r.target.EC2.DescribeVpcs(ctx, in)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, v := range out.Vpcs {
		fmt.Fprintf(&b, "%s %s %s\n", *v.VpcId, *v.CidrBlock, v.State)
	}
	return b.String(), nil
}
