package cloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// namespaceChange is what one of the three Update…Namespace asks for. What is nil
// stays as it is.
type namespaceChange struct {
	operation   string
	id          *string
	kind        types.NamespaceType
	given       bool // there is a change at all
	description *string
	soa         *types.SOAChange
}

// updateNamespace begins a change; in is what the caller sent, whole, for the
// checks that each operation has.
func (m *CloudMap) updateNamespace(ctx context.Context, in any, change namespaceChange) (*string, error) {
	if err := m.enter(ctx, change.operation, in); err != nil {
		return nil, err
	}
	if !change.given {
		return nil, invalid("No change given.")
	}
	n, err := m.there(change.id)
	if err != nil {
		return nil, err
	}
	if n.kind != change.kind {
		return nil, invalid("The namespace " + n.id + " is of type " + string(n.kind) + ", not " + string(change.kind) + ".")
	}
	if n.pending != nil {
		return nil, n.pending.duplicate()
	}
	description := copied(change.description)
	var soa *int64
	if change.soa != nil {
		soa = copied(change.soa.TTL)
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
	change := namespaceChange{operation: "UpdatePrivateDnsNamespace", kind: types.NamespaceTypeDnsPrivate, id: in.Id}
	if n := in.Namespace; n != nil {
		change.given, change.description = true, n.Description
		if p := n.Properties; p != nil && p.DnsProperties != nil {
			change.soa = p.DnsProperties.SOA
		}
	}
	id, err := m.updateNamespace(ctx, in, change)
	if err != nil {
		return nil, err
	}
	return &servicediscovery.UpdatePrivateDnsNamespaceOutput{OperationId: id}, nil
}

// UpdatePublicDnsNamespace has the signature of the client's method. What is
// left out stays as it is.
func (m *CloudMap) UpdatePublicDnsNamespace(ctx context.Context, in *servicediscovery.UpdatePublicDnsNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.UpdatePublicDnsNamespaceOutput, error) {
	change := namespaceChange{operation: "UpdatePublicDnsNamespace", kind: types.NamespaceTypeDnsPublic, id: in.Id}
	if n := in.Namespace; n != nil {
		change.given, change.description = true, n.Description
		if p := n.Properties; p != nil && p.DnsProperties != nil {
			change.soa = p.DnsProperties.SOA
		}
	}
	id, err := m.updateNamespace(ctx, in, change)
	if err != nil {
		return nil, err
	}
	return &servicediscovery.UpdatePublicDnsNamespaceOutput{OperationId: id}, nil
}

// UpdateHttpNamespace has the signature of the client's method.
func (m *CloudMap) UpdateHttpNamespace(ctx context.Context, in *servicediscovery.UpdateHttpNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.UpdateHttpNamespaceOutput, error) {
	change := namespaceChange{operation: "UpdateHttpNamespace", kind: types.NamespaceTypeHttp, id: in.Id}
	if n := in.Namespace; n != nil {
		change.given, change.description = true, n.Description
	}
	id, err := m.updateNamespace(ctx, in, change)
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
