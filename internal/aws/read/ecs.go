package read

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/inventory"
	"github.com/tranship/tranship/internal/names"
)

// How many ECS describes in one call.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeClusters.html
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
const (
	clustersAtOnce = 100
	servicesAtOnce = 10
)

// clusters reads the clusters that are wanted. It is the first to ask: false says
// that nothing can be asked in this account at all.
func (r *run) clusters(ctx context.Context) bool {
	told := r.progress(partClusters, 0)
	defer told.end()
	wanted := slices.Clone(r.o.Clusters)
	if len(wanted) == 0 {
		err := paged(func(token *string) (*string, error) {
			out, err := call(ctx, r.calls, forECS, "ListClusters", "the ECS clusters", r.api.ECS.ListClusters,
				&ecs.ListClustersInput{NextToken: token})
			if err != nil {
				return nil, err
			}
			wanted = append(wanted, out.ClusterArns...)
			return out.NextToken, nil
		})
		if !r.reachable(ctx, err) {
			return false
		}
		r.unknown(ctx, partClusters, "", err)
	}
	for some := range slices.Chunk(wanted, clustersAtOnce) {
		out, err := call(ctx, r.calls, forECS, "DescribeClusters", "the ECS clusters", r.api.ECS.DescribeClusters, &ecs.DescribeClustersInput{
			Clusters: some, Include: []types.ClusterField{
				types.ClusterFieldAttachments, types.ClusterFieldConfigurations, types.ClusterFieldSettings, types.ClusterFieldTags,
			},
		})
		if !r.reachable(ctx, err) {
			return false
		}
		if err != nil {
			r.unknown(ctx, partClusters, "", err)
			for _, c := range some { // its services may be readable all the same
				r.add(func(s *inventory.Snapshot) {
					s.Clusters = append(s.Clusters, inventory.Cluster{Place: r.place, Name: last(c), Document: inventory.Document("{}")})
				})
			}
			continue
		}
		told.more(len(out.Clusters), len(out.Clusters))
		for _, c := range out.Clusters {
			if sdk.ToString(c.Status) == "INACTIVE" {
				continue // deleted
			}
			doc, err := document(c, lower)
			if err != nil {
				r.unknown(ctx, partClusters, sdk.ToString(c.ClusterName), err)
				continue
			}
			r.add(func(s *inventory.Snapshot) {
				s.Clusters = append(s.Clusters, inventory.Cluster{
					Place: r.place, Name: sdk.ToString(c.ClusterName), ARN: sdk.ToString(c.ClusterArn), Document: doc,
				})
			})
		}
	}
	return true
}

// reachable says that it is not the credentials of the account that failed. One
// line about those says all.
func (r *run) reachable(ctx context.Context, err error) bool {
	role := (*aws.RoleError)(nil)
	if !errors.As(err, &role) && !errors.Is(err, aws.ErrCredentials) {
		return true
	}
	r.unknown(ctx, partAccount, "", err)
	return false
}

// services reads the services of all clusters.
func (r *run) services(ctx context.Context) {
	told := r.progress(partServices, 0)
	defer told.end()
	each(ctx, len(r.s.Clusters), func(i int) {
		cluster := r.s.Clusters[i].Name
		var arns []string
		err := paged(func(token *string) (*string, error) {
			out, err := call(ctx, r.calls, forECS, "ListServices", "ECS cluster "+cluster, r.api.ECS.ListServices,
				&ecs.ListServicesInput{Cluster: &cluster, MaxResults: sdk.Int32(100), NextToken: token})
			if err != nil {
				return nil, err
			}
			arns = append(arns, out.ServiceArns...)
			return out.NextToken, nil
		})
		r.unknown(ctx, partServices, cluster, err)
		told.more(0, len(arns))
		batches := slices.Collect(slices.Chunk(arns, servicesAtOnce))
		each(ctx, len(batches), func(b int) {
			r.describe(ctx, cluster, batches[b])
			told.more(len(batches[b]), 0)
		})
	})
}

// describe reads some services of a cluster. One that was deleted since it was
// listed is not there.
func (r *run) describe(ctx context.Context, cluster string, arns []string) {
	out, err := call(ctx, r.calls, forECS, "DescribeServices", fmt.Sprintf("%d services of the ECS cluster %s", len(arns), cluster),
		r.api.ECS.DescribeServices, &ecs.DescribeServicesInput{
			Cluster: &cluster, Services: arns, Include: []types.ServiceField{types.ServiceFieldTags},
		})
	if err != nil {
		for _, a := range arns {
			r.unknown(ctx, partServices, cluster+"/"+last(a), err)
		}
		return
	}
	for _, f := range out.Failures {
		if why := sdk.ToString(f.Reason); why != "MISSING" {
			r.unknown(ctx, partServices, cluster+"/"+last(sdk.ToString(f.Arn)), fmt.Errorf("DescribeServices: %s %s", why, sdk.ToString(f.Detail)))
		}
	}
	for i := range out.Services {
		svc, err := serviceOf(r.place, cluster, out.Services[i])
		if err != nil {
			r.unknown(ctx, partServices, cluster+"/"+sdk.ToString(out.Services[i].ServiceName), err)
			continue
		}
		r.add(func(s *inventory.Snapshot) { s.Services = append(s.Services, svc) })
	}
}

// taskDefinitions reads each revision that a service runs, once.
func (r *run) taskDefinitions(ctx context.Context) {
	var arns []string
	for _, s := range r.s.Services {
		if s.TaskDefinition != "" {
			arns = append(arns, s.TaskDefinition)
		}
	}
	slices.Sort(arns)
	arns = slices.Compact(arns)
	told := r.progress(partTaskDefinitions, len(arns))
	defer told.end()
	each(ctx, len(arns), func(i int) {
		td, err := r.taskDefinition(ctx, arns[i])
		r.unknown(ctx, partTaskDefinitions, last(arns[i]), err)
		if err == nil {
			r.add(func(s *inventory.Snapshot) { s.TaskDefinitions = append(s.TaskDefinitions, td) })
		}
		told.more(1, 0)
	})
}

func (r *run) taskDefinition(ctx context.Context, arn string) (inventory.TaskDefinition, error) {
	out, err := call(ctx, r.calls, forECS, "DescribeTaskDefinition", "task definition "+last(arn), r.api.ECS.DescribeTaskDefinition,
		&ecs.DescribeTaskDefinitionInput{TaskDefinition: &arn, Include: []types.TaskDefinitionField{types.TaskDefinitionFieldTags}})
	if err != nil {
		return inventory.TaskDefinition{}, err
	}
	td := out.TaskDefinition
	if td == nil {
		return inventory.TaskDefinition{}, fmt.Errorf("%w: task definition %s: AWS answered without one", names.ErrInvalid, last(arn))
	}
	// AWS answers with the tags beside it.
	doc, err := document(struct {
		types.TaskDefinition
		Tags []types.Tag
	}{*td, out.Tags}, lower)
	if err != nil {
		return inventory.TaskDefinition{}, err
	}
	return inventory.TaskDefinition{
		Place: r.place, ARN: cmp.Or(sdk.ToString(td.TaskDefinitionArn), arn), Family: sdk.ToString(td.Family), Revision: int(td.Revision),
		Status: string(td.Status), Document: doc,
	}, nil
}
