package aws

import (
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// cloudMapRequired holds every operation of Cloud Map. A test holds it against
// the SDK's own validation.
func cloudMapRequired() required {
	r := required{}
	need[servicediscovery.CreateHttpNamespaceInput](r, "Name")
	need[servicediscovery.CreatePrivateDnsNamespaceInput](r, "Name Vpc")
	need[servicediscovery.CreatePublicDnsNamespaceInput](r, "Name")
	need[servicediscovery.CreateServiceInput](r, "Name")
	need[servicediscovery.DeleteNamespaceInput](r, "Id")
	need[servicediscovery.DeleteServiceAttributesInput](r, "ServiceId Attributes")
	need[servicediscovery.DeleteServiceInput](r, "Id")
	need[servicediscovery.DeregisterInstanceInput](r, "ServiceId InstanceId")
	need[servicediscovery.DiscoverInstancesInput](r, "NamespaceName ServiceName")
	need[servicediscovery.DiscoverInstancesRevisionInput](r, "NamespaceName ServiceName")
	need[servicediscovery.GetInstanceInput](r, "ServiceId InstanceId")
	need[servicediscovery.GetInstancesHealthStatusInput](r, "ServiceId")
	need[servicediscovery.GetNamespaceInput](r, "Id")
	need[servicediscovery.GetOperationInput](r, "OperationId")
	need[servicediscovery.GetServiceAttributesInput](r, "ServiceId")
	need[servicediscovery.GetServiceInput](r, "Id")
	need[servicediscovery.ListInstancesInput](r, "ServiceId")
	need[servicediscovery.ListTagsForResourceInput](r, "ResourceARN")
	need[servicediscovery.RegisterInstanceInput](r, "ServiceId InstanceId Attributes")
	need[servicediscovery.TagResourceInput](r, "ResourceARN Tags")
	need[servicediscovery.UntagResourceInput](r, "ResourceARN TagKeys")
	need[servicediscovery.UpdateHttpNamespaceInput](r, "Id Namespace")
	need[servicediscovery.UpdateInstanceCustomHealthStatusInput](r, "ServiceId InstanceId Status")
	need[servicediscovery.UpdatePrivateDnsNamespaceInput](r, "Id Namespace")
	need[servicediscovery.UpdatePublicDnsNamespaceInput](r, "Id Namespace")
	need[servicediscovery.UpdateServiceAttributesInput](r, "ServiceId Attributes")
	need[servicediscovery.UpdateServiceInput](r, "Id Service")
	need[types.DnsConfigChange](r, "DnsRecords")
	need[types.DnsConfig](r, "DnsRecords")
	need[types.DnsRecord](r, "Type TTL")
	need[types.HealthCheckConfig](r, "Type")
	need[types.HttpNamespaceChange](r, "Description")
	need[types.NamespaceFilter](r, "Name Values")
	need[types.OperationFilter](r, "Name Values")
	need[types.PrivateDnsNamespacePropertiesChange](r, "DnsProperties")
	need[types.PrivateDnsNamespaceProperties](r, "DnsProperties")
	need[types.PrivateDnsPropertiesMutableChange](r, "SOA")
	need[types.PrivateDnsPropertiesMutable](r, "SOA")
	need[types.PublicDnsNamespacePropertiesChange](r, "DnsProperties")
	need[types.PublicDnsNamespaceProperties](r, "DnsProperties")
	need[types.PublicDnsPropertiesMutableChange](r, "SOA")
	need[types.PublicDnsPropertiesMutable](r, "SOA")
	need[types.SOAChange](r, "TTL")
	need[types.SOA](r, "TTL")
	need[types.ServiceFilter](r, "Name Values")
	need[types.Tag](r, "Key Value")
	return r
}
