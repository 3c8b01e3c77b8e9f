package cli

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/smithy-go"

	"github.com/tranship/tranship/internal/aws/read"
	"github.com/tranship/tranship/internal/inventory"
	"github.com/tranship/tranship/internal/names"
	labaws "github.com/tranship/tranship/lab/aws"
	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/estate"
)

// guarded is the lab's ECS where some may not be read.
type guarded struct {
	*cloud.ECS
	deny bool
}

// DescribeTaskDefinition has the signature of the client's method.
func (g *guarded) DescribeTaskDefinition(ctx context.Context, in *ecs.DescribeTaskDefinitionInput, opts ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error) {
	if g.deny {
		return nil, &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "not authorized to perform: ecs:DescribeTaskDefinition"}
	}
	return g.ECS.DescribeTaskDefinition(ctx, in, opts...)
}

// labAccount is an account of the lab, found through the AWS environment.
func labAccount(t *testing.T) *guarded {
	t.Helper()
	model := cloud.New(cloud.Config{Seed: 1, Start: start})
	if err := model.SeedFleet(cloud.Fleet{Namespace: "shop.internal", Cluster: "prod", Services: []cloud.FleetService{
		{Name: "orders", Tasks: 2, TTL: 10 * time.Second, MinCapacity: 1, MaxCapacity: 4}, {Name: "users", Tasks: 1}, {Name: "old", NameAlone: true},
	}}); err != nil {
		t.Fatal(err)
	}
	if err := model.SeedFleet(cloud.Fleet{Namespace: "shop.internal", Cluster: "test", Services: []cloud.FleetService{{Name: "probe", Tasks: 1}}}); err != nil {
		t.Fatal(err)
	}
	beside, g := estate.New(estate.Config{Start: start}), &guarded{ECS: model.ECS()}
	at := model.Config()
	var mu sync.Mutex
	h, err := labaws.NewHandler(labaws.Config{
		Credentials: labaws.Credentials{AccessKeyID: "AKIALAB", SecretAccessKey: "s"}, Account: at.Account, Region: at.Region,
		Services: []labaws.Service{
			{Name: "servicediscovery", Impl: model.CloudMap()}, {Name: "ecs", Impl: g}, {Name: "ec2", Impl: model.EC2()}, {Name: "sts", Impl: model.STS()},
			{Name: "application-autoscaling", Impl: model.AutoScaling()}, {Name: "elasticloadbalancing", Impl: beside.ELB()}, {Name: "iam", Impl: beside.IAM()},
		},
		Do: func(fn func()) {
			mu.Lock()
			defer mu.Unlock()
			fn()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	for k, v := range map[string]string{
		"AWS_ENDPOINT_URL": srv.URL, "AWS_REGION": at.Region, "AWS_ACCESS_KEY_ID": "AKIALAB", "AWS_SECRET_ACCESS_KEY": "s",
		"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_PROFILE": "", "AWS_CA_BUNDLE": "",
	} {
		t.Setenv(k, v)
	}
	return g
}

// A fleet is read, shown, saved, and shown again without AWS.
func TestInventory(t *testing.T) {
	g := labAccount(t)
	b := newBench(t)
	file := filepath.Join(t.TempDir(), "fleet.json")
	b.want(b.run("inventory", "--save", file), CodeFine,
		"CLUSTER  SERVICE", "prod     orders     2/2  FARGATE  orders.shop.internal  10s  1-4       -  orders:1",
		"taskDefinitions 3 of 3", "3 services in 2 clusters; 4 names in 1 namespace, 1 of them of no ECS service. Read in", "Saved in "+file+", sha256:")
	if st, err := os.Stat(file); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", st, err)
	}
	g.deny = true
	b.want(b.run("inventory", "-o", "wide", "--ecs-cluster", "prod"), CodeFine,
		"taskDefinitions  orders:1 and 1 more  ecs:DescribeTaskDefinition  DescribeTaskDefinition of task definition orders:1: denied: the credentials need the permission",
		"2 ecs:prod/orders", "Unknown is not the same as not there", "`tranship iam inventory` prints")
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
	b.want(b.run("inventory", "--from", file, "--ecs-cluster", "test"), CodeFine, "probe.shop.internal", "1 service in 1 cluster", "Read on 2026-05-04T09:30:00Z")
	if strings.Contains(b.out.String(), "orders") {
		t.Errorf("another cluster's services:\n%s", b.out.String())
	}
	b.want(b.run("inventory", "--from", file, "--ecs-cluster", "none"), CodeFailed, "no ECS cluster none")
	b.want(b.run("inventory", "--from", file, "-o", "json"), CodeFine)
	s, err := inventory.Decode(b.out.Bytes())
	if err != nil || len(s.Services) != 3 || s.Services[0].Registries[0].TTL != 10 {
		t.Errorf("%v: %+v", err, s)
	}
	b.want(b.run("inventory", "--from", file, "-o", "yaml"), CodeFine, "apiVersion: tranship.dev/snapshot/v1", "desiredCount: 2")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(data), `"desiredCount": 2`, `"desiredCount": 3`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	b.want(b.run("inventory", "--from", file), CodeFine, "2/3", "was changed after it was saved")
	b.want(b.run("inventory"), CodeFailed, "GetCallerIdentity of these credentials: no answer")
}

// What can't be saved leaves nothing behind.
func TestInventoryIsSavedWholeOrNotAtAll(t *testing.T) {
	labAccount(t)
	b, dir := newBench(t), t.TempDir()
	b.want(b.run("inventory", "--save", filepath.Join(dir, "none", "fleet.json")), CodeFailed, "save the inventory: ")
	b.want(b.run("inventory", "--save", dir), CodeFailed, "save the inventory in "+dir)
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(dir), ".tranship-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	s := &inventory.Snapshot{Unknown: []inventory.Unknown{{Part: "account"}}}
	if !nothing(s) || nothing(&inventory.Snapshot{}) {
		t.Error("an account that can't be asked is not an empty one")
	}
	if _, err := s.Of([]string{"prod"}); !errors.Is(err, names.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

// Where a person watches, one line is written over; elsewhere each part ends with one.
func TestReadProgress(t *testing.T) {
	var out strings.Builder
	p := newReadProgress(Streams{Err: &out, ErrTTY: true, Width: 40}, false)
	p.tell(read.Progress{Part: "services", Done: 10, Total: 30})
	p.tell(read.Progress{Part: "names"})
	p.tell(read.Progress{Part: "services", Done: 30, Total: 30, Ended: true})
	p.end()
	if got, want := out.String(), "\r\x1b[KReading services 10 of 30\r\x1b[KReading names, services 10 of 30\r\x1b[KReading names\r\x1b[K"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	out.Reset()
	p = newReadProgress(Streams{Err: &out}, true)
	place := inventory.Place{Account: "123456789012", Region: "eu-west-1"}
	p.tell(read.Progress{Place: place, Part: "services", Done: 10, Total: 30})
	p.tell(read.Progress{Place: place, Part: "services", Done: 30, Total: 30, Ended: true})
	p.end()
	if got, want := out.String(), "123456789012 eu-west-1 services 30 of 30\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
