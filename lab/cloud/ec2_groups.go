package cloud

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// DefaultGroup is the id of the VPC's default security group.
func (c *Cloud) DefaultGroup() string { return hexID("sg", c.cfg.VPC.ID, "default") }

// SeedSecurityGroup adds a security group. GroupId and GroupName must be there;
// owner and VPC are filled in.
func (c *Cloud) SeedSecurityGroup(g types.SecurityGroup) error {
	if val(g.GroupId) == "" || val(g.GroupName) == "" {
		return fmt.Errorf("seed security group %q: it needs an id and a name", val(g.GroupId))
	}
	for _, o := range c.ec2.securityGroups() {
		if *o.GroupId == *g.GroupId {
			return fmt.Errorf("seed security group %s: it is there already", *g.GroupId)
		}
	}
	c.ec2.groups = append(c.ec2.groups, g)
	return nil
}

// securityGroups are the default one and those that were seeded.
// https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
func (e *EC2) securityGroups() []types.SecurityGroup {
	id := e.c.DefaultGroup()
	all := append([]types.SecurityGroup{{
		GroupId: ptr(id), GroupName: ptr("default"), Description: ptr("default VPC security group"),
		IpPermissions: []types.IpPermission{{
			IpProtocol: ptr("-1"), UserIdGroupPairs: []types.UserIdGroupPair{{GroupId: ptr(id), UserId: ptr(e.c.cfg.Account)}},
		}},
		IpPermissionsEgress: []types.IpPermission{{IpProtocol: ptr("-1"), IpRanges: []types.IpRange{{CidrIp: ptr("0.0.0.0/0")}}}},
	}}, e.groups...)
	for i := range all {
		g := &all[i]
		g.OwnerId, g.VpcId = ptr(e.c.cfg.Account), ptr(e.c.cfg.VPC.ID)
		g.SecurityGroupArn = ptr(e.c.arn("ec2", "security-group/"+*g.GroupId))
		g.Description = ptr(val(g.Description))
	}
	return all
}

// identify names security groups; none are the default one.
func (e *EC2) identify(ids []string) []types.GroupIdentifier {
	if len(ids) == 0 {
		return []types.GroupIdentifier{{GroupId: ptr(e.c.DefaultGroup()), GroupName: ptr("default")}}
	}
	out := make([]types.GroupIdentifier, 0, len(ids))
	for _, id := range ids {
		name := id
		for _, g := range e.groups {
			if *g.GroupId == id {
				name = *g.GroupName
			}
		}
		out = append(out, types.GroupIdentifier{GroupId: ptr(id), GroupName: ptr(name)})
	}
	return out
}

// DescribeSecurityGroups has the signature of the client's method.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html
func (e *EC2) DescribeSecurityGroups(ctx context.Context, in *ec2.DescribeSecurityGroupsInput, _ ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupsOutput, error) {
	if err := e.enter(ctx, "DescribeSecurityGroups"); err != nil {
		return nil, err
	}
	filters := in.Filters
	if len(in.GroupNames) > 0 {
		filters = append(slices.Clone(filters), types.Filter{Name: ptr("group-name"), Values: in.GroupNames})
	}
	found, token, err := list[types.SecurityGroup]{
		id: func(g types.SecurityGroup) string { return val(g.GroupId) },
		of: func(g types.SecurityGroup) attributes {
			a := attributes{
				"group-id": {val(g.GroupId)}, "group-name": {val(g.GroupName)}, "description": {val(g.Description)},
				"vpc-id": {val(g.VpcId)}, "owner-id": {val(g.OwnerId)},
			}
			permissions(a, "ip-permission.", g.IpPermissions)
			permissions(a, "egress.ip-permission.", g.IpPermissionsEgress)
			return a
		},
		tags:    func(g types.SecurityGroup) []types.Tag { return g.Tags },
		missing: "InvalidGroup.NotFound", noun: "security group",
	}.page(e.securityGroups(), in.GroupIds, filters, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &ec2.DescribeSecurityGroupsOutput{SecurityGroups: found, NextToken: token}, nil
}

// permissions adds what filters can ask of rules.
func permissions(a attributes, prefix string, rules []types.IpPermission) {
	for _, k := range []string{"cidr", "group-id", "protocol", "from-port", "to-port"} {
		a[prefix+k] = nil
	}
	add := func(k, v string) { a[prefix+k] = append(a[prefix+k], v) }
	for _, r := range rules {
		add("protocol", val(r.IpProtocol))
		if r.FromPort != nil {
			add("from-port", strconv.Itoa(int(*r.FromPort)))
		}
		if r.ToPort != nil {
			add("to-port", strconv.Itoa(int(*r.ToPort)))
		}
		for _, c := range r.IpRanges {
			add("cidr", val(c.CidrIp))
		}
		for _, g := range r.UserIdGroupPairs {
			add("group-id", val(g.GroupId))
		}
	}
}

// DescribeSecurityGroupRules has the signature of the client's method: each
// source or destination of a permission is a rule of its own.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupRules.html
func (e *EC2) DescribeSecurityGroupRules(ctx context.Context, in *ec2.DescribeSecurityGroupRulesInput, _ ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupRulesOutput, error) {
	if err := e.enter(ctx, "DescribeSecurityGroupRules"); err != nil {
		return nil, err
	}
	var all []types.SecurityGroupRule
	for _, g := range e.securityGroups() {
		all = append(all, e.rules(g, g.IpPermissions, false)...)
		all = append(all, e.rules(g, g.IpPermissionsEgress, true)...)
	}
	found, token, err := list[types.SecurityGroupRule]{
		id: func(r types.SecurityGroupRule) string { return val(r.SecurityGroupRuleId) },
		of: func(r types.SecurityGroupRule) attributes {
			return attributes{"group-id": {val(r.GroupId)}, "security-group-rule-id": {val(r.SecurityGroupRuleId)}}
		},
		tags:    func(r types.SecurityGroupRule) []types.Tag { return r.Tags },
		missing: "InvalidSecurityGroupRuleId.NotFound", noun: "security group rule ID",
	}.page(all, in.SecurityGroupRuleIds, in.Filters, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &ec2.DescribeSecurityGroupRulesOutput{SecurityGroupRules: found, NextToken: token}, nil
}

// rules are the single rules of permissions.
func (e *EC2) rules(g types.SecurityGroup, permissions []types.IpPermission, egress bool) []types.SecurityGroupRule {
	var out []types.SecurityGroupRule
	for _, p := range permissions {
		all := int32(-1)
		rule := types.SecurityGroupRule{
			GroupId: g.GroupId, GroupOwnerId: ptr(e.c.cfg.Account), IpProtocol: p.IpProtocol, IsEgress: ptr(egress),
			FromPort: &all, ToPort: &all, Tags: []types.Tag{},
		}
		if p.FromPort != nil {
			rule.FromPort, rule.ToPort = p.FromPort, p.ToPort
		}
		add := func(r types.SecurityGroupRule, what string) {
			id := hexID("sgr", *g.GroupId, strconv.FormatBool(egress), val(p.IpProtocol), strconv.Itoa(int(*r.FromPort)), strconv.Itoa(int(val(r.ToPort))), what)
			r.SecurityGroupRuleId, r.SecurityGroupRuleArn = ptr(id), ptr(e.c.arn("ec2", "security-group-rule/"+id))
			out = append(out, r)
		}
		for _, c := range p.IpRanges {
			r := rule
			r.CidrIpv4, r.Description = c.CidrIp, c.Description
			add(r, val(c.CidrIp))
		}
		for _, c := range p.Ipv6Ranges {
			r := rule
			r.CidrIpv6, r.Description = c.CidrIpv6, c.Description
			add(r, val(c.CidrIpv6))
		}
		for _, o := range p.UserIdGroupPairs {
			r := rule
			r.Description = o.Description
			r.ReferencedGroupInfo = &types.ReferencedSecurityGroup{GroupId: o.GroupId, UserId: ptr(e.c.cfg.Account), VpcId: ptr(e.c.cfg.VPC.ID)}
			add(r, val(o.GroupId))
		}
		for _, l := range p.PrefixListIds {
			r := rule
			r.PrefixListId, r.Description = l.PrefixListId, l.Description
			add(r, val(l.PrefixListId))
		}
	}
	return out
}
