package cloud

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// maxServiceAttributes is how many attributes a service can have.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_UpdateServiceAttributes.html
const maxServiceAttributes = 30

// tagsOf finds the tags of a namespace or service by its ARN.
func (m *CloudMap) tagsOf(arn *string) (*map[string]string, error) {
	if n, err := m.there(arn); err == nil && n.arn == val(arn) {
		return &n.tags, nil
	}
	if svc := m.c.services[m.c.localID("service", arn)]; svc != nil && svc.arn == val(arn) {
		return &svc.tags, nil
	}
	return nil, &types.ResourceNotFoundException{Message: ptr("Resource not found: " + val(arn))}
}

// ListTagsForResource has the signature of the client's method.
func (m *CloudMap) ListTagsForResource(ctx context.Context, in *servicediscovery.ListTagsForResourceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.ListTagsForResourceOutput, error) {
	if err := m.enter(ctx, "ListTagsForResource", in); err != nil {
		return nil, err
	}
	tags, err := m.tagsOf(in.ResourceARN)
	if err != nil {
		return nil, err
	}
	out := &servicediscovery.ListTagsForResourceOutput{Tags: make([]types.Tag, 0, len(*tags))}
	for _, k := range slices.Sorted(maps.Keys(*tags)) {
		out.Tags = append(out.Tags, types.Tag{Key: ptr(k), Value: ptr((*tags)[k])})
	}
	return out, nil
}

// TagResource has the signature of the client's method.
func (m *CloudMap) TagResource(ctx context.Context, in *servicediscovery.TagResourceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.TagResourceOutput, error) {
	if err := m.enter(ctx, "TagResource", in); err != nil {
		return nil, err
	}
	tags, err := m.tagsOf(in.ResourceARN)
	if err != nil {
		return nil, err
	}
	more, err := tagMap(in.Tags)
	if err != nil {
		return nil, err
	}
	all := maps.Clone(*tags)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, more)
	if len(all) > 50 {
		return nil, &types.TooManyTagsException{Message: ptr("A resource can have at most 50 tags."), ResourceName: in.ResourceARN}
	}
	*tags = all
	return &servicediscovery.TagResourceOutput{}, nil
}

// UntagResource has the signature of the client's method.
func (m *CloudMap) UntagResource(ctx context.Context, in *servicediscovery.UntagResourceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.UntagResourceOutput, error) {
	if err := m.enter(ctx, "UntagResource", in); err != nil {
		return nil, err
	}
	tags, err := m.tagsOf(in.ResourceARN)
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(*tags, k)
	}
	return &servicediscovery.UntagResourceOutput{}, nil
}

// GetServiceAttributes has the signature of the client's method.
func (m *CloudMap) GetServiceAttributes(ctx context.Context, in *servicediscovery.GetServiceAttributesInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.GetServiceAttributesOutput, error) {
	if err := m.enter(ctx, "GetServiceAttributes", in); err != nil {
		return nil, err
	}
	svc, err := m.c.serviceBy(in.ServiceId)
	if err != nil {
		return nil, err
	}
	attributes := maps.Clone(svc.attributes)
	if attributes == nil {
		attributes = map[string]string{}
	}
	return &servicediscovery.GetServiceAttributesOutput{ServiceAttributes: &types.ServiceAttributes{
		Attributes: attributes, ServiceArn: ptr(svc.arn), ResourceOwner: ptr(m.c.cfg.Account),
	}}, nil
}

// UpdateServiceAttributes has the signature of the client's method. Attributes
// that are not named stay.
func (m *CloudMap) UpdateServiceAttributes(ctx context.Context, in *servicediscovery.UpdateServiceAttributesInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.UpdateServiceAttributesOutput, error) {
	if err := m.enter(ctx, "UpdateServiceAttributes", in); err != nil {
		return nil, err
	}
	svc, err := m.c.serviceBy(in.ServiceId)
	if err != nil {
		return nil, err
	}
	all := maps.Clone(svc.attributes)
	if all == nil {
		all = map[string]string{}
	}
	for k, v := range in.Attributes {
		all[k] = v
	}
	if len(all) > maxServiceAttributes {
		return nil, &types.ServiceAttributesLimitExceededException{Message: ptr("A service can have at most 30 attributes.")}
	}
	svc.attributes = all
	return &servicediscovery.UpdateServiceAttributesOutput{}, nil
}

// DeleteServiceAttributes has the signature of the client's method.
func (m *CloudMap) DeleteServiceAttributes(ctx context.Context, in *servicediscovery.DeleteServiceAttributesInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.DeleteServiceAttributesOutput, error) {
	if err := m.enter(ctx, "DeleteServiceAttributes", in); err != nil {
		return nil, err
	}
	svc, err := m.c.serviceBy(in.ServiceId)
	if err != nil {
		return nil, err
	}
	for _, k := range in.Attributes {
		delete(svc.attributes, k)
	}
	return &servicediscovery.DeleteServiceAttributesOutput{}, nil
}
