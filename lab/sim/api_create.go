package sim

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
)

// What makes names and takes them away.

func (m mapAPI) ListTagsForResource(ctx context.Context, in *servicediscovery.ListTagsForResourceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.ListTagsForResourceOutput, error) {
	return call(ctx, m.a, false, m.a.w.cloud.CloudMap().ListTagsForResource, in)
}

func (m mapAPI) CreateService(ctx context.Context, in *servicediscovery.CreateServiceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.CreateServiceOutput, error) {
	return call(ctx, m.a, true, m.a.w.cloud.CloudMap().CreateService, in)
}

func (m mapAPI) DeleteService(ctx context.Context, in *servicediscovery.DeleteServiceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.DeleteServiceOutput, error) {
	return call(ctx, m.a, true, m.a.w.cloud.CloudMap().DeleteService, in)
}

func (m mapAPI) CreatePrivateDnsNamespace(ctx context.Context, in *servicediscovery.CreatePrivateDnsNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.CreatePrivateDnsNamespaceOutput, error) {
	return call(ctx, m.a, true, m.a.w.cloud.CloudMap().CreatePrivateDnsNamespace, in)
}

func (m mapAPI) CreatePublicDnsNamespace(ctx context.Context, in *servicediscovery.CreatePublicDnsNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.CreatePublicDnsNamespaceOutput, error) {
	return call(ctx, m.a, true, m.a.w.cloud.CloudMap().CreatePublicDnsNamespace, in)
}

func (m mapAPI) CreateHttpNamespace(ctx context.Context, in *servicediscovery.CreateHttpNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.CreateHttpNamespaceOutput, error) {
	return call(ctx, m.a, true, m.a.w.cloud.CloudMap().CreateHttpNamespace, in)
}

func (m mapAPI) DeleteNamespace(ctx context.Context, in *servicediscovery.DeleteNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.DeleteNamespaceOutput, error) {
	return call(ctx, m.a, true, m.a.w.cloud.CloudMap().DeleteNamespace, in)
}
