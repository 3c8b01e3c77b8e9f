package conformance

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	sd "github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// tagList reads tag-KEY=value and tags=N for as many.
func (s *Session) tagList() []types.Tag {
	all := s.with("tag-")
	var out []types.Tag
	for _, k := range slices.Sorted(maps.Keys(all)) {
		out = append(out, types.Tag{Key: ptr(k), Value: ptr(all[k])})
	}
	for i := range s.number("tags", 0) {
		out = append(out, types.Tag{Key: ptr("t" + strconv.Itoa(i)), Value: ptr("")})
	}
	return out
}

// resource is the ARN of service=NAME, or with of=namespace that of ns=NAME.
func (s *Session) resource(ctx context.Context) *string {
	if v := s.given("arn"); v != nil {
		return v
	}
	if s.arg("of", "") == "namespace" {
		return ptr(s.namespaceARN(ctx, s.ns(ctx)))
	}
	return ptr(s.serviceARN(ctx, s.service(ctx, "service")))
}

func (s *Session) tag(ctx context.Context) (string, error) {
	tags := s.tagList()
	if k := s.given("key"); k != nil {
		tags = append(tags, types.Tag{Key: k, Value: ptr(s.arg("value", ""))})
	}
	_, err := s.api.TagResource(ctx, &sd.TagResourceInput{ResourceARN: s.resource(ctx), Tags: tags})
	return "", err
}

func (s *Session) untag(ctx context.Context) (string, error) {
	_, err := s.api.UntagResource(ctx, &sd.UntagResourceInput{ResourceARN: s.resource(ctx), TagKeys: []string{s.arg("key", "k")}})
	return "", err
}

func (s *Session) listTags(ctx context.Context) (string, error) {
	out, err := s.api.ListTagsForResource(ctx, &sd.ListTagsForResourceInput{ResourceARN: s.resource(ctx)})
	if err != nil {
		return "", err
	}
	if s.c.Has("count") {
		return fmt.Sprintf("%d tags\n", len(out.Tags)), nil
	}
	var lines []string
	for _, t := range out.Tags {
		if !strings.HasPrefix(text(t.Key), "tranship.dev/") { // the runner's own
			lines = append(lines, text(t.Key)+"="+text(t.Value)+"\n")
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, ""), nil
}

func (s *Session) getAttributes(ctx context.Context) (string, error) {
	out, err := s.api.GetServiceAttributes(ctx, &sd.GetServiceAttributesInput{ServiceId: ptr(s.service(ctx, "service"))})
	if err != nil {
		return "", err
	}
	return "attributes:" + sorted(out.ServiceAttributes.Attributes) + "\n", nil
}

func (s *Session) setAttributes(ctx context.Context) (string, error) {
	all := s.with("with-")
	for i := range s.number("many", 0) {
		all["k"+strconv.Itoa(i)] = "v"
	}
	if n := s.number("long", 0); n > 0 {
		all["long"] = strings.Repeat("x", n)
	}
	_, err := s.api.UpdateServiceAttributes(ctx, &sd.UpdateServiceAttributesInput{ServiceId: ptr(s.service(ctx, "service")), Attributes: all})
	return "", err
}

func (s *Session) deleteAttributes(ctx context.Context) (string, error) {
	_, err := s.api.DeleteServiceAttributes(ctx, &sd.DeleteServiceAttributesInput{
		ServiceId: ptr(s.service(ctx, "service")), Attributes: []string{s.word(0)},
	})
	return "", err
}
