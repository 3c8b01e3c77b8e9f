package read

import (
	"cmp"
	"context"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	aas "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"

	"github.com/tranship/tranship/internal/inventory"
)

// named is a document and what it is sorted by.
type named struct {
	name string
	doc  inventory.Document
}

// scaling reads what Application Auto Scaling does with the desired counts of all
// ECS services: three lists, whatever their number.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalableTargets.html
func (r *run) scaling(ctx context.Context) {
	if len(r.s.Services) == 0 {
		return
	}
	told := r.progress(partScaling, 0)
	defer told.end()
	found := map[string]*inventory.Scaling{} // by resource id
	policies, scheduled := map[string][]named{}, map[string][]named{}
	err := paged(func(token *string) (*string, error) {
		out, err := call(ctx, r.calls, forScaling, "DescribeScalableTargets", "the ECS services", r.api.Scaling.DescribeScalableTargets,
			&aas.DescribeScalableTargetsInput{ServiceNamespace: types.ServiceNamespaceEcs, NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, t := range out.ScalableTargets {
			doc, err := document(t, upper)
			if err != nil {
				return nil, err
			}
			found[sdk.ToString(t.ResourceId)] = &inventory.Scaling{Target: doc}
			told.more(1, 1)
		}
		return out.NextToken, nil
	})
	if err != nil {
		r.unknown(ctx, partScaling, "", err)
		return
	}
	if len(found) == 0 {
		return
	}
	err = paged(func(token *string) (*string, error) {
		out, err := call(ctx, r.calls, forScaling, "DescribeScalingPolicies", "the ECS services", r.api.Scaling.DescribeScalingPolicies,
			&aas.DescribeScalingPoliciesInput{ServiceNamespace: types.ServiceNamespaceEcs, NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, p := range out.ScalingPolicies {
			if err := keep(policies, p.ResourceId, p.PolicyName, p); err != nil {
				return nil, err
			}
		}
		return out.NextToken, nil
	})
	r.unknown(ctx, partScaling, "policies", err)
	err = paged(func(token *string) (*string, error) {
		out, err := call(ctx, r.calls, forScaling, "DescribeScheduledActions", "the ECS services", r.api.Scaling.DescribeScheduledActions,
			&aas.DescribeScheduledActionsInput{ServiceNamespace: types.ServiceNamespaceEcs, NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, a := range out.ScheduledActions {
			if err := keep(scheduled, a.ResourceId, a.ScheduledActionName, a); err != nil {
				return nil, err
			}
		}
		return out.NextToken, nil
	})
	r.unknown(ctx, partScaling, "scheduled actions", err)
	for id, s := range found {
		s.Policies, s.Scheduled = byName(policies[id]), byName(scheduled[id])
	}
	for i := range r.s.Services {
		v := &r.s.Services[i]
		v.Scaling = found["service/"+v.Cluster+"/"+v.Name]
	}
}

// keep notes a document under the resource that it is of.
func keep(all map[string][]named, resource, name *string, v any) error {
	doc, err := document(v, upper)
	if err != nil {
		return err
	}
	id := sdk.ToString(resource)
	all[id] = append(all[id], named{sdk.ToString(name), doc})
	return nil
}

// byName are the documents in the order of their names.
func byName(all []named) []inventory.Document {
	slices.SortStableFunc(all, func(a, b named) int { return cmp.Compare(a.name, b.name) })
	out := make([]inventory.Document, 0, len(all))
	for _, n := range all {
		out = append(out, n.doc)
	}
	return out
}
