package cloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// DescribeInstances has the signature of the client's method: one reservation
// for each node.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
func (e *EC2) DescribeInstances(ctx context.Context, in *ec2.DescribeInstancesInput, _ ...func(*ec2.Options)) (*ec2.DescribeInstancesOutput, error) {
	if err := e.enter(ctx, "DescribeInstances"); err != nil {
		return nil, err
	}
	all := make([]types.Instance, 0, len(e.nodes))
	for _, n := range e.nodes {
		all = append(all, n.instance(e.c))
	}
	found, token, err := list[types.Instance]{
		id: func(i types.Instance) string { return val(i.InstanceId) },
		of: func(i types.Instance) attributes {
			a := attributes{
				"instance-id": {val(i.InstanceId)}, "instance-type": {string(i.InstanceType)}, "vpc-id": {val(i.VpcId)}, "subnet-id": {val(i.SubnetId)},
				"private-ip-address": {val(i.PrivateIpAddress)}, "private-dns-name": {val(i.PrivateDnsName)},
				"availability-zone": nil, "instance-state-name": nil, "network-interface.network-interface-id": nil,
				"network-interface.addresses.private-ip-address": nil, "instance.group-id": nil,
			}
			if i.Placement != nil {
				a["availability-zone"] = []string{val(i.Placement.AvailabilityZone)}
			}
			if i.State != nil {
				a["instance-state-name"] = []string{string(i.State.Name)}
			}
			for _, n := range i.NetworkInterfaces {
				const id, addresses = "network-interface.network-interface-id", "network-interface.addresses.private-ip-address"
				a[id] = append(a[id], val(n.NetworkInterfaceId))
				for _, p := range n.PrivateIpAddresses {
					a[addresses] = append(a[addresses], val(p.PrivateIpAddress))
				}
			}
			for _, g := range i.SecurityGroups {
				a["instance.group-id"] = append(a["instance.group-id"], val(g.GroupId))
			}
			return a
		},
		tags:    func(i types.Instance) []types.Tag { return i.Tags },
		missing: "InvalidInstanceID.NotFound", noun: "instance ID",
	}.page(all, in.InstanceIds, in.Filters, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeInstancesOutput{NextToken: token, Reservations: make([]types.Reservation, 0, len(found))}
	for _, i := range found {
		out.Reservations = append(out.Reservations, types.Reservation{
			ReservationId: ptr(hexID("r", *i.InstanceId)), OwnerId: ptr(e.c.cfg.Account), Instances: []types.Instance{i},
		})
	}
	return out, nil
}

// instance is the node as EC2 describes it.
func (n *node) instance(c *Cloud) types.Instance {
	const runningCode = 16 // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceState.html
	i := types.Instance{
		InstanceId: ptr(n.InstanceID), InstanceType: types.InstanceType(n.Type), LaunchTime: ptr(n.launched), ImageId: ptr(hexID("ami", "eks")),
		State:     &types.InstanceState{Code: ptr(int32(runningCode)), Name: types.InstanceStateNameRunning},
		Placement: &types.Placement{AvailabilityZone: ptr(n.Zone.Name), Tenancy: types.TenancyDefault},
		VpcId:     ptr(c.cfg.VPC.ID), SubnetId: ptr(n.Zone.Subnet), Architecture: types.ArchitectureValuesX8664, SourceDestCheck: ptr(true),
		PrivateIpAddress: ptr(n.own(0).String()), PrivateDnsName: ptr(c.hostName(n.own(0))), SecurityGroups: c.ec2.identify(n.Groups),
		Tags: []types.Tag{
			{Key: ptr("Name"), Value: ptr(n.Name)},
			{Key: ptr("eks:cluster-name"), Value: ptr(n.Cluster)},
			{Key: ptr("kubernetes.io/cluster/" + n.Cluster), Value: ptr("owned")},
		},
	}
	for _, o := range n.interfaces(c) {
		one := types.InstanceNetworkInterface{
			NetworkInterfaceId: o.NetworkInterfaceId, Description: o.Description, Groups: o.Groups, InterfaceType: ptr(string(o.InterfaceType)),
			MacAddress: o.MacAddress, OwnerId: o.OwnerId, PrivateDnsName: o.PrivateDnsName, PrivateIpAddress: o.PrivateIpAddress,
			SourceDestCheck: o.SourceDestCheck, Status: o.Status, SubnetId: o.SubnetId, VpcId: o.VpcId,
			Attachment: &types.InstanceNetworkInterfaceAttachment{
				AttachmentId: o.Attachment.AttachmentId, AttachTime: o.Attachment.AttachTime, DeleteOnTermination: o.Attachment.DeleteOnTermination,
				DeviceIndex: o.Attachment.DeviceIndex, Status: o.Attachment.Status,
			},
		}
		for _, p := range o.PrivateIpAddresses {
			one.PrivateIpAddresses = append(one.PrivateIpAddresses, types.InstancePrivateIpAddress{
				Primary: p.Primary, PrivateDnsName: p.PrivateDnsName, PrivateIpAddress: p.PrivateIpAddress,
			})
		}
		for _, p := range o.Ipv4Prefixes {
			one.Ipv4Prefixes = append(one.Ipv4Prefixes, types.InstanceIpv4Prefix{Ipv4Prefix: p.Ipv4Prefix})
		}
		i.NetworkInterfaces = append(i.NetworkInterfaces, one)
	}
	return i
}
