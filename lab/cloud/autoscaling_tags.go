package cloud

import (
	"context"
	"maps"

	aas "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
)

// byARN finds a scalable target by its ARN.
func (a *AutoScaling) byARN(arn *string) (*scalable, error) {
	for _, t := range a.c.scaling.targets {
		if t.arn == val(arn) {
			return t, nil
		}
	}
	return nil, &types.ResourceNotFoundException{Message: ptr("The scalable target doesn't exist: " + val(arn)), ResourceName: arn}
}

// ListTagsForResource has the signature of the client's method.
func (a *AutoScaling) ListTagsForResource(ctx context.Context, in *aas.ListTagsForResourceInput, _ ...func(*aas.Options)) (*aas.ListTagsForResourceOutput, error) {
	if err := a.enter(ctx, "ListTagsForResource"); err != nil {
		return nil, err
	}
	t, err := a.byARN(in.ResourceARN)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(t.tags)
	if tags == nil {
		tags = map[string]string{}
	}
	return &aas.ListTagsForResourceOutput{Tags: tags}, nil
}

// TagResource has the signature of the client's method: 50 tags at most.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TagResource.html
func (a *AutoScaling) TagResource(ctx context.Context, in *aas.TagResourceInput, _ ...func(*aas.Options)) (*aas.TagResourceOutput, error) {
	if err := a.enter(ctx, "TagResource"); err != nil {
		return nil, err
	}
	t, err := a.byARN(in.ResourceARN)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(t.tags)
	if tags == nil {
		tags = map[string]string{}
	}
	maps.Copy(tags, in.Tags)
	if len(tags) > 50 {
		return nil, &types.TooManyTagsException{Message: ptr("A resource can have at most 50 tags."), ResourceName: in.ResourceARN}
	}
	t.tags = tags
	return &aas.TagResourceOutput{}, nil
}

// UntagResource has the signature of the client's method.
func (a *AutoScaling) UntagResource(ctx context.Context, in *aas.UntagResourceInput, _ ...func(*aas.Options)) (*aas.UntagResourceOutput, error) {
	if err := a.enter(ctx, "UntagResource"); err != nil {
		return nil, err
	}
	t, err := a.byARN(in.ResourceARN)
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(t.tags, k)
	}
	return &aas.UntagResourceOutput{}, nil
}
