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
	httpName              string // what DiscoverInstances calls it
	lower                 string // the name in lower case, with trailing dot
	kind                  types.NamespaceType
	vpc                   string // of a private one
	description           *string
	creator               *string
	created               time.Time
	soa                   int64 // seconds: the TTL of the SOA record
	tags                  map[string]string
	services              []*service          // sorted by name
	instances, coming     int                 // of all its services: there, and on their way
	names                 map[string]*service // by lower-case DNS name with trailing dot; deleted ones stay
	above                 []map[string]int    // per server: how many names with records are below a name
	pending               *operation
	creating              bool            // not there yet
	reached               []time.Duration // per server, when the latest change arrives there
}

func (n *namespace) hasZone() bool { return n.kind != types.NamespaceTypeHttp }

// origin is the zone's name with trailing dot.
func (n *namespace) origin() string { return n.lower }

// deleting says that DeleteNamespace is at work.
func (n *namespace) deleting() bool {
	return n.pending != nil && n.pending.kind == types.OperationTypeDeleteNamespace
}

// Seconds that the SOA record of a new namespace lives, where none are given:
// what a probe of the live service saw.
// https://github.com/go-to-k/cdkd (src/provisioning/providers/servicediscovery-provider.ts)
const privateSOA, publicSOA = 15, 60

// wanted is what a request to create a namespace asks for.
type wanted struct {
	kind                 types.NamespaceType
	name, vpc            string
	creator, description *string
	soa                  int64
	tags                 []types.Tag
}

func (c *Cloud) newNamespace(w wanted) (*namespace, error) {
	if w.kind == types.NamespaceTypeDnsPrivate && strings.HasPrefix(w.name, "arn:") {
		return nil, invalid("The namespace name isn't valid: " + w.name)
	}
	for _, n := range c.namespaces {
		if n.kind != w.kind || n.name != w.name || n.vpc != w.vpc {
			continue
		}
		if n.pending != nil {
			return nil, n.pending.duplicate()
		}
		return nil, &types.NamespaceAlreadyExists{
			Message: ptr("Namespace already exists: " + w.name), NamespaceId: ptr(n.id), CreatorRequestId: n.creator,
		}
	}
	if len(c.namespaces) >= c.cfg.Quotas.Namespaces {
		return nil, &types.ResourceLimitExceeded{Message: ptr("Too many namespaces")}
	}
	marks, err := tagMap(w.tags)
	if err != nil {
		return nil, err
	}
	n := &namespace{
		id: "ns-" + c.ids.letters(16), name: w.name, httpName: c.httpName(w.name), kind: w.kind, vpc: w.vpc, description: w.description,
		creator: w.creator, created: c.now, soa: w.soa, tags: marks, lower: strings.ToLower(w.name) + ".",
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

// httpName is the name of a new namespace for DiscoverInstances: its own, or,
// where another has that, one with a hash.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_DiscoverInstances.html
func (c *Cloud) httpName(name string) string {
	if slices.ContainsFunc(c.namespaces, func(n *namespace) bool { return n.httpName == name }) {
		return name + "-" + c.ids.letters(10)
	}
	return name
}

func (c *Cloud) dropNamespace(n *namespace) {
	c.namespaces = slices.DeleteFunc(c.namespaces, func(o *namespace) bool { return o == n })
}

func (c *Cloud) createNamespace(n *namespace) *string {
	n.creating = true
	o := &operation{kind: types.OperationTypeCreateNamespace, namespace: n.id}
	if other := c.sameZone(n); other != nil {
		// Route 53 refuses, once Cloud Map asks it.
		// https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHostedZone.html
		o.failed, o.code = true, "CANNOT_CREATE_HOSTED_ZONE"
		o.message = "The VPC " + n.vpc + " is associated with another hosted zone of this name: " + other.zoneID
	}
	n.pending = c.operate(o, c.cfg.Timing.NamespaceMin, c.cfg.Timing.NamespaceMax, func() {
		n.pending, n.creating = nil, false
		if o.failed {
			c.dropNamespace(n)
		}
	})
	return ptr(n.pending.id)
}

// sameZone is another private namespace whose zone has, for DNS, the same name
// in the same VPC.
func (c *Cloud) sameZone(n *namespace) *namespace {
	if n.kind != types.NamespaceTypeDnsPrivate {
		return nil
	}
	for _, o := range c.namespaces {
		if o != n && o.kind == n.kind && o.lower == n.lower && o.vpc == n.vpc {
			return o
		}
	}
	return nil
}

// CreatePrivateDnsNamespace has the signature of the client's method.
func (m *CloudMap) CreatePrivateDnsNamespace(ctx context.Context, in *servicediscovery.CreatePrivateDnsNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.CreatePrivateDnsNamespaceOutput, error) {
	if err := m.enter(ctx, "CreatePrivateDnsNamespace", in); err != nil {
		return nil, err
	}
	if val(in.Vpc) != m.c.cfg.VPC.ID {
		return nil, invalid("The VPC that you chose, " + val(in.Vpc) + " in region " + m.c.cfg.Region + ", does not exist or you are not authorized to access it.")
	}
	w := wanted{types.NamespaceTypeDnsPrivate, val(in.Name), val(in.Vpc), in.CreatorRequestId, in.Description, privateSOA, in.Tags}
	if p := in.Properties; p != nil && p.DnsProperties != nil && p.DnsProperties.SOA != nil {
		w.soa = val(p.DnsProperties.SOA.TTL)
	}
	n, err := m.c.newNamespace(w)
	if err != nil {
		return nil, err
	}
	return &servicediscovery.CreatePrivateDnsNamespaceOutput{OperationId: m.c.createNamespace(n)}, nil
}

// CreatePublicDnsNamespace has the signature of the client's method.
func (m *CloudMap) CreatePublicDnsNamespace(ctx context.Context, in *servicediscovery.CreatePublicDnsNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.CreatePublicDnsNamespaceOutput, error) {
	if err := m.enter(ctx, "CreatePublicDnsNamespace", in); err != nil {
		return nil, err
	}
	w := wanted{types.NamespaceTypeDnsPublic, val(in.Name), "", in.CreatorRequestId, in.Description, publicSOA, in.Tags}
	if p := in.Properties; p != nil && p.DnsProperties != nil && p.DnsProperties.SOA != nil {
		w.soa = val(p.DnsProperties.SOA.TTL)
	}
	n, err := m.c.newNamespace(w)
	if err != nil {
		return nil, err
	}
	return &servicediscovery.CreatePublicDnsNamespaceOutput{OperationId: m.c.createNamespace(n)}, nil
}

// CreateHttpNamespace has the signature of the client's method.
func (m *CloudMap) CreateHttpNamespace(ctx context.Context, in *servicediscovery.CreateHttpNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.CreateHttpNamespaceOutput, error) {
	if err := m.enter(ctx, "CreateHttpNamespace", in); err != nil {
		return nil, err
	}
	n, err := m.c.newNamespace(wanted{types.NamespaceTypeHttp, val(in.Name), "", in.CreatorRequestId, in.Description, 0, in.Tags})
	if err != nil {
		return nil, err
	}
	return &servicediscovery.CreateHttpNamespaceOutput{OperationId: m.c.createNamespace(n)}, nil
}
