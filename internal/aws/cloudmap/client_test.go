package cloudmap_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tranship/tranship/internal/aws/cloudmap"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
)

const account, region = "123456789012", "eu-central-1"

var orders = names.Ref{Account: account, Region: region, NamespaceID: "ns-shop", ServiceID: "srv-1"}

// clock is set by hand.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

// build makes a fake with the service orders.shop.internal and three instances.
func build(opts ...cloudmap.Option) (*fake, *cloudmap.Client, *clock) {
	dns := func(id, name string, soa int64) types.NamespaceSummary {
		return types.NamespaceSummary{
			Id: sdk.String(id), Name: sdk.String(name), Type: types.NamespaceTypeDnsPrivate,
			Properties: &types.NamespaceProperties{
				DnsProperties:  &types.DnsProperties{SOA: &types.SOA{TTL: sdk.Int64(soa)}},
				HttpProperties: &types.HttpProperties{HttpName: sdk.String(name)},
			},
		}
	}
	svc := func(id, name, ns string) *types.Service {
		return &types.Service{Id: sdk.String(id), Name: sdk.String(name), NamespaceId: sdk.String(ns), Type: types.ServiceTypeDnsHttp}
	}
	one := svc("srv-1", "orders", "ns-shop")
	one.Description = sdk.String("the orders")
	one.HealthCheckCustomConfig = &types.HealthCheckCustomConfig{}
	one.DnsConfig = &types.DnsConfig{RoutingPolicy: types.RoutingPolicyMultivalue, DnsRecords: []types.DnsRecord{
		{Type: types.RecordTypeAaaa, TTL: sdk.Int64(60)}, {Type: types.RecordTypeA, TTL: sdk.Int64(60)},
	}}
	f := &fake{
		page: 2,
		namespaces: []types.NamespaceSummary{
			dns("ns-root", "internal", 900), dns("ns-shop", "shop.internal", 15), dns("ns-op", "op.internal", 15),
			{Id: sdk.String("ns-http"), Name: sdk.String("very.shop.internal"), Type: types.NamespaceTypeHttp},
		},
		services: []*types.Service{
			one, svc("srv-2", "Payments", "ns-shop"), svc("srv-3", "a.b", "ns-shop"), svc("srv-4", "orders.shop", "ns-root"),
		},
		instances:  map[string]map[string]string{"a": {"AWS_INSTANCE_IPV4": "10.0.0.1"}, "b": {"AWS_INSTANCE_IPV4": "10.0.0.2"}, "c": {"AWS_INSTANCE_IPV4": "10.0.0.3"}},
		health:     map[string]types.HealthStatus{"a": types.HealthStatusHealthy, "b": types.HealthStatusUnhealthy},
		revision:   40,
		operations: map[string]*types.Operation{}, busy: map[string]string{},
		answers: map[string][]error{}, lost: map[string]bool{}, before: map[string]func(){},
	}
	c := &clock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	return f, cloudmap.New(f, account, region, c.now, opts...), c
}

func view() names.View {
	return names.View{
		Settings: names.Settings{
			Name: "orders", Namespace: "shop.internal", Type: "DNS_HTTP", Description: sdk.String("the orders"), Routing: "MULTIVALUE",
			Records: []names.Record{{Type: "A", TTL: 60}, {Type: "AAAA", TTL: 60}}, CustomHealth: true, NegativeTTL: 15,
		},
		Instances: []names.Instance{
			{ID: "a", Attributes: map[string]string{"AWS_INSTANCE_IPV4": "10.0.0.1"}, Health: names.Healthy},
			{ID: "b", Attributes: map[string]string{"AWS_INSTANCE_IPV4": "10.0.0.2"}, Health: names.Unhealthy},
			{ID: "c", Attributes: map[string]string{"AWS_INSTANCE_IPV4": "10.0.0.3"}, Health: names.HealthUnknown},
		},
		Revision: 40,
	}
}

func TestView(t *testing.T) {
	f, c, _ := build()
	for range 2 {
		f.calls = f.calls[:0]
		got, err := c.View(t.Context(), orders)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(view(), got); diff != "" {
			t.Fatalf("view (-want +got):\n%s", diff)
		}
	}
	// The second read: the namespace is in memory, nothing else is.
	want := []string{
		"GetService", "DiscoverInstancesRevision", "ListInstances", "ListInstances@2",
		"GetInstancesHealthStatus", "DiscoverInstancesRevision",
	}
	if diff := cmp.Diff(want, f.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestViewOfOnePageNeedsNoSecondRevision(t *testing.T) {
	f, c, _ := build()
	f.page, f.services[0].HealthCheckCustomConfig = 100, nil
	got, err := c.View(t.Context(), orders)
	if err != nil {
		t.Fatal(err)
	}
	if got.Instances[1].Health != names.HealthUnknown || got.Settings.CustomHealth {
		t.Errorf("health without a health check: %+v", got)
	}
	want := []string{"GetService", "GetNamespace", "DiscoverInstancesRevision", "ListInstances"}
	if diff := cmp.Diff(want, f.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// A change between two pages tears the listing; it is read once more.
func TestViewReadsAgainWhatChangedMeanwhile(t *testing.T) {
	f, c, _ := build()
	lists := 0
	f.before["ListInstances"] = func() {
		if lists++; lists == 2 { // between the pages
			delete(f.instances, "c")
			f.instances["d"] = map[string]string{"AWS_INSTANCE_IPV4": "10.0.0.4"}
			f.revision++
		}
	}
	got, err := c.View(t.Context(), orders)
	if err != nil {
		t.Fatal(err)
	}
	var ids []names.ID
	for _, i := range got.Instances {
		ids = append(ids, i.ID)
	}
	if diff := cmp.Diff([]names.ID{"a", "b", "d"}, ids); diff != "" || got.Revision != 41 {
		t.Errorf("revision %d, instances (-want +got):\n%s", got.Revision, diff)
	}

	// A name that never rests is read twice, not for ever, and told with the
	// revision from before.
	f.calls, f.before["ListInstances"] = nil, func() { f.revision++ }
	if got, err = c.View(t.Context(), orders); err != nil || got.Revision != 43 {
		t.Errorf("revision %d of a busy name, want that before the second reading, 43; %v", got.Revision, err)
	}
	if n := strings.Count(strings.Join(f.calls, " "), "ListInstances"); n != 4 {
		t.Errorf("%d pages read, want 4: %v", n, f.calls)
	}
}

func TestViewWithoutARevision(t *testing.T) {
	for name, e := range map[string]error{"denied": denied(), "throttled": throttled(), "not there yet": &types.ServiceNotFound{}} {
		f, c, _ := build()
		f.answers["DiscoverInstancesRevision"] = []error{e}
		want := view()
		want.Revision = 0
		got, err := c.View(t.Context(), orders)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: error %v, view (-want +got):\n%s", name, err, diff)
		}
	}
}

// Half a view is no view.
func TestViewFailsAsAWhole(t *testing.T) {
	for _, op := range []string{"GetService", "GetNamespace", "ListInstances", "GetInstancesHealthStatus"} {
		for name, c := range map[string]struct{ err, class error }{
			"throttled": {throttled(), names.ErrThrottled},
			"denied":    {denied(), names.ErrDenied},
			"lost":      {errLost, names.ErrUnreachable},
		} {
			f, client, _ := build()
			f.answers[op] = []error{c.err}
			got, err := client.View(t.Context(), orders)
			if !errors.Is(err, c.class) || !errors.Is(err, c.err) || !strings.HasPrefix(err.Error(), op+" of Cloud Map ") {
				t.Errorf("%s, %s: %v", op, name, err)
			}
			if diff := cmp.Diff(names.View{}, got); diff != "" {
				t.Errorf("%s, %s: a view all the same: %s", op, name, diff)
			}
		}
	}
}

func TestAnotherAccountIsNotSpokenTo(t *testing.T) {
	f, c, _ := build()
	far := orders
	far.Account = "210987654321"
	_, err := c.View(t.Context(), far)
	_, err2 := c.Deregister(t.Context(), far, "a")
	_, err3 := c.Ref(t.Context(), names.Source{Region: "us-east-1", Cluster: "c", Service: "s"}, "srv-1")
	for _, err := range []error{err, err2, err3} {
		if !errors.Is(err, names.ErrInvalid) {
			t.Errorf("error %v", err)
		}
	}
	if len(f.calls) != 0 {
		t.Errorf("calls %v", f.calls)
	}
}

func TestOperation(t *testing.T) {
	var failed []cloudmap.FailedOperation
	f, c, _ := build(cloudmap.OnFail(func(o cloudmap.FailedOperation) { failed = append(failed, o) }))
	for status, want := range map[types.OperationStatus]cutover.OpStatus{
		types.OperationStatusSubmitted: cutover.OpPending, types.OperationStatusPending: cutover.OpPending,
		types.OperationStatusSuccess: cutover.OpSuccess, types.OperationStatusFail: cutover.OpFail, "NEW": cutover.OpPending,
	} {
		f.operations["op-1"] = &types.Operation{Status: status, ErrorCode: sdk.String("ACCESS_DENIED"), ErrorMessage: sdk.String("Route 53 said no")}
		if got, err := c.Operation(t.Context(), orders, "op-1"); err != nil || got.Status != want || (want == cutover.OpFail) != (got.Why == "ACCESS_DENIED: Route 53 said no") {
			t.Errorf("%s: %+v, %v", status, got, err)
		}
	}
	want := []cloudmap.FailedOperation{{Ref: orders, ID: "op-1", Code: "ACCESS_DENIED", Message: "Route 53 said no"}}
	if diff := cmp.Diff(want, failed); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
	if _, err := c.Operation(t.Context(), orders, "op-9"); !errors.Is(err, names.ErrNotFound) {
		t.Errorf("an unknown operation: %v", err)
	}
}

func TestRegister(t *testing.T) {
	f, c, _ := build()
	inst := names.Instance{ID: "eks-1", Attributes: map[string]string{names.AttrIPv4: "10.1.0.1", names.AttrInitHealth: "HEALTHY"}}
	op, err := c.Register(t.Context(), orders, inst, "token-1")
	if err != nil || op != "op-1" {
		t.Fatalf("%q, %v", op, err)
	}
	want := []any{&servicediscovery.RegisterInstanceInput{
		ServiceId: sdk.String("srv-1"), InstanceId: sdk.String("eks-1"), CreatorRequestId: sdk.String("token-1"),
		Attributes: map[string]string{names.AttrIPv4: "10.1.0.1", names.AttrInitHealth: "HEALTHY"},
	}}
	if diff := cmp.Diff(want, f.inputs, cmpopts.IgnoreUnexported(servicediscovery.RegisterInstanceInput{})); diff != "" {
		t.Errorf("input (-want +got):\n%s", diff)
	}
	if op, err = c.Register(t.Context(), orders, inst, "token-2"); err != nil || op != "op-1" {
		t.Errorf("under way already: %q, %v; want the operation that runs", op, err)
	}

	f.calls = nil
	inst.ID = names.ID(strings.Repeat("x", 65))
	if _, err = c.Register(t.Context(), orders, inst, "t"); !errors.Is(err, names.ErrInvalid) || len(f.calls) != 0 {
		t.Errorf("an id that is too long: %v, calls %v", err, f.calls)
	}
}

func TestDeregister(t *testing.T) {
	f, c, _ := build()
	op, err := c.Deregister(t.Context(), orders, "a")
	if err != nil || op == "" {
		t.Fatalf("%q, %v", op, err)
	}
	if op, err := c.Deregister(t.Context(), orders, "a"); err != nil || op != "" {
		t.Errorf("not there: %q, %v; want neither", op, err)
	}
	f.answers["DeregisterInstance"] = []error{&types.ServiceNotFound{}}
	if _, err := c.Deregister(t.Context(), orders, "b"); !errors.Is(err, names.ErrNotFound) {
		t.Errorf("the service is gone: %v", err)
	}
}

// A lost reply is "no answer", and sending again finds the operation.
func TestLostReply(t *testing.T) {
	f, c, _ := build()
	f.lost["DeregisterInstance"], f.lost["RegisterInstance"] = true, true
	if _, err := c.Deregister(t.Context(), orders, "a"); !errors.Is(err, names.ErrUnreachable) || !errors.Is(err, errLost) {
		t.Errorf("deregister: %v", err)
	}
	inst := names.Instance{ID: "eks-1", Attributes: map[string]string{names.AttrIPv4: "10.1.0.1"}}
	if _, err := c.Register(t.Context(), orders, inst, "t1"); !errors.Is(err, names.ErrUnreachable) {
		t.Errorf("register: %v", err)
	}
	f.lost = nil
	if op, err := c.Register(t.Context(), orders, inst, "t2"); err != nil || op != f.busy["eks-1"] {
		t.Errorf("again: %q, %v; want %q", op, err, f.busy["eks-1"])
	}
}

func TestWritesTellTheirClass(t *testing.T) {
	inst := names.Instance{ID: "a", Attributes: map[string]string{names.AttrIPv4: "10.1.0.1"}}
	for op, call := range map[string]func(c *cloudmap.Client) error{
		"RegisterInstance":                 func(c *cloudmap.Client) error { _, err := c.Register(t.Context(), orders, inst, "t"); return err },
		"DeregisterInstance":               func(c *cloudmap.Client) error { _, err := c.Deregister(t.Context(), orders, "a"); return err },
		"UpdateInstanceCustomHealthStatus": func(c *cloudmap.Client) error { return c.SetHealth(t.Context(), orders, "a", names.Unhealthy) },
		"UpdateService": func(c *cloudmap.Client) error {
			_, err := c.UpdateSettings(t.Context(), orders, view().Settings)
			return err
		},
	} {
		f, c, _ := build()
		f.answers[op] = []error{throttled(), denied(), &types.DuplicateRequest{}}
		if err := call(c); !errors.Is(err, names.ErrThrottled) {
			t.Errorf("%s: %v", op, err)
		}
		if err := call(c); !errors.Is(err, names.ErrDenied) || !strings.Contains(err.Error(), "permission servicediscovery:"+op) {
			t.Errorf("%s: %v", op, err)
		}
		if err := call(c); !errors.Is(err, names.ErrConflict) {
			t.Errorf("%s, a duplicate without an id: %v", op, err)
		}
	}
}

func TestSetHealth(t *testing.T) {
	f, c, _ := build()
	if err := c.SetHealth(t.Context(), orders, "a", names.Unhealthy); err != nil || f.health["a"] != types.HealthStatusUnhealthy {
		t.Errorf("%v, %v", f.health, err)
	}
	if err := c.SetHealth(t.Context(), orders, "a", names.HealthUnknown); !errors.Is(err, names.ErrInvalid) {
		t.Errorf("unknown: %v", err)
	}
	if err := c.SetHealth(t.Context(), orders, "z", names.Healthy); !errors.Is(err, names.ErrNotFound) {
		t.Errorf("not there: %v", err)
	}
}

// What is not changed is still there afterwards, though UpdateService deletes
// what it is not given.
func TestUpdateSettingsKeepsTheRest(t *testing.T) {
	f, c, _ := build()
	f.services[0].HealthCheckConfig = &types.HealthCheckConfig{
		Type: types.HealthCheckTypeHttp, ResourcePath: sdk.String("/healthz"), FailureThreshold: sdk.Int32(3),
	}
	before, err := c.View(t.Context(), orders)
	if err != nil {
		t.Fatal(err)
	}
	if op, err := c.UpdateSettings(t.Context(), orders, before.Settings.WithTTL(5)); err != nil || op == "" {
		t.Fatalf("%q, %v", op, err)
	}
	after, err := c.View(t.Context(), orders)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before.Settings.WithTTL(5), after.Settings); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if op, err := c.UpdateSettings(t.Context(), orders, before.Settings); err != nil || op != f.busy["srv-1"] {
		t.Errorf("under way already: %q, %v", op, err)
	}
	f.calls = nil
	if _, err := c.UpdateSettings(t.Context(), orders, names.Settings{}); !errors.Is(err, names.ErrInvalid) || len(f.calls) != 0 {
		t.Errorf("no records: %v, calls %v", err, f.calls)
	}
}
