package cloud

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	aas "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
)

// policy is a scaling policy of a target.
type policy struct {
	name, arn string
	kind      types.PolicyType
	created   time.Time
	tracking  *types.TargetTrackingScalingPolicyConfiguration
	step      *types.StepScalingPolicyConfiguration
	predict   *types.PredictiveScalingPolicyConfiguration
	// high and low are the alarms of a target tracking policy: how many of the
	// last looks were beyond it, without a break.
	high, low alarm
}

// alarm is one of the two CloudWatch alarms that target tracking makes.
type alarm struct {
	name     string
	breaches int
}

func (t *scalable) policy(name string) (int, bool) {
	return slices.BinarySearchFunc(t.policies, name, func(p *policy, n string) int { return cmp.Compare(p.name, n) })
}

func (p *policy) alarms(c *Cloud) []types.Alarm {
	out := []types.Alarm{}
	for _, a := range []alarm{p.high, p.low} {
		if a.name != "" {
			out = append(out, types.Alarm{AlarmName: ptr(a.name), AlarmARN: ptr(c.arn("cloudwatch", "alarm:"+a.name))})
		}
	}
	return out
}

// PutScalingPolicy has the signature of the client's method. A policy of that
// name is replaced.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html
func (a *AutoScaling) PutScalingPolicy(ctx context.Context, in *aas.PutScalingPolicyInput, _ ...func(*aas.Options)) (*aas.PutScalingPolicyOutput, error) {
	if err := a.enter(ctx, "PutScalingPolicy"); err != nil {
		return nil, err
	}
	return a.putPolicy(in)
}

func (a *AutoScaling) putPolicy(in *aas.PutScalingPolicyInput) (*aas.PutScalingPolicyOutput, error) {
	c, name := a.c, val(in.PolicyName)
	t, err := a.target(in.ServiceNamespace, in.ScalableDimension, in.ResourceId)
	if err != nil {
		return nil, err
	}
	p := &policy{name: name, created: c.now, kind: in.PolicyType}
	at, found := t.policy(name)
	if found {
		p.arn, p.created, p.kind = t.policies[at].arn, t.policies[at].created, cmp.Or(in.PolicyType, t.policies[at].kind)
		p.high.name, p.low.name = t.policies[at].high.name, t.policies[at].low.name
	}
	switch {
	case name == "" || len(name) > 256:
		return nil, refused("A policy name has 1 to 256 characters.")
	case p.kind == "":
		return nil, refused("PolicyType must be given for a new policy.")
	case found && p.kind != t.policies[at].kind:
		return nil, refused("The type of a policy can't be changed: " + name)
	}
	if err := p.configure(in); err != nil {
		return nil, err
	}
	if p.arn == "" {
		p.arn = c.arn("autoscaling", "scalingPolicy:"+c.scaling.uuid()+":resource/ecs/"+t.id+":policyName/"+name)
	}
	if p.kind == types.PolicyTypeTargetTrackingScaling && p.high.name == "" {
		p.high.name = "TargetTracking-" + t.id + "-AlarmHigh-" + c.scaling.uuid()
		p.low.name = "TargetTracking-" + t.id + "-AlarmLow-" + c.scaling.uuid()
	}
	if found {
		t.policies[at] = p
	} else {
		if len(t.policies) >= maxPolicies {
			return nil, &types.LimitExceededException{Message: ptr("A scalable target can have at most 50 scaling policies.")}
		}
		t.policies = slices.Insert(t.policies, at, p)
	}
	c.watch(t)
	return &aas.PutScalingPolicyOutput{PolicyARN: ptr(p.arn), Alarms: p.alarms(c)}, nil
}

// https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-limits.html
const maxPolicies, maxScheduled = 50, 200

func (s *scaling) uuid() string {
	id := s.dice.hex(32)
	return id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
}

// configure takes over the configuration that belongs to the policy's type.
func (p *policy) configure(in *aas.PutScalingPolicyInput) error {
	switch p.kind {
	case types.PolicyTypeTargetTrackingScaling:
		conf := in.TargetTrackingScalingPolicyConfiguration
		switch {
		case conf == nil:
			return refused("TargetTrackingScalingPolicyConfiguration must be given for a policy of type TargetTrackingScaling.")
		case conf.TargetValue == nil || *conf.TargetValue <= 0:
			return refused("TargetValue must be above 0.")
		case (conf.PredefinedMetricSpecification == nil) == (conf.CustomizedMetricSpecification == nil):
			return refused("Either a predefined or a customized metric must be given.")
		case val(conf.ScaleInCooldown) < 0 || val(conf.ScaleOutCooldown) < 0:
			return refused("A cooldown can't be negative.")
		}
		p.tracking = conf
	case types.PolicyTypeStepScaling:
		conf := in.StepScalingPolicyConfiguration
		switch {
		case conf == nil:
			return refused("StepScalingPolicyConfiguration must be given for a policy of type StepScaling.")
		case conf.AdjustmentType == "":
			return refused("AdjustmentType must be given.")
		case len(conf.StepAdjustments) == 0:
			return refused("At least one step adjustment must be given.")
		case val(conf.Cooldown) < 0:
			return refused("A cooldown can't be negative.")
		}
		p.step = conf
	case types.PolicyTypePredictiveScaling:
		if in.PredictiveScalingPolicyConfiguration == nil {
			return refused("PredictiveScalingPolicyConfiguration must be given for a policy of type PredictiveScaling.")
		}
		p.predict = in.PredictiveScalingPolicyConfiguration
	default:
		return refused("Unknown policy type: " + string(p.kind))
	}
	return nil
}

// DescribeScalingPolicies has the signature of the client's method, by target and name.
func (a *AutoScaling) DescribeScalingPolicies(ctx context.Context, in *aas.DescribeScalingPoliciesInput, _ ...func(*aas.Options)) (*aas.DescribeScalingPoliciesOutput, error) {
	if err := a.enter(ctx, "DescribeScalingPolicies"); err != nil {
		return nil, err
	}
	type row struct {
		t *scalable
		p *policy
	}
	var rows []row
	err := a.each(in.ServiceNamespace, in.ScalableDimension, in.ResourceId, func(t *scalable) {
		for _, p := range t.policies {
			if len(in.PolicyNames) == 0 || slices.Contains(in.PolicyNames, p.name) {
				rows = append(rows, row{t, p})
			}
		}
	})
	if err != nil {
		return nil, err
	}
	rows, token, err := scalingPage(rows, func(r row) string { return r.t.id + " " + r.p.name }, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &aas.DescribeScalingPoliciesOutput{ScalingPolicies: []types.ScalingPolicy{}, NextToken: token}
	for _, r := range rows {
		out.ScalingPolicies = append(out.ScalingPolicies, types.ScalingPolicy{
			ServiceNamespace: types.ServiceNamespaceEcs, ScalableDimension: desiredCount, ResourceId: ptr(r.t.id),
			PolicyName: ptr(r.p.name), PolicyARN: ptr(r.p.arn), PolicyType: r.p.kind, CreationTime: ptr(r.p.created), Alarms: r.p.alarms(a.c),
			TargetTrackingScalingPolicyConfiguration: r.p.tracking, StepScalingPolicyConfiguration: r.p.step,
			PredictiveScalingPolicyConfiguration: r.p.predict,
		})
	}
	return out, nil
}

// each visits the targets that a Describe is about, by resource id.
func (a *AutoScaling) each(space types.ServiceNamespace, dimension types.ScalableDimension, id *string, visit func(*scalable)) error {
	if dimension != "" && id == nil {
		return refused("A scalable dimension needs a resource ID.")
	}
	if space != types.ServiceNamespaceEcs || dimension != "" && dimension != desiredCount {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(a.c.scaling.targets)) {
		if id == nil || *id == key {
			visit(a.c.scaling.targets[key])
		}
	}
	return nil
}

// DeleteScalingPolicy has the signature of the client's method. Its alarms go with it.
func (a *AutoScaling) DeleteScalingPolicy(ctx context.Context, in *aas.DeleteScalingPolicyInput, _ ...func(*aas.Options)) (*aas.DeleteScalingPolicyOutput, error) {
	if err := a.enter(ctx, "DeleteScalingPolicy"); err != nil {
		return nil, err
	}
	t, err := a.target(in.ServiceNamespace, in.ScalableDimension, in.ResourceId)
	if err != nil {
		return nil, err
	}
	at, found := t.policy(val(in.PolicyName))
	if !found {
		return nil, notRegistered("scaling policy", t.id)
	}
	t.policies = slices.Delete(t.policies, at, at+1)
	return &aas.DeleteScalingPolicyOutput{}, nil
}
