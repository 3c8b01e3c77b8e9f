package cloudmap

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
)

// API is what this package needs of the SDK's Cloud Map client.
type API interface {
	GetService(context.Context, *servicediscovery.GetServiceInput, ...func(*servicediscovery.Options)) (*servicediscovery.GetServiceOutput, error)
	GetNamespace(context.Context, *servicediscovery.GetNamespaceInput, ...func(*servicediscovery.Options)) (*servicediscovery.GetNamespaceOutput, error)
	ListNamespaces(context.Context, *servicediscovery.ListNamespacesInput, ...func(*servicediscovery.Options)) (*servicediscovery.ListNamespacesOutput, error)
	ListServices(context.Context, *servicediscovery.ListServicesInput, ...func(*servicediscovery.Options)) (*servicediscovery.ListServicesOutput, error)
	ListInstances(context.Context, *servicediscovery.ListInstancesInput, ...func(*servicediscovery.Options)) (*servicediscovery.ListInstancesOutput, error)
	GetInstancesHealthStatus(context.Context, *servicediscovery.GetInstancesHealthStatusInput, ...func(*servicediscovery.Options)) (*servicediscovery.GetInstancesHealthStatusOutput, error)
	DiscoverInstancesRevision(context.Context, *servicediscovery.DiscoverInstancesRevisionInput, ...func(*servicediscovery.Options)) (*servicediscovery.DiscoverInstancesRevisionOutput, error)
	GetOperation(context.Context, *servicediscovery.GetOperationInput, ...func(*servicediscovery.Options)) (*servicediscovery.GetOperationOutput, error)
	ListTagsForResource(context.Context, *servicediscovery.ListTagsForResourceInput, ...func(*servicediscovery.Options)) (*servicediscovery.ListTagsForResourceOutput, error)

	RegisterInstance(context.Context, *servicediscovery.RegisterInstanceInput, ...func(*servicediscovery.Options)) (*servicediscovery.RegisterInstanceOutput, error)
	DeregisterInstance(context.Context, *servicediscovery.DeregisterInstanceInput, ...func(*servicediscovery.Options)) (*servicediscovery.DeregisterInstanceOutput, error)
	UpdateInstanceCustomHealthStatus(context.Context, *servicediscovery.UpdateInstanceCustomHealthStatusInput, ...func(*servicediscovery.Options)) (*servicediscovery.UpdateInstanceCustomHealthStatusOutput, error)
	UpdateService(context.Context, *servicediscovery.UpdateServiceInput, ...func(*servicediscovery.Options)) (*servicediscovery.UpdateServiceOutput, error)

	CreateService(context.Context, *servicediscovery.CreateServiceInput, ...func(*servicediscovery.Options)) (*servicediscovery.CreateServiceOutput, error)
	DeleteService(context.Context, *servicediscovery.DeleteServiceInput, ...func(*servicediscovery.Options)) (*servicediscovery.DeleteServiceOutput, error)
	CreatePrivateDnsNamespace(context.Context, *servicediscovery.CreatePrivateDnsNamespaceInput, ...func(*servicediscovery.Options)) (*servicediscovery.CreatePrivateDnsNamespaceOutput, error)
	CreatePublicDnsNamespace(context.Context, *servicediscovery.CreatePublicDnsNamespaceInput, ...func(*servicediscovery.Options)) (*servicediscovery.CreatePublicDnsNamespaceOutput, error)
	CreateHttpNamespace(context.Context, *servicediscovery.CreateHttpNamespaceInput, ...func(*servicediscovery.Options)) (*servicediscovery.CreateHttpNamespaceOutput, error)
	DeleteNamespace(context.Context, *servicediscovery.DeleteNamespaceInput, ...func(*servicediscovery.Options)) (*servicediscovery.DeleteNamespaceOutput, error)
}

var _ API = (*servicediscovery.Client)(nil)
