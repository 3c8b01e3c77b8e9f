package cloud

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// namespace is a Cloud Map namespace and, but for HTTP, its hosted zone.
type namespace struct {
	id, arn, name, zoneID string
	lower                 string // the name in lower case, with trailing dot
	kind                  types.NamespaceType
	description           *string
	creator               *string
	created               time.Time
	soa                   int64 // seconds: the TTL of the SOA record
	tags                  map[string]string
	services              []*service // sorted by name
	pending               *operation
	creating              bool            // not there yet
	reached               []time.Duration // per server, when the latest change arrives there
}

func (n *namespace) hasZone() bool { return n.kind != types.NamespaceTypeHttp }

// origin is the zone's name with trailing dot.
func (n *namespace) origin() string { return n.lower }

// https://docs.aws.amazon.com/cloud-map/latest/dg/cloud-map-limits.html
const maxNamespaces = 50

func (c *Cloud) newNamespace(kind types.NamespaceType, name string, creator, description *string, soa int64, tags []types.Tag) (*namespace, error) {
	if name == "" || len(name) > 1024 || kind == types.NamespaceTypeDnsPrivate && (len(name) > 253 || strings.HasPrefix(name, "arn:")) {
		return nil, invalid("The namespace name isn't valid: " + name)
	}
	for _, n := range c.namespaces {
		if n.kind != kind || n.name != name {
			continue
		}
		if n.pending != nil {
			return nil, n.pending.duplicate()
		}
		return nil, &types.NamespaceAlreadyExists{
			Message: ptr("Namespace already exists: " + name), NamespaceId: ptr(n.id), CreatorRequestId: n.creator,
		}
	}
	if len(c.namespaces) >= maxNamespaces {
		return nil, &types.ResourceLimitExceeded{Message: ptr("Too many namespaces")}
	}
	marks, err := tagMap(tags)
	if err != nil {
		return nil, err
	}
	n := &namespace{
		id: "ns-" + c.ids.letters(16), name: name, kind: kind, description: description, creator: creator,
		created: c.now, soa: soa, tags: marks, lower: strings.ToLower(name) + ".",
	}
	n.arn = c.arn("servicediscovery", "namespace/"+n.id)
	if n.hasZone() {
		n.zoneID = "Z" + strings.ToUpper(c.ids.letters(20))
		n.reached = make([]time.Duration, c.cfg.Servers)
	}
	i, _ := slices.BinarySearchFunc(c.namespaces, n.id, func(n *namespace, id string) int { return cmp.Compare(n.id, id) })
	c.namespaces = slices.Insert(c.namespaces, i, n)
	return n, nil
}

func (c *Cloud) dropNamespace(n *namespace) {
	c.namespaces = slices.DeleteFunc(c.namespaces, func(o *namespace) bool { return o == n })
}

func (c *Cloud) createNamespace(n *namespace) *string {
	n.creating = true
	n.pending = c.operate(&operation{kind: types.OperationTypeCreateNamespace, namespace: n.id}, c.cfg.Timing.NamespaceMin, c.cfg.Timing.NamespaceMax, func() {
		failed := n.pending.failed
		n.pending, n.creating = nil, false
		if failed {
			c.dropNamespace(n)
		}
	})
	return ptr(n.pending.id)
}

// CreatePrivateDnsNamespace has the signature of the client's method.
func (m *CloudMap) CreatePrivateDnsNamespace(ctx context.Context, in *servicediscovery.CreatePrivateDnsNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.CreatePrivateDnsNamespaceOutput, error) {
	if err := m.enter(ctx, "CreatePrivateDnsNamespace"); err != nil {
		return nil, err
	}
	if val(in.Vpc) != m.c.cfg.VPC.ID {
		return nil, invalid("The VPC that you chose, " + val(in.Vpc) + " in region " + m.c.cfg.Region + ", does not exist or you are not authorized to access it.")
	}
	soa := int64(15) // https://github.com/go-to-k/cdkd (a probe of the live service)
	if p := in.Properties; p != nil && p.DnsProperties != nil && p.DnsProperties.SOA != nil {
		soa = val(p.DnsProperties.SOA.TTL)
	}
	n, err := m.c.newNamespace(types.NamespaceTypeDnsPrivate, val(in.Name), in.CreatorRequestId, in.Description, soa, in.Tags)
	if err != nil {
		return nil, err
	}
	return &servicediscovery.CreatePrivateDnsNamespaceOutput{OperationId: m.c.createNamespace(n)}, nil
}

// CreateHttpNamespace has the signature of the client's method.
func (m *CloudMap) CreateHttpNamespace(ctx context.Context, in *servicediscovery.CreateHttpNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.CreateHttpNamespaceOutput, error) {
	if err := m.enter(ctx, "CreateHttpNamespace"); err != nil {
		return nil, err
	}
	n, err := m.c.newNamespace(types.NamespaceTypeHttp, val(in.Name), in.CreatorRequestId, in.Description, 0, in.Tags)
	if err != nil {
		return nil, err
	}
	return &servicediscovery.CreateHttpNamespaceOutput{OperationId: m.c.createNamespace(n)}, nil
}

// UpdatePrivateDnsNamespace has the signature of the client's method. What is
// left out stays as it is.
func (m *CloudMap) UpdatePrivateDnsNamespace(ctx context.Context, in *servicediscovery.UpdatePrivateDnsNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.UpdatePrivateDnsNamespaceOutput, error) {
	if err := m.enter(ctx, "UpdatePrivateDnsNamespace"); err != nil {
		return nil, err
	}
	n, err := m.there(in.Id)
	if err != nil {
		return nil, err
	}
	if n.kind != types.NamespaceTypeDnsPrivate || in.Namespace == nil {
		return nil, invalid("Not a private DNS namespace, or no change: " + n.id)
	}
	if n.pending != nil {
		return nil, n.pending.duplicate()
	}
	change := *in.Namespace
	n.pending = m.c.operate(&operation{kind: types.OperationTypeUpdateNamespace, namespace: n.id}, m.c.cfg.Timing.OperationMin, m.c.cfg.Timing.OperationMax, func() {
		failed := n.pending.failed
		n.pending = nil
		if failed {
			return
		}
		if change.Description != nil {
			n.description = ptr(*change.Description)
		}
		if p := change.Properties; p != nil && p.DnsProperties != nil && p.DnsProperties.SOA != nil && p.DnsProperties.SOA.TTL != nil {
			n.soa = *p.DnsProperties.SOA.TTL
		}
	})
	return &servicediscovery.UpdatePrivateDnsNamespaceOutput{OperationId: ptr(n.pending.id)}, nil
}

// DeleteNamespace has the signature of the client's method.
func (m *CloudMap) DeleteNamespace(ctx context.Context, in *servicediscovery.DeleteNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.DeleteNamespaceOutput, error) {
	if err := m.enter(ctx, "DeleteNamespace"); err != nil {
		return nil, err
	}
	n, err := m.there(in.Id)
	if err != nil {
		return nil, err
	}
	if n.pending != nil {
		return nil, n.pending.duplicate()
	}
	if len(n.services) > 0 {
		return nil, &types.ResourceInUse{Message: ptr("Namespace has services: " + n.id)}
	}
	n.pending = m.c.operate(&operation{kind: types.OperationTypeDeleteNamespace, namespace: n.id}, m.c.cfg.Timing.NamespaceMin, m.c.cfg.Timing.NamespaceMax, func() {
		failed := n.pending.failed || len(n.services) > 0
		n.pending = nil
		if !failed {
			m.c.dropNamespace(n)
		}
	})
	return &servicediscovery.DeleteNamespaceOutput{OperationId: ptr(n.pending.id)}, nil
}

func (m *CloudMap) there(id *string) (*namespace, error) {
	n, err := m.c.namespaceBy(id)
	if err == nil && n.creating {
		return nil, &types.NamespaceNotFound{Message: ptr("Namespace not found: " + n.id)}
	}
	return n, err
}

func (n *namespace) properties() *types.NamespaceProperties {
	p := &types.NamespaceProperties{HttpProperties: &types.HttpProperties{HttpName: ptr(n.name)}}
	if n.hasZone() {
		p.DnsProperties = &types.DnsProperties{HostedZoneId: ptr(n.zoneID), SOA: &types.SOA{TTL: ptr(n.soa)}}
	}
	return p
}

// GetNamespace has the signature of the client's method.
func (m *CloudMap) GetNamespace(ctx context.Context, in *servicediscovery.GetNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.GetNamespaceOutput, error) {
	if err := m.enter(ctx, "GetNamespace"); err != nil {
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

// ListNamespaces has the signature of the client's method. Namespaces come by id.
func (m *CloudMap) ListNamespaces(ctx context.Context, in *servicediscovery.ListNamespacesInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.ListNamespacesOutput, error) {
	if err := m.enter(ctx, "ListNamespaces"); err != nil {
		return nil, err
	}
	var found []*namespace
next:
	for _, n := range m.c.namespaces {
		if n.creating {
			continue
		}
		for _, f := range in.Filters {
			var v string
			switch f.Name {
			case types.NamespaceFilterNameType:
				v = string(n.kind)
			case types.NamespaceFilterNameName, types.NamespaceFilterNameHttpName:
				v = n.name
			case types.NamespaceFilterNameResourceOwner:
				v = "SELF"
			default:
				return nil, invalid("Unknown filter " + string(f.Name))
			}
			if !matches(f.Condition, f.Values, v) {
				continue next
			}
		}
		found = append(found, n)
	}
	found, token, err := page(found, func(n *namespace) string { return n.id }, 100, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &servicediscovery.ListNamespacesOutput{NextToken: token, Namespaces: make([]types.NamespaceSummary, 0, len(found))}
	for _, n := range found {
		out.Namespaces = append(out.Namespaces, types.NamespaceSummary{
			Id: ptr(n.id), Arn: ptr(n.arn), Name: ptr(n.name), Type: n.kind, Description: n.description,
			CreateDate: ptr(n.created), Properties: n.properties(),
			ServiceCount: ptr(int32(len(n.services))), ResourceOwner: ptr(m.c.cfg.Account),
		})
	}
	return out, nil
}
