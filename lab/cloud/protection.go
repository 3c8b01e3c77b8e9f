package cloud

import (
	"context"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// protected says that scale-in and deployments must leave the task.
func (c *Cloud) protected(t *task) bool { return c.now.Before(t.protectedUntil) }

// UpdateTaskProtection has the signature of the client's method: at most ten
// tasks, for one minute to two days, two hours where nothing is said.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateTaskProtection.html
func (e *ECS) UpdateTaskProtection(ctx context.Context, in *ecs.UpdateTaskProtectionInput, _ ...func(*ecs.Options)) (*ecs.UpdateTaskProtectionOutput, error) {
	if err := e.enter(ctx, "UpdateTaskProtection", in); err != nil {
		return nil, err
	}
	cl, err := e.c.clusterBy(in.Cluster)
	if err != nil {
		return nil, err
	}
	if n := len(in.Tasks); n < 1 || n > 10 {
		return nil, wrong("Tasks must have 1 to 10 entries, not " + strconv.Itoa(n) + ".")
	}
	minutes := int32(120)
	if in.ExpiresInMinutes != nil {
		minutes = *in.ExpiresInMinutes
	}
	if minutes < 1 || minutes > 2880 {
		return nil, wrong("expiresInMinutes must be between 1 and 2880, not " + strconv.Itoa(int(minutes)) + ".")
	}
	out := &ecs.UpdateTaskProtectionOutput{ProtectedTasks: []types.ProtectedTask{}, Failures: []types.Failure{}}
	for _, name := range in.Tasks {
		t, fail := e.protectable(cl, name)
		if fail == nil && in.ProtectionEnabled && t.deployment != t.svc.deployments[0] && t.svc.blocked {
			fail = &types.Failure{Arn: ptr(t.arn), Reason: ptr("DEPLOYMENT_BLOCKED"), Detail: ptr("Protected tasks keep the service's deployment from a steady state.")}
		}
		if fail != nil {
			out.Failures = append(out.Failures, *fail)
			continue
		}
		t.protectedUntil = time.Time{}
		if in.ProtectionEnabled {
			t.protectedUntil = e.c.now.Add(time.Duration(minutes) * time.Minute)
			e.c.after(time.Duration(minutes)*time.Minute, func() { e.c.kick(t.svc) })
		}
		e.c.kick(t.svc)
		out.ProtectedTasks = append(out.ProtectedTasks, e.c.protection(t))
	}
	return out, nil
}

// GetTaskProtection has the signature of the client's method. Without tasks it
// is about all of the cluster's services.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_GetTaskProtection.html
func (e *ECS) GetTaskProtection(ctx context.Context, in *ecs.GetTaskProtectionInput, _ ...func(*ecs.Options)) (*ecs.GetTaskProtectionOutput, error) {
	if err := e.enter(ctx, "GetTaskProtection", in); err != nil {
		return nil, err
	}
	cl, err := e.c.clusterBy(in.Cluster)
	if err != nil {
		return nil, err
	}
	if n := len(in.Tasks); n > 100 {
		return nil, wrong("Tasks must have at most 100 entries, not " + strconv.Itoa(n) + ".")
	}
	out := &ecs.GetTaskProtectionOutput{ProtectedTasks: []types.ProtectedTask{}, Failures: []types.Failure{}}
	if len(in.Tasks) == 0 {
		for _, svc := range cl.services {
			for _, t := range svc.tasks {
				if t.live() {
					out.ProtectedTasks = append(out.ProtectedTasks, e.c.protection(t))
				}
			}
		}
		return out, nil
	}
	for _, name := range in.Tasks {
		t, fail := e.protectable(cl, name)
		if fail != nil {
			out.Failures = append(out.Failures, *fail)
			continue
		}
		out.ProtectedTasks = append(out.ProtectedTasks, e.c.protection(t))
	}
	return out, nil
}

// protectable finds a task that can be protected: a service's, meant to run.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
func (e *ECS) protectable(cl *cluster, name string) (*task, *types.Failure) {
	t := e.c.tasks[idOf(&name)]
	switch {
	case t == nil || t.cluster != cl:
		return nil, &types.Failure{Arn: ptr(e.c.arn("ecs", "task/"+cl.name+"/"+idOf(&name))), Reason: ptr("MISSING")}
	case t.svc == nil:
		return nil, &types.Failure{Arn: ptr(t.arn), Reason: ptr("TASK_NOT_VALID"), Detail: ptr("The task doesn't belong to a service.")}
	case !t.live():
		return nil, &types.Failure{Arn: ptr(t.arn), Reason: ptr("TASK_NOT_VALID"), Detail: ptr("The task is " + t.last + ".")}
	}
	return t, nil
}

func (c *Cloud) protection(t *task) types.ProtectedTask {
	p := types.ProtectedTask{TaskArn: ptr(t.arn), ProtectionEnabled: c.protected(t)}
	if p.ProtectionEnabled {
		p.ExpirationDate = ptr(t.protectedUntil)
	}
	return p
}
