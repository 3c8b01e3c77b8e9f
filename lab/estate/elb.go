package estate

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/smithy-go"
)

// ELB has the methods of elasticloadbalancingv2.Client that are needed: load
// balancers and what leads through them to targets.
type ELB struct {
	e         *Estate
	balancers []types.LoadBalancer
	listeners []types.Listener
	rules     []elbRule
	groups    []*targetGroup
	tags      map[string]map[string]string // by ARN
}

type elbRule struct {
	listener string // ARN
	types.Rule
}

// ELBArn is the ARN of a load balancer or target group of a name; kind is
// loadbalancer/app, loadbalancer/net or targetgroup.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
func (e *Estate) ELBArn(kind, name string) string {
	return e.arn("elasticloadbalancing", kind+"/"+name+"/"+digest(16, kind, name))
}

// AddLoadBalancer states a load balancer. Only its name must be given, and
// returned is its ARN.
func (l *ELB) AddLoadBalancer(b types.LoadBalancer, tags map[string]string) (string, error) {
	name := val(b.LoadBalancerName)
	if name == "" {
		return "", fmt.Errorf("add load balancer: it needs a name")
	}
	b.Type = cmp.Or(b.Type, types.LoadBalancerTypeEnumApplication)
	b.Scheme = cmp.Or(b.Scheme, types.LoadBalancerSchemeEnumInternal)
	b.IpAddressType = cmp.Or(b.IpAddressType, types.IpAddressTypeIpv4)
	kind, dns := "loadbalancer/app", "internal-"+name+"-"+strconv.Itoa(1000000000+len(l.balancers))+"."+l.e.cfg.Region+".elb.amazonaws.com"
	if b.Type == types.LoadBalancerTypeEnumNetwork {
		kind, dns = "loadbalancer/net", name+"-"+digest(16, name)+".elb."+l.e.cfg.Region+".amazonaws.com"
	}
	if b.LoadBalancerArn == nil {
		b.LoadBalancerArn = ptr(l.e.ELBArn(kind, name))
	}
	if b.DNSName == nil {
		b.DNSName = ptr(dns)
	}
	if b.VpcId == nil {
		b.VpcId = ptr(l.e.cfg.VPC)
	}
	if b.State == nil {
		b.State = &types.LoadBalancerState{Code: types.LoadBalancerStateEnumActive}
	}
	if b.CreatedTime == nil {
		b.CreatedTime = ptr(l.e.now)
	}
	for _, o := range l.balancers {
		if *o.LoadBalancerArn == *b.LoadBalancerArn || *o.LoadBalancerName == name {
			return "", fmt.Errorf("add load balancer %s: it is there already", name)
		}
	}
	l.balancers = append(l.balancers, b)
	l.tag(*b.LoadBalancerArn, tags)
	return *b.LoadBalancerArn, nil
}

// SetLoadBalancer states that a load balancer of others is there, or is not any
// more, by its DNS name, from which its name and its type can be read.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values-alias-common.html
func (l *ELB) SetLoadBalancer(dnsName string, there bool) {
	l.balancers = slices.DeleteFunc(l.balancers, func(b types.LoadBalancer) bool {
		gone := !there && *b.DNSName == dnsName
		if gone {
			delete(l.tags, *b.LoadBalancerArn)
		}
		return gone
	})
	if !there || slices.ContainsFunc(l.balancers, func(b types.LoadBalancer) bool { return *b.DNSName == dnsName }) {
		return
	}
	first, rest, _ := strings.Cut(dnsName, ".")
	b := types.LoadBalancer{DNSName: ptr(dnsName), Type: types.LoadBalancerTypeEnumApplication}
	if strings.HasPrefix(rest, "elb.") {
		b.Type = types.LoadBalancerTypeEnumNetwork
	}
	name := strings.TrimPrefix(first, "internal-")
	if i := strings.LastIndexByte(name, '-'); i > 0 {
		name = name[:i]
	}
	b.LoadBalancerName = &name
	// Its name is its own: who has it made this DNS name, too.
	_, _ = l.AddLoadBalancer(b, nil)
}

// AddListener states a listener of a load balancer, with its default rule, and
// returns its ARN. Port, protocol and DefaultActions are the caller's.
func (l *ELB) AddListener(balancer string, ln types.Listener) (string, error) {
	if !slices.ContainsFunc(l.balancers, func(b types.LoadBalancer) bool { return *b.LoadBalancerArn == balancer }) {
		return "", fmt.Errorf("add listener: there is no load balancer %s", balancer)
	}
	ln.LoadBalancerArn = ptr(balancer)
	if ln.ListenerArn == nil {
		ln.ListenerArn = ptr(strings.Replace(balancer, ":loadbalancer/", ":listener/", 1) + "/" + digest(16, balancer, strconv.Itoa(int(val(ln.Port)))))
	}
	l.listeners = append(l.listeners, ln)
	l.rules = append(l.rules, elbRule{*ln.ListenerArn, types.Rule{
		RuleArn: ptr(ruleARN(*ln.ListenerArn, "default")), IsDefault: ptr(true), Priority: ptr("default"), Actions: ln.DefaultActions,
		Conditions: []types.RuleCondition{},
	}})
	return *ln.ListenerArn, nil
}

func ruleARN(listener, priority string) string {
	return strings.Replace(listener, ":listener/", ":listener-rule/", 1) + "/" + digest(16, listener, priority)
}

// AddRule states a rule of a listener. It needs a priority.
func (l *ELB) AddRule(listener string, r types.Rule) error {
	if !slices.ContainsFunc(l.listeners, func(o types.Listener) bool { return *o.ListenerArn == listener }) || val(r.Priority) == "" {
		return fmt.Errorf("add rule: there is no listener %s, or the rule has no priority", listener)
	}
	r.RuleArn, r.IsDefault = ptr(ruleARN(listener, *r.Priority)), ptr(false)
	l.rules = append(l.rules, elbRule{listener, r})
	return nil
}

func (l *ELB) tag(arn string, tags map[string]string) {
	if l.tags == nil {
		l.tags = map[string]map[string]string{}
	}
	l.tags[arn] = maps.Clone(tags)
}

func elbError(code, message string) error {
	return &smithy.GenericAPIError{Code: code, Message: message, Fault: smithy.FaultClient}
}

func (l *ELB) enter(ctx context.Context, operation string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if l.e.cfg.Admit != nil && !l.e.cfg.Admit("elasticloadbalancing", operation) {
		return elbError("Throttling", "Rate exceeded")
	}
	return nil
}

// elbPage cuts out one page: up to 400, after the one that the marker names.
func elbPage[T any](all []T, arn func(T) string, size *int32, marker *string) ([]T, *string, error) {
	n := 400
	if size != nil {
		if *size < 1 || *size > 400 {
			return nil, nil, elbError("ValidationError", "Page size must be between 1 and 400")
		}
		n = int(*size)
	}
	if m := val(marker); m != "" {
		at := slices.IndexFunc(all, func(t T) bool { return arn(t) == m })
		if at < 0 {
			return nil, nil, elbError("ValidationError", "Invalid marker")
		}
		all = all[at+1:]
	}
	if len(all) <= n {
		return all, nil, nil
	}
	return all[:n], ptr(arn(all[n-1])), nil
}

// named are the things with given ARNs and names, in the order in which they
// stand; the first that is missing is returned, too.
func named[T any](all []T, key func(T) string, wanted []string) (found []T, missing string) {
	if len(wanted) == 0 {
		return all, ""
	}
	for _, w := range wanted {
		if !slices.ContainsFunc(all, func(t T) bool { return key(t) == w }) {
			return nil, w
		}
	}
	for _, t := range all {
		if slices.Contains(wanted, key(t)) {
			found = append(found, t)
		}
	}
	return found, ""
}

// DescribeLoadBalancers has the signature of the client's method.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html
func (l *ELB) DescribeLoadBalancers(ctx context.Context, in *elb.DescribeLoadBalancersInput, _ ...func(*elb.Options)) (*elb.DescribeLoadBalancersOutput, error) {
	if err := l.enter(ctx, "DescribeLoadBalancers"); err != nil {
		return nil, err
	}
	arn := func(b types.LoadBalancer) string { return val(b.LoadBalancerArn) }
	found, missing := named(l.balancers, arn, in.LoadBalancerArns)
	if missing == "" {
		found, missing = named(found, func(b types.LoadBalancer) string { return val(b.LoadBalancerName) }, in.Names)
	}
	if missing != "" {
		return nil, &types.LoadBalancerNotFoundException{Message: ptr("Load balancers '[" + missing + "]' not found")}
	}
	found, next, err := elbPage(found, arn, in.PageSize, in.Marker)
	if err != nil {
		return nil, err
	}
	return &elb.DescribeLoadBalancersOutput{LoadBalancers: slices.Clone(found), NextMarker: next}, nil
}

// DescribeListeners has the signature of the client's method.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeListeners.html
func (l *ELB) DescribeListeners(ctx context.Context, in *elb.DescribeListenersInput, _ ...func(*elb.Options)) (*elb.DescribeListenersOutput, error) {
	if err := l.enter(ctx, "DescribeListeners"); err != nil {
		return nil, err
	}
	if (in.LoadBalancerArn == nil) == (len(in.ListenerArns) == 0) {
		return nil, elbError("ValidationError", "You must specify either listener ARNs or a load balancer ARN")
	}
	if in.LoadBalancerArn != nil {
		if _, missing := named(l.balancers, func(b types.LoadBalancer) string { return val(b.LoadBalancerArn) }, []string{*in.LoadBalancerArn}); missing != "" {
			return nil, &types.LoadBalancerNotFoundException{Message: ptr("Load balancer '" + missing + "' not found")}
		}
	}
	arn := func(o types.Listener) string { return val(o.ListenerArn) }
	found, missing := named(l.listeners, arn, in.ListenerArns)
	if missing != "" {
		return nil, &types.ListenerNotFoundException{Message: ptr("Listener '" + missing + "' not found")}
	}
	found = slices.DeleteFunc(slices.Clone(found), func(o types.Listener) bool {
		return in.LoadBalancerArn != nil && *o.LoadBalancerArn != *in.LoadBalancerArn
	})
	found, next, err := elbPage(found, arn, in.PageSize, in.Marker)
	if err != nil {
		return nil, err
	}
	return &elb.DescribeListenersOutput{Listeners: found, NextMarker: next}, nil
}

// DescribeRules has the signature of the client's method: by priority, the
// default rule last.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeRules.html
func (l *ELB) DescribeRules(ctx context.Context, in *elb.DescribeRulesInput, _ ...func(*elb.Options)) (*elb.DescribeRulesOutput, error) {
	if err := l.enter(ctx, "DescribeRules"); err != nil {
		return nil, err
	}
	if (in.ListenerArn == nil) == (len(in.RuleArns) == 0) {
		return nil, elbError("ValidationError", "You must specify either a listener or one or more rules")
	}
	if in.ListenerArn != nil {
		if _, missing := named(l.listeners, func(o types.Listener) string { return val(o.ListenerArn) }, []string{*in.ListenerArn}); missing != "" {
			return nil, &types.ListenerNotFoundException{Message: ptr("Listener '" + missing + "' not found")}
		}
	}
	arn := func(r elbRule) string { return val(r.RuleArn) }
	found, missing := named(l.rules, arn, in.RuleArns)
	if missing != "" {
		return nil, &types.RuleNotFoundException{Message: ptr("Rule '" + missing + "' not found")}
	}
	found = slices.DeleteFunc(slices.Clone(found), func(r elbRule) bool { return in.ListenerArn != nil && r.listener != *in.ListenerArn })
	priority := func(r elbRule) int {
		if n, err := strconv.Atoi(*r.Priority); err == nil {
			return n
		}
		return 1 << 30
	}
	slices.SortStableFunc(found, func(a, b elbRule) int { return cmp.Compare(priority(a), priority(b)) })
	found, next, err := elbPage(found, arn, in.PageSize, in.Marker)
	if err != nil {
		return nil, err
	}
	out := &elb.DescribeRulesOutput{NextMarker: next, Rules: []types.Rule{}}
	for _, r := range found {
		out.Rules = append(out.Rules, r.Rule)
	}
	return out, nil
}

// DescribeTags has the signature of the client's method: of up to 20 things.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTags.html
func (l *ELB) DescribeTags(ctx context.Context, in *elb.DescribeTagsInput, _ ...func(*elb.Options)) (*elb.DescribeTagsOutput, error) {
	if err := l.enter(ctx, "DescribeTags"); err != nil {
		return nil, err
	}
	if len(in.ResourceArns) > 20 {
		return nil, elbError("ValidationError", "At most 20 resources can be given")
	}
	out := &elb.DescribeTagsOutput{TagDescriptions: []types.TagDescription{}}
	for _, arn := range in.ResourceArns {
		tags, known := l.tags[arn]
		if !known {
			if strings.Contains(arn, ":targetgroup/") {
				return nil, &types.TargetGroupNotFoundException{Message: ptr("Target groups '" + arn + "' not found")}
			}
			return nil, &types.LoadBalancerNotFoundException{Message: ptr("Load balancer '" + arn + "' not found")}
		}
		d := types.TagDescription{ResourceArn: ptr(arn), Tags: []types.Tag{}}
		for _, k := range slices.Sorted(maps.Keys(tags)) {
			d.Tags = append(d.Tags, types.Tag{Key: ptr(k), Value: ptr(tags[k])})
		}
		out.TagDescriptions = append(out.TagDescriptions, d)
	}
	return out, nil
}
