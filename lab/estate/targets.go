package estate

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// targetGroup is a target group with its targets.
type targetGroup struct {
	types.TargetGroup
	targets []*target // by id and port
	delay   time.Duration
}

// target is one registration.
type target struct {
	id, zone    string
	port        int32
	since       time.Time // of its registration, or of its deregistration
	draining    bool
	health      types.TargetHealthStateEnum // stated; "" by time
	reason      types.TargetHealthReasonEnum
	describedBy string
}

// AddTargetGroup states a target group. Its name must be given, and returned is
// its ARN. LoadBalancerArns says which load balancers lead to it.
func (l *ELB) AddTargetGroup(g types.TargetGroup, tags map[string]string) (string, error) {
	name := val(g.TargetGroupName)
	if name == "" {
		return "", fmt.Errorf("add target group: it needs a name")
	}
	g.TargetType = cmp.Or(g.TargetType, types.TargetTypeEnumIp)
	g.Protocol = cmp.Or(g.Protocol, types.ProtocolEnumHttp)
	g.IpAddressType = cmp.Or(g.IpAddressType, types.TargetGroupIpAddressTypeEnumIpv4)
	g.HealthCheckProtocol = cmp.Or(g.HealthCheckProtocol, g.Protocol)
	number := func(p **int32, v int32) {
		if *p == nil {
			*p = ptr(v)
		}
	}
	text := func(p **string, v string) {
		if *p == nil {
			*p = ptr(v)
		}
	}
	// The defaults of CreateTargetGroup for a target group of an ALB.
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
	number(&g.Port, 80)
	number(&g.HealthCheckIntervalSeconds, 30)
	number(&g.HealthCheckTimeoutSeconds, 5)
	number(&g.HealthyThresholdCount, 5)
	number(&g.UnhealthyThresholdCount, 2)
	text(&g.HealthCheckPort, "traffic-port")
	text(&g.HealthCheckPath, "/")
	text(&g.VpcId, l.e.cfg.VPC)
	text(&g.TargetGroupArn, l.e.ELBArn("targetgroup", name))
	if g.HealthCheckEnabled == nil {
		g.HealthCheckEnabled = ptr(true)
	}
	for _, o := range l.groups {
		if *o.TargetGroupName == name {
			return "", fmt.Errorf("add target group %s: it is there already", name)
		}
	}
	l.groups = append(l.groups, &targetGroup{TargetGroup: g, delay: l.e.cfg.Timing.Draining})
	l.tag(*g.TargetGroupArn, tags)
	return *g.TargetGroupArn, nil
}

func (l *ELB) group(arn *string) (*targetGroup, error) {
	for _, g := range l.groups {
		if *g.TargetGroupArn == val(arn) {
			return g, nil
		}
	}
	return nil, &types.TargetGroupNotFoundException{Message: ptr("Target groups '" + val(arn) + "' not found")}
}

// SetTargetHealth states the health of a target, which is else a matter of
// time. An empty state takes that back.
func (l *ELB) SetTargetHealth(arn, id string, port int32, state types.TargetHealthStateEnum, reason types.TargetHealthReasonEnum) error {
	g, err := l.group(&arn)
	if err != nil {
		return err
	}
	t := g.find(id, port)
	if t == nil {
		return fmt.Errorf("set health of %s:%d in %s: it is not registered", id, port, arn)
	}
	t.health, t.reason = state, reason
	return nil
}

func (g *targetGroup) find(id string, port int32) *target {
	for _, t := range g.targets {
		if t.id == id && t.port == port {
			return t
		}
	}
	return nil
}

// settle lets go of targets that have drained.
func (g *targetGroup) settle(now time.Time) {
	g.targets = slices.DeleteFunc(g.targets, func(t *target) bool { return t.draining && !now.Before(t.since.Add(g.delay)) })
}

// used says whether a load balancer leads to the group.
func (g *targetGroup) used() bool { return len(g.LoadBalancerArns) > 0 }

// DescribeTargetGroups has the signature of the client's method.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetGroups.html
func (l *ELB) DescribeTargetGroups(ctx context.Context, in *elb.DescribeTargetGroupsInput, _ ...func(*elb.Options)) (*elb.DescribeTargetGroupsOutput, error) {
	if err := l.enter(ctx, "DescribeTargetGroups"); err != nil {
		return nil, err
	}
	arn := func(g *targetGroup) string { return *g.TargetGroupArn }
	found, missing := named(l.groups, arn, in.TargetGroupArns)
	if missing == "" {
		found, missing = named(found, func(g *targetGroup) string { return *g.TargetGroupName }, in.Names)
	}
	if missing != "" {
		return nil, &types.TargetGroupNotFoundException{Message: ptr("One or more target groups not found: " + missing)}
	}
	if in.LoadBalancerArn != nil {
		if _, missing := named(l.balancers, func(b types.LoadBalancer) string { return val(b.LoadBalancerArn) }, []string{*in.LoadBalancerArn}); missing != "" {
			return nil, &types.LoadBalancerNotFoundException{Message: ptr("Load balancer '" + missing + "' not found")}
		}
		found = slices.DeleteFunc(slices.Clone(found), func(g *targetGroup) bool { return !slices.Contains(g.LoadBalancerArns, *in.LoadBalancerArn) })
	}
	found, next, err := elbPage(found, arn, in.PageSize, in.Marker)
	if err != nil {
		return nil, err
	}
	out := &elb.DescribeTargetGroupsOutput{NextMarker: next, TargetGroups: []types.TargetGroup{}}
	for _, g := range found {
		out.TargetGroups = append(out.TargetGroups, g.TargetGroup)
	}
	return out, nil
}

// DescribeTargetGroupAttributes has the signature of the client's method.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html
func (l *ELB) DescribeTargetGroupAttributes(ctx context.Context, in *elb.DescribeTargetGroupAttributesInput, _ ...func(*elb.Options)) (*elb.DescribeTargetGroupAttributesOutput, error) {
	if err := l.enter(ctx, "DescribeTargetGroupAttributes"); err != nil {
		return nil, err
	}
	g, err := l.group(in.TargetGroupArn)
	if err != nil {
		return nil, err
	}
	attribute := func(k, v string) types.TargetGroupAttribute {
		return types.TargetGroupAttribute{Key: ptr(k), Value: ptr(v)}
	}
	return &elb.DescribeTargetGroupAttributesOutput{Attributes: []types.TargetGroupAttribute{
		attribute("deregistration_delay.timeout_seconds", strconv.Itoa(int(g.delay/time.Second))),
		attribute("load_balancing.algorithm.type", "round_robin"),
		attribute("slow_start.duration_seconds", "0"),
		attribute("stickiness.enabled", "false"),
	}}, nil
}

// checked reads a target: its port is the group's where none is given, its zone
// follows from its subnet in AWS, so that it is what was given.
func (g *targetGroup) checked(d types.TargetDescription) (types.TargetDescription, error) {
	if d.Port == nil {
		d.Port = g.Port
	}
	if *d.Port < 1 || *d.Port > 65535 {
		return d, elbError("ValidationError", "Port '"+strconv.Itoa(int(*d.Port))+"' is not between 1 and 65535")
	}
	if g.TargetType == types.TargetTypeEnumIp {
		if a, err := netip.ParseAddr(val(d.Id)); err != nil || !a.Is4() {
			return d, elbError("ValidationError", "The IP address '"+val(d.Id)+"' is not a valid IPv4 address")
		}
	}
	return d, nil
}

// RegisterTargets has the signature of the client's method. A target that
// drains is taken back.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RegisterTargets.html
func (l *ELB) RegisterTargets(ctx context.Context, in *elb.RegisterTargetsInput, _ ...func(*elb.Options)) (*elb.RegisterTargetsOutput, error) {
	if err := l.enter(ctx, "RegisterTargets"); err != nil {
		return nil, err
	}
	g, err := l.group(in.TargetGroupArn)
	if err != nil {
		return nil, err
	}
	targets := make([]types.TargetDescription, 0, len(in.Targets))
	for _, d := range in.Targets {
		if d, err = g.checked(d); err != nil {
			return nil, err
		}
		targets = append(targets, d)
	}
	for _, d := range targets {
		g.register(l.e.now, val(d.Id), *d.Port, val(d.AvailabilityZone))
	}
	return &elb.RegisterTargetsOutput{}, nil
}

// DeregisterTargets has the signature of the client's method. The target drains
// for the group's deregistration delay; one that is not there is no error.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeregisterTargets.html
func (l *ELB) DeregisterTargets(ctx context.Context, in *elb.DeregisterTargetsInput, _ ...func(*elb.Options)) (*elb.DeregisterTargetsOutput, error) {
	if err := l.enter(ctx, "DeregisterTargets"); err != nil {
		return nil, err
	}
	g, err := l.group(in.TargetGroupArn)
	if err != nil {
		return nil, err
	}
	for _, d := range in.Targets {
		g.deregister(l.e.now, val(d.Id), d.Port)
	}
	return &elb.DeregisterTargetsOutput{}, nil
}

func (g *targetGroup) register(now time.Time, id string, port int32, zone string) {
	g.settle(now)
	t := g.find(id, port)
	if t == nil {
		t = &target{id: id, port: port, since: now}
		g.targets = append(g.targets, t)
		slices.SortFunc(g.targets, func(a, b *target) int { return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.port, b.port)) })
	}
	if t.draining {
		t.draining, t.since = false, now
	}
	t.zone = zone
}

// deregister drains a target; port nil: on every port.
func (g *targetGroup) deregister(now time.Time, id string, port *int32) {
	for _, t := range g.targets {
		if t.id == id && (port == nil || t.port == *port) && !t.draining {
			t.draining, t.since = true, now
		}
	}
}

// AddTarget registers an address as ECS does, whose calls do not count here.
func (l *ELB) AddTarget(arn, address string, port int32) error {
	g, err := l.group(&arn)
	if err == nil {
		g.register(l.e.now, address, port, "")
	}
	return err
}

// DrainTarget deregisters it.
func (l *ELB) DrainTarget(arn, address string, port int32) error {
	g, err := l.group(&arn)
	if err == nil {
		g.deregister(l.e.now, address, &port)
	}
	return err
}

// DescribeTargetHealth has the signature of the client's method. A target asked
// for that is not registered is unused.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
func (l *ELB) DescribeTargetHealth(ctx context.Context, in *elb.DescribeTargetHealthInput, _ ...func(*elb.Options)) (*elb.DescribeTargetHealthOutput, error) {
	if err := l.enter(ctx, "DescribeTargetHealth"); err != nil {
		return nil, err
	}
	g, err := l.group(in.TargetGroupArn)
	if err != nil {
		return nil, err
	}
	g.settle(l.e.now)
	out := &elb.DescribeTargetHealthOutput{TargetHealthDescriptions: []types.TargetHealthDescription{}}
	if len(in.Targets) == 0 {
		for _, t := range g.targets {
			out.TargetHealthDescriptions = append(out.TargetHealthDescriptions, g.describe(t, l.e))
		}
		return out, nil
	}
	for _, d := range in.Targets {
		if d, err = g.checked(d); err != nil {
			return nil, err
		}
		t := g.find(val(d.Id), *d.Port)
		if t == nil {
			t = &target{
				id: val(d.Id), port: *d.Port, health: types.TargetHealthStateEnumUnused,
				reason: types.TargetHealthReasonEnumNotRegistered, describedBy: "Target is not registered to the target group",
			}
		}
		out.TargetHealthDescriptions = append(out.TargetHealthDescriptions, g.describe(t, l.e))
	}
	return out, nil
}

func (g *targetGroup) describe(t *target, e *Estate) types.TargetHealthDescription {
	h := types.TargetHealth{State: t.health, Reason: t.reason}
	if t.describedBy != "" {
		h.Description = ptr(t.describedBy)
	}
	switch {
	case t.draining:
		h.State, h.Reason = types.TargetHealthStateEnumDraining, types.TargetHealthReasonEnumDeregistrationInProgress
		h.Description = ptr("Target deregistration is in progress")
	case t.health != "":
	case !g.used():
		h.State, h.Reason = types.TargetHealthStateEnumUnused, types.TargetHealthReasonEnumNotInUse
		h.Description = ptr("Target group is not configured to receive traffic from the load balancer")
	case e.now.Before(t.since.Add(e.cfg.Timing.Healthy)):
		h.State, h.Reason = types.TargetHealthStateEnumInitial, types.TargetHealthReasonEnumRegistrationInProgress
		h.Description = ptr("Target registration is in progress")
	default:
		h.State = types.TargetHealthStateEnumHealthy
	}
	d := types.TargetHealthDescription{
		Target: &types.TargetDescription{Id: ptr(t.id), Port: ptr(t.port)}, TargetHealth: &h, HealthCheckPort: ptr(strconv.Itoa(int(t.port))),
	}
	if t.zone != "" {
		d.Target.AvailabilityZone = ptr(t.zone)
	}
	return d
}
