package cloud

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// taskDefinition is one revision. It never changes but for its tags and status.
type taskDefinition struct {
	arn, family string
	revision    int
	def         types.TaskDefinition
	tags        map[string]string
}

var familyName = regexp.MustCompile(`^[0-9a-zA-Z_-]{1,255}$`)

// RegisterTaskDefinition has the signature of the client's method.
func (e *ECS) RegisterTaskDefinition(ctx context.Context, in *ecs.RegisterTaskDefinitionInput, _ ...func(*ecs.Options)) (*ecs.RegisterTaskDefinitionOutput, error) {
	if err := e.enter(ctx, "RegisterTaskDefinition", in); err != nil {
		return nil, err
	}
	d, err := e.c.registerTaskDefinition(in)
	if err != nil {
		return nil, err
	}
	return &ecs.RegisterTaskDefinitionOutput{TaskDefinition: ptr(d.def), Tags: ecsTags(d.tags)}, nil
}

func (c *Cloud) registerTaskDefinition(in *ecs.RegisterTaskDefinitionInput) (*taskDefinition, error) {
	family := val(in.Family)
	if !familyName.MatchString(family) {
		return nil, &types.ClientException{Message: ptr("The family name isn't valid: " + family)}
	}
	if len(in.ContainerDefinitions) == 0 {
		return nil, &types.ClientException{Message: ptr("Container definitions must not be empty.")}
	}
	for _, con := range in.ContainerDefinitions {
		if val(con.Name) == "" || val(con.Image) == "" {
			return nil, &types.ClientException{Message: ptr("A container needs a name and an image.")}
		}
	}
	tags, err := ecsTagMap(in.Tags)
	if err != nil {
		return nil, err
	}
	revision := len(c.taskDefs[family]) + 1
	d := &taskDefinition{
		family: family, revision: revision, tags: tags,
		arn: c.arn("ecs", "task-definition/"+family+":"+strconv.Itoa(revision)),
	}
	d.def = types.TaskDefinition{
		TaskDefinitionArn: ptr(d.arn), Family: ptr(family), Revision: int32(revision), Status: types.TaskDefinitionStatusActive,
		RegisteredAt: ptr(c.now), ContainerDefinitions: slices.Clone(in.ContainerDefinitions),
		Cpu: in.Cpu, Memory: in.Memory, NetworkMode: in.NetworkMode, IpcMode: in.IpcMode, PidMode: in.PidMode,
		EphemeralStorage: in.EphemeralStorage, ExecutionRoleArn: in.ExecutionRoleArn, TaskRoleArn: in.TaskRoleArn,
		PlacementConstraints: in.PlacementConstraints, ProxyConfiguration: in.ProxyConfiguration,
		InferenceAccelerators: in.InferenceAccelerators, EnableFaultInjection: in.EnableFaultInjection,
		RequiresCompatibilities: in.RequiresCompatibilities, RuntimePlatform: in.RuntimePlatform,
		Volumes: in.Volumes, Compatibilities: in.RequiresCompatibilities,
	}
	c.taskDefs[family] = append(c.taskDefs[family], d)
	return d, nil
}

// taskDefinition finds one by family:revision or ARN, or by its family the
// latest that is ACTIVE.
func (c *Cloud) taskDefinition(name string) *taskDefinition {
	family, rev, given := strings.Cut(idOf(&name), ":")
	all := c.taskDefs[family]
	if !given {
		for _, d := range slices.Backward(all) {
			if d.active() {
				return d
			}
		}
		return nil
	}
	n, err := strconv.Atoi(rev)
	if err != nil || n < 1 || n > len(all) {
		return nil
	}
	return all[n-1]
}

func (d *taskDefinition) active() bool { return d.def.Status == types.TaskDefinitionStatusActive }

// DescribeTaskDefinition has the signature of the client's method.
func (e *ECS) DescribeTaskDefinition(ctx context.Context, in *ecs.DescribeTaskDefinitionInput, _ ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error) {
	if err := e.enter(ctx, "DescribeTaskDefinition", in); err != nil {
		return nil, err
	}
	d := e.c.taskDefinition(val(in.TaskDefinition))
	if d == nil {
		return nil, &types.ClientException{Message: ptr("Unable to describe task definition.")}
	}
	out := &ecs.DescribeTaskDefinitionOutput{TaskDefinition: ptr(d.def)}
	if slices.Contains(in.Include, types.TaskDefinitionFieldTags) {
		out.Tags = ecsTags(d.tags)
	}
	return out, nil
}

// checked says that a container health check decides over the task's health.
func (d *taskDefinition) checked() bool {
	return slices.ContainsFunc(d.def.ContainerDefinitions, func(con types.ContainerDefinition) bool { return con.HealthCheck != nil })
}

// stopTimeout is the longest of the containers'.
func (d *taskDefinition) stopTimeout(usual time.Duration) time.Duration {
	longest := time.Duration(0)
	for _, con := range d.def.ContainerDefinitions {
		one := usual
		if con.StopTimeout != nil {
			one = time.Duration(*con.StopTimeout) * time.Second
		}
		longest = max(longest, one)
	}
	return longest
}

// port is the one a task serves at: the registry's, else the first mapped one.
func (d *taskDefinition) port(r *types.ServiceRegistry) uint16 {
	if r != nil && r.ContainerPort != nil {
		return uint16(*r.ContainerPort)
	}
	if r != nil && r.Port != nil {
		return uint16(*r.Port)
	}
	for _, con := range d.def.ContainerDefinitions {
		for _, p := range con.PortMappings {
			if p.ContainerPort != nil {
				return uint16(*p.ContainerPort)
			}
		}
	}
	return 0
}
