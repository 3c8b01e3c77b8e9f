package aws

import "reflect"

// route53Lists are the names of the elements of Route 53's lists that are not
// called member. Source: the Route 53 API model, 2013-04-01.
var route53Lists = map[string]string{
	"ChangeBatch.Changes":                                                 "Change",
	"ChangeTagsForResourceInput.AddTags":                                  "Tag",
	"ChangeTagsForResourceInput.RemoveTagKeys":                            "Key",
	"CidrCollectionChange.CidrList":                                       "Cidr",
	"CloudWatchAlarmConfiguration.Dimensions":                             "Dimension",
	"DelegationSet.NameServers":                                           "NameServer",
	"GetHealthCheckLastFailureReasonOutput.HealthCheckObservations":       "HealthCheckObservation",
	"GetHealthCheckStatusOutput.HealthCheckObservations":                  "HealthCheckObservation",
	"GetHostedZoneOutput.VPCs":                                            "VPC",
	"HealthCheckConfig.ChildHealthChecks":                                 "ChildHealthCheck",
	"HealthCheckConfig.Regions":                                           "Region",
	"ListGeoLocationsOutput.GeoLocationDetailsList":                       "GeoLocationDetails",
	"ListHealthChecksOutput.HealthChecks":                                 "HealthCheck",
	"ListHostedZonesByNameOutput.HostedZones":                             "HostedZone",
	"ListHostedZonesByVPCOutput.HostedZoneSummaries":                      "HostedZoneSummary",
	"ListHostedZonesOutput.HostedZones":                                   "HostedZone",
	"ListQueryLoggingConfigsOutput.QueryLoggingConfigs":                   "QueryLoggingConfig",
	"ListResourceRecordSetsOutput.ResourceRecordSets":                     "ResourceRecordSet",
	"ListReusableDelegationSetsOutput.DelegationSets":                     "DelegationSet",
	"ListTagsForResourcesInput.ResourceIds":                               "ResourceId",
	"ListTagsForResourcesOutput.ResourceTagSets":                          "ResourceTagSet",
	"ListTrafficPoliciesOutput.TrafficPolicySummaries":                    "TrafficPolicySummary",
	"ListTrafficPolicyInstancesByHostedZoneOutput.TrafficPolicyInstances": "TrafficPolicyInstance",
	"ListTrafficPolicyInstancesByPolicyOutput.TrafficPolicyInstances":     "TrafficPolicyInstance",
	"ListTrafficPolicyInstancesOutput.TrafficPolicyInstances":             "TrafficPolicyInstance",
	"ListTrafficPolicyVersionsOutput.TrafficPolicies":                     "TrafficPolicy",
	"ListVPCAssociationAuthorizationsOutput.VPCs":                         "VPC",
	"ResourceRecordSet.ResourceRecords":                                   "ResourceRecord",
	"ResourceTagSet.Tags":                                                 "Tag",
	"TestDNSAnswerOutput.RecordData":                                      "RecordDataEntry",
	"UpdateHealthCheckInput.ChildHealthChecks":                            "ChildHealthCheck",
	"UpdateHealthCheckInput.Regions":                                      "Region",
	"UpdateHealthCheckInput.ResetElements":                                "ResettableElementName",
}

func route53Items(owner reflect.Type, f reflect.StructField) (item string, flat bool) {
	if item = route53Lists[owner.Name()+"."+f.Name]; item == "" {
		item = "member"
	}
	return item, false
}
