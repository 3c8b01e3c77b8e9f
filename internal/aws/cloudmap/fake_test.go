package cloudmap_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
	"github.com/aws/smithy-go"

	"github.com/tranship/tranship/internal/aws/cloudmap"
)

// errLost stands for a reply that never came.
var errLost = errors.New("EOF")

// fake behaves as Cloud Map does where this package can tell: small pages,
// instances per service, one operation at a time per instance.
type fake struct {
	page       int
	namespaces []types.NamespaceSummary
	services   []*types.Service
	instances  map[string]map[string]string // service srv-1 only
	health     map[string]types.HealthStatus
	revision   int64
	operations map[string]*types.Operation
	busy       map[string]string      // instance, service or namespace → operation under way
	tags       map[string][]types.Tag // by ARN

	calls   []string           // operation, and page where there is one
	inputs  []any              // of the writes
	answers map[string][]error // operation → what its next calls end in; nil: well
	lost    map[string]bool    // operation → takes effect, and its reply is lost
	before  map[string]func()  // operation → something else happens first
}

var _ cloudmap.API = (*fake)(nil)

func throttled() error {
	return &smithy.GenericAPIError{Code: "ThrottlingException", Message: "Rate exceeded"}
}

func denied() error {
	return &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "not authorized"}
}

func (f *fake) enter(operation string, token *string) error {
	f.calls = append(f.calls, strings.TrimSuffix(operation+"@"+sdk.ToString(token), "@"))
	if do := f.before[operation]; do != nil {
		do()
	}
	if next := f.answers[operation]; len(next) > 0 {
		f.answers[operation] = next[1:]
		return next[0]
	}
	return nil
}

// cut gives one page of n things: from, to and the next token.
func (f *fake) cut(n int, token *string) (int, int, *string) {
	from, err := strconv.Atoi(sdk.ToString(token))
	if err != nil {
		from = 0
	}
	to := min(n, from+f.page)
	if to < n {
		return from, to, sdk.String(strconv.Itoa(to))
	}
	return from, to, nil
}

func (f *fake) GetService(_ context.Context, in *servicediscovery.GetServiceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.GetServiceOutput, error) {
	if err := f.enter("GetService", nil); err != nil {
		return nil, err
	}
	for _, s := range f.services {
		if *s.Id == *in.Id {
			return &servicediscovery.GetServiceOutput{Service: s}, nil
		}
	}
	return nil, &types.ServiceNotFound{Message: sdk.String("Service not found: " + *in.Id)}
}

func (f *fake) GetNamespace(_ context.Context, in *servicediscovery.GetNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.GetNamespaceOutput, error) {
	if err := f.enter("GetNamespace", nil); err != nil {
		return nil, err
	}
	for _, n := range f.namespaces {
		if *n.Id == *in.Id {
			return &servicediscovery.GetNamespaceOutput{Namespace: &types.Namespace{Id: n.Id, Name: n.Name, Type: n.Type, Properties: n.Properties}}, nil
		}
	}
	return nil, &types.NamespaceNotFound{}
}

func (f *fake) ListNamespaces(_ context.Context, in *servicediscovery.ListNamespacesInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.ListNamespacesOutput, error) {
	if err := f.enter("ListNamespaces", in.NextToken); err != nil {
		return nil, err
	}
	from, to, next := f.cut(len(f.namespaces), in.NextToken)
	return &servicediscovery.ListNamespacesOutput{Namespaces: f.namespaces[from:to], NextToken: next}, nil
}

func (f *fake) ListServices(_ context.Context, in *servicediscovery.ListServicesInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.ListServicesOutput, error) {
	if err := f.enter("ListServices", in.NextToken); err != nil {
		return nil, err
	}
	var in1 []types.ServiceSummary
	for _, s := range f.services {
		if *s.NamespaceId == in.Filters[0].Values[0] {
			in1 = append(in1, types.ServiceSummary{Id: s.Id, Name: s.Name})
		}
	}
	from, to, next := f.cut(len(in1), in.NextToken)
	return &servicediscovery.ListServicesOutput{Services: in1[from:to], NextToken: next}, nil
}

func (f *fake) ListInstances(_ context.Context, in *servicediscovery.ListInstancesInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.ListInstancesOutput, error) {
	if err := f.enter("ListInstances", in.NextToken); err != nil {
		return nil, err
	}
	ids := slices.Sorted(maps.Keys(f.instances))
	slices.Reverse(ids) // AWS promises no order
	from, to, next := f.cut(len(ids), in.NextToken)
	out := &servicediscovery.ListInstancesOutput{NextToken: next}
	for _, id := range ids[from:to] {
		out.Instances = append(out.Instances, types.InstanceSummary{Id: sdk.String(id), Attributes: f.instances[id]})
	}
	return out, nil
}

func (f *fake) GetInstancesHealthStatus(_ context.Context, in *servicediscovery.GetInstancesHealthStatusInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.GetInstancesHealthStatusOutput, error) {
	if err := f.enter("GetInstancesHealthStatus", in.NextToken); err != nil {
		return nil, err
	}
	ids := slices.Sorted(maps.Keys(f.health))
	from, to, next := f.cut(len(ids), in.NextToken)
	out := &servicediscovery.GetInstancesHealthStatusOutput{NextToken: next, Status: map[string]types.HealthStatus{}}
	for _, id := range ids[from:to] {
		out.Status[id] = f.health[id]
	}
	return out, nil
}

func (f *fake) DiscoverInstancesRevision(_ context.Context, in *servicediscovery.DiscoverInstancesRevisionInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.DiscoverInstancesRevisionOutput, error) {
	if err := f.enter("DiscoverInstancesRevision", nil); err != nil {
		return nil, err
	}
	if *in.NamespaceName != "shop.internal" || *in.ServiceName != "orders" {
		return nil, &types.ServiceNotFound{}
	}
	return &servicediscovery.DiscoverInstancesRevisionOutput{InstancesRevision: sdk.Int64(f.revision)}, nil
}

func (f *fake) GetOperation(_ context.Context, in *servicediscovery.GetOperationInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.GetOperationOutput, error) {
	if err := f.enter("GetOperation", nil); err != nil {
		return nil, err
	}
	o, ok := f.operations[*in.OperationId]
	if !ok {
		return nil, &types.OperationNotFound{}
	}
	return &servicediscovery.GetOperationOutput{Operation: o}, nil
}

// write is what the writes have in common.
func (f *fake) write(operation, subject string, in any, effect func()) (*string, error) {
	f.inputs = append(f.inputs, in)
	if err := f.enter(operation, nil); err != nil {
		return nil, err
	}
	if op, ok := f.busy[subject]; ok {
		return nil, &smithy.OperationError{OperationName: operation, Err: &types.DuplicateRequest{DuplicateOperationId: sdk.String(op)}}
	}
	effect()
	id := fmt.Sprintf("op-%d", len(f.calls))
	f.operations[id] = &types.Operation{Id: sdk.String(id), Status: types.OperationStatusSubmitted}
	f.busy[subject] = id
	if f.lost[operation] {
		return nil, errLost
	}
	return sdk.String(id), nil
}

func (f *fake) RegisterInstance(_ context.Context, in *servicediscovery.RegisterInstanceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.RegisterInstanceOutput, error) {
	id, err := f.write("RegisterInstance", *in.InstanceId, in, func() { f.instances[*in.InstanceId] = in.Attributes; f.revision++ })
	if err != nil {
		return nil, err
	}
	return &servicediscovery.RegisterInstanceOutput{OperationId: id}, nil
}

func (f *fake) DeregisterInstance(_ context.Context, in *servicediscovery.DeregisterInstanceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.DeregisterInstanceOutput, error) {
	if _, ok := f.instances[*in.InstanceId]; !ok {
		return nil, &smithy.OperationError{OperationName: "DeregisterInstance", Err: &types.InstanceNotFound{}}
	}
	id, err := f.write("DeregisterInstance", *in.InstanceId, in, func() { delete(f.instances, *in.InstanceId); f.revision++ })
	if err != nil {
		return nil, err
	}
	return &servicediscovery.DeregisterInstanceOutput{OperationId: id}, nil
}

func (f *fake) UpdateInstanceCustomHealthStatus(_ context.Context, in *servicediscovery.UpdateInstanceCustomHealthStatusInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.UpdateInstanceCustomHealthStatusOutput, error) {
	f.inputs = append(f.inputs, in)
	if err := f.enter("UpdateInstanceCustomHealthStatus", nil); err != nil {
		return nil, err
	}
	if _, ok := f.instances[*in.InstanceId]; !ok {
		return nil, &types.InstanceNotFound{}
	}
	f.health[*in.InstanceId] = types.HealthStatus(in.Status)
	return &servicediscovery.UpdateInstanceCustomHealthStatusOutput{}, nil
}

func (f *fake) UpdateService(_ context.Context, in *servicediscovery.UpdateServiceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.UpdateServiceOutput, error) {
	id, err := f.write("UpdateService", *in.Id, in, func() {
		// What is left out is deleted.
		s := f.services[0]
		s.Description, s.HealthCheckConfig = in.Service.Description, in.Service.HealthCheckConfig
		s.DnsConfig.DnsRecords = nil
		if in.Service.DnsConfig != nil {
			s.DnsConfig.DnsRecords = in.Service.DnsConfig.DnsRecords
		}
	})
	if err != nil {
		return nil, err
	}
	return &servicediscovery.UpdateServiceOutput{OperationId: id}, nil
}

func (f *fake) ListTagsForResource(_ context.Context, in *servicediscovery.ListTagsForResourceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.ListTagsForResourceOutput, error) {
	if err := f.enter("ListTagsForResource", nil); err != nil {
		return nil, err
	}
	return &servicediscovery.ListTagsForResourceOutput{Tags: f.tags[*in.ResourceARN]}, nil
}

func (f *fake) CreateService(_ context.Context, in *servicediscovery.CreateServiceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.CreateServiceOutput, error) {
	f.inputs = append(f.inputs, in)
	if err := f.enter("CreateService", nil); err != nil {
		return nil, err
	}
	for _, s := range f.services {
		if *s.NamespaceId == *in.NamespaceId && strings.EqualFold(*s.Name, *in.Name) {
			return nil, &smithy.OperationError{OperationName: "CreateService", Err: &types.ServiceAlreadyExists{ServiceId: s.Id, CreatorRequestId: s.CreatorRequestId}}
		}
	}
	s := &types.Service{
		Id: sdk.String(fmt.Sprintf("srv-made-%d", len(f.calls))), Name: in.Name, NamespaceId: in.NamespaceId, CreatorRequestId: in.CreatorRequestId,
		Type: types.ServiceTypeDnsHttp, Description: in.Description, DnsConfig: in.DnsConfig, HealthCheckCustomConfig: in.HealthCheckCustomConfig,
	}
	f.services = append(f.services, s)
	if f.lost["CreateService"] {
		return nil, errLost
	}
	return &servicediscovery.CreateServiceOutput{Service: s}, nil
}

func (f *fake) DeleteService(_ context.Context, in *servicediscovery.DeleteServiceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.DeleteServiceOutput, error) {
	if err := f.enter("DeleteService", nil); err != nil {
		return nil, err
	}
	n := len(f.services)
	if *in.Id == "srv-1" && len(f.instances) > 0 {
		return nil, &types.ResourceInUse{Message: sdk.String("Service contains registered instances")}
	}
	if f.services = slices.DeleteFunc(f.services, func(s *types.Service) bool { return *s.Id == *in.Id }); len(f.services) == n {
		return nil, &types.ServiceNotFound{}
	}
	return &servicediscovery.DeleteServiceOutput{}, nil
}

// makeNamespace is there at once; its operation is still under way.
func (f *fake) makeNamespace(operation, name string, kind types.NamespaceType, creator *string, in any) (*string, error) {
	for _, n := range f.namespaces {
		if *n.Name == name && n.Type == kind {
			return nil, &types.NamespaceAlreadyExists{NamespaceId: n.Id, CreatorRequestId: sdk.String("token-" + name)}
		}
	}
	op, err := f.write(operation, name, in, func() {
		f.namespaces = append(f.namespaces, types.NamespaceSummary{Id: sdk.String("ns-" + name), Name: sdk.String(name), Type: kind})
	})
	if err == nil {
		f.operations[*op].Type = types.OperationTypeCreateNamespace
	}
	return op, err
}

func (f *fake) CreatePrivateDnsNamespace(_ context.Context, in *servicediscovery.CreatePrivateDnsNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.CreatePrivateDnsNamespaceOutput, error) {
	op, err := f.makeNamespace("CreatePrivateDnsNamespace", *in.Name, types.NamespaceTypeDnsPrivate, in.CreatorRequestId, in)
	if err != nil {
		return nil, err
	}
	return &servicediscovery.CreatePrivateDnsNamespaceOutput{OperationId: op}, nil
}

func (f *fake) CreatePublicDnsNamespace(_ context.Context, in *servicediscovery.CreatePublicDnsNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.CreatePublicDnsNamespaceOutput, error) {
	op, err := f.makeNamespace("CreatePublicDnsNamespace", *in.Name, types.NamespaceTypeDnsPublic, in.CreatorRequestId, in)
	if err != nil {
		return nil, err
	}
	return &servicediscovery.CreatePublicDnsNamespaceOutput{OperationId: op}, nil
}

func (f *fake) CreateHttpNamespace(_ context.Context, in *servicediscovery.CreateHttpNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.CreateHttpNamespaceOutput, error) {
	op, err := f.makeNamespace("CreateHttpNamespace", *in.Name, types.NamespaceTypeHttp, in.CreatorRequestId, in)
	if err != nil {
		return nil, err
	}
	return &servicediscovery.CreateHttpNamespaceOutput{OperationId: op}, nil
}

func (f *fake) DeleteNamespace(_ context.Context, in *servicediscovery.DeleteNamespaceInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.DeleteNamespaceOutput, error) {
	for _, s := range f.services {
		if *s.NamespaceId == *in.Id {
			return nil, &types.ResourceInUse{Message: sdk.String("Namespace has services")}
		}
	}
	if !slices.ContainsFunc(f.namespaces, func(n types.NamespaceSummary) bool { return *n.Id == *in.Id }) {
		return nil, &types.NamespaceNotFound{}
	}
	op, err := f.write("DeleteNamespace", *in.Id, in, func() {
		f.namespaces = slices.DeleteFunc(f.namespaces, func(n types.NamespaceSummary) bool { return *n.Id == *in.Id })
	})
	if err != nil {
		return nil, err
	}
	return &servicediscovery.DeleteNamespaceOutput{OperationId: op}, nil
}
