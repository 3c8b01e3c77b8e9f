package cases

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	sd "github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"

	"github.com/tranship/tranship/lab/cloud"
)

type command func(r *runner, ctx context.Context) (string, error)

var cloudMapCommands = map[string]command{
	"create-namespace": createNamespace, "update-namespace": updateNamespace, "delete-namespace": deleteNamespace, "namespaces": namespaces,
	"create-service": createService, "update-service": updateService, "get-service": getService,
	"delete-service": deleteService, "services": services,
	"register": register, "deregister": deregister, "instance": getInstance, "instances": instances,
	"operation": operation, "operations": operations,
	"set-health": setHealth, "health": health, "discover": discover, "revision": revision,
	"tag": tag, "tags": tags, "attributes": attributes, "set-attributes": setAttributes, "delete-attributes": deleteAttributes,
	"advance": advance, "answer": answer, "views": views, "fail-next": failNext,
}

const usualNamespace = "shop.internal"

// namespaceID resolves ns=NAME.
func (r *runner) namespaceID(ctx context.Context) string {
	name := r.arg("ns", usualNamespace)
	if id := r.id("ns:" + name); id != "ns:"+name {
		return id
	}
	out, err := r.target.CloudMap.ListNamespaces(ctx, &sd.ListNamespacesInput{
		Filters: []types.NamespaceFilter{{Name: types.NamespaceFilterNameName, Values: []string{name}}},
	})
	if err != nil || len(out.Namespaces) == 0 {
		return name
	}
	r.symbols[*out.Namespaces[0].Id] = "ns:" + name
	r.order = append(r.order, *out.Namespaces[0].Id)
	return *out.Namespaces[0].Id
}

// serviceID resolves a service's name in ns=NAME.
func (r *runner) serviceID(ctx context.Context, name string) string {
	if id := r.id("srv:" + name); id != "srv:"+name {
		return id
	}
	ns := r.namespaceID(ctx)
	p := sd.NewListServicesPaginator(listServices{r.target.CloudMap}, &sd.ListServicesInput{
		Filters: []types.ServiceFilter{{Name: types.ServiceFilterNameNamespaceId, Values: []string{ns}}},
	})
	for p.HasMorePages() {
		out, err := p.NextPage(ctx)
		if err != nil {
			return name
		}
		for _, s := range out.Services {
			if *s.Name == name {
				r.symbols[*s.Id] = "srv:" + name
				r.order = append(r.order, *s.Id)
				return *s.Id
			}
		}
	}
	return name
}

type listServices struct{ CloudMap }

// times=N calls as often; it says how often it went well.
func (r *runner) times(call func(n int) error) (string, error) {
	n := r.number("times", 1)
	for i := range n {
		if err := call(i); err != nil {
			if n > 1 {
				return fmt.Sprintf("%d went well\n", i), err
			}
			return "", err
		}
	}
	if n > 1 {
		return fmt.Sprintf("%d went well\n", n), nil
	}
	return "", nil
}

// submitted remembers an operation as the last one, and names it.
func (r *runner) submitted(id *string) string {
	r.last = *id
	return r.name(*id, "op") + "\n"
}

func createNamespace(r *runner, ctx context.Context) (string, error) {
	name := r.arg("name", usualNamespace)
	if r.d.HasArg("http") {
		out, err := r.target.CloudMap.CreateHttpNamespace(ctx, &sd.CreateHttpNamespaceInput{Name: &name})
		if err != nil {
			return "", err
		}
		return r.submitted(out.OperationId), nil
	}
	in := &sd.CreatePrivateDnsNamespaceInput{Name: &name, Vpc: ptr(r.arg("vpc", "vpc-0a1b2c3d4e5f60718"))}
	out, err := r.target.CloudMap.CreatePrivateDnsNamespace(ctx, in)
	if err != nil {
		return "", err
	}
	return r.submitted(out.OperationId), nil
}

func updateNamespace(r *runner, ctx context.Context) (string, error) {
	out, err := r.target.CloudMap.UpdatePrivateDnsNamespace(ctx, &sd.UpdatePrivateDnsNamespaceInput{
		Id: ptr(r.namespaceID(ctx)), Namespace: &types.PrivateDnsNamespaceChange{Properties: &types.PrivateDnsNamespacePropertiesChange{
			DnsProperties: &types.PrivateDnsPropertiesMutableChange{SOA: &types.SOAChange{TTL: ptr(int64(r.number("soa", 15)))}},
		}},
	})
	if err != nil {
		return "", err
	}
	return r.submitted(out.OperationId), nil
}

func deleteNamespace(r *runner, ctx context.Context) (string, error) {
	id := r.namespaceID(ctx)
	out, err := r.target.CloudMap.DeleteNamespace(ctx, &sd.DeleteNamespaceInput{Id: &id})
	if err != nil {
		return "", err
	}
	return r.submitted(out.OperationId), nil
}

func namespaces(r *runner, ctx context.Context) (string, error) {
	var list []types.NamespaceSummary
	out, err := r.times(func(int) error {
		page, err := r.target.CloudMap.ListNamespaces(ctx, &sd.ListNamespacesInput{})
		if err == nil {
			list = page.Namespaces
		}
		return err
	})
	var b strings.Builder
	for _, n := range list {
		fmt.Fprintf(&b, "%s %s", *n.Name, n.Type)
		if d := n.Properties.DnsProperties; d != nil {
			fmt.Fprintf(&b, " soa=%d", *d.SOA.TTL)
		}
		b.WriteByte('\n')
	}
	return b.String() + out, err
}

func (r *runner) dnsRecords() []types.DnsRecord {
	var out []types.DnsRecord
	for _, a := range r.d.CmdArgs {
		if a.Key != "records" {
			continue
		}
		for _, v := range a.Vals {
			kind, ttl, _ := strings.Cut(v, ":")
			n, err := strconv.ParseInt(ttl, 10, 64)
			if err != nil {
				r.d.Fatalf(r.t, "records: %v", err)
			}
			out = append(out, types.DnsRecord{Type: types.RecordType(kind), TTL: &n})
		}
	}
	return out
}

func createService(r *runner, ctx context.Context) (string, error) {
	in := &sd.CreateServiceInput{Name: ptr(r.arg("name", "orders")), NamespaceId: ptr(r.namespaceID(ctx))}
	if d := r.arg("description", ""); d != "" {
		in.Description = &d
	}
	if records := r.dnsRecords(); records != nil {
		in.DnsConfig = &types.DnsConfig{DnsRecords: records, RoutingPolicy: types.RoutingPolicy(r.arg("policy", ""))}
	}
	if r.d.HasArg("http") {
		in.Type = types.ServiceTypeOptionHttp
	}
	if r.d.HasArg("custom") {
		in.HealthCheckCustomConfig = &types.HealthCheckCustomConfig{FailureThreshold: ptr(int32(r.number("custom", 1)))}
	}
	if r.d.HasArg("check") {
		in.HealthCheckConfig = &types.HealthCheckConfig{Type: types.HealthCheckTypeTcp}
	}
	out, err := r.target.CloudMap.CreateService(ctx, in)
	if err != nil {
		return "", err
	}
	r.serviceID(ctx, *out.Service.Name)
	return show(out.Service), nil
}

func show(s *types.Service) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", *s.Name, *s.Id, s.Type)
	if s.Description != nil {
		fmt.Fprintf(&b, " description=%q", *s.Description)
	}
	if d := s.DnsConfig; d != nil {
		fmt.Fprintf(&b, " %s", d.RoutingPolicy)
		for _, rec := range d.DnsRecords {
			fmt.Fprintf(&b, " %s:%d", rec.Type, *rec.TTL)
		}
	}
	if h := s.HealthCheckCustomConfig; h != nil {
		fmt.Fprintf(&b, " custom=%d", *h.FailureThreshold)
	}
	fmt.Fprintf(&b, " instances=%d\n", *s.InstanceCount)
	return b.String()
}

func updateService(r *runner, ctx context.Context) (string, error) {
	change := &types.ServiceChange{}
	if r.d.HasArg("records") {
		change.DnsConfig = &types.DnsConfigChange{DnsRecords: r.dnsRecords()}
	}
	if d := r.arg("description", ""); d != "" {
		change.Description = &d
	}
	out, err := r.target.CloudMap.UpdateService(ctx, &sd.UpdateServiceInput{Id: ptr(r.serviceID(ctx, r.arg("name", "orders"))), Service: change})
	if err != nil {
		return "", err
	}
	return r.submitted(out.OperationId), nil
}

func getService(r *runner, ctx context.Context) (string, error) {
	out, err := r.target.CloudMap.GetService(ctx, &sd.GetServiceInput{Id: ptr(r.serviceID(ctx, r.arg("name", "orders")))})
	if err != nil {
		return "", err
	}
	return show(out.Service), nil
}

func deleteService(r *runner, ctx context.Context) (string, error) {
	_, err := r.target.CloudMap.DeleteService(ctx, &sd.DeleteServiceInput{Id: ptr(r.serviceID(ctx, r.arg("name", "orders")))})
	return "", err
}

func services(r *runner, ctx context.Context) (string, error) {
	in := &sd.ListServicesInput{}
	if r.d.HasArg("ns") {
		in.Filters = []types.ServiceFilter{{Name: types.ServiceFilterNameNamespaceId, Values: []string{r.namespaceID(ctx)}}}
	}
	if n := r.number("page", 0); n > 0 {
		in.MaxResults = ptr(int32(n))
	}
	var names []string
	pages := 0
	out, err := r.times(func(int) error {
		names, pages, in.NextToken = nil, 0, nil
		for {
			page, err := r.target.CloudMap.ListServices(ctx, in)
			if err != nil {
				return err
			}
			pages++
			for _, s := range page.Services {
				names = append(names, *s.Name)
			}
			if in.NextToken = page.NextToken; in.NextToken == nil {
				return nil
			}
		}
	})
	slices.Sort(names)
	return fmt.Sprintf("%d pages:%s\n", pages, join(names)) + out, err
}

func join(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return " " + strings.Join(s, " ")
}

func register(r *runner, ctx context.Context) (string, error) {
	a := map[string]string{}
	for arg, key := range map[string]string{
		"ip": "AWS_INSTANCE_IPV4", "ip6": "AWS_INSTANCE_IPV6", "port": "AWS_INSTANCE_PORT",
		"cname": "AWS_INSTANCE_CNAME", "init": "AWS_INIT_HEALTH_STATUS", "alias": "AWS_ALIAS_DNS_NAME",
	} {
		if v := r.arg(arg, ""); v != "" {
			a[key] = v
		}
	}
	for _, arg := range r.d.CmdArgs {
		if k, ok := strings.CutPrefix(arg.Key, "with-"); ok {
			a[k] = arg.Vals[0]
		}
	}
	for i := range r.number("custom", 0) {
		a["k"+strconv.Itoa(i)] = "v"
	}
	service := r.serviceID(ctx, r.arg("service", "orders"))
	var op *string
	out, err := r.times(func(n int) error {
		r.calls++
		in := &sd.RegisterInstanceInput{
			ServiceId: &service, InstanceId: ptr(r.id(r.arg("id", "i-1"))), Attributes: a, CreatorRequestId: ptr("call-" + strconv.Itoa(r.calls)),
		}
		if v := r.arg("creator", ""); v != "" {
			in.CreatorRequestId = &v
		}
		if r.d.HasArg("times") {
			in.InstanceId = ptr(*in.InstanceId + "-" + strconv.Itoa(n))
			a["AWS_INSTANCE_IPV4"] = fmt.Sprintf("10.1.%d.%d", n/250, n%250+1)
		}
		out, err := r.target.CloudMap.RegisterInstance(ctx, in)
		if err == nil {
			op = out.OperationId
		}
		return err
	})
	if err != nil || r.d.HasArg("times") {
		return out, err
	}
	return r.submitted(op), nil
}

func deregister(r *runner, ctx context.Context) (string, error) {
	out, err := r.target.CloudMap.DeregisterInstance(ctx, &sd.DeregisterInstanceInput{
		ServiceId: ptr(r.serviceID(ctx, r.arg("service", "orders"))), InstanceId: ptr(r.id(r.arg("id", "i-1"))),
	})
	if err != nil {
		return "", err
	}
	return r.submitted(out.OperationId), nil
}

func getInstance(r *runner, ctx context.Context) (string, error) {
	out, err := r.target.CloudMap.GetInstance(ctx, &sd.GetInstanceInput{
		ServiceId: ptr(r.serviceID(ctx, r.arg("service", "orders"))), InstanceId: ptr(r.id(r.arg("id", "i-1"))),
	})
	if err != nil {
		return "", err
	}
	return *out.Instance.Id + sorted(out.Instance.Attributes) + "\n", nil
}

func instances(r *runner, ctx context.Context) (string, error) {
	in := &sd.ListInstancesInput{ServiceId: ptr(r.serviceID(ctx, r.arg("service", "orders")))}
	if n := r.number("page", 0); n > 0 {
		in.MaxResults = ptr(int32(n))
	}
	var b strings.Builder
	count, pages := 0, 0
	for {
		page, err := r.target.CloudMap.ListInstances(ctx, in)
		if err != nil {
			return "", err
		}
		pages++
		for _, i := range page.Instances {
			count++
			if !r.d.HasArg("count") {
				b.WriteString(*i.Id + sorted(i.Attributes) + "\n")
			}
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			break
		}
	}
	if r.d.HasArg("count") {
		return fmt.Sprintf("%d instances in %d pages\n", count, pages), nil
	}
	if count == 0 {
		return "none\n", nil
	}
	return b.String(), nil
}

func operation(r *runner, ctx context.Context) (string, error) {
	id := r.last
	if len(r.d.CmdArgs) > 0 {
		id = r.id(r.word(0))
	}
	out, err := r.target.CloudMap.GetOperation(ctx, &sd.GetOperationInput{OperationId: &id})
	if err != nil {
		return "", err
	}
	o := out.Operation
	s := fmt.Sprintf("%s %s", o.Type, o.Status)
	if o.ErrorCode != nil {
		s += " " + *o.ErrorCode
	}
	return s + "\n", nil
}

func operations(r *runner, ctx context.Context) (string, error) {
	in := &sd.ListOperationsInput{}
	if v := r.arg("status", ""); v != "" {
		in.Filters = append(in.Filters, types.OperationFilter{Name: types.OperationFilterNameStatus, Values: []string{v}})
	}
	out, err := r.target.CloudMap.ListOperations(ctx, in)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, o := range out.Operations {
		fmt.Fprintf(&b, "%s %s\n", r.name(*o.Id, "op"), o.Status)
	}
	return b.String(), nil
}

func failNext(r *runner, _ context.Context) (string, error) {
	r.target.Do(func(c *cloud.Cloud) { c.FailNext(types.OperationType(r.word(0)), r.word(1)) })
	return "", nil
}

func setHealth(r *runner, ctx context.Context) (string, error) {
	_, err := r.target.CloudMap.UpdateInstanceCustomHealthStatus(ctx, &sd.UpdateInstanceCustomHealthStatusInput{
		ServiceId: ptr(r.serviceID(ctx, r.arg("service", "orders"))), InstanceId: ptr(r.id(r.arg("id", "i-1"))),
		Status: types.CustomHealthStatus(r.arg("status", "")),
	})
	return "", err
}

func health(r *runner, ctx context.Context) (string, error) {
	out, err := r.target.CloudMap.GetInstancesHealthStatus(ctx, &sd.GetInstancesHealthStatusInput{ServiceId: ptr(r.serviceID(ctx, r.arg("service", "orders")))})
	if err != nil {
		return "", err
	}
	m := map[string]string{}
	for k, v := range out.Status {
		if !strings.HasPrefix(r.symbols[k], "t") {
			m[k] = string(v)
			continue
		}
		m[r.symbols[k]] = string(v)
	}
	if len(m) == 0 {
		return "none\n", nil
	}
	return strings.TrimPrefix(sorted(m), " ") + "\n", nil
}

func discover(r *runner, ctx context.Context) (string, error) {
	in := &sd.DiscoverInstancesInput{
		NamespaceName: ptr(r.arg("ns", usualNamespace)), ServiceName: ptr(r.arg("service", "orders")),
		HealthStatus: types.HealthStatusFilter(r.arg("filter", "")),
	}
	if n := r.number("most", 0); n > 0 {
		in.MaxResults = ptr(int32(n))
	}
	for _, arg := range r.d.CmdArgs {
		if k, ok := strings.CutPrefix(arg.Key, "with-"); ok {
			in.QueryParameters = map[string]string{k: arg.Vals[0]}
		}
		if k, ok := strings.CutPrefix(arg.Key, "better-"); ok {
			in.OptionalParameters = map[string]string{k: arg.Vals[0]}
		}
	}
	var out *sd.DiscoverInstancesOutput
	said, err := r.times(func(int) (err error) {
		out, err = r.target.CloudMap.DiscoverInstances(ctx, in)
		return err
	})
	if err != nil {
		return said, err
	}
	if r.d.HasArg("count") {
		return fmt.Sprintf("%d instances\n", len(out.Instances)), nil
	}
	var lines []string
	for _, i := range out.Instances {
		lines = append(lines, fmt.Sprintf("%s %s %s\n", *i.InstanceId, i.Attributes["AWS_INSTANCE_IPV4"], i.HealthStatus))
	}
	if len(lines) == 0 {
		return "none\n", nil
	}
	slices.Sort(lines)
	return strings.Join(lines, ""), nil
}

func revision(r *runner, ctx context.Context) (string, error) {
	out, err := r.target.CloudMap.DiscoverInstancesRevision(ctx, &sd.DiscoverInstancesRevisionInput{
		NamespaceName: ptr(r.arg("ns", usualNamespace)), ServiceName: ptr(r.arg("service", "orders")),
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d\n", *out.InstancesRevision), nil
}

func (r *runner) serviceARN(ctx context.Context) *string {
	out, err := r.target.CloudMap.GetService(ctx, &sd.GetServiceInput{Id: ptr(r.serviceID(ctx, r.arg("service", "orders")))})
	if err != nil {
		return ptr("arn:aws:servicediscovery:::service/none")
	}
	return out.Service.Arn
}

func tag(r *runner, ctx context.Context) (string, error) {
	_, err := r.target.CloudMap.TagResource(ctx, &sd.TagResourceInput{ResourceARN: r.serviceARN(ctx), Tags: []types.Tag{
		{Key: ptr(r.arg("key", "k")), Value: ptr(r.arg("value", ""))},
	}})
	return "", err
}

func tags(r *runner, ctx context.Context) (string, error) {
	out, err := r.target.CloudMap.ListTagsForResource(ctx, &sd.ListTagsForResourceInput{ResourceARN: r.serviceARN(ctx)})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, t := range out.Tags {
		fmt.Fprintf(&b, "%s=%s\n", *t.Key, *t.Value)
	}
	return b.String(), nil
}

func attributes(r *runner, ctx context.Context) (string, error) {
	out, err := r.target.CloudMap.GetServiceAttributes(ctx, &sd.GetServiceAttributesInput{ServiceId: ptr(r.serviceID(ctx, r.arg("service", "orders")))})
	if err != nil {
		return "", err
	}
	return "attributes:" + sorted(out.ServiceAttributes.Attributes) + "\n", nil
}

func setAttributes(r *runner, ctx context.Context) (string, error) {
	a := map[string]string{}
	for i := range r.number("many", 0) {
		a["k"+strconv.Itoa(i)] = "v"
	}
	for _, arg := range r.d.CmdArgs {
		if k, ok := strings.CutPrefix(arg.Key, "with-"); ok {
			a[k] = arg.Vals[0]
		}
	}
	_, err := r.target.CloudMap.UpdateServiceAttributes(ctx, &sd.UpdateServiceAttributesInput{ServiceId: ptr(r.serviceID(ctx, r.arg("service", "orders"))), Attributes: a})
	return "", err
}

func deleteAttributes(r *runner, ctx context.Context) (string, error) {
	_, err := r.target.CloudMap.DeleteServiceAttributes(ctx, &sd.DeleteServiceAttributesInput{
		ServiceId: ptr(r.serviceID(ctx, r.arg("service", "orders"))), Attributes: []string{r.word(0)},
	})
	return "", err
}
