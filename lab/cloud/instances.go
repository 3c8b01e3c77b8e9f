package cloud

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// Attribute keys to which Cloud Map gives a meaning.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_RegisterInstance.html
const (
	keyIPv4   = "AWS_INSTANCE_IPV4"
	keyIPv6   = "AWS_INSTANCE_IPV6"
	keyPort   = "AWS_INSTANCE_PORT"
	keyCNAME  = "AWS_INSTANCE_CNAME"
	keyHealth = "AWS_INIT_HEALTH_STATUS"
	keyAlias  = "AWS_ALIAS_DNS_NAME"
	keyEC2    = "AWS_EC2_INSTANCE_ID"
)

// Limits on instances.
// https://docs.aws.amazon.com/cloud-map/latest/dg/cloud-map-limits.html
const (
	maxInstances  = 1000
	maxRecords    = 100 // of Route 53, with Switches.RecordLimit
	maxCustom     = 30
	maxAttributes = 5000 // characters in total
)

// instance is a registration that has succeeded.
type instance struct {
	id         string
	attributes map[string]string // never changed once stored
	creator    *string
	registered time.Time
	unhealthy  bool
	flip       bool // to the other health, unless called back
	flips      int  // counts the flips that were begun or called back
	entry      *entry
}

var instanceID = regexp.MustCompile(`^[0-9a-zA-Z_/:.@-]{1,64}$`)

func (svc *service) find(id string) (int, bool) {
	return slices.BinarySearchFunc(svc.instances, id, func(i *instance, id string) int { return cmp.Compare(i.id, id) })
}

func (svc *service) instance(id string) *instance {
	if i, ok := svc.find(id); ok {
		return svc.instances[i]
	}
	return nil
}

func notThere(id string) error {
	return &types.InstanceNotFound{Message: ptr("Instance not found: " + id)}
}

func (svc *service) has(t types.RecordType) bool {
	return slices.ContainsFunc(svc.records, func(r types.DnsRecord) bool { return r.Type == t })
}

// checkInstance holds what RegisterInstance demands.
func (svc *service) checkInstance(id string, attributes map[string]string) error {
	if !instanceID.MatchString(id) {
		return invalid("The instance id isn't valid: " + id)
	}
	total, custom := 0, 0
	for k, v := range attributes {
		total += len(k) + len(v)
		if !strings.HasPrefix(k, "AWS_") {
			custom++
		}
		if k == "" || len(k) > 255 || len(v) > 1024 {
			return invalid("An attribute is out of bounds: " + k)
		}
	}
	if custom > maxCustom || total > maxAttributes {
		return invalid(fmt.Sprintf("At most %d custom attributes and %d characters.", maxCustom, maxAttributes))
	}
	v4, v6, port := attributes[keyIPv4], attributes[keyIPv6], attributes[keyPort]
	if a, err := netip.ParseAddr(v4); v4 != "" && (err != nil || !a.Is4()) {
		return invalid(keyIPv4 + " isn't an IPv4 address: " + v4)
	}
	if a, err := netip.ParseAddr(v6); v6 != "" && (err != nil || !a.Is6()) {
		return invalid(keyIPv6 + " isn't an IPv6 address: " + v6)
	}
	if n, err := strconv.Atoi(port); port != "" && (err != nil || n < 0 || n > 65535) {
		return invalid(keyPort + " isn't a port: " + port)
	}
	if h := attributes[keyHealth]; h != "" {
		if h != "HEALTHY" && h != "UNHEALTHY" {
			return invalid(keyHealth + " is HEALTHY or UNHEALTHY, not " + h)
		}
		if !svc.custom {
			return invalid(keyHealth + " needs a service with HealthCheckCustomConfig.")
		}
	}
	if attributes[keyAlias] != "" {
		if svc.routing != types.RoutingPolicyWeighted || !svc.has(types.RecordTypeA) && !svc.has(types.RecordTypeAaaa) ||
			v4 != "" || v6 != "" || port != "" || attributes[keyCNAME] != "" {
			return invalid(keyAlias + " needs A or AAAA, the routing policy WEIGHTED, and no other AWS_INSTANCE attribute.")
		}
		return nil
	}
	if attributes[keyEC2] != "" && svc.namespace.hasZone() {
		return invalid(keyEC2 + " is for HTTP namespaces.")
	}
	need := func(key, value string, t types.RecordType) error {
		if value == "" && svc.has(t) {
			return invalid("An instance of a service with " + string(t) + " needs " + key + ".")
		}
		return nil
	}
	return cmp.Or(
		need(keyIPv4, v4, types.RecordTypeA),
		need(keyIPv6, v6, types.RecordTypeAaaa),
		need(keyPort, port, types.RecordTypeSrv),
		need(keyIPv4+" or "+keyIPv6, v4+v6, types.RecordTypeSrv),
		need(keyCNAME, attributes[keyCNAME], types.RecordTypeCname),
	)
}

// RegisterInstance has the signature of the client's method. An instance of
// the same id is replaced with all its attributes.
func (m *CloudMap) RegisterInstance(ctx context.Context, in *servicediscovery.RegisterInstanceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.RegisterInstanceOutput, error) {
	if err := m.enter(ctx, "RegisterInstance"); err != nil {
		return nil, err
	}
	svc, err := m.c.serviceBy(in.ServiceId)
	if err != nil {
		return nil, err
	}
	o, err := m.c.register(svc, val(in.InstanceId), in.Attributes, in.CreatorRequestId)
	if err != nil {
		return nil, err
	}
	return &servicediscovery.RegisterInstanceOutput{OperationId: ptr(o.id)}, nil
}

func (c *Cloud) register(svc *service, id string, attributes map[string]string, creator *string) (*operation, error) {
	if err := svc.checkInstance(id, attributes); err != nil {
		return nil, err
	}
	if o := svc.pending[id]; o != nil {
		return nil, o.duplicate()
	}
	if o := svc.creators[val(creator)]; creator != nil && o != nil && !o.failed && !c.cfg.Switches.ForgetCreator {
		if o.instance != id {
			return nil, invalid("The CreatorRequestId was used for another instance.")
		}
		return o, nil
	}
	if svc.instance(id) == nil {
		limit := maxInstances
		if c.cfg.Switches.RecordLimit && svc.kind != types.ServiceTypeHttp {
			limit = maxRecords
		}
		if len(svc.instances) >= limit {
			return nil, &types.ResourceLimitExceeded{Message: ptr(fmt.Sprintf("A service can have at most %d instances.", limit))}
		}
	}
	i := &instance{id: id, attributes: maps.Clone(attributes), creator: creator}
	o := &operation{kind: types.OperationTypeRegisterInstance, service: svc.id, instance: id}
	svc.pending[id] = o
	if creator != nil {
		if svc.creators == nil {
			svc.creators = map[string]*operation{}
		}
		svc.creators[*creator] = o
	}
	return c.operate(o, c.cfg.Timing.OperationMin, c.cfg.Timing.OperationMax, func() {
		delete(svc.pending, id)
		if !o.failed {
			c.put(svc, i)
			c.publish(svc)
		}
	}), nil
}

// put makes i part of the service.
func (c *Cloud) put(svc *service, i *instance) {
	i.registered = c.now
	i.unhealthy = svc.custom && i.attributes[keyHealth] == "UNHEALTHY"
	i.entry = newEntry(i)
	at, found := svc.find(i.id)
	if found {
		svc.instances[at] = i
	} else {
		svc.instances = slices.Insert(svc.instances, at, i)
	}
	svc.revision++
}

// DeregisterInstance has the signature of the client's method.
func (m *CloudMap) DeregisterInstance(ctx context.Context, in *servicediscovery.DeregisterInstanceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.DeregisterInstanceOutput, error) {
	if err := m.enter(ctx, "DeregisterInstance"); err != nil {
		return nil, err
	}
	c := m.c
	svc, err := c.serviceBy(in.ServiceId)
	if err != nil {
		return nil, err
	}
	id := val(in.InstanceId)
	o, err := c.deregister(svc, id)
	if err != nil {
		return nil, err
	}
	o.then = append(o.then, func() {
		if !o.failed {
			c.withdrawn(svc, id)
		}
	})
	return &servicediscovery.DeregisterInstanceOutput{OperationId: ptr(o.id)}, nil
}

func (c *Cloud) deregister(svc *service, id string) (*operation, error) {
	if o := svc.pending[id]; o != nil {
		return nil, o.duplicate()
	}
	if svc.instance(id) == nil {
		return nil, notThere(id)
	}
	o := &operation{kind: types.OperationTypeDeregisterInstance, service: svc.id, instance: id}
	svc.pending[id] = o
	return c.operate(o, c.cfg.Timing.OperationMin, c.cfg.Timing.OperationMax, func() {
		delete(svc.pending, id)
		at, found := svc.find(id)
		if o.failed || !found {
			return
		}
		svc.instances = slices.Delete(svc.instances, at, at+1)
		svc.revision++
		c.publish(svc)
	}), nil
}

// GetInstance has the signature of the client's method.
func (m *CloudMap) GetInstance(ctx context.Context, in *servicediscovery.GetInstanceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.GetInstanceOutput, error) {
	if err := m.enter(ctx, "GetInstance"); err != nil {
		return nil, err
	}
	svc, err := m.c.serviceBy(in.ServiceId)
	if err != nil {
		return nil, err
	}
	i := svc.instance(val(in.InstanceId))
	if i == nil {
		return nil, notThere(val(in.InstanceId))
	}
	account := ptr(m.c.cfg.Account)
	return &servicediscovery.GetInstanceOutput{ResourceOwner: account, Instance: &types.Instance{
		Id: ptr(i.id), Attributes: maps.Clone(i.attributes), CreatorRequestId: i.creator, CreatedByAccount: account,
	}}, nil
}

// ListInstances has the signature of the client's method. Instances come by id.
func (m *CloudMap) ListInstances(ctx context.Context, in *servicediscovery.ListInstancesInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.ListInstancesOutput, error) {
	if err := m.enter(ctx, "ListInstances"); err != nil {
		return nil, err
	}
	svc, err := m.c.serviceBy(in.ServiceId)
	if err != nil {
		return nil, err
	}
	found, token, err := page(svc.instances, func(i *instance) string { return i.id }, 100, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	account := ptr(m.c.cfg.Account)
	out := &servicediscovery.ListInstancesOutput{NextToken: token, ResourceOwner: account, Instances: make([]types.InstanceSummary, len(found))}
	for n, i := range found {
		out.Instances[n] = types.InstanceSummary{Id: ptr(i.id), Attributes: maps.Clone(i.attributes), CreatedByAccount: account}
	}
	return out, nil
}
