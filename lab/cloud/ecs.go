package cloud

import (
	"cmp"
	"context"
	"slices"
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

// ecsPage is page with ECS's kind of error; usual is how many come unasked.
func ecsPage(arns []string, usual int, size *int32, token *string) ([]string, *string, error) {
	const most = 100
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
	}
	for _, t := range c.taskOrder {
		if t.cluster == cl {
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
	arns, token, err := ecsPage(arns, 100, in.MaxResults, in.NextToken)
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

// DeleteCluster has the signature of the client's method: neither services nor
// tasks may be left in it.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html
func (e *ECS) DeleteCluster(ctx context.Context, in *ecs.DeleteClusterInput, _ ...func(*ecs.Options)) (*ecs.DeleteClusterOutput, error) {
	if err := e.enter(ctx, "DeleteCluster", in); err != nil {
		return nil, err
	}
	cl, err := e.c.clusterBy(in.Cluster)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(cl.services, func(s *ecsService) bool { return s.status != "INACTIVE" }) {
		return nil, &types.ClusterContainsServicesException{Message: ptr("The Cluster cannot be deleted while Services are active.")}
	}
	if slices.ContainsFunc(e.c.taskOrder, func(t *task) bool { return t.cluster == cl && t.last != stopped }) {
		return nil, &types.ClusterContainsTasksException{Message: ptr("The Cluster cannot be deleted while Tasks are active.")}
	}
	delete(e.c.clusters, cl.name)
	out := e.c.describeCluster(cl, true)
	out.Status = ptr("INACTIVE")
	return &ecs.DeleteClusterOutput{Cluster: out}, nil
}
