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

// service is a Cloud Map service.
type service struct {
	id, arn, name string
	fqdn          string // lower case, with trailing dot; "" where DNS does not know it
	namespace     *namespace
	kind          types.ServiceType
	description   *string
	creator       *string
	created       time.Time
	routing       types.RoutingPolicy
	records       []types.DnsRecord // TTL never nil
	custom        bool
	threshold     *int32
	check         *types.HealthCheckConfig
	tags          map[string]string
	attributes    map[string]string

	instances []*instance // sorted by id
	coming    int         // registrations of new instances at work
	pending   map[string]*operation
	creators  map[string]*operation // by CreatorRequestId
	updating  *operation
	revision  int64

	truth     *snapshot   // what all servers come to
	seen      []*snapshot // what each server says, and last what DiscoverInstances says
	reached   time.Duration
	history   []View
	said      []View   // the latest of each server
	successor *service // who has the name after it
	// discovered is the history of what DiscoverInstances says.
	discovered []View
	replaced   bool // deleted
}

// checkDNS holds what CreateService demands of DnsConfig.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_DnsRecord.html
func checkDNS(routing types.RoutingPolicy, records []types.DnsRecord, check *types.HealthCheckConfig) error {
	have := map[types.RecordType]bool{}
	for _, r := range records {
		if have[r.Type] {
			return invalid("A record type can be given once.")
		}
		have[r.Type] = true
	}
	if (have[types.RecordTypeSrv] || have[types.RecordTypeCname]) && len(have) > 1 {
		return invalid("SRV and CNAME can't be combined with other record types.")
	}
	if have[types.RecordTypeCname] && routing != types.RoutingPolicyWeighted {
		return invalid("CNAME needs the routing policy WEIGHTED.")
	}
	if have[types.RecordTypeCname] && check != nil {
		return invalid("CNAME can't have a HealthCheckConfig.")
	}
	return nil
}

// checkHealth holds what a Route 53 health check demands, and fills in what was
// left out.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_HealthCheckConfig.html
func checkHealth(n *namespace, h *types.HealthCheckConfig) (*types.HealthCheckConfig, error) {
	if h == nil {
		return nil, nil
	}
	if n.kind == types.NamespaceTypeDnsPrivate {
		return nil, invalid("A private namespace can't have a HealthCheckConfig.")
	}
	full := *h
	if h.Type == types.HealthCheckTypeTcp {
		if val(h.ResourcePath) != "" {
			return nil, invalid("A health check of type TCP has no ResourcePath.")
		}
		full.ResourcePath = nil
	} else {
		full.ResourcePath = ptr(cmp.Or(val(h.ResourcePath), "/"))
	}
	full.FailureThreshold = ptr(cmp.Or(val(h.FailureThreshold), 1))
	return &full, nil
}

// CreateService has the signature of the client's method.
func (m *CloudMap) CreateService(ctx context.Context, in *servicediscovery.CreateServiceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.CreateServiceOutput, error) {
	if err := m.enter(ctx, "CreateService", in); err != nil {
		return nil, err
	}
	svc, err := m.c.createService(in)
	if err != nil {
		return nil, err
	}
	return &servicediscovery.CreateServiceOutput{Service: svc.describe(m.c)}, nil
}

func (c *Cloud) createService(in *servicediscovery.CreateServiceInput) (*service, error) {
	ns := in.NamespaceId
	if ns == nil && in.DnsConfig != nil {
		ns = in.DnsConfig.NamespaceId
	}
	n, err := c.cloudMap.there(ns)
	if err != nil {
		return nil, err
	}
	if n.deleting() {
		return nil, &types.NamespaceNotFound{Message: ptr("Namespace not found: " + n.id)}
	}
	name := val(in.Name)
	svc := &service{
		name: name, namespace: n, kind: types.ServiceTypeDnsHttp, description: in.Description, creator: in.CreatorRequestId,
		created: c.now, custom: in.HealthCheckCustomConfig != nil,
		pending: map[string]*operation{}, revision: 1,
	}
	if svc.custom {
		svc.threshold = in.HealthCheckCustomConfig.FailureThreshold
	}
	if in.HealthCheckConfig != nil && svc.custom {
		return nil, invalid("HealthCheckConfig and HealthCheckCustomConfig exclude each other.")
	}
	if svc.check, err = checkHealth(n, in.HealthCheckConfig); err != nil {
		return nil, err
	}
	switch {
	case !n.hasZone() || in.Type == types.ServiceTypeOptionHttp:
		if in.DnsConfig != nil {
			return nil, invalid("A service for API calls only can't have a DnsConfig.")
		}
		svc.kind = types.ServiceTypeHttp
	case in.DnsConfig == nil || len(in.DnsConfig.DnsRecords) == 0:
		return nil, invalid("A service in a DNS namespace needs DnsRecords, or the type HTTP.")
	default:
		svc.routing = cmp.Or(in.DnsConfig.RoutingPolicy, types.RoutingPolicyMultivalue)
		if err := checkDNS(svc.routing, in.DnsConfig.DnsRecords, svc.check); err != nil {
			return nil, err
		}
		svc.records = slices.Clone(in.DnsConfig.DnsRecords)
		svc.fqdn = strings.ToLower(name) + "." + n.origin()
	}
	at, found := slices.BinarySearchFunc(n.services, name, func(s *service, name string) int { return cmp.Compare(s.name, name) })
	if found {
		o := n.services[at]
		return nil, &types.ServiceAlreadyExists{Message: ptr("Service already exists: " + name), ServiceId: ptr(o.id), ServiceArn: ptr(o.arn), CreatorRequestId: o.creator}
	}
	if o := n.names[svc.fqdn]; o != nil && !o.replaced {
		return nil, invalid("A service with this DNS name exists: " + svc.fqdn)
	}
	if svc.tags, err = tagMap(in.Tags); err != nil {
		return nil, err
	}
	key := n.id + "/" + name
	if o := c.former[key]; o != nil {
		svc.id, svc.history, svc.discovered, svc.revision = o.id, o.history, o.discovered, o.revision
	} else {
		svc.id = "srv-" + c.ids.letters(16)
	}
	c.former[key] = svc
	svc.arn = c.arn("servicediscovery", "service/"+svc.id)
	svc.truth = svc.snapshot()
	svc.seen = make([]*snapshot, c.cfg.Servers+1)
	for i := range svc.seen {
		svc.seen[i] = svc.truth
	}
	n.services = slices.Insert(n.services, at, svc)
	c.services[svc.id] = svc
	at, _ = slices.BinarySearchFunc(c.serviceOrder, svc.id, byID)
	c.serviceOrder = slices.Insert(c.serviceOrder, at, svc)
	if svc.fqdn != "" {
		n.named(svc)
	}
	return svc, nil
}

func (svc *service) dnsConfig() *types.DnsConfig {
	if svc.kind == types.ServiceTypeHttp {
		return nil
	}
	d := &types.DnsConfig{NamespaceId: ptr(svc.namespace.id), RoutingPolicy: svc.routing, DnsRecords: make([]types.DnsRecord, 0, len(svc.records))}
	for _, r := range svc.records {
		d.DnsRecords = append(d.DnsRecords, types.DnsRecord{Type: r.Type, TTL: ptr(*r.TTL)})
	}
	return d
}

func (svc *service) customConfig() *types.HealthCheckCustomConfig {
	if !svc.custom {
		return nil
	}
	return &types.HealthCheckCustomConfig{FailureThreshold: ptr(int32(1))}
}

func (svc *service) describe(c *Cloud) *types.Service {
	return &types.Service{
		Id: ptr(svc.id), Arn: ptr(svc.arn), Name: ptr(svc.name), NamespaceId: ptr(svc.namespace.id), Type: svc.kind,
		Description: svc.description, CreatorRequestId: svc.creator, CreateDate: ptr(svc.created),
		DnsConfig: svc.dnsConfig(), HealthCheckConfig: svc.check, HealthCheckCustomConfig: svc.customConfig(),
		InstanceCount: ptr(int32(len(svc.instances))), ResourceOwner: ptr(c.cfg.Account), CreatedByAccount: ptr(c.cfg.Account),
	}
}

// GetService has the signature of the client's method.
func (m *CloudMap) GetService(ctx context.Context, in *servicediscovery.GetServiceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.GetServiceOutput, error) {
	if err := m.enter(ctx, "GetService", in); err != nil {
		return nil, err
	}
	svc, err := m.c.serviceBy(in.Id)
	if err != nil {
		return nil, err
	}
	return &servicediscovery.GetServiceOutput{Service: svc.describe(m.c)}, nil
}

// serviceFilters are the conditions that each filter of ListServices knows.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_ServiceFilter.html
var serviceFilters = conditions{
	string(types.ServiceFilterNameNamespaceId):   {types.FilterConditionEq},
	string(types.ServiceFilterNameResourceOwner): {types.FilterConditionEq},
}

// ListServices has the signature of the client's method. Services come by id; a
// page is cut first and filtered then, so it can be empty with more to come.
func (m *CloudMap) ListServices(ctx context.Context, in *servicediscovery.ListServicesInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.ListServicesOutput, error) {
	if err := m.enter(ctx, "ListServices", in); err != nil {
		return nil, err
	}
	for _, f := range in.Filters {
		if err := serviceFilters.check(string(f.Name), f.Condition, f.Values); err != nil {
			return nil, err
		}
	}
	found, token, err := page(m.c.serviceOrder, func(s *service) string { return s.id }, 100, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &servicediscovery.ListServicesOutput{NextToken: token, Services: make([]types.ServiceSummary, 0, len(found))}
next:
	for _, svc := range found {
		for _, f := range in.Filters {
			v, values := self, f.Values
			if f.Name == types.ServiceFilterNameNamespaceId {
				v, values = svc.namespace.id, []string{m.c.localID("namespace", &f.Values[0])}
			}
			if !matches(f.Condition, values, v) {
				continue next
			}
		}
		d := svc.describe(m.c)
		out.Services = append(out.Services, types.ServiceSummary{
			Id: d.Id, Arn: d.Arn, Name: d.Name, Type: d.Type, Description: d.Description, CreateDate: d.CreateDate,
			DnsConfig: d.DnsConfig, HealthCheckConfig: d.HealthCheckConfig, HealthCheckCustomConfig: d.HealthCheckCustomConfig,
			InstanceCount: d.InstanceCount, ResourceOwner: d.ResourceOwner, CreatedByAccount: d.CreatedByAccount,
		})
	}
	return out, nil
}

// UpdateService has the signature of the client's method. DnsRecords and
// HealthCheckConfig that are left out are deleted; HealthCheckCustomConfig stays.
func (m *CloudMap) UpdateService(ctx context.Context, in *servicediscovery.UpdateServiceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.UpdateServiceOutput, error) {
	if err := m.enter(ctx, "UpdateService", in); err != nil {
		return nil, err
	}
	c := m.c
	svc, err := c.serviceBy(in.Id)
	if err != nil {
		return nil, err
	}
	if in.Service == nil {
		return nil, invalid("No change given.")
	}
	if !svc.namespace.hasZone() {
		return nil, invalid("A service in an HTTP namespace can't be updated.")
	}
	check, err := checkHealth(svc.namespace, in.Service.HealthCheckConfig)
	switch {
	case err != nil:
		return nil, err
	case check != nil && svc.custom:
		return nil, invalid("HealthCheckConfig and HealthCheckCustomConfig exclude each other.")
	case check != nil && svc.check != nil && check.Type != svc.check.Type:
		return nil, invalid("The type of a health check can't be changed.")
	}
	if svc.updating != nil {
		return nil, svc.updating.duplicate()
	}
	change := *in.Service
	var records []types.DnsRecord
	if change.DnsConfig != nil {
		records = slices.Clone(change.DnsConfig.DnsRecords)
	}
	if err := checkDNS(svc.routing, records, change.HealthCheckConfig); err != nil {
		return nil, err
	}
	for _, r := range records {
		if !slices.ContainsFunc(svc.records, func(o types.DnsRecord) bool { return o.Type == r.Type }) {
			return nil, invalid("The record types of a service can't be changed: " + string(r.Type))
		}
	}
	svc.updating = c.operate(&operation{kind: types.OperationTypeUpdateService, service: svc.id}, c.cfg.Timing.OperationMin, c.cfg.Timing.OperationMax, func() {
		failed := svc.updating.failed
		svc.updating = nil
		if failed || svc.replaced {
			return
		}
		svc.records, svc.check = records, check
		if change.Description != nil || c.cfg.Switches.ClearDescription {
			svc.description = change.Description
		}
		c.publish(svc)
	})
	return &servicediscovery.UpdateServiceOutput{OperationId: ptr(svc.updating.id)}, nil
}

// DeleteService has the signature of the client's method.
func (m *CloudMap) DeleteService(ctx context.Context, in *servicediscovery.DeleteServiceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.DeleteServiceOutput, error) {
	if err := m.enter(ctx, "DeleteService", in); err != nil {
		return nil, err
	}
	svc, err := m.c.serviceBy(in.Id)
	if err != nil {
		return nil, err
	}
	if len(svc.instances) > 0 || len(svc.pending) > 0 {
		return nil, &types.ResourceInUse{Message: ptr("Service contains registered instances; delete the instances before deleting the service: " + svc.id)}
	}
	svc.replaced = true
	m.c.forget(svc)
	return &servicediscovery.DeleteServiceOutput{}, nil
}

func (c *Cloud) forget(svc *service) {
	n := svc.namespace
	n.services = slices.DeleteFunc(n.services, func(o *service) bool { return o == svc })
	// Its name stays until every server has caught up.
	delete(c.services, svc.id)
	if at, found := slices.BinarySearchFunc(c.serviceOrder, svc.id, byID); found {
		c.serviceOrder = slices.Delete(c.serviceOrder, at, at+1)
	}
}

func byID(svc *service, id string) int { return cmp.Compare(svc.id, id) }
