package iam

// Condition keys of Cloud Map.
const (
	keyNamespaceARN = "servicediscovery:NamespaceArn"
	keyServiceARN   = "servicediscovery:ServiceArn"
	keyCreatedBy    = "servicediscovery:ServiceCreatedByAccount"
	keyTagOfRequest = "aws:RequestTag/"
	keyTagOfThing   = "aws:ResourceTag/"
)

// What Cloud Map does in Route 53 and EC2 it does with the caller's rights.
// https://docs.aws.amazon.com/cloud-map/latest/dg/cloud-map-api-permissions-ref.html
//
// Of what stands there, ec2:DescribeInstances is left out: RegisterInstance needs it
// for the attribute AWS_EC2_INSTANCE_ID, which tranship never writes.
var (
	registering   = []string{"route53:ChangeResourceRecordSets", "route53:CreateHealthCheck", "route53:GetHealthCheck", "route53:UpdateHealthCheck"}
	deregistering = []string{"route53:ChangeResourceRecordSets", "route53:DeleteHealthCheck", "route53:GetHealthCheck", "route53:UpdateHealthCheck"}
	updating      = append([]string{"route53:CreateHealthCheck"}, deregistering...)
	tagging       = []string{"servicediscovery:TagResource"}
	public        = append([]string{"route53:CreateHostedZone", "route53:GetHostedZone", "route53:ListHostedZonesByName"}, tagging...)
	private       = append([]string{"ec2:DescribeRegions", "ec2:DescribeVpcs"}, public...)
)

// cloudMapActions are Cloud Map's.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudmap.html
var cloudMapActions = []Action{
	{Name: "servicediscovery:GetInstance", On: []Kind{cloudMapService}, Keys: []string{keyServiceARN}},
	{Name: "servicediscovery:GetInstancesHealthStatus", On: []Kind{cloudMapService}, Keys: []string{keyServiceARN}},
	{Name: "servicediscovery:GetNamespace", On: []Kind{namespace}},
	{Name: "servicediscovery:GetOperation", On: []Kind{namespace, cloudMapService}},
	{Name: "servicediscovery:GetService", On: []Kind{cloudMapService}},
	{Name: "servicediscovery:GetServiceAttributes", On: []Kind{cloudMapService}},
	{Name: "servicediscovery:ListInstances", On: []Kind{cloudMapService}, Keys: []string{keyServiceARN}},
	{Name: "servicediscovery:ListNamespaces"},
	{Name: "servicediscovery:ListOperations"},
	{Name: "servicediscovery:ListServices"},
	{Name: "servicediscovery:ListTagsForResource"},
	{Name: "servicediscovery:DiscoverInstances", On: []Kind{namespace, cloudMapService}, Keys: []string{"servicediscovery:NamespaceName", "servicediscovery:ServiceName"}},
	{Name: "servicediscovery:DiscoverInstancesRevision", On: []Kind{namespace, cloudMapService}, Keys: []string{"servicediscovery:NamespaceName", "servicediscovery:ServiceName"}},

	{Name: "servicediscovery:DeregisterInstance", On: []Kind{cloudMapService}, Keys: []string{keyServiceARN, keyCreatedBy}, Asks: deregistering},
	{Name: "servicediscovery:RegisterInstance", On: []Kind{cloudMapService}, Keys: []string{keyServiceARN, keyCreatedBy}, Asks: registering},
	{Name: "servicediscovery:UpdateInstanceCustomHealthStatus", On: []Kind{cloudMapService}, Keys: []string{keyServiceARN, keyCreatedBy}},
	{Name: "servicediscovery:UpdateService", On: []Kind{cloudMapService}, Keys: []string{keyCreatedBy}, Asks: updating},
	{Name: "servicediscovery:UpdateServiceAttributes", On: []Kind{cloudMapService}, Keys: []string{keyCreatedBy}},
	{Name: "servicediscovery:DeleteServiceAttributes", On: []Kind{cloudMapService}, Keys: []string{keyCreatedBy}},

	{Name: "servicediscovery:CreateService", On: []Kind{namespace, cloudMapService}, Keys: []string{keyTagOfRequest, keyNamespaceARN}, Asks: tagging},
	{Name: "servicediscovery:DeleteService", On: []Kind{cloudMapService}, Keys: []string{keyCreatedBy}},
	{Name: "servicediscovery:CreateHttpNamespace", Keys: []string{keyTagOfRequest}, Asks: tagging},
	{Name: "servicediscovery:CreatePrivateDnsNamespace", Keys: []string{keyTagOfRequest}, Asks: private},
	{Name: "servicediscovery:CreatePublicDnsNamespace", Keys: []string{keyTagOfRequest}, Asks: public},
	{Name: "servicediscovery:DeleteNamespace", On: []Kind{namespace}, Asks: []string{"route53:DeleteHostedZone"}},
	{Name: "servicediscovery:UpdateHttpNamespace", On: []Kind{namespace}},
	{Name: "servicediscovery:UpdatePrivateDnsNamespace", On: []Kind{namespace}, Asks: []string{"route53:ChangeResourceRecordSets"}},
	{Name: "servicediscovery:UpdatePublicDnsNamespace", On: []Kind{namespace}, Asks: []string{"route53:ChangeResourceRecordSets"}},
	{Name: "servicediscovery:TagResource", Keys: []string{keyTagOfRequest}},
	{Name: "servicediscovery:UntagResource"},
}

// route53Actions are Route 53's, which Cloud Map asks for.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonroute53.html
var route53Actions = []Action{
	{Name: "route53:ChangeResourceRecordSets", On: []Kind{hostedZone}},
	{Name: "route53:CreateHealthCheck"},
	{Name: "route53:CreateHostedZone"},
	{Name: "route53:DeleteHealthCheck", On: []Kind{healthCheck}},
	{Name: "route53:DeleteHostedZone", On: []Kind{hostedZone}},
	{Name: "route53:GetHealthCheck", On: []Kind{healthCheck}},
	{Name: "route53:GetHostedZone", On: []Kind{hostedZone}},
	{Name: "route53:ListHostedZonesByName"},
	{Name: "route53:UpdateHealthCheck", On: []Kind{healthCheck}},
}
