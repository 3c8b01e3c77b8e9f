package conformance

import (
	"context"
	"strings"

	sd "github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

func (s *Session) setHealth(ctx context.Context) (string, error) {
	_, err := s.api.UpdateInstanceCustomHealthStatus(ctx, &sd.UpdateInstanceCustomHealthStatusInput{
		ServiceId: ptr(s.service(ctx, "service")), InstanceId: ptr(s.ID(s.arg("id", "i-1"))),
		Status: types.CustomHealthStatus(s.arg("status", "")),
	})
	return "", err
}

// getHealth asks for all instances, or for id=I or id=(I,J).
func (s *Session) getHealth(ctx context.Context) (string, error) {
	in := &sd.GetInstancesHealthStatusInput{ServiceId: ptr(s.service(ctx, "service")), MaxResults: s.most("page")}
	for _, a := range s.c.Args {
		if a.Key == "id" {
			for _, v := range a.Values {
				in.Instances = append(in.Instances, s.ID(v))
			}
		}
	}
	all := map[string]string{}
	for {
		page, err := s.api.GetInstancesHealthStatus(ctx, in)
		if err != nil {
			return "", err
		}
		for id, status := range page.Status {
			if name := s.symbols[id]; name != "" {
				id = name
			}
			all[id] = string(status)
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			break
		}
	}
	if len(all) == 0 {
		return "none\n", nil
	}
	return strings.TrimPrefix(sorted(all), " ") + "\n", nil
}
