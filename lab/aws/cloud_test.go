package aws_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	cmtypes "github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"

	product "github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/lab/aws"
	"github.com/tranship/tranship/lab/cloud"
)

// The lab's own model behind the endpoint, its clock moved on by every call.
func TestOverTheModel(t *testing.T) {
	model := cloud.New(cloud.Config{Seed: 1, Start: time.Date(2026, 11, 5, 6, 0, 0, 0, time.UTC)})
	if err := model.SeedFleet(cloud.Fleet{Cluster: "shop", Services: []cloud.FleetService{{Name: "svc-001", Tasks: 2}}}); err != nil {
		t.Fatal(err)
	}
	step := time.Duration(0)
	var mu sync.Mutex
	at := model.Config()
	h, err := aws.NewHandler(aws.Config{
		Credentials: aws.Credentials{AccessKeyID: "AKIALAB", SecretAccessKey: "s"},
		Region:      at.Region, Account: at.Account,
		Services: []aws.Service{
			{Name: "servicediscovery", Impl: model.CloudMap()},
			{Name: "ecs", Impl: model.ECS()},
			{Name: "sts", Impl: model.STS()},
			{Name: "ec2", Impl: model.EC2()},
		},
		Do: func(fn func()) {
			mu.Lock()
			defer mu.Unlock()
			model.Advance(model.Now().Add(step))
			fn()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	defer srv.Close()
	proxy, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{Proxy: http.ProxyURL(proxy)}
	defer tr.CloseIdleConnections()
	cfg := sdk.Config{
		Region: at.Region, BaseEndpoint: sdk.String("http://aws.lab.internal"), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIALAB", "s", ""), HTTPClient: &http.Client{Transport: tr},
		APIOptions: []func(*middleware.Stack) error{product.PlainBodies},
	}
	cm, ctx := servicediscovery.NewFromConfig(cfg), t.Context()

	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil || *who.Account != at.Account {
		t.Fatalf("identity %+v, %v", who, err)
	}
	vpcs, err := ec2.NewFromConfig(cfg).DescribeVpcs(ctx, &ec2.DescribeVpcsInput{})
	if err != nil || len(vpcs.Vpcs) == 0 || sdk.ToString(vpcs.Vpcs[0].VpcId) == "" {
		t.Fatalf("VPCs %+v, %v", vpcs, err)
	}
	svcs, err := ecs.NewFromConfig(cfg).DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: sdk.String("shop"), Services: []string{"svc-001"}})
	if err != nil || len(svcs.Services) != 1 || svcs.Services[0].RunningCount != 2 || len(svcs.Services[0].ServiceRegistries) != 1 {
		t.Fatalf("services %+v, %v", svcs, err)
	}
	found, err := cm.DiscoverInstances(ctx, &servicediscovery.DiscoverInstancesInput{
		NamespaceName: sdk.String("external-dns-test.internal"), ServiceName: sdk.String("svc-001"),
	})
	if err != nil || len(found.Instances) != 2 {
		t.Fatalf("discovered %+v, %v", found, err)
	}
	list, err := cm.ListServices(ctx, &servicediscovery.ListServicesInput{})
	if err != nil || len(list.Services) != 1 {
		t.Fatalf("Cloud Map services %+v, %v", list, err)
	}

	// A second registration while the first is under way: the typed error, with
	// the id of the operation to wait for.
	in := &servicediscovery.RegisterInstanceInput{
		ServiceId: list.Services[0].Id, InstanceId: sdk.String("pod-1"),
		CreatorRequestId: sdk.String("first"), Attributes: map[string]string{"AWS_INSTANCE_IPV4": "10.9.0.1"},
	}
	reg, err := cm.RegisterInstance(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	in.CreatorRequestId = sdk.String("second")
	_, err = cm.RegisterInstance(ctx, in)
	var dup *cmtypes.DuplicateRequest
	if !errors.As(err, &dup) || sdk.ToString(dup.DuplicateOperationId) != *reg.OperationId {
		t.Fatalf("got %v, want DuplicateRequest with operation %s", err, *reg.OperationId)
	}
	step = 5 * time.Minute
	op, err := cm.GetOperation(ctx, &servicediscovery.GetOperationInput{OperationId: reg.OperationId})
	if err != nil || op.Operation.Status != cmtypes.OperationStatusSuccess {
		t.Fatalf("operation %+v, %v", op, err)
	}
}
