package cloud

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func ecsTags(m map[string]string) []types.Tag {
	out := make([]types.Tag, 0, len(m))
	for k, v := range m {
		out = append(out, types.Tag{Key: ptr(k), Value: ptr(v)})
	}
	slices.SortFunc(out, func(a, b types.Tag) int { return cmp.Compare(*a.Key, *b.Key) })
	return out
}

func ecsTagMap(tags []types.Tag) (map[string]string, error) {
	if len(tags) > 50 {
		return nil, wrong("A resource can have at most 50 tags.")
	}
	var m map[string]string
	for _, t := range tags {
		if val(t.Key) == "" {
			return nil, wrong("A tag needs a key.")
		}
		if m == nil {
			m = make(map[string]string, len(tags))
		}
		m[*t.Key] = val(t.Value)
	}
	return m, nil
}

// tagsOf finds the tags of a cluster, service, task or task definition by its ARN.
func (e *ECS) tagsOf(arn *string) (*map[string]string, error) {
	want := val(arn)
	switch _, rest, _ := strings.Cut(want, ":"+e.c.cfg.Account+":"); {
	case strings.HasPrefix(rest, "cluster/"):
		if cl := e.c.clusters[idOf(arn)]; cl != nil && cl.arn == want {
			return &cl.tags, nil
		}
		return nil, &types.ClusterNotFoundException{Message: ptr("Cluster not found.")}
	case strings.HasPrefix(rest, "service/"):
		for _, cl := range e.c.clusters {
			if svc := cl.service(idOf(arn)); svc != nil && svc.arn == want {
				return &svc.tags, nil
			}
		}
		return nil, &types.ServiceNotFoundException{Message: ptr("Service not found.")}
	case strings.HasPrefix(rest, "task/"):
		if t := e.c.tasks[idOf(arn)]; t != nil && t.arn == want && t.last != stopped {
			return &t.tags, nil
		}
		return nil, wrong("The specified task is not found: " + want)
	case strings.HasPrefix(rest, "task-definition/"):
		if d := e.c.taskDefinition(want); d != nil {
			return &d.tags, nil
		}
	}
	return nil, wrong("The resource ARN isn't valid: " + want)
}

// ListTagsForResource has the signature of the client's method.
func (e *ECS) ListTagsForResource(ctx context.Context, in *ecs.ListTagsForResourceInput, _ ...func(*ecs.Options)) (*ecs.ListTagsForResourceOutput, error) {
	if err := e.enter(ctx, "ListTagsForResource", in); err != nil {
		return nil, err
	}
	tags, err := e.tagsOf(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return &ecs.ListTagsForResourceOutput{Tags: ecsTags(*tags)}, nil
}

// TagResource has the signature of the client's method.
func (e *ECS) TagResource(ctx context.Context, in *ecs.TagResourceInput, _ ...func(*ecs.Options)) (*ecs.TagResourceOutput, error) {
	if err := e.enter(ctx, "TagResource", in); err != nil {
		return nil, err
	}
	tags, err := e.tagsOf(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	more, err := ecsTagMap(in.Tags)
	if err != nil {
		return nil, err
	}
	if all := merged(*tags, more); len(all) <= 50 {
		*tags = all
		return &ecs.TagResourceOutput{}, nil
	}
	return nil, wrong("A resource can have at most 50 tags.")
}

// UntagResource has the signature of the client's method.
func (e *ECS) UntagResource(ctx context.Context, in *ecs.UntagResourceInput, _ ...func(*ecs.Options)) (*ecs.UntagResourceOutput, error) {
	if err := e.enter(ctx, "UntagResource", in); err != nil {
		return nil, err
	}
	tags, err := e.tagsOf(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	left := maps.Clone(*tags)
	for _, k := range in.TagKeys {
		delete(left, k)
	}
	*tags = left
	return &ecs.UntagResourceOutput{}, nil
}

// merged is both, b over a, as a map of its own.
func merged(a, b map[string]string) map[string]string {
	out := make(map[string]string, len(a)+len(b))
	maps.Copy(out, a)
	maps.Copy(out, b)
	return out
}

// taskTags are those that the service gives a task of this definition.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html
func (svc *ecsService) taskTags(def *taskDefinition) map[string]string {
	var tags map[string]string
	switch svc.in.PropagateTags {
	case types.PropagateTagsService:
		tags = merged(svc.tags, nil)
	case types.PropagateTagsTaskDefinition:
		tags = merged(def.tags, nil)
	case types.PropagateTagsNone:
	}
	if svc.in.EnableECSManagedTags {
		tags = merged(tags, map[string]string{"aws:ecs:clusterName": svc.cluster.name, "aws:ecs:serviceName": svc.name})
	}
	return tags
}
