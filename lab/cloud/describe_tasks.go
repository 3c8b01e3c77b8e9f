package cloud

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// ListTasks has the signature of the client's method. Without DesiredStatus it
// lists the tasks that are meant to run.
func (e *ECS) ListTasks(ctx context.Context, in *ecs.ListTasksInput, _ ...func(*ecs.Options)) (*ecs.ListTasksOutput, error) {
	if err := e.enter(ctx, "ListTasks", in); err != nil {
		return nil, err
	}
	cl, err := e.c.clusterBy(in.Cluster)
	if err != nil {
		return nil, err
	}
	want := running
	if in.DesiredStatus != "" {
		want = string(in.DesiredStatus)
	}
	var arns []string
	list := func(t *task) {
		if t.cluster == cl && t.desired == want && in.ContainerInstance == nil && (in.Family == nil || *in.Family == t.def.family) &&
			(in.LaunchType == "" || in.LaunchType == t.launch) && (in.StartedBy == nil || *in.StartedBy == t.startedBy) {
			arns = append(arns, t.arn)
		}
	}
	if in.ServiceName != nil {
		svc := cl.service(idOf(in.ServiceName))
		if svc == nil {
			return nil, &types.ServiceNotFoundException{Message: ptr("Service not found.")}
		}
		if want == running {
			for _, t := range svc.tasks {
				list(t)
			}
		} else {
			e.c.forgetStopped()
			for _, t := range e.c.taskOrder {
				if t.svc == svc {
					list(t)
				}
			}
		}
	} else {
		e.c.forgetStopped()
		for _, t := range e.c.taskOrder {
			list(t)
		}
	}
	arns, token, err := ecsPage(arns, 100, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &ecs.ListTasksOutput{TaskArns: arns, NextToken: token}, nil
}

// DescribeTasks has the signature of the client's method: at most a hundred.
// Stopped tasks can be described for Timing.Keep.
func (e *ECS) DescribeTasks(ctx context.Context, in *ecs.DescribeTasksInput, _ ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error) {
	if err := e.enter(ctx, "DescribeTasks", in); err != nil {
		return nil, err
	}
	cl, err := e.c.clusterBy(in.Cluster)
	if err != nil {
		return nil, err
	}
	if n := len(in.Tasks); n < 1 || n > 100 {
		return nil, wrong("Tasks must have 1 to 100 entries, not " + strconv.Itoa(n) + ".")
	}
	e.c.forgetStopped()
	out := &ecs.DescribeTasksOutput{Tasks: make([]types.Task, 0, len(in.Tasks)), Failures: []types.Failure{}}
	for _, name := range in.Tasks {
		t := e.c.tasks[idOf(&name)]
		if t == nil || t.cluster != cl {
			out.Failures = append(out.Failures, types.Failure{Arn: ptr(e.c.arn("ecs", "task/"+cl.name+"/"+idOf(&name))), Reason: ptr("MISSING")})
			continue
		}
		out.Tasks = append(out.Tasks, e.c.describeTask(t, slices.Contains(in.Include, types.TaskFieldTags)))
	}
	return out, nil
}

// StopTask has the signature of the client's method. The service starts another.
func (e *ECS) StopTask(ctx context.Context, in *ecs.StopTaskInput, _ ...func(*ecs.Options)) (*ecs.StopTaskOutput, error) {
	if err := e.enter(ctx, "StopTask", in); err != nil {
		return nil, err
	}
	cl, err := e.c.clusterBy(in.Cluster)
	if err != nil {
		return nil, err
	}
	t := e.c.tasks[idOf(in.Task)]
	if t == nil || t.cluster != cl {
		return nil, wrong("The referenced task was not found.")
	}
	reason := val(in.Reason)
	if reason == "" {
		reason = "Task stopped by user"
	}
	e.c.stop(t, types.TaskStopCodeUserInitiated, reason)
	e.c.kick(t.svc)
	return &ecs.StopTaskOutput{Task: ptr(e.c.describeTask(t, true))}, nil
}

func (c *Cloud) describeTask(t *task, tags bool) types.Task {
	zone := c.zones[t.zone].zone
	kv := func(k, v string) types.KeyValuePair { return types.KeyValuePair{Name: ptr(k), Value: ptr(v)} }
	attachment := types.Attachment{
		Id: ptr(t.attachment()), Type: ptr("ElasticNetworkInterface"), Status: ptr("ATTACHED"),
		Details: []types.KeyValuePair{
			kv("subnetId", zone.Subnet), kv("networkInterfaceId", t.eni), kv("macAddress", macAddress(t.ip)),
			kv("privateDnsName", c.hostName(t.ip)), kv("privateIPv4Address", t.ip.String()),
		},
	}
	switch t.last {
	case provisioning:
		attachment.Status = ptr("PRECREATED")
	case deprovisioning, stopped:
		attachment.Status = ptr("DELETED")
	}
	out := types.Task{
		TaskArn: ptr(t.arn), ClusterArn: ptr(t.cluster.arn), TaskDefinitionArn: ptr(t.def.arn), Group: ptr(t.group),
		LastStatus: ptr(t.last), DesiredStatus: ptr(t.desired), HealthStatus: t.health, AvailabilityZone: ptr(zone.Name),
		LaunchType: t.launch, CreatedAt: ptr(t.created), Overrides: t.overrides,
		Cpu: t.def.def.Cpu, Memory: t.def.def.Memory, Attachments: []types.Attachment{attachment},
		Connectivity: types.ConnectivityConnected, Version: 1, Tags: []types.Tag{},
	}
	if t.startedBy != "" {
		out.StartedBy = ptr(t.startedBy)
	}
	if t.platform != "" {
		out.PlatformVersion = ptr(t.platform)
	}
	if tags {
		out.Tags = ecsTags(t.tags)
	}
	for to, at := range map[**time.Time]time.Time{
		&out.ConnectivityAt: t.pulled, &out.PullStartedAt: t.pulled, &out.PullStoppedAt: t.activated,
		&out.StartedAt: t.started, &out.ExecutionStoppedAt: t.over,
	} {
		if !at.IsZero() {
			*to = ptr(at)
		}
	}
	if !t.live() {
		out.StoppingAt, out.StoppedReason, out.StopCode = ptr(t.stopAsked), ptr(t.reason), t.code
	}
	if !t.ended.IsZero() {
		out.StoppedAt = ptr(t.ended)
	}
	for _, con := range t.def.def.ContainerDefinitions {
		one := types.Container{
			Name: con.Name, Image: con.Image, TaskArn: ptr(t.arn), HealthStatus: types.HealthStatusUnknown, LastStatus: ptr(pending),
			ContainerArn:      ptr(c.arn("ecs", "container/"+t.cluster.name+"/"+t.id+"/"+val(con.Name))),
			RuntimeId:         ptr(t.id + "-" + val(con.Name)),
			NetworkInterfaces: []types.NetworkInterface{{AttachmentId: attachment.Id, PrivateIpv4Address: ptr(t.ip.String())}},
		}
		if con.HealthCheck != nil {
			one.HealthStatus = t.health
		}
		switch {
		case t.exited || !t.launched && slices.Contains([]string{deprovisioning, stopped}, t.last):
			one.LastStatus = ptr(stopped)
			if t.exited {
				one.ExitCode = ptr(t.exitCode)
			}
		case t.launched:
			one.LastStatus = ptr(running)
		}
		out.Containers = append(out.Containers, one)
	}
	return out
}
