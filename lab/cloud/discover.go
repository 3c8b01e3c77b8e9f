package cloud

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// found is the data plane's view of a service, which follows the truth within DiscoverMax.
func (c *Cloud) found(namespaceName, serviceName *string) (*service, *snapshot, error) {
	known := false
	for _, n := range c.namespaces {
		if n.creating || n.httpName != val(namespaceName) {
			continue
		}
		known = true
		at, found := slices.BinarySearchFunc(n.services, val(serviceName), func(s *service, name string) int { return cmp.Compare(s.name, name) })
		if found {
			svc := n.services[at]
			return svc, svc.seen[c.cfg.Servers], nil
		}
	}
	if !known {
		return nil, nil, &types.NamespaceNotFound{Message: ptr("Namespace not found: " + val(namespaceName))}
	}
	return nil, nil, &types.ServiceNotFound{Message: ptr("Service not found: " + val(serviceName))}
}

// DiscoverInstances has the signature of the client's method. Instances come in
// random order; there are no pages.
func (m *CloudMap) DiscoverInstances(ctx context.Context, in *servicediscovery.DiscoverInstancesInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.DiscoverInstancesOutput, error) {
	if err := m.enter(ctx, "DiscoverInstances", in); err != nil {
		return nil, err
	}
	c := m.c
	if !c.mine(in.OwnerAccount) {
		return nil, &types.NamespaceNotFound{Message: ptr("Namespace not found: " + val(in.NamespaceName))}
	}
	svc, s, err := c.found(in.NamespaceName, in.ServiceName)
	if err != nil {
		return nil, err
	}
	most := 100
	if in.MaxResults != nil {
		if most = int(*in.MaxResults); most < 1 || most > 1000 {
			return nil, invalid("MaxResults is out of bounds")
		}
	}
	filter := in.HealthStatus
	if filter == "" {
		filter = types.HealthStatusFilterHealthyOrElseAll
		if c.cfg.Switches.DiscoverAll {
			filter = types.HealthStatusFilterAll
		}
	}
	pick := func(want func(*entry) bool) []*entry {
		var out []*entry
		for _, e := range s.entries {
			if want(e) && contains(e.attributes, in.QueryParameters) {
				out = append(out, e)
			}
		}
		return out
	}
	all := func(*entry) bool { return true }
	healthy := func(e *entry) bool { return !e.unhealthy }
	var entries []*entry
	switch {
	case !svc.checked() || filter == types.HealthStatusFilterAll:
		entries = pick(all)
	case filter == types.HealthStatusFilterHealthy:
		entries = pick(healthy)
	case filter == types.HealthStatusFilterUnhealthy:
		entries = pick(func(e *entry) bool { return e.unhealthy })
	case filter == types.HealthStatusFilterHealthyOrElseAll:
		if entries = pick(healthy); len(entries) == 0 {
			entries = pick(all)
		}
	default:
		return nil, invalid("Unknown HealthStatus " + string(filter))
	}
	if len(in.OptionalParameters) > 0 {
		var better []*entry
		for _, e := range entries {
			if contains(e.attributes, in.OptionalParameters) {
				better = append(better, e)
			}
		}
		if len(better) > 0 {
			entries = better
		}
	}
	out := &servicediscovery.DiscoverInstancesOutput{InstancesRevision: ptr(s.revision), Instances: []types.HttpInstanceSummary{}}
	for _, n := range c.pick(len(entries), most) {
		e := entries[n]
		status := types.HealthStatusUnknown
		if svc.checked() {
			status = types.HealthStatusHealthy
			if e.unhealthy {
				status = types.HealthStatusUnhealthy
			}
		}
		out.Instances = append(out.Instances, types.HttpInstanceSummary{
			InstanceId: ptr(e.id), NamespaceName: in.NamespaceName, ServiceName: in.ServiceName,
			HealthStatus: status, Attributes: maps.Clone(e.attributes),
		})
	}
	return out, nil
}

func contains(attributes, want map[string]string) bool {
	for k, v := range want {
		if got, ok := attributes[k]; !ok || got != v {
			return false
		}
	}
	return true
}

// DiscoverInstancesRevision has the signature of the client's method.
func (m *CloudMap) DiscoverInstancesRevision(ctx context.Context, in *servicediscovery.DiscoverInstancesRevisionInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.DiscoverInstancesRevisionOutput, error) {
	if err := m.enter(ctx, "DiscoverInstancesRevision", in); err != nil {
		return nil, err
	}
	if !m.c.mine(in.OwnerAccount) {
		return nil, &types.NamespaceNotFound{Message: ptr("Namespace not found: " + val(in.NamespaceName))}
	}
	_, s, err := m.c.found(in.NamespaceName, in.ServiceName)
	if err != nil {
		return nil, err
	}
	return &servicediscovery.DiscoverInstancesRevisionOutput{InstancesRevision: ptr(s.revision)}, nil
}
