package aws

import "reflect"

// EC2 gives its lists names that do not follow from the SDK's: a request has
// one numbered parameter for each element (Filter.1), an answer a ...Set. The
// operations of EC2 that the lab has need their lists here; NewHandler refuses
// one that is missing. Source: the EC2 API model, 2016-11-15.
var ec2InputLists = map[string]string{
	"DescribeAvailabilityZonesInput.Filters":               "Filter",
	"DescribeAvailabilityZonesInput.ZoneIds":               "ZoneId",
	"DescribeAvailabilityZonesInput.ZoneNames":             "ZoneName",
	"DescribeFlowLogsInput.Filter":                         "Filter",
	"DescribeFlowLogsInput.FlowLogIds":                     "FlowLogId",
	"DescribeInstancesInput.Filters":                       "Filter",
	"DescribeInstancesInput.InstanceIds":                   "InstanceId",
	"DescribeNetworkInterfacesInput.Filters":               "Filter",
	"DescribeNetworkInterfacesInput.NetworkInterfaceIds":   "NetworkInterfaceId",
	"DescribeRegionsInput.Filters":                         "Filter",
	"DescribeRegionsInput.RegionNames":                     "RegionName",
	"DescribeRouteTablesInput.Filters":                     "Filter",
	"DescribeRouteTablesInput.RouteTableIds":               "RouteTableId",
	"DescribeSecurityGroupRulesInput.Filters":              "Filter",
	"DescribeSecurityGroupRulesInput.SecurityGroupRuleIds": "SecurityGroupRuleId",
	"DescribeSecurityGroupsInput.Filters":                  "Filter",
	"DescribeSecurityGroupsInput.GroupIds":                 "GroupId",
	"DescribeSecurityGroupsInput.GroupNames":               "GroupName",
	"DescribeSubnetsInput.Filters":                         "Filter",
	"DescribeSubnetsInput.SubnetIds":                       "SubnetId",
	"DescribeTagsInput.Filters":                            "Filter",
	"DescribeVpcEndpointsInput.Filters":                    "Filter",
	"DescribeVpcEndpointsInput.VpcEndpointIds":             "VpcEndpointId",
	"DescribeVpcsInput.Filters":                            "Filter",
	"DescribeVpcsInput.VpcIds":                             "VpcId",
	"Filter.Values":                                        "Value",
}

var ec2OutputLists = map[string]string{
	"AvailabilityZone.Geography":                          "geographySet",
	"AvailabilityZone.Messages":                           "messageSet",
	"AvailabilityZone.SubGeography":                       "subGeographySet",
	"DescribeAvailabilityZonesOutput.AvailabilityZones":   "availabilityZoneInfo",
	"DescribeFlowLogsOutput.FlowLogs":                     "flowLogSet",
	"DescribeInstancesOutput.Reservations":                "reservationSet",
	"DescribeNetworkInterfacesOutput.NetworkInterfaces":   "networkInterfaceSet",
	"DescribeRegionsOutput.Regions":                       "regionInfo",
	"DescribeRouteTablesOutput.RouteTables":               "routeTableSet",
	"DescribeSecurityGroupRulesOutput.SecurityGroupRules": "securityGroupRuleSet",
	"DescribeSecurityGroupsOutput.SecurityGroups":         "securityGroupInfo",
	"DescribeSubnetsOutput.Subnets":                       "subnetSet",
	"DescribeTagsOutput.Tags":                             "tagSet",
	"DescribeVpcEndpointsOutput.VpcEndpoints":             "vpcEndpointSet",
	"DescribeVpcsOutput.Vpcs":                             "vpcSet",
	"DnsOptions.PrivateDnsSpecifiedDomains":               "privateDnsSpecifiedDomainSet",
	"FlowLog.TagFieldSpecifications":                      "tagFieldSpecificationSet",
	"FlowLog.Tags":                                        "tagSet",
	"Instance.BlockDeviceMappings":                        "blockDeviceMapping",
	"Instance.ElasticGpuAssociations":                     "elasticGpuAssociationSet",
	"Instance.ElasticInferenceAcceleratorAssociations":    "elasticInferenceAcceleratorAssociationSet",
	"Instance.Licenses":                                   "licenseSet",
	"Instance.NetworkInterfaces":                          "networkInterfaceSet",
	"Instance.ProductCodes":                               "productCodes",
	"Instance.SecondaryInterfaces":                        "secondaryInterfaceSet",
	"Instance.SecurityGroups":                             "groupSet",
	"Instance.Tags":                                       "tagSet",
	"InstanceNetworkInterface.Groups":                     "groupSet",
	"InstanceNetworkInterface.Ipv4Prefixes":               "ipv4PrefixSet",
	"InstanceNetworkInterface.Ipv6Addresses":              "ipv6AddressesSet",
	"InstanceNetworkInterface.Ipv6Prefixes":               "ipv6PrefixSet",
	"InstanceNetworkInterface.PrivateIpAddresses":         "privateIpAddressesSet",
	"InstanceSecondaryInterface.PrivateIpAddresses":       "privateIpAddressSet",
	"IpPermission.IpRanges":                               "ipRanges",
	"IpPermission.Ipv6Ranges":                             "ipv6Ranges",
	"IpPermission.PrefixListIds":                          "prefixListIds",
	"IpPermission.UserIdGroupPairs":                       "groups",
	"NetworkInterface.AssociatedSubnets":                  "associatedSubnetSet",
	"NetworkInterface.Groups":                             "groupSet",
	"NetworkInterface.Ipv4Prefixes":                       "ipv4PrefixSet",
	"NetworkInterface.Ipv6Addresses":                      "ipv6AddressesSet",
	"NetworkInterface.Ipv6Prefixes":                       "ipv6PrefixSet",
	"NetworkInterface.PrivateIpAddresses":                 "privateIpAddressesSet",
	"NetworkInterface.TagSet":                             "tagSet",
	"Region.Geography":                                    "geographySet",
	"Reservation.Groups":                                  "groupSet",
	"Reservation.Instances":                               "instancesSet",
	"RouteTable.Associations":                             "associationSet",
	"RouteTable.PropagatingVgws":                          "propagatingVgwSet",
	"RouteTable.Routes":                                   "routeSet",
	"RouteTable.Tags":                                     "tagSet",
	"SecurityGroup.IpPermissions":                         "ipPermissions",
	"SecurityGroup.IpPermissionsEgress":                   "ipPermissionsEgress",
	"SecurityGroup.Tags":                                  "tagSet",
	"SecurityGroupRule.Tags":                              "tagSet",
	"Subnet.Ipv6CidrBlockAssociationSet":                  "ipv6CidrBlockAssociationSet",
	"Subnet.Tags":                                         "tagSet",
	"SubnetIpPrefixes.IpPrefixes":                         "ipPrefixSet",
	"TagFieldSpecificationResponse.TagKeys":               "tagKeySet",
	"Vpc.CidrBlockAssociationSet":                         "cidrBlockAssociationSet",
	"Vpc.Ipv6CidrBlockAssociationSet":                     "ipv6CidrBlockAssociationSet",
	"Vpc.Tags":                                            "tagSet",
	"VpcEncryptionControl.Tags":                           "tagSet",
	"VpcEndpoint.DnsEntries":                              "dnsEntrySet",
	"VpcEndpoint.Groups":                                  "groupSet",
	"VpcEndpoint.Ipv4Prefixes":                            "ipv4PrefixSet",
	"VpcEndpoint.Ipv6Prefixes":                            "ipv6PrefixSet",
	"VpcEndpoint.NetworkInterfaceIds":                     "networkInterfaceIdSet",
	"VpcEndpoint.PayerResponsibilities":                   "payerResponsibilitySet",
	"VpcEndpoint.RouteTableIds":                           "routeTableIdSet",
	"VpcEndpoint.SubnetIds":                               "subnetIdSet",
	"VpcEndpoint.Tags":                                    "tagSet",
}

// ec2OutputNames are the single members that are called otherwise in an answer.
var ec2OutputNames = map[string]string{
	"AvailabilityZone.State":         "zoneState",
	"Instance.PublicDnsName":         "dnsName",
	"Instance.PublicIpAddress":       "ipAddress",
	"Instance.State":                 "instanceState",
	"Instance.StateTransitionReason": "reason",
	"ProductCode.ProductCodeId":      "productCode",
	"ProductCode.ProductCodeType":    "type",
	"Region.Endpoint":                "regionEndpoint",
	"SecurityGroup.Description":      "groupDescription",
}

func ec2InputName(owner reflect.Type, f reflect.StructField) string {
	if f.Type.Kind() == reflect.Slice && f.Type != bytesType {
		return ec2InputLists[owner.Name()+"."+f.Name]
	}
	return f.Name
}

func ec2OutputName(owner reflect.Type, f reflect.StructField) string {
	at := owner.Name() + "." + f.Name
	if f.Type.Kind() == reflect.Slice && f.Type != bytesType {
		return ec2OutputLists[at]
	}
	if name := ec2OutputNames[at]; name != "" {
		return name
	}
	return lowerFirst(f.Name)
}

func ec2Items(reflect.Type, reflect.StructField) (item string, flat bool) { return "item", false }
