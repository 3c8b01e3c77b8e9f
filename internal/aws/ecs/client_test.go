package ecs_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	ecssdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tranship/tranship/internal/aws/ecs"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
)

const (
	arn   = "arn:aws:ecs:eu-central-1:123456789012:"
	tdARN = arn + "task-definition/orders:7"
)

var source = names.Source{Account: "123456789012", Region: "eu-central-1", Cluster: "prod", Service: "orders"}

// fake behaves as ECS does where this package can tell.
type fake struct {
	page     int
	services []types.Service
	tasks    []types.Task
	td       types.TaskDefinition

	calls   []string
	chunks  []int
	scaled  []*ecssdk.UpdateServiceInput
	answers map[string]error
	before  map[string]func()
}

func (f *fake) enter(operation, detail string) error {
	f.calls = append(f.calls, strings.TrimSpace(operation+" "+detail))
	if do := f.before[operation+" "+detail]; do != nil {
		do()
	}
	return f.answers[operation]
}

func (f *fake) DescribeServices(_ context.Context, in *ecssdk.DescribeServicesInput, _ ...func(*ecssdk.Options)) (*ecssdk.DescribeServicesOutput, error) {
	if err := f.enter("DescribeServices", fmt.Sprint(in.Include)); err != nil {
		return nil, err
	}
	out := &ecssdk.DescribeServicesOutput{}
	for _, s := range f.services {
		if *s.ServiceName == in.Services[0] {
			out.Services = append(out.Services, s)
		}
	}
	if len(out.Services) == 0 {
		out.Failures = []types.Failure{{Arn: sdk.String(in.Services[0]), Reason: sdk.String("MISSING")}}
	}
	return out, nil
}

func (f *fake) ListTasks(_ context.Context, in *ecssdk.ListTasksInput, _ ...func(*ecssdk.Options)) (*ecssdk.ListTasksOutput, error) {
	if err := f.enter("ListTasks", string(in.DesiredStatus)); err != nil {
		return nil, err
	}
	var all []string
	for _, t := range f.tasks {
		if *t.DesiredStatus == string(in.DesiredStatus) {
			all = append(all, *t.TaskArn)
		}
	}
	from, err := strconv.Atoi(sdk.ToString(in.NextToken))
	if err != nil {
		from = 0
	}
	to := min(len(all), from+min(f.page, int(*in.MaxResults)))
	out := &ecssdk.ListTasksOutput{TaskArns: all[from:to]}
	if to < len(all) {
		out.NextToken = sdk.String(strconv.Itoa(to))
	}
	return out, nil
}

func (f *fake) DescribeTasks(_ context.Context, in *ecssdk.DescribeTasksInput, _ ...func(*ecssdk.Options)) (*ecssdk.DescribeTasksOutput, error) {
	if err := f.enter("DescribeTasks", ""); err != nil {
		return nil, err
	}
	f.chunks = append(f.chunks, len(in.Tasks))
	out := &ecssdk.DescribeTasksOutput{}
	for _, want := range in.Tasks {
		found := false
		for _, t := range f.tasks {
			if *t.TaskArn == want {
				out.Tasks, found = append(out.Tasks, t), true
			}
		}
		if !found {
			out.Failures = append(out.Failures, types.Failure{Arn: sdk.String(want), Reason: sdk.String("MISSING")})
		}
	}
	return out, nil
}

func (f *fake) DescribeTaskDefinition(_ context.Context, in *ecssdk.DescribeTaskDefinitionInput, _ ...func(*ecssdk.Options)) (*ecssdk.DescribeTaskDefinitionOutput, error) {
	if err := f.enter("DescribeTaskDefinition", *in.TaskDefinition); err != nil {
		return nil, err
	}
	return &ecssdk.DescribeTaskDefinitionOutput{TaskDefinition: &f.td}, nil
}

func (f *fake) UpdateService(_ context.Context, in *ecssdk.UpdateServiceInput, _ ...func(*ecssdk.Options)) (*ecssdk.UpdateServiceOutput, error) {
	if err := f.enter("UpdateService", ""); err != nil {
		return nil, err
	}
	f.scaled = append(f.scaled, in)
	return &ecssdk.UpdateServiceOutput{}, nil
}

func task(n int, desired, last string) types.Task {
	return types.Task{
		TaskArn:          sdk.String(fmt.Sprintf("%stask/prod/t%03d", arn, n)),
		AvailabilityZone: sdk.String("eu-central-1a"), DesiredStatus: sdk.String(desired), LastStatus: sdk.String(last),
		Attachments: []types.Attachment{{Type: sdk.String("ElasticNetworkInterface"), Details: []types.KeyValuePair{
			{Name: sdk.String("subnetId"), Value: sdk.String("subnet-1")},
			{Name: sdk.String("privateIPv4Address"), Value: sdk.String(fmt.Sprintf("10.0.%d.%d", n/250, n%250+1))},
		}}},
	}
}

func build() (*fake, *ecs.Client) {
	f := &fake{
		page: 2, answers: map[string]error{}, before: map[string]func(){},
		services: []types.Service{{
			ServiceArn: sdk.String(arn + "service/prod/orders"), ServiceName: sdk.String("orders"), Status: sdk.String("ACTIVE"),
			DesiredCount: 3, RunningCount: 2, PendingCount: 1, LaunchType: types.LaunchTypeFargate, TaskDefinition: sdk.String(tdARN),
			Deployments:       []types.Deployment{{Status: sdk.String("PRIMARY"), RolloutState: types.DeploymentRolloutStateCompleted}},
			ServiceRegistries: []types.ServiceRegistry{{RegistryArn: sdk.String("arn:aws:servicediscovery:eu-central-1:123456789012:service/srv-1")}},
			Tags:              []types.Tag{{Key: sdk.String("tranship.dev/namespace"), Value: sdk.String("shop")}},
		}},
		tasks: []types.Task{task(3, "RUNNING", "PENDING"), task(1, "RUNNING", "RUNNING"), task(2, "RUNNING", "RUNNING"), task(4, "STOPPED", "DEACTIVATING"), task(5, "STOPPED", "STOPPED")},
		td: types.TaskDefinition{ContainerDefinitions: []types.ContainerDefinition{
			{Name: sdk.String("web"), PortMappings: []types.PortMapping{{ContainerPort: sdk.Int32(8080)}}},
			{Name: sdk.String("log"), StopTimeout: sdk.Int32(5)},
		}},
	}
	return f, ecs.New(f, source.Account, source.Region)
}

func want() cutover.ECSService {
	t := func(n int, status string, stop bool) cutover.Task {
		return cutover.Task{
			ID: names.ID(fmt.Sprintf("t%03d", n)), IPv4: netip.AddrFrom4([4]byte{10, 0, 0, byte(n + 1)}),
			Zone: "eu-central-1a", Status: status, Stop: stop,
		}
	}
	return cutover.ECSService{
		ARN: arn + "service/prod/orders", Status: "ACTIVE", Desired: 3, Running: 2, Pending: 1,
		Tasks:      []cutover.Task{t(1, "RUNNING", false), t(2, "RUNNING", false), t(3, "PENDING", false), t(4, "DEACTIVATING", true)},
		Controller: "ECS", Launch: "FARGATE", MinPercent: 100, MaxPercent: 200, TaskDefinition: tdARN,
		ContainerPort: 8080, Ports: []int32{8080}, RegistryID: "srv-1", StopTimeout: 30 * time.Second,
		Tags: map[string]string{"tranship.dev/namespace": "shop"},
	}
}

var addresses = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

func TestService(t *testing.T) {
	f, c := build()
	for range 2 {
		f.calls = nil
		got, err := c.Service(t.Context(), source)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want(), got, addresses); diff != "" {
			t.Fatalf("service (-want +got):\n%s", diff)
		}
	}
	// The second time the task definition is in memory, and nothing else is.
	calls := []string{"DescribeServices [TAGS]", "ListTasks RUNNING", "ListTasks RUNNING", "ListTasks STOPPED", "DescribeTasks"}
	if diff := cmp.Diff(calls, f.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// A task that is told to stop between the two lists is seen, and once.
func TestServiceSeesATaskThatChangesSides(t *testing.T) {
	f, c := build()
	f.before["ListTasks STOPPED"] = func() { f.tasks[1].DesiredStatus = sdk.String("STOPPED") }
	got, err := c.Service(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	w := want()
	w.Tasks[0].Stop = true
	if diff := cmp.Diff(w.Tasks, got.Tasks, addresses); diff != "" {
		t.Errorf("tasks (-want +got):\n%s", diff)
	}
	// One that ECS has forgotten by then is not an error.
	f.before["DescribeTasks "] = func() { f.tasks = f.tasks[2:] }
	if got, err = c.Service(t.Context(), source); err != nil || len(got.Tasks) != 2 {
		t.Errorf("%d tasks, %v", len(got.Tasks), err)
	}
}

func TestServiceWithManyTasks(t *testing.T) {
	f, c := build()
	f.page, f.tasks = 100, nil
	for n := range 250 {
		f.tasks = append(f.tasks, task(n, "RUNNING", "RUNNING"))
	}
	got, err := c.Service(t.Context(), source)
	if err != nil || len(got.Tasks) != 250 {
		t.Fatalf("%d tasks, %v", len(got.Tasks), err)
	}
	if diff := cmp.Diff([]int{100, 100, 50}, f.chunks); diff != "" {
		t.Errorf("chunks (-want +got):\n%s", diff)
	}
}

func TestServiceDetails(t *testing.T) {
	for name, c := range map[string]struct {
		change func(f *fake, s *types.Service)
		want   func(e *cutover.ECSService)
	}{
		"a deployment under way": {
			func(_ *fake, s *types.Service) {
				s.Deployments[0].RolloutState = types.DeploymentRolloutStateInProgress
			},
			func(e *cutover.ECSService) { e.Deploying = true },
		},
		"an old deployment still there": {
			func(_ *fake, s *types.Service) {
				s.Deployments = append(s.Deployments, types.Deployment{Status: sdk.String("ACTIVE"), RolloutState: types.DeploymentRolloutStateCompleted})
			},
			func(e *cutover.ECSService) { e.Deploying = true },
		},
		"an old deployment that is over": {
			func(_ *fake, s *types.Service) {
				s.Deployments = append(s.Deployments, types.Deployment{Status: sdk.String("INACTIVE")})
			},
			func(*cutover.ECSService) {},
		},
		"task sets": {
			func(_ *fake, s *types.Service) {
				s.Deployments, s.TaskDefinition = nil, nil
				s.DeploymentController = &types.DeploymentController{Type: types.DeploymentControllerTypeExternal}
				s.TaskSets = []types.TaskSet{
					{Status: sdk.String("ACTIVE"), TaskDefinition: sdk.String("old")}, {Status: sdk.String("PRIMARY"), TaskDefinition: sdk.String(tdARN)},
				}
			},
			func(e *cutover.ECSService) { e.Deploying, e.Controller = true, "EXTERNAL" },
		},
		"percentages": {
			func(_ *fake, s *types.Service) {
				s.DeploymentConfiguration = &types.DeploymentConfiguration{MinimumHealthyPercent: sdk.Int32(0), MaximumPercent: sdk.Int32(100)}
			},
			func(e *cutover.ECSService) { e.MinPercent, e.MaxPercent = 0, 100 },
		},
		"a daemon": {
			func(_ *fake, s *types.Service) { s.SchedulingStrategy = types.SchedulingStrategyDaemon },
			func(e *cutover.ECSService) { e.MinPercent, e.MaxPercent = 0, 100 },
		},
		"a capacity provider of Fargate": {
			func(_ *fake, s *types.Service) {
				s.LaunchType, s.CapacityProviderStrategy = "", []types.CapacityProviderStrategyItem{{CapacityProvider: sdk.String("FARGATE_SPOT")}}
			},
			func(*cutover.ECSService) {},
		},
		"a capacity provider of instances": {
			func(_ *fake, s *types.Service) {
				s.LaunchType, s.CapacityProviderStrategy = "", []types.CapacityProviderStrategyItem{{CapacityProvider: sdk.String("big")}}
			},
			func(e *cutover.ECSService) { e.Launch = "EC2" },
		},
		"no registry": {
			func(_ *fake, s *types.Service) { s.ServiceRegistries = nil },
			func(e *cutover.ECSService) { e.RegistryID = "" },
		},
		"a registry that names the port": {
			func(_ *fake, s *types.Service) { s.ServiceRegistries[0].ContainerPort = sdk.Int32(9090) },
			func(e *cutover.ECSService) { e.ContainerPort = 9090 },
		},
		"several ports": {
			func(f *fake, _ *types.Service) {
				f.td.ContainerDefinitions[1].PortMappings = []types.PortMapping{{ContainerPort: sdk.Int32(24224)}, {ContainerPort: sdk.Int32(80)}}
			},
			func(e *cutover.ECSService) { e.ContainerPort, e.Ports = 0, []int32{80, 8080, 24224} },
		},
		"several ports, a registry that names the container": {
			func(f *fake, s *types.Service) {
				f.td.ContainerDefinitions[1].PortMappings = []types.PortMapping{{ContainerPort: sdk.Int32(24224)}}
				s.ServiceRegistries[0].ContainerName = sdk.String("log")
			},
			func(e *cutover.ECSService) { e.ContainerPort, e.Ports = 24224, []int32{8080, 24224} },
		},
		"a health check": {
			func(f *fake, _ *types.Service) { f.td.ContainerDefinitions[0].HealthCheck = &types.HealthCheck{} },
			func(e *cutover.ECSService) { e.ContainerCheck = true },
		},
		"a health check of a container that is not essential": {
			func(f *fake, _ *types.Service) {
				f.td.ContainerDefinitions[1].HealthCheck, f.td.ContainerDefinitions[1].Essential = &types.HealthCheck{}, sdk.Bool(false)
			},
			func(*cutover.ECSService) {},
		},
		"a long stop": {
			func(f *fake, _ *types.Service) { f.td.ContainerDefinitions[1].StopTimeout = sdk.Int32(110) },
			func(e *cutover.ECSService) { e.StopTimeout = 110 * time.Second },
		},
		"an address told by the container only": {
			func(f *fake, _ *types.Service) {
				f.tasks[1].Attachments = nil
				f.tasks[1].Containers = []types.Container{{NetworkInterfaces: []types.NetworkInterface{{PrivateIpv4Address: sdk.String("10.0.9.9")}}}}
			},
			func(e *cutover.ECSService) { e.Tasks[0].IPv4 = netip.MustParseAddr("10.0.9.9") },
		},
		"deleted": {
			func(f *fake, s *types.Service) {
				s.Status = sdk.String("INACTIVE")
				f.answers["ListTasks"] = &types.ServiceNotFoundException{}
			},
			func(e *cutover.ECSService) { e.Status, e.Tasks = "INACTIVE", nil },
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, client := build()
			c.change(f, &f.services[0])
			w := want()
			c.want(&w)
			got, err := client.Service(t.Context(), source)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(w, got, addresses); diff != "" {
				t.Errorf("service (-want +got):\n%s", diff)
			}
		})
	}
}

func TestServiceThatIsNotThere(t *testing.T) {
	f, c := build()
	missing := source
	missing.Service = "payments"
	_, err := c.Service(t.Context(), missing)
	if !errors.Is(err, names.ErrNotFound) || err.Error() != "not found: the ECS cluster prod has no service payments" {
		t.Errorf("missing: %v", err)
	}
	f.answers["DescribeServices"] = &types.ClusterNotFoundException{Message: sdk.String("Cluster not found.")}
	if _, err = c.Service(t.Context(), source); !errors.Is(err, names.ErrNotFound) || !strings.Contains(err.Error(), "prod/orders") {
		t.Errorf("no cluster: %v", err)
	}
	elsewhere := source
	elsewhere.Region = "us-east-1"
	f.calls = nil
	if _, err = c.Service(t.Context(), elsewhere); !errors.Is(err, names.ErrInvalid) || len(f.calls) != 0 {
		t.Errorf("another region: %v, calls %v", err, f.calls)
	}
}

// What could not be read is never told as "not there".
func TestServiceFailsAsAWhole(t *testing.T) {
	for _, op := range []string{"DescribeServices", "ListTasks", "DescribeTasks", "DescribeTaskDefinition"} {
		f, c := build()
		f.answers[op] = &smithy.GenericAPIError{Code: "ThrottlingException", Message: "Rate exceeded"}
		got, err := c.Service(t.Context(), source)
		if !errors.Is(err, names.ErrThrottled) || errors.Is(err, names.ErrNotFound) {
			t.Errorf("%s: %v", op, err)
		}
		if diff := cmp.Diff(cutover.ECSService{}, got, addresses); diff != "" {
			t.Errorf("%s: half a service: %s", op, diff)
		}
	}
}

func TestScale(t *testing.T) {
	f, c := build()
	if err := c.Scale(t.Context(), source, 0); err != nil {
		t.Fatal(err)
	}
	w := []*ecssdk.UpdateServiceInput{{Cluster: sdk.String("prod"), Service: sdk.String("orders"), DesiredCount: sdk.Int32(0)}}
	if diff := cmp.Diff(w, f.scaled, cmpopts.IgnoreUnexported(ecssdk.UpdateServiceInput{})); diff != "" {
		t.Errorf("input (-want +got):\n%s", diff)
	}
	f.calls = nil
	if err := c.Scale(t.Context(), source, -1); !errors.Is(err, names.ErrInvalid) || len(f.calls) != 0 {
		t.Errorf("a negative count: %v, calls %v", err, f.calls)
	}
	for class, e := range map[error]error{
		names.ErrNotFound:    &types.ServiceNotFoundException{},
		names.ErrDenied:      &types.AccessDeniedException{},
		names.ErrUnreachable: &types.ServerException{},
		names.ErrInvalid:     &types.InvalidParameterException{},
	} {
		f.answers["UpdateService"] = e
		if err := c.Scale(t.Context(), source, 1); !errors.Is(err, class) || !errors.Is(err, e) {
			t.Errorf("%v: %v", class, err)
		}
	}
}
