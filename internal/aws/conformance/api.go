package conformance

import (
	"context"

	sd "github.com/aws/aws-sdk-go-v2/service/servicediscovery"
)

// CloudMap has the operations of Cloud Map with the signatures of
// servicediscovery.Client.
type CloudMap interface {
	CreateHttpNamespace(context.Context, *sd.CreateHttpNamespaceInput, ...func(*sd.Options)) (*sd.CreateHttpNamespaceOutput, error)
	CreatePrivateDnsNamespace(context.Context, *sd.CreatePrivateDnsNamespaceInput, ...func(*sd.Options)) (*sd.CreatePrivateDnsNamespaceOutput, error)
	CreatePublicDnsNamespace(context.Context, *sd.CreatePublicDnsNamespaceInput, ...func(*sd.Options)) (*sd.CreatePublicDnsNamespaceOutput, error)
	CreateService(context.Context, *sd.CreateServiceInput, ...func(*sd.Options)) (*sd.CreateServiceOutput, error)
	DeleteNamespace(context.Context, *sd.DeleteNamespaceInput, ...func(*sd.Options)) (*sd.DeleteNamespaceOutput, error)
	DeleteService(context.Context, *sd.DeleteServiceInput, ...func(*sd.Options)) (*sd.DeleteServiceOutput, error)
	DeleteServiceAttributes(context.Context, *sd.DeleteServiceAttributesInput, ...func(*sd.Options)) (*sd.DeleteServiceAttributesOutput, error)
	DeregisterInstance(context.Context, *sd.DeregisterInstanceInput, ...func(*sd.Options)) (*sd.DeregisterInstanceOutput, error)
	DiscoverInstances(context.Context, *sd.DiscoverInstancesInput, ...func(*sd.Options)) (*sd.DiscoverInstancesOutput, error)
	DiscoverInstancesRevision(context.Context, *sd.DiscoverInstancesRevisionInput, ...func(*sd.Options)) (*sd.DiscoverInstancesRevisionOutput, error)
	GetInstance(context.Context, *sd.GetInstanceInput, ...func(*sd.Options)) (*sd.GetInstanceOutput, error)
	GetInstancesHealthStatus(context.Context, *sd.GetInstancesHealthStatusInput, ...func(*sd.Options)) (*sd.GetInstancesHealthStatusOutput, error)
	GetNamespace(context.Context, *sd.GetNamespaceInput, ...func(*sd.Options)) (*sd.GetNamespaceOutput, error)
	GetOperation(context.Context, *sd.GetOperationInput, ...func(*sd.Options)) (*sd.GetOperationOutput, error)
	GetService(context.Context, *sd.GetServiceInput, ...func(*sd.Options)) (*sd.GetServiceOutput, error)
	GetServiceAttributes(context.Context, *sd.GetServiceAttributesInput, ...func(*sd.Options)) (*sd.GetServiceAttributesOutput, error)
	ListInstances(context.Context, *sd.ListInstancesInput, ...func(*sd.Options)) (*sd.ListInstancesOutput, error)
	ListNamespaces(context.Context, *sd.ListNamespacesInput, ...func(*sd.Options)) (*sd.ListNamespacesOutput, error)
	ListOperations(context.Context, *sd.ListOperationsInput, ...func(*sd.Options)) (*sd.ListOperationsOutput, error)
	ListServices(context.Context, *sd.ListServicesInput, ...func(*sd.Options)) (*sd.ListServicesOutput, error)
	ListTagsForResource(context.Context, *sd.ListTagsForResourceInput, ...func(*sd.Options)) (*sd.ListTagsForResourceOutput, error)
	RegisterInstance(context.Context, *sd.RegisterInstanceInput, ...func(*sd.Options)) (*sd.RegisterInstanceOutput, error)
	TagResource(context.Context, *sd.TagResourceInput, ...func(*sd.Options)) (*sd.TagResourceOutput, error)
	UntagResource(context.Context, *sd.UntagResourceInput, ...func(*sd.Options)) (*sd.UntagResourceOutput, error)
	UpdateHttpNamespace(context.Context, *sd.UpdateHttpNamespaceInput, ...func(*sd.Options)) (*sd.UpdateHttpNamespaceOutput, error)
	UpdateInstanceCustomHealthStatus(context.Context, *sd.UpdateInstanceCustomHealthStatusInput, ...func(*sd.Options)) (*sd.UpdateInstanceCustomHealthStatusOutput, error)
	UpdatePrivateDnsNamespace(context.Context, *sd.UpdatePrivateDnsNamespaceInput, ...func(*sd.Options)) (*sd.UpdatePrivateDnsNamespaceOutput, error)
	UpdatePublicDnsNamespace(context.Context, *sd.UpdatePublicDnsNamespaceInput, ...func(*sd.Options)) (*sd.UpdatePublicDnsNamespaceOutput, error)
	UpdateService(context.Context, *sd.UpdateServiceInput, ...func(*sd.Options)) (*sd.UpdateServiceOutput, error)
	UpdateServiceAttributes(context.Context, *sd.UpdateServiceAttributesInput, ...func(*sd.Options)) (*sd.UpdateServiceAttributesOutput, error)
}
