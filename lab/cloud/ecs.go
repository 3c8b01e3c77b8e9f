package cloud

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// ECS has the methods of ecs.Client.
type ECS struct{ c *Cloud }

// cluster is an ECS cluster.
type cluster struct {
	name, arn string
	created   time.Time
	tags      map[string]string
	services  []*ecsService // sorted by name; INACTIVE ones stay
}

func wrong(message string) error { return &types.InvalidParameterException{Message: ptr(message)} }

func (c *Cloud) clusterBy(p *string) (*cluster, error) {
	name := cmp.Or(idOf(p), "default")
	if cl := c.clusters[name]; cl != nil {
		return cl, nil
	}
	return nil, &types.ClusterNotFoundException{Message: ptr("Cluster not found.")}
}

func (cl *cluster) service(name string) *ecsService {
	i, ok := slices.BinarySearchFunc(cl.services, name, func(s *ecsService, n string) int { return cmp.Compare(s.name, n) })
	if !ok {
		return nil
	}
	return cl.services[i]
}

// ecsPage is page with ECS's kind of error.
func ecsPage(arns []string, most, usual int, size *int32, token *string) ([]string, *string, error) {
	if size == nil {
		size = ptr(int32(usual))
	}
	if *size < 1 || int(*size) > most {
		return nil, nil, wrong("MaxResults is out of bounds.")
	}
	slices.Sort(arns)
	arns, next, err := page(arns, func(s string) string { return s }, most, size, token)
	if err != nil {
		return nil, nil, wrong(err.Error())
	}
	if arns == nil {
		arns = []string{}
	}
	return arns, next, nil
}

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

// CreateCluster has the signature of the client's method. A cluster that is
// there already is returned.
func (e *ECS) CreateCluster(ctx context.Context, in *ecs.CreateClusterInput, _ ...func(*ecs.Options)) (*ecs.CreateClusterOutput, error) {
	if err := e.enter(ctx, "CreateCluster", in); err != nil {
		return nil, err
	}
	tags, err := ecsTagMap(in.Tags)
	if err != nil {
		return nil, err
	}
	cl := e.c.createCluster(cmp.Or(val(in.ClusterName), "default"), tags)
	return &ecs.CreateClusterOutput{Cluster: e.c.describeCluster(cl, true)}, nil
}

func (c *Cloud) createCluster(name string, tags map[string]string) *cluster {
	cl := c.clusters[name]
	if cl == nil {
		cl = &cluster{name: name, arn: c.arn("ecs", "cluster/"+name), created: c.now, tags: tags}
		c.clusters[name] = cl
	}
	return cl
}

func (c *Cloud) describeCluster(cl *cluster, tags bool) *types.Cluster {
	out := &types.Cluster{
		ClusterArn: ptr(cl.arn), ClusterName: ptr(cl.name), Status: ptr("ACTIVE"),
		CapacityProviders: []string{}, DefaultCapacityProviderStrategy: []types.CapacityProviderStrategyItem{},
		Settings: []types.ClusterSetting{}, Statistics: []types.KeyValuePair{}, Tags: []types.Tag{},
	}
	for _, svc := range cl.services {
		if svc.status == "INACTIVE" {
			continue
		}
		out.ActiveServicesCount++
		for _, t := range svc.tasks {
			switch t.last {
			case running:
				out.RunningTasksCount++
			case provisioning, pending, activating:
				out.PendingTasksCount++
			}
		}
	}
	if tags {
		out.Tags = ecsTags(cl.tags)
	}
	return out
}

// ListClusters has the signature of the client's method.
func (e *ECS) ListClusters(ctx context.Context, in *ecs.ListClustersInput, _ ...func(*ecs.Options)) (*ecs.ListClustersOutput, error) {
	if err := e.enter(ctx, "ListClusters", in); err != nil {
		return nil, err
	}
	arns := make([]string, 0, len(e.c.clusters))
	for _, cl := range e.c.clusters {
		arns = append(arns, cl.arn)
	}
	arns, token, err := ecsPage(arns, 100, 100, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &ecs.ListClustersOutput{ClusterArns: arns, NextToken: token}, nil
}

// DescribeClusters has the signature of the client's method.
func (e *ECS) DescribeClusters(ctx context.Context, in *ecs.DescribeClustersInput, _ ...func(*ecs.Options)) (*ecs.DescribeClustersOutput, error) {
	if err := e.enter(ctx, "DescribeClusters", in); err != nil {
		return nil, err
	}
	names := in.Clusters
	if len(names) == 0 {
		names = []string{"default"}
	}
	out := &ecs.DescribeClustersOutput{Clusters: []types.Cluster{}, Failures: []types.Failure{}}
	for _, name := range names {
		cl := e.c.clusters[idOf(&name)]
		if cl == nil {
			out.Failures = append(out.Failures, types.Failure{Arn: ptr(e.c.arn("ecs", "cluster/"+idOf(&name))), Reason: ptr("MISSING")})
			continue
		}
		out.Clusters = append(out.Clusters, *e.c.describeCluster(cl, slices.Contains(in.Include, types.ClusterFieldTags)))
	}
	return out, nil
}

// tagsOf finds the tags of a cluster, service or task definition by its ARN.
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
	if *tags == nil {
		*tags = map[string]string{}
	}
	for k, v := range more {
		(*tags)[k] = v
	}
	return &ecs.TagResourceOutput{}, nil
}
