package cloud

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// EC2 has the methods of ec2.Client that are needed, of what lies in the one
// VPC of the account: subnets, network interfaces of tasks and of nodes,
// security groups, nodes and flow logs.
type EC2 struct {
	c        *Cloud
	nodes    []*node // by instance id
	groups   []types.SecurityGroup
	flowLogs []types.FlowLog
}

// DescribeVpcs has the signature of the client's method.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html
func (e *EC2) DescribeVpcs(ctx context.Context, in *ec2.DescribeVpcsInput, _ ...func(*ec2.Options)) (*ec2.DescribeVpcsOutput, error) {
	if err := e.enter(ctx, "DescribeVpcs"); err != nil {
		return nil, err
	}
	v := e.c.cfg.VPC
	vpcs, token, err := list[types.Vpc]{
		id: func(v types.Vpc) string { return val(v.VpcId) },
		of: func(v types.Vpc) attributes {
			var blocks []string
			for _, a := range v.CidrBlockAssociationSet {
				blocks = append(blocks, val(a.CidrBlock))
			}
			return attributes{
				"vpc-id": {val(v.VpcId)}, "cidr": {val(v.CidrBlock)}, "cidr-block-association.cidr-block": blocks,
				"owner-id": {val(v.OwnerId)}, "is-default": {truth(v.IsDefault)}, "isDefault": {truth(v.IsDefault)}, "state": {string(v.State)},
			}
		},
		tags:    func(v types.Vpc) []types.Tag { return v.Tags },
		missing: "InvalidVpcID.NotFound", noun: "vpc ID",
	}.page(
		[]types.Vpc{{
			VpcId: ptr(v.ID), CidrBlock: ptr(v.CIDR.String()), OwnerId: ptr(e.c.cfg.Account), State: types.VpcStateAvailable,
			IsDefault: ptr(false), InstanceTenancy: types.TenancyDefault, DhcpOptionsId: ptr("dopt-0a1b2c3d4e5f60718"),
			CidrBlockAssociationSet: []types.VpcCidrBlockAssociation{{
				AssociationId: ptr("vpc-cidr-assoc-0a1b2c3d4e5f60718"), CidrBlock: ptr(v.CIDR.String()),
				CidrBlockState: &types.VpcCidrBlockState{State: types.VpcCidrBlockStateCodeAssociated},
			}},
		}},
		in.VpcIds, in.Filters, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &ec2.DescribeVpcsOutput{Vpcs: vpcs, NextToken: token}, nil
}

// hexID is an id of EC2's form, made out of what it is the id of.
func hexID(prefix string, parts ...string) string {
	return prefix + "-0" + strings.ReplaceAll(uuidOf(append([]string{prefix}, parts...)...), "-", "")[:16]
}

func truth(b *bool) string {
	if val(b) {
		return "true"
	}
	return "false"
}
