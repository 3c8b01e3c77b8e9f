package cloud

import (
	"context"
	"net/netip"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// attachment is the id of the attachment of a task's network interface: in
// DescribeTasks, and in the description of the interface.
func (t *task) attachment() string { return uuidOf("attachment", t.id) }

// attached says whether a task has its network interface.
func (t *task) attached() bool {
	return t.last != provisioning && t.last != deprovisioning && t.last != stopped
}

// NodeInterface is the network interface of a node that a pod's address
// belongs to.
type NodeInterface struct {
	ID, Instance, Subnet string
	Primary              netip.Addr // the interface's own address
}

// NodeInterface finds the interface that an address of a node's subnet belongs
// to: the one that has it, or, for one that no pod has, the node's first.
func (c *Cloud) NodeInterface(a netip.Addr) (NodeInterface, bool) {
	for _, n := range c.ec2.nodes {
		if !n.Zone.CIDR.Contains(a) {
			continue
		}
		k := n.holder(a)
		return NodeInterface{ID: n.interfaceID(k), Instance: n.InstanceID, Subnet: n.Zone.Subnet, Primary: n.own(k)}, true
	}
	return NodeInterface{}, false
}

// interfaces are those of the tasks that have one, and those of the nodes.
func (e *EC2) interfaces() []types.NetworkInterface {
	var out []types.NetworkInterface
	for _, t := range e.c.taskOrder {
		if t.attached() {
			out = append(out, e.c.taskInterface(t))
		}
	}
	for _, n := range e.nodes {
		out = append(out, n.interfaces(e.c)...)
	}
	return out
}

// taskInterface is the interface of an awsvpc task. ECS names the attachment in
// its description.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking-awsvpc.html
func (c *Cloud) taskInterface(t *task) types.NetworkInterface {
	i := c.networkInterface(t.eni, c.zones[t.zone].zone, t.ip)
	i.Description = ptr(c.arn("ecs", "attachment/"+t.attachment()))
	i.RequesterManaged = ptr(true)
	i.Attachment = &types.NetworkInterfaceAttachment{
		AttachmentId: ptr(hexID("eni-attach", t.id)), AttachTime: ptr(t.created), DeleteOnTermination: ptr(false), DeviceIndex: ptr(int32(1)),
		InstanceOwnerId: ptr("amazon-ecs"), Status: types.AttachmentStatusAttached,
	}
	var groups []string
	if n := t.svc.in.NetworkConfiguration; n != nil && n.AwsvpcConfiguration != nil {
		groups = n.AwsvpcConfiguration.SecurityGroups
	}
	i.Groups = c.ec2.identify(groups)
	return i
}

// networkInterface is one with its primary address alone.
func (c *Cloud) networkInterface(id string, z Zone, a netip.Addr) types.NetworkInterface {
	return types.NetworkInterface{
		NetworkInterfaceId: ptr(id), VpcId: ptr(c.cfg.VPC.ID), SubnetId: ptr(z.Subnet), OwnerId: ptr(c.cfg.Account),
		AvailabilityZone: ptr(z.Name), AvailabilityZoneId: ptr(ZoneID(z.Name)), Description: ptr(""),
		InterfaceType: types.NetworkInterfaceTypeInterface, Status: types.NetworkInterfaceStatusInUse,
		MacAddress: ptr(macAddress(a)), PrivateIpAddress: ptr(a.String()), PrivateDnsName: ptr(c.hostName(a)),
		PrivateIpAddresses: []types.NetworkInterfacePrivateIpAddress{c.privateAddress(a, true)},
		RequesterManaged:   ptr(false), SourceDestCheck: ptr(true), TagSet: []types.Tag{},
	}
}

func (c *Cloud) privateAddress(a netip.Addr, primary bool) types.NetworkInterfacePrivateIpAddress {
	return types.NetworkInterfacePrivateIpAddress{Primary: ptr(primary), PrivateIpAddress: ptr(a.String()), PrivateDnsName: ptr(c.hostName(a))}
}

// DescribeNetworkInterfaces has the signature of the client's method. The
// filter addresses.private-ip-address finds primary and secondary addresses; a
// pod whose address comes from a /28 prefix is found by the prefix alone.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html
func (e *EC2) DescribeNetworkInterfaces(ctx context.Context, in *ec2.DescribeNetworkInterfacesInput, _ ...func(*ec2.Options)) (*ec2.DescribeNetworkInterfacesOutput, error) {
	if err := e.enter(ctx, "DescribeNetworkInterfaces"); err != nil {
		return nil, err
	}
	found, token, err := list[types.NetworkInterface]{
		id: func(i types.NetworkInterface) string { return val(i.NetworkInterfaceId) },
		of: func(i types.NetworkInterface) attributes {
			a := attributes{
				"network-interface-id": {val(i.NetworkInterfaceId)}, "vpc-id": {val(i.VpcId)}, "subnet-id": {val(i.SubnetId)},
				"status": {string(i.Status)}, "interface-type": {string(i.InterfaceType)}, "description": {val(i.Description)},
				"availability-zone": {val(i.AvailabilityZone)}, "owner-id": {val(i.OwnerId)}, "mac-address": {val(i.MacAddress)},
				"private-ip-address": {val(i.PrivateIpAddress)}, "private-dns-name": {val(i.PrivateDnsName)},
				"requester-managed": {truth(i.RequesterManaged)}, "requester-id": nil, "source-dest-check": {truth(i.SourceDestCheck)},
				"addresses.private-ip-address": nil, "addresses.primary": nil, "ipv6-addresses.ipv6-address": nil, "ipv4-prefix.ipv4-prefix": nil,
				"group-id": nil, "group-name": nil, "attachment.instance-id": nil, "attachment.attachment-id": nil, "attachment.status": nil,
			}
			if i.RequesterId != nil {
				a["requester-id"] = []string{*i.RequesterId}
			}
			for _, p := range i.PrivateIpAddresses {
				a["addresses.private-ip-address"] = append(a["addresses.private-ip-address"], val(p.PrivateIpAddress))
				a["addresses.primary"] = append(a["addresses.primary"], truth(p.Primary))
			}
			for _, p := range i.Ipv4Prefixes {
				a["ipv4-prefix.ipv4-prefix"] = append(a["ipv4-prefix.ipv4-prefix"], val(p.Ipv4Prefix))
			}
			for _, g := range i.Groups {
				a["group-id"], a["group-name"] = append(a["group-id"], val(g.GroupId)), append(a["group-name"], val(g.GroupName))
			}
			if at := i.Attachment; at != nil {
				a["attachment.attachment-id"], a["attachment.status"] = []string{val(at.AttachmentId)}, []string{string(at.Status)}
				if at.InstanceId != nil {
					a["attachment.instance-id"] = []string{*at.InstanceId}
				}
			}
			return a
		},
		tags:    func(i types.NetworkInterface) []types.Tag { return i.TagSet },
		missing: "InvalidNetworkInterfaceID.NotFound", noun: "networkInterface ID",
	}.page(e.interfaces(), in.NetworkInterfaceIds, in.Filters, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &ec2.DescribeNetworkInterfacesOutput{NetworkInterfaces: found, NextToken: token}, nil
}
