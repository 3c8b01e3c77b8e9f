package read_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/credentials"
	aas "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	aastypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	sd "github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"go.uber.org/goleak"

	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/aws/read"
	labaws "github.com/tranship/tranship/lab/aws"
	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/estate"
	"github.com/tranship/tranship/lab/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	account = "123456789012"
	region  = "ap-south-1"
)

// town is an account of the lab behind AWS' own protocols.
type town struct {
	t      *testing.T
	model  *cloud.Cloud
	beside *estate.Estate
	faults *fault.Set
	denied map[string]bool // IAM actions
	config sdk.Config

	mu    sync.Mutex
	calls map[string]int // by IAM action
}

func newTown(t *testing.T) *town {
	t.Helper()
	e := &town{t: t, faults: fault.NewSet(1), denied: map[string]bool{}, calls: map[string]int{}}
	e.model = cloud.New(cloud.Config{Seed: 1, Start: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Account: account, Region: region})
	e.beside = estate.New(estate.Config{Account: account, Region: region})
	h, err := labaws.NewHandler(labaws.Config{
		Credentials: labaws.Credentials{AccessKeyID: "AKIALAB", SecretAccessKey: "s"}, Account: account, Region: region,
		Services: []labaws.Service{
			{Name: "servicediscovery", Impl: e.model.CloudMap()}, {Name: "ecs", Impl: e.model.ECS()}, {Name: "ec2", Impl: e.model.EC2()},
			{Name: "application-autoscaling", Impl: e.model.AutoScaling()},
			{Name: "elasticloadbalancing", Impl: e.beside.ELB()}, {Name: "iam", Impl: e.beside.IAM()},
		},
		Do: e.do,
		Record: func(c labaws.Call) {
			e.do(func() { e.calls[c.Action()]++ })
		},
		Fault: func(c labaws.Call) (f fault.Fault, hit bool) {
			e.do(func() {
				f, hit = e.faults.Hit(e.model.Now(), fault.InCall, fault.Target{Service: c.Service, Operation: c.Operation})
			})
			return f, hit
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	proxy, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{Proxy: http.ProxyURL(proxy)}
	t.Cleanup(tr.CloseIdleConnections)
	for k, v := range map[string]string{"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_PROFILE": "", "AWS_CA_BUNDLE": ""} {
		t.Setenv(k, v)
	}
	e.config, err = aws.Load(t.Context(), aws.Options{
		Region: region, Endpoint: "http://aws.lab.internal", HTTPClient: &http.Client{Transport: tr},
		Credentials: credentials.NewStaticCredentialsProvider("AKIALAB", "s", ""),
	})
	if err != nil {
		t.Fatal(err)
	}
	e.config.APIOptions = append(e.config.APIOptions, e.deny)
	return e
}

func (e *town) do(fn func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	fn()
}

// deny refuses what the credentials may not do: the lab evaluates no policies.
func (e *town) deny(s *middleware.Stack) error {
	return s.Deserialize.Add(middleware.DeserializeMiddlewareFunc("deny", func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
		middleware.DeserializeOutput, middleware.Metadata, error,
	) {
		action := map[string]string{
			"ECS": "ecs", "ServiceDiscovery": "servicediscovery", "EC2": "ec2", "IAM": "iam",
			"Application Auto Scaling": "application-autoscaling", "Elastic Load Balancing v2": "elasticloadbalancing",
		}[awsmiddleware.GetServiceID(ctx)] + ":" + awsmiddleware.GetOperationName(ctx)
		if e.denied[action] {
			return middleware.DeserializeOutput{}, middleware.Metadata{}, &smithy.GenericAPIError{
				Code: "AccessDeniedException", Message: "User: arn:aws:iam::" + account + ":user/lab is not authorized to perform: " + action,
			}
		}
		return next.HandleDeserialize(ctx, in)
	}), middleware.Before)
}

func (e *town) reader() *read.Reader {
	return read.New(read.API{
		ECS: ecs.NewFromConfig(e.config), CloudMap: sd.NewFromConfig(e.config), Scaling: aas.NewFromConfig(e.config),
		Balancers: elb.NewFromConfig(e.config), Network: ec2.NewFromConfig(e.config), Roles: iam.NewFromConfig(e.config),
	}, account, region)
}

func (e *town) must(what string, err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatalf("%s: %v", what, err)
	}
}

// soon lets no time pass.
func soon(ctx context.Context, _ time.Duration) error { return ctx.Err() }

const (
	trust    = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	managed  = "arn:aws:iam::123456789012:policy/orders"
	minister = "arn:aws:iam::123456789012:role/team/orders"
)

// settle makes a fleet: 23 services in two clusters and two namespaces, of which
// orders has all that a service can have.
func (e *town) settle() {
	e.t.Helper()
	_, err := e.beside.IAM().AddPolicy(estate.Policy{Name: "orders", Documents: []string{`{"Version":"2012-10-17","Statement":[]}`, `{"Version":"2012-10-17","Statement":[{"Sid":"latest"}]}`}})
	e.must("policy", err)
	_, err = e.beside.IAM().AddRole(estate.Role{
		Name: "orders", Path: "/team/", Trust: trust, Inline: map[string]string{"queue": `{"Statement":[{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"*"}]}`}, Attached: []string{managed},
	})
	e.must("role", err)
	balancer, err := e.beside.ELB().AddLoadBalancer(elbtypes.LoadBalancer{LoadBalancerName: sdk.String("shop")}, nil)
	e.must("balancer", err)
	group, err := e.beside.ELB().AddTargetGroup(elbtypes.TargetGroup{TargetGroupName: sdk.String("orders"), LoadBalancerArns: []string{balancer}}, nil)
	e.must("group", err)
	_, err = e.beside.ELB().AddTargetGroup(elbtypes.TargetGroup{TargetGroupName: sdk.String("nobodys")}, nil)
	e.must("another group", err)
	shop := cloud.Fleet{Namespace: "shop.internal", Cluster: "prod", Services: []cloud.FleetService{
		{
			Name: "orders", Tasks: 3, TTL: 10 * time.Second, CustomHealth: true, TaskRole: minister, TargetGroup: group,
			MinCapacity: 2, MaxCapacity: 9, CPUTarget: 60, Tags: map[string]string{"team": "blue"},
		},
		{Name: "old", NameAlone: true},
	}}
	for i := range 21 {
		shop.Services = append(shop.Services, cloud.FleetService{Name: fmt.Sprintf("svc-%02d", i), Tasks: 1})
	}
	e.must("fleet", e.model.SeedFleet(shop))
	e.must("another fleet", e.model.SeedFleet(cloud.Fleet{Namespace: "lab.internal", Cluster: "test", Services: []cloud.FleetService{{Name: "probe", Tasks: 1, SRV: true}}}))
	e.must("security group", e.model.SeedSecurityGroup(ec2types.SecurityGroup{GroupId: sdk.String("sg-0a"), GroupName: sdk.String("orders")}))
	ctx := e.t.Context()
	_, err = e.model.ECS().UpdateService(ctx, &ecs.UpdateServiceInput{
		Cluster: sdk.String("prod"), Service: sdk.String("orders"),
		NetworkConfiguration: &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{
			Subnets: []string{e.model.Config().VPC.Zones[0].Subnet}, SecurityGroups: []string{"sg-0a", "sg-none"},
		}},
	})
	e.must("update", err)
	_, err = e.model.AutoScaling().PutScheduledAction(ctx, &aas.PutScheduledActionInput{
		ServiceNamespace: aastypes.ServiceNamespaceEcs, ScalableDimension: "ecs:service:DesiredCount", ResourceId: sdk.String("service/prod/orders"),
		ScheduledActionName: sdk.String("night"), Schedule: sdk.String("cron(0 22 * * ? *)"), ScalableTargetAction: &aastypes.ScalableTargetAction{MinCapacity: sdk.Int32(1)},
	})
	e.must("schedule", err)
	services, err := e.model.CloudMap().ListServices(ctx, &sd.ListServicesInput{})
	e.must("services", err)
	for _, s := range services.Services {
		if *s.Name == "orders" {
			_, err := e.model.CloudMap().RegisterInstance(ctx, &sd.RegisterInstanceInput{
				ServiceId: s.Id, InstanceId: sdk.String("pod"), Attributes: map[string]string{"AWS_INSTANCE_IPV4": "10.9.0.1", "tranship.dev/owner": "blue"},
			})
			e.must("register", err)
			_, err = e.model.CloudMap().RegisterInstance(ctx, &sd.RegisterInstanceInput{
				ServiceId: s.Id, InstanceId: sdk.String("hand"), Attributes: map[string]string{"AWS_INSTANCE_IPV4": "10.9.0.2"},
			})
			e.must("register", err)
		}
	}
	e.model.Advance(e.model.Now().Add(time.Hour))
}

// actions are the counted calls, as text.
func (e *town) actions() string {
	var b strings.Builder
	e.do(func() {
		for _, a := range slices.Sorted(maps.Keys(e.calls)) {
			fmt.Fprintf(&b, "%s %d\n", a, e.calls[a])
		}
	})
	return b.String()
}
