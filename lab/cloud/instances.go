package cloud

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
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

// balancerName is a name that Elastic Load Balancing gives: of a classic or
// application load balancer, or of a network load balancer.
// https://docs.aws.amazon.com/general/latest/gr/elb.html
var balancerName = regexp.MustCompile(`^[a-zA-Z0-9.-]+\.([a-z0-9-]+\.elb|elb\.[a-z0-9-]+)\.amazonaws\.com(\.cn)?\.?$`)

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

// RegisterInstance has the signature of the client's method. An instance of
// the same id is replaced with all its attributes.
func (m *CloudMap) RegisterInstance(ctx context.Context, in *servicediscovery.RegisterInstanceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.RegisterInstanceOutput, error) {
	if err := m.enter(ctx, "RegisterInstance", in); err != nil {
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
	if err := svc.checkInstance(attributes); err != nil {
		return nil, err
	}
	attributes = maps.Clone(attributes)
	if ec2 := attributes[keyEC2]; ec2 != "" {
		a, ok := c.cfg.EC2Instances[ec2]
		if !ok {
			return nil, invalid("There is no EC2 instance " + ec2 + " in " + c.cfg.Region + ".")
		}
		attributes[keyIPv4] = a.String()
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
		if len(svc.instances)+svc.coming >= limit {
			return nil, &types.ResourceLimitExceeded{Message: ptr(fmt.Sprintf("A service can have at most %d instances.", limit))}
		}
		if n := svc.namespace; n.instances+n.coming >= c.cfg.Quotas.NamespaceInstances {
			return nil, &types.ResourceLimitExceeded{Message: ptr(fmt.Sprintf("A namespace can have at most %d instances.", c.cfg.Quotas.NamespaceInstances))}
		}
	}
	fresh := 0
	if svc.instance(id) == nil {
		fresh = 1
	}
	svc.coming += fresh
	svc.namespace.coming += fresh
	i := &instance{id: id, attributes: attributes, creator: creator}
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
		svc.coming -= fresh
		svc.namespace.coming -= fresh
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
		svc.namespace.instances++
	}
	svc.revision++
}

// DeregisterInstance has the signature of the client's method.
func (m *CloudMap) DeregisterInstance(ctx context.Context, in *servicediscovery.DeregisterInstanceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.DeregisterInstanceOutput, error) {
	if err := m.enter(ctx, "DeregisterInstance", in); err != nil {
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
		svc.namespace.instances--
		svc.revision++
		c.publish(svc)
	}), nil
}

// GetInstance has the signature of the client's method.
func (m *CloudMap) GetInstance(ctx context.Context, in *servicediscovery.GetInstanceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.GetInstanceOutput, error) {
	if err := m.enter(ctx, "GetInstance", in); err != nil {
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
	if err := m.enter(ctx, "ListInstances", in); err != nil {
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
