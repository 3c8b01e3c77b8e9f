package cases

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/tranship/tranship/lab/cloud"
)

// after is what follows the last slash.
func after(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

func failures(b *strings.Builder, all []types.Failure) {
	for _, f := range all {
		fmt.Fprintf(b, "failure %s %s\n", after(text(f.Arn)), text(f.Reason))
	}
}

// updateECSService changes what is no deployment, or is one.
func updateECSService(r *runner, ctx context.Context) (string, error) {
	in := &ecs.UpdateServiceInput{
		Cluster: ptr(usualCluster), Service: r.ecsName(), DeploymentConfiguration: r.percents(),
		AvailabilityZoneRebalancing: types.AvailabilityZoneRebalancing(r.arg("rebalancing", "")),
	}
	if r.d.HasArg("subnets") {
		in.NetworkConfiguration = r.network()
	}
	if v := r.arg("platform", ""); v != "" {
		in.PlatformVersion = &v
	}
	if r.d.HasArg("exec") {
		in.EnableExecuteCommand = ptr(true)
	}
	if r.d.HasArg("to") {
		in.DesiredCount = ptr(int32(r.number("to", 0)))
	}
	if reg := r.arg("registry", ""); reg != "" {
		in.ServiceRegistries = []types.ServiceRegistry{{
			RegistryArn: ptr(fmt.Sprintf("arn:aws:servicediscovery:%s:%s:service/%s", r.region, r.account, r.serviceID(ctx, reg))),
		}}
	}
	out, err := r.target.ECS.UpdateService(ctx, in)
	if err != nil {
		return "", err
	}
	s := out.Service
	return fmt.Sprintf("deployments=%d rebalancing=%s exec=%t\n", len(s.Deployments), s.AvailabilityZoneRebalancing, s.EnableExecuteCommand), nil
}

func listECSServices(r *runner, ctx context.Context) (string, error) {
	out, err := r.target.ECS.ListServices(ctx, &ecs.ListServicesInput{Cluster: ptr(r.arg("cluster", usualCluster)), LaunchType: types.LaunchType(r.arg("launch", ""))})
	if err != nil {
		return "", err
	}
	return lines(out.ServiceArns), nil
}

func servicesByNamespace(r *runner, ctx context.Context) (string, error) {
	out, err := r.target.ECS.ListServicesByNamespace(ctx, &ecs.ListServicesByNamespaceInput{Namespace: ptr(r.arg("name", usualNamespace))})
	if err != nil {
		return "", err
	}
	return lines(out.ServiceArns), nil
}

func lines(arns []string) string {
	if len(arns) == 0 {
		return "none\n"
	}
	var b strings.Builder
	for _, a := range arns {
		b.WriteString(after(a) + "\n")
	}
	return b.String()
}

// runTask starts standalone tasks and names them.
func runTask(r *runner, ctx context.Context) (string, error) {
	in := &ecs.RunTaskInput{
		Cluster: ptr(usualCluster), TaskDefinition: ptr(r.arg("definition", "job")), Count: ptr(int32(r.number("count", 1))),
		NetworkConfiguration: r.network(),
	}
	if s := r.arg("started-by", ""); s != "" {
		in.StartedBy = &s
	}
	if t := r.arg("tag", ""); t != "" {
		in.Tags = []types.Tag{{Key: ptr("team"), Value: &t}}
	}
	out, err := r.target.ECS.RunTask(ctx, in)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, t := range out.Tasks {
		fmt.Fprintf(&b, "%s %s %s %s tags=%d\n", r.named(after(*t.TaskArn)), *t.LastStatus, *t.AvailabilityZone, *t.Group, len(t.Tags))
	}
	for _, f := range out.Failures {
		fmt.Fprintf(&b, "failure %s\n", *f.Reason)
	}
	return b.String(), nil
}

// named names a task, unless it has a name, and says which.
func (r *runner) named(id string) string {
	r.name(id, "t")
	return r.symbolic(id)
}

// listTasks prints what a filter lets through, by name.
func listTasks(r *runner, ctx context.Context) (string, error) {
	in := &ecs.ListTasksInput{
		Cluster: ptr(r.arg("cluster", usualCluster)), LaunchType: types.LaunchType(r.arg("launch", "")), DesiredStatus: types.DesiredStatus(r.arg("status", "")),
	}
	for key, to := range map[string]**string{
		"service": &in.ServiceName, "family": &in.Family, "started-by": &in.StartedBy, "container-instance": &in.ContainerInstance,
	} {
		if v := r.arg(key, ""); v != "" {
			*to = &v
		}
	}
	if n := r.number("max", 0); n != 0 {
		in.MaxResults = ptr(int32(n))
	}
	var found []string
	for {
		out, err := r.target.ECS.ListTasks(ctx, in)
		if err != nil {
			return "", err
		}
		for _, a := range out.TaskArns {
			found = append(found, r.named(after(a)))
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			break
		}
	}
	slices.Sort(found)
	return lines(found), nil
}

// taskTimes prints when a task came to its states.
func taskTimes(r *runner, ctx context.Context) (string, error) {
	out, err := r.target.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{
		Cluster: ptr(usualCluster), Tasks: []string{r.id(r.word(0))}, Include: []types.TaskField{types.TaskFieldTags},
	})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, t := range out.Tasks {
		fmt.Fprintf(&b, "%s/%s", *t.LastStatus, *t.DesiredStatus)
		if t.CreatedAt != nil {
			b.WriteString(" created " + r.at(*t.CreatedAt))
		}
		if t.PullStartedAt != nil {
			b.WriteString(" pulling " + r.at(*t.PullStartedAt))
		}
		if t.PullStoppedAt != nil {
			b.WriteString(" pulled " + r.at(*t.PullStoppedAt))
		}
		if t.StartedAt != nil {
			b.WriteString(" started " + r.at(*t.StartedAt))
		}
		if t.StoppingAt != nil {
			b.WriteString(" stopping " + r.at(*t.StoppingAt))
		}
		if t.ExecutionStoppedAt != nil {
			b.WriteString(" over " + r.at(*t.ExecutionStoppedAt))
		}
		if t.StoppedAt != nil {
			b.WriteString(" stopped " + r.at(*t.StoppedAt))
		}
		if t.StoppedReason != nil {
			fmt.Fprintf(&b, " (%s: %s)", t.StopCode, deploymentID.ReplaceAllString(*t.StoppedReason, "ecs-svc/N"))
		}
		b.WriteByte('\n')
		for _, tag := range t.Tags {
			fmt.Fprintf(&b, "  %s=%s\n", *tag.Key, *tag.Value)
		}
	}
	failures(&b, out.Failures)
	return b.String(), nil
}

func protect(r *runner, ctx context.Context) (string, error) {
	in := &ecs.UpdateTaskProtectionInput{Cluster: ptr(usualCluster), Tasks: []string{r.id(r.word(0))}, ProtectionEnabled: !r.d.HasArg("off")}
	if r.d.HasArg("minutes") {
		in.ExpiresInMinutes = ptr(int32(r.number("minutes", 0)))
	}
	out, err := r.target.ECS.UpdateTaskProtection(ctx, in)
	if err != nil {
		return "", err
	}
	return r.protected(out.ProtectedTasks, out.Failures), nil
}

func protection(r *runner, ctx context.Context) (string, error) {
	in := &ecs.GetTaskProtectionInput{Cluster: ptr(usualCluster)}
	for _, a := range r.d.CmdArgs {
		in.Tasks = append(in.Tasks, r.id(a.Key))
	}
	out, err := r.target.ECS.GetTaskProtection(ctx, in)
	if err != nil {
		return "", err
	}
	return r.protected(out.ProtectedTasks, out.Failures), nil
}

func (r *runner) protected(all []types.ProtectedTask, fails []types.Failure) string {
	var out []string
	for _, p := range all {
		s := after(*p.TaskArn) + " unprotected"
		if p.ProtectionEnabled {
			s = after(*p.TaskArn) + " until " + r.at(*p.ExpirationDate)
		}
		out = append(out, r.symbolic(s)+"\n")
	}
	slices.Sort(out)
	var b strings.Builder
	b.WriteString(strings.Join(out, ""))
	failures(&b, fails)
	return b.String()
}

func taskDefinitions(r *runner, ctx context.Context) (string, error) {
	in := &ecs.ListTaskDefinitionsInput{Status: types.TaskDefinitionStatus(r.arg("status", "")), Sort: types.SortOrder(r.arg("sort", ""))}
	if f := r.arg("family", ""); f != "" {
		in.FamilyPrefix = &f
	}
	if n := r.number("max", 0); n != 0 {
		in.MaxResults = ptr(int32(n))
	}
	var all []string
	for {
		out, err := r.target.ECS.ListTaskDefinitions(ctx, in)
		if err != nil {
			return "", err
		}
		all = append(all, out.TaskDefinitionArns...)
		if in.NextToken = out.NextToken; in.NextToken == nil {
			return lines(all), nil
		}
	}
}

func families(r *runner, ctx context.Context) (string, error) {
	in := &ecs.ListTaskDefinitionFamiliesInput{Status: types.TaskDefinitionFamilyStatus(r.arg("status", ""))}
	if f := r.arg("prefix", ""); f != "" {
		in.FamilyPrefix = &f
	}
	if n := r.number("max", 0); n != 0 {
		in.MaxResults = ptr(int32(n))
	}
	out, err := r.target.ECS.ListTaskDefinitionFamilies(ctx, in)
	if err != nil {
		return "", err
	}
	return lines(out.Families), nil
}

func deregisterDefinition(r *runner, ctx context.Context) (string, error) {
	out, err := r.target.ECS.DeregisterTaskDefinition(ctx, &ecs.DeregisterTaskDefinitionInput{TaskDefinition: ptr(r.word(0))})
	if err != nil {
		return "", err
	}
	return string(out.TaskDefinition.Status) + " " + r.at(*out.TaskDefinition.DeregisteredAt) + "\n", nil
}

func createCluster(r *runner, ctx context.Context) (string, error) {
	out, err := r.target.ECS.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: ptr(r.word(0))})
	if err != nil {
		return "", err
	}
	return *out.Cluster.ClusterName + " " + *out.Cluster.Status + "\n", nil
}

func deleteCluster(r *runner, ctx context.Context) (string, error) {
	out, err := r.target.ECS.DeleteCluster(ctx, &ecs.DeleteClusterInput{Cluster: ptr(r.word(0))})
	if err != nil {
		return "", err
	}
	return *out.Cluster.ClusterName + " " + *out.Cluster.Status + "\n", nil
}

func killTask(r *runner, _ context.Context) (string, error) {
	return r.yes(func(c *cloud.Cloud) bool { return c.KillTask(r.id(r.word(0))) })
}

func loseZone(r *runner, _ context.Context) (string, error) {
	return r.yes(func(c *cloud.Cloud) bool { return c.LoseZone(r.region + r.word(0)) })
}

func restoreZone(r *runner, _ context.Context) (string, error) {
	return r.yes(func(c *cloud.Cloud) bool { return c.RestoreZone(r.region + r.word(0)) })
}

// yes says no where fn found nothing to act on.
func (r *runner) yes(fn func(*cloud.Cloud) bool) (string, error) {
	var ok bool
	r.target.Do(func(c *cloud.Cloud) { ok = fn(c) })
	if !ok {
		return "no\n", nil
	}
	return r.effects(), nil
}
