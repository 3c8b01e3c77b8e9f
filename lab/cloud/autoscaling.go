package cloud

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	aas "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
)

// AutoScaling has the methods of applicationautoscaling.Client. The model
// scales ECS services; targets of other namespaces are refused.
type AutoScaling struct{ c *Cloud }

// AutoScaling is the facade with the client signatures of applicationautoscaling.
func (c *Cloud) AutoScaling() *AutoScaling { return &c.scaling.facade }

// scaling is what Application Auto Scaling keeps.
type scaling struct {
	facade     AutoScaling
	dice       chance
	targets    map[string]*scalable // by resource id
	activities []*activity          // oldest first
}

// scalable is a scalable target: the desired count of an ECS service.
type scalable struct {
	id, arn, role string
	created       time.Time
	min, max      int
	suspended     types.SuspendedState // never nil inside
	tags          map[string]string
	policies      []*policy    // sorted by name
	schedules     []*scheduled // sorted by name
	loads         map[string]float64
	watching      bool // the alarms' next look is due
	// scaledOut and scaledIn are when the last activity of that direction ended.
	scaledOut, scaledIn time.Time
	addedBy             int // tasks of the last scale-out
}

const desiredCount = types.ScalableDimensionECSServiceDesiredCount

func refused(message string) error { return &types.ValidationException{Message: ptr(message)} }

func (a *AutoScaling) enter(ctx context.Context, operation string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !a.c.take(a.c.cfg.Rates.AutoScaling, "application-autoscaling:", operation) {
		return throttled()
	}
	return nil
}

// checkDimension holds that a request is about the desired count of an ECS service.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
func checkDimension(space types.ServiceNamespace, dimension types.ScalableDimension, id string) error {
	switch {
	case space != types.ServiceNamespaceEcs:
		return refused("Unsupported service namespace, resource type or scalable dimension: the lab scales ecs alone, not " + string(space) + ".")
	case dimension != desiredCount:
		return refused("Unsupported service namespace, resource type or scalable dimension: " + string(dimension))
	}
	if part := strings.Split(id, "/"); len(part) != 3 || part[0] != "service" || part[1] == "" || part[2] == "" {
		return refused("Unsupported service namespace, resource type or scalable dimension: " + id + " is no service/CLUSTER/SERVICE.")
	}
	return nil
}

// serviceOfTarget is the ECS service behind a resource id such as
// service/prod/orders, if it is ACTIVE.
func (c *Cloud) serviceOfTarget(id string) *ecsService {
	part := strings.Split(id, "/")
	if len(part) != 3 || c.clusters[part[1]] == nil {
		return nil
	}
	if svc := c.clusters[part[1]].service(part[2]); svc != nil && svc.status == "ACTIVE" {
		return svc
	}
	return nil
}

// target finds a registered target.
func (a *AutoScaling) target(space types.ServiceNamespace, dimension types.ScalableDimension, id *string) (*scalable, error) {
	if err := checkDimension(space, dimension, val(id)); err != nil {
		return nil, err
	}
	if t := a.c.scaling.targets[val(id)]; t != nil {
		return t, nil
	}
	return nil, notRegistered("scalable target", val(id))
}

func notRegistered(what, id string) error {
	return &types.ObjectNotFoundException{Message: ptr("No " + what + " found for service namespace: ecs, resource ID: " + id +
		", scalable dimension: " + string(desiredCount))}
}

// RegisterScalableTarget has the signature of the client's method. What is left
// out keeps its value; a first registration needs both capacities. A desired
// count outside of the range is brought into it.
// https://docs.aws.amazon.com/autoscaling/application/userguide/getting-started.html
func (a *AutoScaling) RegisterScalableTarget(ctx context.Context, in *aas.RegisterScalableTargetInput, _ ...func(*aas.Options)) (*aas.RegisterScalableTargetOutput, error) {
	if err := a.enter(ctx, "RegisterScalableTarget"); err != nil {
		return nil, err
	}
	return a.register(in)
}

func (a *AutoScaling) register(in *aas.RegisterScalableTargetInput) (*aas.RegisterScalableTargetOutput, error) {
	c, id := a.c, val(in.ResourceId)
	if err := checkDimension(in.ServiceNamespace, in.ScalableDimension, id); err != nil {
		return nil, err
	}
	if c.serviceOfTarget(id) == nil {
		return nil, refused("ECS service doesn't exist: " + id)
	}
	t := c.scaling.targets[id]
	switch {
	case t == nil && (in.MinCapacity == nil || in.MaxCapacity == nil):
		return nil, refused("Both MinCapacity and MaxCapacity must be specified to register a new scalable target.")
	case t != nil && len(in.Tags) > 0:
		return nil, refused("Tags can be given to a new scalable target only; TagResource changes those of " + id + ".")
	case len(in.Tags) > 50:
		return nil, &types.TooManyTagsException{Message: ptr("A resource can have at most 50 tags."), ResourceName: in.ResourceId}
	case t == nil:
		part := c.scaling.dice.hex(35)
		t = &scalable{
			id: id, created: c.now, arn: c.arn("application-autoscaling", "scalable-target/"+part), tags: maps.Clone(in.Tags),
			role:      c.roleARN("aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService"),
			suspended: types.SuspendedState{DynamicScalingInSuspended: ptr(false), DynamicScalingOutSuspended: ptr(false), ScheduledScalingSuspended: ptr(false)},
			loads:     map[string]float64{},
		}
	}
	lo, hi := t.min, t.max
	if in.MinCapacity != nil {
		lo = int(*in.MinCapacity)
	}
	if in.MaxCapacity != nil {
		hi = int(*in.MaxCapacity)
	}
	switch {
	case lo < 0 || hi < 0:
		return nil, refused("Capacity can't be negative.")
	case lo > hi:
		return nil, refused("Maximum capacity cannot be less than minimum capacity")
	}
	t.min, t.max = lo, hi
	if in.RoleARN != nil {
		t.role = *in.RoleARN
	}
	if s := in.SuspendedState; s != nil {
		t.suspend(s)
	}
	c.scaling.targets[id] = t
	c.intoRange(t)
	c.watch(t)
	return &aas.RegisterScalableTargetOutput{ScalableTargetARN: ptr(t.arn)}, nil
}

func (c *Cloud) roleARN(path string) string { return "arn:aws:iam::" + c.cfg.Account + ":role/" + path }

// suspend sets what is named and leaves the rest.
// https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-suspend-resume-scaling.html
func (t *scalable) suspend(s *types.SuspendedState) {
	next := t.suspended // pointers given out before stay what they were
	if s.DynamicScalingInSuspended != nil {
		next.DynamicScalingInSuspended = ptr(*s.DynamicScalingInSuspended)
	}
	if s.DynamicScalingOutSuspended != nil {
		next.DynamicScalingOutSuspended = ptr(*s.DynamicScalingOutSuspended)
	}
	if s.ScheduledScalingSuspended != nil {
		next.ScheduledScalingSuspended = ptr(*s.ScheduledScalingSuspended)
	}
	t.suspended = next
}

// DeregisterScalableTarget has the signature of the client's method. The
// target's policies and scheduled actions go with it; the desired count stays.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeregisterScalableTarget.html
func (a *AutoScaling) DeregisterScalableTarget(ctx context.Context, in *aas.DeregisterScalableTargetInput, _ ...func(*aas.Options)) (*aas.DeregisterScalableTargetOutput, error) {
	if err := a.enter(ctx, "DeregisterScalableTarget"); err != nil {
		return nil, err
	}
	t, err := a.target(in.ServiceNamespace, in.ScalableDimension, in.ResourceId)
	if err != nil {
		return nil, err
	}
	delete(a.c.scaling.targets, t.id)
	return &aas.DeregisterScalableTargetOutput{}, nil
}

// DescribeScalableTargets has the signature of the client's method, by resource id.
func (a *AutoScaling) DescribeScalableTargets(ctx context.Context, in *aas.DescribeScalableTargetsInput, _ ...func(*aas.Options)) (*aas.DescribeScalableTargetsOutput, error) {
	if err := a.enter(ctx, "DescribeScalableTargets"); err != nil {
		return nil, err
	}
	if in.ScalableDimension != "" && len(in.ResourceIds) == 0 {
		return nil, refused("A scalable dimension needs resource IDs.")
	}
	if len(in.ResourceIds) > 50 {
		return nil, refused("At most 50 resource IDs can be described at once.")
	}
	var found []*scalable
	if in.ServiceNamespace == types.ServiceNamespaceEcs && (in.ScalableDimension == "" || in.ScalableDimension == desiredCount) {
		for _, id := range slices.Sorted(maps.Keys(a.c.scaling.targets)) {
			if len(in.ResourceIds) == 0 || slices.Contains(in.ResourceIds, id) {
				found = append(found, a.c.scaling.targets[id])
			}
		}
	}
	found, token, err := scalingPage(found, func(t *scalable) string { return t.id }, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &aas.DescribeScalableTargetsOutput{ScalableTargets: []types.ScalableTarget{}, NextToken: token}
	for _, t := range found {
		s := t.suspended
		out.ScalableTargets = append(out.ScalableTargets, types.ScalableTarget{
			ServiceNamespace: types.ServiceNamespaceEcs, ScalableDimension: desiredCount, ResourceId: ptr(t.id), ScalableTargetARN: ptr(t.arn),
			MinCapacity: ptr(int32(t.min)), MaxCapacity: ptr(int32(t.max)), RoleARN: ptr(t.role), CreationTime: ptr(t.created), SuspendedState: &s,
		})
	}
	return out, nil
}

// scalingPage is page with Application Auto Scaling's kinds of error: 50 at most.
func scalingPage[T any](items []T, key func(T) string, size *int32, token *string) ([]T, *string, error) {
	if token != nil && !slices.ContainsFunc(items, func(v T) bool { return key(v) == *token }) {
		return nil, nil, &types.InvalidNextTokenException{Message: ptr("The next token isn't valid.")}
	}
	items, next, err := page(items, key, 50, size, token)
	if err != nil {
		return nil, nil, refused("MaxResults must be between 1 and 50.")
	}
	return items, next, nil
}
