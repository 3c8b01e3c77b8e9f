package read

import (
	"context"
	"fmt"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/tranship/tranship/internal/inventory"
	"github.com/tranship/tranship/internal/names"
)

// valuesAtOnce is how many values a filter of EC2 takes.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
const valuesAtOnce = 200

// distinct collects from all services, sorted, each once.
func (r *run) distinct(of func(inventory.Service) []string) []string {
	var all []string
	for _, s := range r.s.Services {
		all = append(all, of(s)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// errNone says that something that a service names is not there.
func errNone(what string) error {
	return fmt.Errorf("%w: a service names the %s, and this account and region have none such", names.ErrNotFound, what)
}

// targetGroups reads the groups that services register in, and their balancers. The
// list of all costs less than a call for each, and one that is missing spoils it not.
func (r *run) targetGroups(ctx context.Context) {
	wanted := r.distinct(func(s inventory.Service) []string { return s.TargetGroups })
	if len(wanted) == 0 {
		return
	}
	told := r.progress(partTargetGroups, len(wanted))
	defer told.end()
	found, balancers := map[string]bool{}, map[string]bool{}
	err := paged(func(marker *string) (*string, error) {
		out, err := call(ctx, r.calls, forELB, "DescribeTargetGroups", "the target groups", r.api.Balancers.DescribeTargetGroups,
			&elb.DescribeTargetGroupsInput{Marker: marker})
		if err != nil {
			return nil, err
		}
		for _, g := range out.TargetGroups {
			arn := sdk.ToString(g.TargetGroupArn)
			if _, asked := slices.BinarySearch(wanted, arn); !asked {
				continue
			}
			doc, err := document(g, upper)
			if err != nil {
				return nil, err
			}
			found[arn] = true
			for _, b := range g.LoadBalancerArns {
				balancers[b] = true
			}
			r.add(func(s *inventory.Snapshot) { s.TargetGroups = append(s.TargetGroups, targetGroup(r.place, g, doc)) })
			told.more(1, 0)
		}
		return out.NextMarker, nil
	})
	r.unknown(ctx, partTargetGroups, "", err)
	for _, arn := range wanted {
		if err == nil && !found[arn] {
			r.unknown(ctx, partTargetGroups, arn, errNone("target group "+arn))
		}
	}
	r.loadBalancers(ctx, balancers)
}

func targetGroup(p inventory.Place, g elbtypes.TargetGroup, doc inventory.Document) inventory.TargetGroup {
	return inventory.TargetGroup{
		Place: p, ARN: sdk.ToString(g.TargetGroupArn), Name: sdk.ToString(g.TargetGroupName), Type: string(g.TargetType),
		Protocol: string(g.Protocol), Port: int(sdk.ToInt32(g.Port)), VPC: sdk.ToString(g.VpcId), LoadBalancers: slices.Clone(g.LoadBalancerArns),
		Document: doc,
	}
}

// loadBalancers reads those that send to the target groups.
func (r *run) loadBalancers(ctx context.Context, wanted map[string]bool) {
	if len(wanted) == 0 {
		return
	}
	told := r.progress(partLoadBalancers, len(wanted))
	defer told.end()
	err := paged(func(marker *string) (*string, error) {
		out, err := call(ctx, r.calls, forELB, "DescribeLoadBalancers", "the load balancers", r.api.Balancers.DescribeLoadBalancers,
			&elb.DescribeLoadBalancersInput{Marker: marker})
		if err != nil {
			return nil, err
		}
		for _, b := range out.LoadBalancers {
			if !wanted[sdk.ToString(b.LoadBalancerArn)] {
				continue
			}
			doc, err := document(b, upper)
			if err != nil {
				return nil, err
			}
			r.add(func(s *inventory.Snapshot) {
				s.LoadBalancers = append(s.LoadBalancers, inventory.LoadBalancer{
					Place: r.place, ARN: sdk.ToString(b.LoadBalancerArn), Name: sdk.ToString(b.LoadBalancerName), Type: string(b.Type),
					Scheme: string(b.Scheme), DNSName: sdk.ToString(b.DNSName), VPC: sdk.ToString(b.VpcId), Document: doc,
				})
			})
			told.more(1, 0)
		}
		return out.NextMarker, nil
	})
	r.unknown(ctx, partLoadBalancers, "", err)
}

// byID asks EC2 for things by id, in a filter: what is not there is left out of the
// answer, where asking for it by id would fail the call.
func (r *run) byID(ctx context.Context, part, operation, filter string, ids []string,
	ask func(filters []types.Filter, token *string) (found []string, next *string, err error),
) {
	if len(ids) == 0 {
		return
	}
	told := r.progress(part, len(ids))
	defer told.end()
	for some := range slices.Chunk(ids, valuesAtOnce) {
		found := map[string]bool{}
		err := paged(func(token *string) (*string, error) {
			got, next, err := ask([]types.Filter{{Name: &filter, Values: some}}, token)
			for _, id := range got {
				found[id] = true
			}
			told.more(len(got), 0)
			return next, err
		})
		if err != nil {
			r.unknown(ctx, part, "", err)
			continue
		}
		for _, id := range some {
			if !found[id] {
				r.unknown(ctx, part, id, fmt.Errorf("%s: %w", operation, errNone(id)))
			}
		}
	}
}

// securityGroups reads those of the services' tasks.
func (r *run) securityGroups(ctx context.Context) {
	const operation = "DescribeSecurityGroups"
	ids := r.distinct(func(s inventory.Service) []string { return s.SecurityGroups })
	r.byID(ctx, partSecurityGroups, operation, "group-id", ids, func(filters []types.Filter, token *string) (found []string, _ *string, _ error) {
		out, err := call(ctx, r.calls, forEC2, operation, "the security groups", r.api.Network.DescribeSecurityGroups,
			&ec2.DescribeSecurityGroupsInput{Filters: filters, NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		for _, g := range out.SecurityGroups {
			doc, err := document(g, upper)
			if err != nil {
				return nil, nil, err
			}
			found = append(found, sdk.ToString(g.GroupId))
			r.add(func(s *inventory.Snapshot) {
				s.SecurityGroups = append(s.SecurityGroups, inventory.SecurityGroup{
					Place: r.place, ID: sdk.ToString(g.GroupId), Name: sdk.ToString(g.GroupName), VPC: sdk.ToString(g.VpcId), Document: doc,
				})
			})
		}
		return found, out.NextToken, nil
	})
}

// subnets reads those of the services' tasks.
func (r *run) subnets(ctx context.Context) {
	const operation = "DescribeSubnets"
	ids := r.distinct(func(s inventory.Service) []string { return s.Subnets })
	r.byID(ctx, partSubnets, operation, "subnet-id", ids, func(filters []types.Filter, token *string) (found []string, _ *string, _ error) {
		out, err := call(ctx, r.calls, forEC2, operation, "the subnets", r.api.Network.DescribeSubnets,
			&ec2.DescribeSubnetsInput{Filters: filters, NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		for _, n := range out.Subnets {
			found = append(found, sdk.ToString(n.SubnetId))
			r.add(func(s *inventory.Snapshot) {
				s.Subnets = append(s.Subnets, inventory.Subnet{
					Place: r.place, ID: sdk.ToString(n.SubnetId), VPC: sdk.ToString(n.VpcId),
					AvailabilityZone: sdk.ToString(n.AvailabilityZone), CIDR: sdk.ToString(n.CidrBlock),
				})
			})
		}
		return found, out.NextToken, nil
	})
}
