package read_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/aws/read"
	"github.com/tranship/tranship/internal/inventory"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/fault"
)

func (e *town) read(o read.Options) *inventory.Snapshot {
	e.t.Helper()
	o.Wait = soon
	s, err := read.Read(e.t.Context(), []*read.Reader{e.reader()}, o)
	if err != nil {
		e.t.Fatal(err)
	}
	return s
}

func service(t *testing.T, s *inventory.Snapshot, name string) inventory.Service {
	t.Helper()
	for _, v := range s.Services {
		if v.Name == name {
			return v
		}
	}
	t.Fatalf("no service %s", name)
	return inventory.Service{}
}

// A fleet is read whole, and in few calls.
func TestRead(t *testing.T) {
	e := newTown(t)
	e.settle()
	s := e.read(read.Options{})
	if n := fmt.Sprint(len(s.Clusters), len(s.Services), len(s.TaskDefinitions), len(s.Namespaces), len(s.Names), len(s.Roles), len(s.SecurityGroups), len(s.Subnets),
		len(s.TargetGroups), len(s.LoadBalancers)); n != "2 23 23 2 24 1 1 3 1 1" {
		t.Errorf("clusters, services, definitions, namespaces, names, roles, groups, subnets, target groups, balancers: %s", n)
	}
	v := service(t, s, "orders")
	if v.Cluster != "prod" || v.DesiredCount != 3 || v.RunningCount != 3 || v.LaunchType != "FARGATE" || v.Account != account || v.Region != region {
		t.Errorf("%+v", v)
	}
	v.Registries = slices.Clone(v.Registries)
	v.Registries[0].ARN = ""
	if d := cmp.Diff([]inventory.Registry{{
		Namespace: "shop.internal", Service: "orders", RecordTypes: []string{"A"}, TTL: 10, RoutingPolicy: "MULTIVALUE", ContainerName: "app", ContainerPort: 8080,
	}}, v.Registries); d != "" {
		t.Errorf("registries -want +got:\n%s", d)
	}
	if v.Scaling == nil || len(v.Scaling.Policies) != 1 || len(v.Scaling.Scheduled) != 1 || !strings.Contains(string(v.Scaling.Target), `"MaxCapacity":9`) {
		t.Errorf("scaling %+v", v.Scaling)
	}
	var doc struct {
		ServiceName string
		Events      any
		Tags        []struct{ Key, Value string }
		Deployments []struct{ Status string }
	}
	if err := json.Unmarshal(v.Document, &doc); err != nil || doc.ServiceName != "orders" || doc.Events != nil || len(doc.Deployments) != 1 || doc.Deployments[0].Status != "PRIMARY" || len(doc.Tags) != 1 {
		t.Errorf("%v: %s", err, v.Document)
	}
	for _, n := range s.Names {
		if n.DNSName != "orders.shop.internal" {
			continue
		}
		if d := cmp.Diff([]inventory.Instances{{Of: "ecs:prod/orders", Count: 3}, {Of: "other", Count: 1}, {Of: "owner:blue", Count: 1}}, n.Instances); d != "" || !n.Settings.CustomHealth {
			t.Errorf("orders.shop.internal %+v -want +got:\n%s", n.Settings, d)
		}
	}
	role := s.Roles[0]
	if role.ARN != minister || !strings.Contains(string(role.Trust), "ecs-tasks.amazonaws.com") || len(role.Policies) != 2 ||
		role.Policies[0].ARN != managed || !strings.Contains(string(role.Policies[0].Document), "latest") || !strings.Contains(string(role.Policies[1].Document), "sqs:SendMessage") {
		t.Errorf("role %+v", role)
	}
	if g := s.TargetGroups[0]; g.Type != "ip" || g.Name != "orders" || len(g.LoadBalancers) != 1 || g.LoadBalancers[0] != s.LoadBalancers[0].ARN {
		t.Errorf("target group %+v", g)
	}
	if d := cmp.Diff([]inventory.Unknown{{
		Place: inventory.Place{Account: account, Region: region}, Part: "securityGroups", Object: "sg-none",
		Why: "DescribeSecurityGroups: not found: a service names the sg-none, and this account and region have none such",
	}}, s.Unknown); d != "" {
		t.Errorf("unknown -want +got:\n%s", d)
	}
	const calls = `application-autoscaling:DescribeScalableTargets 1
application-autoscaling:DescribeScalingPolicies 1
application-autoscaling:DescribeScheduledActions 1
ec2:DescribeSecurityGroups 1
ec2:DescribeSubnets 1
ecs:DescribeClusters 1
ecs:DescribeServices 4
ecs:DescribeTaskDefinition 23
ecs:ListClusters 1
ecs:ListServices 2
elasticloadbalancing:DescribeLoadBalancers 1
elasticloadbalancing:DescribeTargetGroups 1
iam:GetPolicy 1
iam:GetPolicyVersion 1
iam:GetRole 1
iam:GetRolePolicy 1
iam:ListAttachedRolePolicies 1
iam:ListRolePolicies 1
servicediscovery:ListInstances 23
servicediscovery:ListNamespaces 1
servicediscovery:ListServices 2
`
	if d := cmp.Diff(calls, e.actions()); d != "" {
		t.Errorf("calls -want +got:\n%s", d)
	}
	again := e.read(read.Options{})
	at := time.Now()
	if err := again.Seal(at); err != nil {
		t.Fatal(err)
	}
	if err := s.Seal(at); err != nil || s.Digest != again.Digest {
		t.Errorf("%v: the same fleet has another digest", err)
	}
}

// Some clusters alone; one that is nowhere is said.
func TestReadClusters(t *testing.T) {
	e := newTown(t)
	e.settle()
	if s := e.read(read.Options{Clusters: []string{"test"}}); len(s.Services) != 1 || s.Services[0].Name != "probe" || s.Services[0].Registries[0].RecordTypes[0] != "SRV" {
		t.Errorf("%+v", s.Services)
	}
	_, err := read.Read(t.Context(), []*read.Reader{e.reader()}, read.Options{Clusters: []string{"prod", "none"}, Wait: soon})
	if !errors.Is(err, names.ErrNotFound) || !strings.Contains(err.Error(), "no ECS cluster none in account "+account) {
		t.Errorf("%v", err)
	}
}

// What is denied is unknown, with the permission, and stops nothing else.
func TestReadDenied(t *testing.T) {
	e := newTown(t)
	e.settle()
	whole := e.read(read.Options{})
	for action, want := range map[string]struct {
		part  string
		lines int // of Unknown
	}{
		"ecs:ListClusters":                                {"clusters", 1},
		"ecs:DescribeClusters":                            {"clusters", 1},
		"ecs:ListServices":                                {"services", 2},
		"ecs:DescribeServices":                            {"services", 23},
		"ecs:DescribeTaskDefinition":                      {"taskDefinitions", 23},
		"servicediscovery:ListNamespaces":                 {"names", 1},
		"servicediscovery:ListServices":                   {"names", 1},
		"servicediscovery:ListInstances":                  {"instances", 23},
		"application-autoscaling:DescribeScalableTargets": {"scaling", 1},
		"application-autoscaling:DescribeScalingPolicies": {"scaling", 1},
		"elasticloadbalancing:DescribeTargetGroups":       {"targetGroups", 1},
		"elasticloadbalancing:DescribeLoadBalancers":      {"loadBalancers", 1},
		"ec2:DescribeSecurityGroups":                      {"securityGroups", 1},
		"ec2:DescribeSubnets":                             {"subnets", 1},
		"iam:GetRole":                                     {"roles", 1},
		"iam:GetRolePolicy":                               {"roles", 1},
		"iam:ListAttachedRolePolicies":                    {"roles", 1},
		"iam:GetPolicyVersion":                            {"roles", 1},
	} {
		t.Run(action, func(t *testing.T) {
			e.t = t
			e.denied = map[string]bool{action: true}
			s := e.read(read.Options{})
			lines := 0
			for _, u := range s.Unknown {
				if u.Permission == action && u.Part == want.part && strings.Contains(u.Why, "the credentials need the permission "+action) {
					lines++
				}
			}
			if lines != want.lines {
				t.Errorf("%d lines, want %d: %+v", lines, want.lines, s.Unknown)
			}
			if strings.HasPrefix(action, "servicediscovery:") && len(s.Services) != len(whole.Services) || strings.HasPrefix(action, "ecs:") && len(s.Names) != len(whole.Names) {
				t.Errorf("it stopped others: %d services, %d names", len(s.Services), len(s.Names))
			}
		})
	}
}

// A throttle here and there costs calls, and no part; one that never ends is unknown.
func TestReadThrottled(t *testing.T) {
	e := newTown(t)
	e.settle()
	whole := e.read(read.Options{})
	add := func(text string) {
		t.Helper()
		f, err := fault.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		e.do(func() { _, err = e.faults.Add(e.model.Now(), f) })
		if err != nil {
			t.Fatal(err)
		}
	}
	add("throttle,every=3")
	if d := cmp.Diff(whole, e.read(read.Options{})); d != "" {
		t.Errorf("-whole +throttled:\n%s", d)
	}
	e.do(func() { e.faults.Clear(e.model.Now()) })
	add("throttle:ecs:DescribeServices")
	add("error:iam:GetRole,next=2")
	s := e.read(read.Options{})
	if len(s.Services) != 0 || len(s.Names) != len(whole.Names) || len(s.Unknown) != 23 {
		t.Errorf("%d services, %d names, %+v", len(s.Services), len(s.Names), s.Unknown)
	}
	for _, u := range s.Unknown {
		if u.Permission != "" || !strings.Contains(u.Why, "throttled") {
			t.Errorf("%+v", u)
		}
	}
}

// Many namespaces are listed at once; then each service is asked where it is.
func TestReadManyNamespaces(t *testing.T) {
	e := newTown(t)
	for i := range 6 {
		e.must("fleet", e.model.SeedFleet(cloud.Fleet{Namespace: fmt.Sprintf("n%d.internal", i), Cluster: "prod", Services: []cloud.FleetService{{Name: fmt.Sprintf("s%d", i), Tasks: 1}}}))
	}
	s := e.read(read.Options{})
	if len(s.Names) != 6 || s.Names[5].DNSName != "s5.n5.internal" || len(s.Unknown) != 0 {
		t.Errorf("%+v", s.Names)
	}
	if e.calls["servicediscovery:ListServices"] != 1 || e.calls["servicediscovery:GetService"] != 6 {
		t.Errorf("%s", e.actions())
	}
}

// A thousand services cost a call for each ten, and one for each definition.
func TestReadIsBounded(t *testing.T) {
	e := newTown(t)
	f := cloud.Fleet{Namespace: "shop.internal", Cluster: "prod"}
	for i := range 1000 {
		f.Services = append(f.Services, cloud.FleetService{Name: fmt.Sprintf("svc-%04d", i)})
	}
	e.must("fleet", e.model.SeedFleet(f))
	var parts []string
	s := e.read(read.Options{Tell: func(p read.Progress) {
		if p.Ended {
			parts = append(parts, fmt.Sprintf("%s %d/%d", p.Part, p.Done, p.Total))
		}
	}})
	if len(s.Services) != 1000 || len(s.TaskDefinitions) != 1000 || len(s.Names) != 1000 || len(s.Unknown) != 0 {
		t.Fatalf("%d services, %d definitions, %d names, %+v", len(s.Services), len(s.TaskDefinitions), len(s.Names), s.Unknown)
	}
	total := 0
	for action, n := range e.calls {
		if total += n; action != "ecs:DescribeTaskDefinition" && n > 100 {
			t.Errorf("%s %d", action, n)
		}
	}
	if total > 1150 {
		t.Errorf("%d calls:\n%s", total, e.actions())
	}
	for _, want := range []string{"services 1000/1000", "taskDefinitions 1000/1000", "names 1000/1000"} {
		if !strings.Contains(strings.Join(parts, ", "), want) {
			t.Errorf("told %v, want %s", parts, want)
		}
	}
}

// A reading that is cancelled ends at once, and gives nothing.
func TestReadCancelled(t *testing.T) {
	e := newTown(t)
	e.settle()
	ctx, cancel := context.WithCancel(t.Context())
	s, err := read.Read(ctx, []*read.Reader{e.reader()}, read.Options{Wait: soon, Tell: func(p read.Progress) {
		if p.Part == "taskDefinitions" {
			cancel()
		}
	}})
	if s != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", s, err)
	}
}
