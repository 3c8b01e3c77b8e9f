package cloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// updateNamespace begins a change of a namespace of this kind; what is nil stays
// as it is.
func (m *CloudMap) updateNamespace(id *string, kind types.NamespaceType, description *string, soa *int64) (*string, error) {
	n, err := m.there(id)
	if err != nil {
		return nil, err
	}
	if n.kind != kind {
		return nil, invalid("The namespace " + n.id + " is of type " + string(n.kind) + ", not " + string(kind) + ".")
	}
	if n.pending != nil {
		return nil, n.pending.duplicate()
	}
	o := &operation{kind: types.OperationTypeUpdateNamespace, namespace: n.id}
	n.pending = m.c.operate(o, m.c.cfg.Timing.OperationMin, m.c.cfg.Timing.OperationMax, func() {
		n.pending = nil
		if o.failed {
			return
		}
		if description != nil {
			n.description = description
			if *description == "" {
				n.description = nil
			}
		}
		if soa != nil {
			n.soa = *soa
		}
	})
	return ptr(o.id), nil
}

// UpdatePrivateDnsNamespace has the signature of the client's method. What is
// left out stays as it is.
func (m *CloudMap) UpdatePrivateDnsNamespace(ctx context.Context, in *servicediscovery.UpdatePrivateDnsNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.UpdatePrivateDnsNamespaceOutput, error) {
	if err := m.enter(ctx, "UpdatePrivateDnsNamespace", in); err != nil {
		return nil, err
	}
	if in.Namespace == nil {
		return nil, invalid("No change given.")
	}
	var soa *int64
	if p := in.Namespace.Properties; p != nil && p.DnsProperties != nil && p.DnsProperties.SOA != nil {
		soa = copied(p.DnsProperties.SOA.TTL)
	}
	id, err := m.updateNamespace(in.Id, types.NamespaceTypeDnsPrivate, copied(in.Namespace.Description), soa)
	if err != nil {
		return nil, err
	}
	return &servicediscovery.UpdatePrivateDnsNamespaceOutput{OperationId: id}, nil
}

// UpdatePublicDnsNamespace has the signature of the client's method. What is
// left out stays as it is.
func (m *CloudMap) UpdatePublicDnsNamespace(ctx context.Context, in *servicediscovery.UpdatePublicDnsNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.UpdatePublicDnsNamespaceOutput, error) {
	if err := m.enter(ctx, "UpdatePublicDnsNamespace", in); err != nil {
		return nil, err
	}
	if in.Namespace == nil {
		return nil, invalid("No change given.")
	}
	var soa *int64
	if p := in.Namespace.Properties; p != nil && p.DnsProperties != nil && p.DnsProperties.SOA != nil {
		soa = copied(p.DnsProperties.SOA.TTL)
	}
	id, err := m.updateNamespace(in.Id, types.NamespaceTypeDnsPublic, copied(in.Namespace.Description), soa)
	if err != nil {
		return nil, err
	}
	return &servicediscovery.UpdatePublicDnsNamespaceOutput{OperationId: id}, nil
}

// UpdateHttpNamespace has the signature of the client's method.
func (m *CloudMap) UpdateHttpNamespace(ctx context.Context, in *servicediscovery.UpdateHttpNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.UpdateHttpNamespaceOutput, error) {
	if err := m.enter(ctx, "UpdateHttpNamespace", in); err != nil {
		return nil, err
	}
	if in.Namespace == nil {
		return nil, invalid("No change given.")
	}
	id, err := m.updateNamespace(in.Id, types.NamespaceTypeHttp, copied(in.Namespace.Description), nil)
	if err != nil {
		return nil, err
	}
	return &servicediscovery.UpdateHttpNamespaceOutput{OperationId: id}, nil
}

// DeleteNamespace has the signature of the client's method. The hosted zone goes
// with the namespace.
func (m *CloudMap) DeleteNamespace(ctx context.Context, in *servicediscovery.DeleteNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.DeleteNamespaceOutput, error) {
	if err := m.enter(ctx, "DeleteNamespace", in); err != nil {
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
	o := &operation{kind: types.OperationTypeDeleteNamespace, namespace: n.id}
	n.pending = m.c.operate(o, m.c.cfg.Timing.NamespaceMin, m.c.cfg.Timing.NamespaceMax, func() {
		n.pending = nil
		if !o.failed {
			m.c.dropNamespace(n)
		}
	})
	return &servicediscovery.DeleteNamespaceOutput{OperationId: ptr(o.id)}, nil
}

// copied is a value of its own: what the caller does with his is his affair.
func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	return ptr(*p)
}
