package cloud

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// subnets are those of the tasks and those of the nodes.
func (e *EC2) subnets() []types.Subnet {
	var out []types.Subnet
	used := map[string]int{}
	for _, i := range e.interfaces() {
		used[val(i.SubnetId)] += len(i.PrivateIpAddresses) + 16*len(i.Ipv4Prefixes)
	}
	add := func(z Zone, tags ...types.Tag) {
		if slices.ContainsFunc(out, func(s types.Subnet) bool { return *s.SubnetId == z.Subnet }) {
			return
		}
		// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
		free := 1<<(32-z.CIDR.Bits()) - 5 - used[z.Subnet]
		out = append(out, types.Subnet{
			SubnetId: ptr(z.Subnet), VpcId: ptr(e.c.cfg.VPC.ID), CidrBlock: ptr(z.CIDR.String()), OwnerId: ptr(e.c.cfg.Account),
			AvailabilityZone: ptr(z.Name), AvailabilityZoneId: ptr(ZoneID(z.Name)), State: types.SubnetStateAvailable,
			AvailableIpAddressCount: ptr(int32(max(free, 0))), DefaultForAz: ptr(false), MapPublicIpOnLaunch: ptr(false),
			AssignIpv6AddressOnCreation: ptr(false), SubnetArn: ptr(e.c.arn("ec2", "subnet/"+z.Subnet)), Tags: tags,
		})
	}
	for _, p := range e.c.zones {
		add(p.zone, types.Tag{Key: ptr("Name"), Value: ptr("tasks-" + p.zone.Name)})
	}
	for _, n := range e.nodes {
		add(n.Zone, types.Tag{Key: ptr("Name"), Value: ptr("nodes-" + n.Zone.Name)})
	}
	return out
}

// DescribeSubnets has the signature of the client's method.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html
func (e *EC2) DescribeSubnets(ctx context.Context, in *ec2.DescribeSubnetsInput, _ ...func(*ec2.Options)) (*ec2.DescribeSubnetsOutput, error) {
	if err := e.enter(ctx, "DescribeSubnets"); err != nil {
		return nil, err
	}
	subnets, token, err := list[types.Subnet]{
		id: func(s types.Subnet) string { return val(s.SubnetId) },
		of: func(s types.Subnet) attributes {
			return attributes{
				"subnet-id": {val(s.SubnetId)}, "vpc-id": {val(s.VpcId)}, "owner-id": {val(s.OwnerId)}, "state": {string(s.State)},
				"availability-zone": {val(s.AvailabilityZone)}, "availabilityZone": {val(s.AvailabilityZone)},
				"availability-zone-id": {val(s.AvailabilityZoneId)}, "cidr-block": {val(s.CidrBlock)}, "cidr": {val(s.CidrBlock)},
				"default-for-az": {truth(s.DefaultForAz)}, "subnet-arn": {val(s.SubnetArn)},
			}
		},
		tags:    func(s types.Subnet) []types.Tag { return s.Tags },
		missing: "InvalidSubnetID.NotFound", noun: "subnet ID",
	}.page(e.subnets(), in.SubnetIds, in.Filters, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &ec2.DescribeSubnetsOutput{Subnets: subnets, NextToken: token}, nil
}

// DescribeAvailabilityZones has the signature of the client's method. There is
// no paging.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html
func (e *EC2) DescribeAvailabilityZones(ctx context.Context, in *ec2.DescribeAvailabilityZonesInput, _ ...func(*ec2.Options)) (*ec2.DescribeAvailabilityZonesOutput, error) {
	if err := e.enter(ctx, "DescribeAvailabilityZones"); err != nil {
		return nil, err
	}
	var zones []types.AvailabilityZone
	for _, p := range e.c.zones {
		zones = append(zones, types.AvailabilityZone{
			ZoneName: ptr(p.zone.Name), ZoneId: ptr(ZoneID(p.zone.Name)), ZoneType: ptr("availability-zone"),
			RegionName: ptr(e.c.cfg.Region), GroupName: ptr(e.c.cfg.Region), NetworkBorderGroup: ptr(e.c.cfg.Region),
			State: types.AvailabilityZoneStateAvailable, OptInStatus: types.AvailabilityZoneOptInStatusOptInNotRequired,
		})
	}
	for _, name := range in.ZoneNames {
		if !slices.ContainsFunc(zones, func(z types.AvailabilityZone) bool { return *z.ZoneName == name }) {
			return nil, ec2Error("InvalidParameterValue", "Invalid availability zone: ["+name+"]")
		}
	}
	zones, _, err := list[types.AvailabilityZone]{
		id: func(z types.AvailabilityZone) string { return val(z.ZoneName) },
		of: func(z types.AvailabilityZone) attributes {
			return attributes{
				"zone-name": {val(z.ZoneName)}, "zone-id": {val(z.ZoneId)}, "zone-type": {val(z.ZoneType)}, "region-name": {val(z.RegionName)},
				"group-name": {val(z.GroupName)}, "state": {string(z.State)}, "opt-in-status": {string(z.OptInStatus)},
			}
		},
	}.page(zones, in.ZoneNames, in.Filters, nil, nil)
	if err != nil {
		return nil, err
	}
	return &ec2.DescribeAvailabilityZonesOutput{AvailabilityZones: zones}, nil
}

// ZoneID is the id of a zone, such as aps1-az1 for ap-south-1a. Which letter
// has which id differs between accounts; here they have the same order.
// https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html
func ZoneID(name string) string {
	parts := strings.Split(name, "-")
	last := parts[len(parts)-1]
	if len(parts) < 3 || len(last) < 2 {
		return name
	}
	short := strings.NewReplacer("north", "n", "south", "s", "east", "e", "west", "w", "central", "c")
	letter := last[len(last)-1]
	return parts[0] + short.Replace(strings.Join(parts[1:len(parts)-1], "")) + last[:len(last)-1] + "-az" + strconv.Itoa(int(letter-'a')+1)
}

// hostName is the private DNS name of an address.
func (c *Cloud) hostName(a netip.Addr) string {
	return "ip-" + strings.ReplaceAll(a.String(), ".", "-") + "." + c.cfg.Region + ".compute.internal"
}

// macAddress is one that follows from the address.
func macAddress(a netip.Addr) string {
	octets := a.As4()
	mac := []byte("0a:58:00:00:00:00")
	for i, o := range octets {
		mac[6+3*i], mac[7+3*i] = hexDigits[o>>4], hexDigits[o&15]
	}
	return string(mac)
}
