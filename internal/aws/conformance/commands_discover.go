package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"

	sd "github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// discovered are the names that DiscoverInstances takes: ns is a namespace's
// HTTP name, or one that a command has printed.
func (s *Session) discovered() (namespace, service *string) {
	ns := s.arg("ns", usualNamespace)
	if id := s.ID(ns); id != ns {
		return &id, ptr(s.serviceName(s.arg("service", usualService)))
	}
	return ptr(s.namespaceName(ns)), ptr(s.serviceName(s.arg("service", usualService)))
}

func (s *Session) discover(ctx context.Context) (string, error) {
	in := &sd.DiscoverInstancesInput{
		HealthStatus: types.HealthStatusFilter(s.arg("filter", "")), MaxResults: s.most("most"), OwnerAccount: s.given("owner"),
	}
	in.NamespaceName, in.ServiceName = s.discovered()
	if m := s.with("with-"); len(m) > 0 {
		in.QueryParameters = m
	}
	if m := s.with("better-"); len(m) > 0 {
		in.OptionalParameters = m
	}
	var out *sd.DiscoverInstancesOutput
	said, err := s.times(func(int) (err error) {
		out, err = s.api.DiscoverInstances(ctx, in)
		return err
	})
	if err != nil {
		return said, err
	}
	if s.c.Has("count") {
		return fmt.Sprintf("%d instances\n", len(out.Instances)), nil
	}
	var lines []string
	for _, i := range out.Instances {
		lines = append(lines, fmt.Sprintf("%s %s %s\n", text(i.InstanceId), i.Attributes["AWS_INSTANCE_IPV4"], i.HealthStatus))
	}
	if len(lines) == 0 {
		return "none\n", nil
	}
	slices.Sort(lines)
	return strings.Join(lines, ""), nil
}

// revision prints by how much a service's revision has grown since the case
// first asked.
func (s *Session) revision(ctx context.Context) (string, error) {
	in := &sd.DiscoverInstancesRevisionInput{OwnerAccount: s.given("owner")}
	in.NamespaceName, in.ServiceName = s.discovered()
	out, err := s.api.DiscoverInstancesRevision(ctx, in)
	if err != nil {
		return "", err
	}
	now, key := number(out.InstancesRevision), *in.NamespaceName+" "+*in.ServiceName
	if _, asked := s.revisions[key]; !asked {
		s.revisions[key] = now
	}
	return fmt.Sprintf("+%d\n", now-s.revisions[key]), nil
}
