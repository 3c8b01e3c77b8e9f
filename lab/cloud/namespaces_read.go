package cloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// there finds a namespace whose creation has ended.
func (m *CloudMap) there(id *string) (*namespace, error) {
	n, err := m.c.namespaceBy(id)
	if err == nil && n.creating {
		return nil, &types.NamespaceNotFound{Message: ptr("Namespace not found: " + n.id)}
	}
	return n, err
}

func (n *namespace) properties() *types.NamespaceProperties {
	p := &types.NamespaceProperties{HttpProperties: &types.HttpProperties{HttpName: ptr(n.httpName)}}
	if n.hasZone() {
		p.DnsProperties = &types.DnsProperties{HostedZoneId: ptr(n.zoneID), SOA: &types.SOA{TTL: ptr(n.soa)}}
	}
	return p
}

// GetNamespace has the signature of the client's method.
func (m *CloudMap) GetNamespace(ctx context.Context, in *servicediscovery.GetNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.GetNamespaceOutput, error) {
	if err := m.enter(ctx, "GetNamespace", in); err != nil {
		return nil, err
	}
	n, err := m.there(in.Id)
	if err != nil {
		return nil, err
	}
	return &servicediscovery.GetNamespaceOutput{Namespace: &types.Namespace{
		Id: ptr(n.id), Arn: ptr(n.arn), Name: ptr(n.name), Type: n.kind, Description: n.description,
		CreatorRequestId: n.creator, CreateDate: ptr(n.created), Properties: n.properties(),
		ServiceCount: ptr(int32(len(n.services))), ResourceOwner: ptr(m.c.cfg.Account),
	}}, nil
}

// namespaceFilters are the conditions that each filter of ListNamespaces knows.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_NamespaceFilter.html
var namespaceFilters = conditions{
	string(types.NamespaceFilterNameType):          {types.FilterConditionEq, types.FilterConditionBeginsWith},
	string(types.NamespaceFilterNameName):          {types.FilterConditionEq, types.FilterConditionBeginsWith},
	string(types.NamespaceFilterNameHttpName):      {types.FilterConditionEq, types.FilterConditionBeginsWith},
	string(types.NamespaceFilterNameResourceOwner): {types.FilterConditionEq},
}

// ListNamespaces has the signature of the client's method. Namespaces come by id;
// a page is cut first and filtered then, so it can be empty with more to come.
func (m *CloudMap) ListNamespaces(ctx context.Context, in *servicediscovery.ListNamespacesInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.ListNamespacesOutput, error) {
	if err := m.enter(ctx, "ListNamespaces", in); err != nil {
		return nil, err
	}
	for _, f := range in.Filters {
		if err := namespaceFilters.check(string(f.Name), f.Condition, f.Values); err != nil {
			return nil, err
		}
	}
	found, token, err := page(m.c.namespaces, func(n *namespace) string { return n.id }, 100, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &servicediscovery.ListNamespacesOutput{NextToken: token, Namespaces: make([]types.NamespaceSummary, 0, len(found))}
next:
	for _, n := range found {
		if n.creating {
			continue
		}
		for _, f := range in.Filters {
			var v string
			switch f.Name {
			case types.NamespaceFilterNameType:
				v = string(n.kind)
			case types.NamespaceFilterNameName:
				v = n.name
			case types.NamespaceFilterNameHttpName:
				v = n.httpName
			case types.NamespaceFilterNameResourceOwner:
				v = self
			}
			if !matches(f.Condition, f.Values, v) {
				continue next
			}
		}
		out.Namespaces = append(out.Namespaces, types.NamespaceSummary{
			Id: ptr(n.id), Arn: ptr(n.arn), Name: ptr(n.name), Type: n.kind, Description: n.description,
			CreateDate: ptr(n.created), Properties: n.properties(),
			ServiceCount: ptr(int32(len(n.services))), ResourceOwner: ptr(m.c.cfg.Account),
		})
	}
	return out, nil
}
