package cloud

import (
	"cmp"
	"context"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// RunTask has the signature of the client's method: one to ten tasks that belong
// to no service and are replaced by nobody. They are in no name.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
func (e *ECS) RunTask(ctx context.Context, in *ecs.RunTaskInput, _ ...func(*ecs.Options)) (*ecs.RunTaskOutput, error) {
	if err := e.enter(ctx, "RunTask", in); err != nil {
		return nil, err
	}
	c := e.c
	cl, err := c.clusterBy(in.Cluster)
	if err != nil {
		return nil, err
	}
	def := c.taskDefinition(val(in.TaskDefinition))
	switch {
	case def == nil:
		return nil, &types.ClientException{Message: ptr("TaskDefinition not found.")}
	case !def.active():
		return nil, &types.ClientException{Message: ptr("TaskDefinition is inactive")}
	}
	count := 1
	if in.Count != nil {
		count = int(*in.Count)
	}
	if count < 1 || count > 10 {
		return nil, wrong("Count must be between 1 and 10, not " + strconv.Itoa(count) + ".")
	}
	if err := c.checkNetwork(in.NetworkConfiguration, def); err != nil {
		return nil, err
	}
	tags, err := ecsTagMap(in.Tags)
	if err != nil {
		return nil, err
	}
	if in.PropagateTags == types.PropagateTagsTaskDefinition {
		tags = merged(def.tags, tags)
	}
	out := &ecs.RunTaskOutput{Tasks: []types.Task{}, Failures: []types.Failure{}}
	counts := make([]int, len(c.zones))
	for range count {
		zone, ip, ok := c.address(counts, c.placeable(in.NetworkConfiguration), 0)
		if !ok {
			out.Failures = append(out.Failures, types.Failure{Reason: ptr("Capacity is unavailable at this time. Please try again later or in a different availability zone")})
			continue
		}
		counts[zone]++
		t := c.newTask(&c.more, cl, def, zone, ip)
		t.group, t.startedBy, t.tags, t.overrides = cmp.Or(val(in.Group), "family:"+def.family), val(in.StartedBy), tags, in.Overrides
		t.launch, t.platform = cmp.Or(in.LaunchType, types.LaunchTypeFargate), val(in.PlatformVersion)
		c.bringUp(t, c.more.between(c.cfg.Timing.StartMin, c.cfg.Timing.StartMax))
		out.Tasks = append(out.Tasks, c.describeTask(t, true))
	}
	return out, nil
}
