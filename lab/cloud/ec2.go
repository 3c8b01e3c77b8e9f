package cloud

import (
	"context"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
)

// EC2 has the methods of ec2.Client that are needed.
type EC2 struct{ c *Cloud }

// DescribeVpcs has the signature of the client's method. It knows the filters
// vpc-id, cidr, owner-id, is-default and state.
func (e *EC2) DescribeVpcs(ctx context.Context, in *ec2.DescribeVpcsInput, _ ...func(*ec2.Options)) (*ec2.DescribeVpcsOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	v := e.c.cfg.VPC
	for _, id := range in.VpcIds {
		if id != v.ID {
			return nil, &smithy.GenericAPIError{Code: "InvalidVpcID.NotFound", Message: "The vpc ID '" + id + "' does not exist", Fault: smithy.FaultClient}
		}
	}
	vpc := types.Vpc{
		VpcId: ptr(v.ID), CidrBlock: ptr(v.CIDR.String()), OwnerId: ptr(e.c.cfg.Account), State: types.VpcStateAvailable,
		IsDefault: ptr(false), InstanceTenancy: types.TenancyDefault, DhcpOptionsId: ptr("dopt-0a1b2c3d4e5f60718"),
		CidrBlockAssociationSet: []types.VpcCidrBlockAssociation{{
			AssociationId: ptr("vpc-cidr-assoc-0a1b2c3d4e5f60718"), CidrBlock: ptr(v.CIDR.String()),
			CidrBlockState: &types.VpcCidrBlockState{State: types.VpcCidrBlockStateCodeAssociated},
		}},
	}
	has := map[string]string{
		"vpc-id": v.ID, "cidr": v.CIDR.String(), "cidr-block-association.cidr-block": v.CIDR.String(), "owner-id": e.c.cfg.Account,
		"is-default": strconv.FormatBool(false), "isDefault": strconv.FormatBool(false), "state": string(types.VpcStateAvailable),
	}
	out := &ec2.DescribeVpcsOutput{Vpcs: []types.Vpc{}}
	for _, f := range in.Filters {
		got, known := has[val(f.Name)]
		if !known {
			return nil, &smithy.GenericAPIError{Code: "InvalidParameterValue", Message: "The filter '" + val(f.Name) + "' is invalid", Fault: smithy.FaultClient}
		}
		if !slices.Contains(f.Values, got) {
			return out, nil
		}
	}
	out.Vpcs = append(out.Vpcs, vpc)
	return out, nil
}
