package read

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	aas "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	aastypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	smithy "github.com/aws/aws-sdk-go-v2/service/ecs/document"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/aws"
)

var created = time.Date(2026, 3, 4, 5, 6, 7, 890_000_000, time.FixedZone("CET", 3600))

// What comes out is what the aws CLI prints of the same object, but for the zeros of
// fields that can't say that they are unset, and the form of times.
func TestDocumentIsWhatTheCLIPrints(t *testing.T) {
	s, n, b := sdk.String, sdk.Int32, sdk.Bool
	for name, c := range map[string]struct {
		object any
		as     spelling
	}{
		"task-definition": {ecstypes.TaskDefinition{
			TaskDefinitionArn: s("arn:aws:ecs:eu-central-1:123456789012:task-definition/orders:7"), Family: s("orders"), Revision: 7,
			Status: ecstypes.TaskDefinitionStatusActive, NetworkMode: ecstypes.NetworkModeAwsvpc, Cpu: s("512"), Memory: s("1024"),
			RequiresCompatibilities: []ecstypes.Compatibility{ecstypes.CompatibilityFargate}, RegisteredAt: &created,
			EphemeralStorage: &ecstypes.EphemeralStorage{SizeInGiB: 30}, PlacementConstraints: []ecstypes.TaskDefinitionPlacementConstraint{},
			RuntimePlatform: &ecstypes.RuntimePlatform{CpuArchitecture: ecstypes.CPUArchitectureArm64, OperatingSystemFamily: ecstypes.OSFamilyLinux},
			Volumes: []ecstypes.Volume{{Name: s("data"), EfsVolumeConfiguration: &ecstypes.EFSVolumeConfiguration{
				FileSystemId: s("fs-1"), TransitEncryption: ecstypes.EFSTransitEncryptionEnabled,
				AuthorizationConfig: &ecstypes.EFSAuthorizationConfig{AccessPointId: s("fsap-1"), Iam: ecstypes.EFSAuthorizationConfigIAMEnabled},
			}}},
			ContainerDefinitions: []ecstypes.ContainerDefinition{{
				Name: s("app"), Image: s("registry.example/orders@sha256:0a"), Essential: b(false), Cpu: 256, MemoryReservation: n(0),
				Command: []string{"serve", ""}, EntryPoint: []string{}, DockerLabels: map[string]string{"B": "2", "a&b": ""},
				Environment:  []ecstypes.KeyValuePair{{Name: s("MODE"), Value: s("")}},
				Secrets:      []ecstypes.Secret{{Name: s("DB"), ValueFrom: s("arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-1:password::")}},
				PortMappings: []ecstypes.PortMapping{{ContainerPort: n(8080), HostPort: n(8080), Protocol: ecstypes.TransportProtocolTcp}},
				LogConfiguration: &ecstypes.LogConfiguration{
					LogDriver: ecstypes.LogDriverAwslogs, Options: map[string]string{"awslogs-group": "/orders"},
				},
				LinuxParameters: &ecstypes.LinuxParameters{InitProcessEnabled: b(true), Tmpfs: []ecstypes.Tmpfs{{ContainerPath: s("/t"), Size: 64}}},
			}},
		}, lower},
		"scalable-target": {aastypes.ScalableTarget{
			ServiceNamespace: aastypes.ServiceNamespaceEcs, ResourceId: s("service/prod/orders"), ScalableDimension: "ecs:service:DesiredCount",
			MinCapacity: n(0), MaxCapacity: n(9), RoleARN: s("arn:aws:iam::123456789012:role/a"), CreationTime: &created,
			ScalableTargetARN: s("arn:aws:application-autoscaling:eu-central-1:123456789012:scalable-target/0e"),
			SuspendedState: &aastypes.SuspendedState{
				DynamicScalingInSuspended: b(false), DynamicScalingOutSuspended: b(false), ScheduledScalingSuspended: b(true),
			},
		}, upper},
		"security-group": {ec2types.SecurityGroup{
			GroupId: s("sg-1"), GroupName: s("orders"), OwnerId: s("123456789012"), VpcId: s("vpc-1"), Description: s("orders <app>"),
			IpPermissions: []ec2types.IpPermission{{
				IpProtocol: s("tcp"), FromPort: n(0), ToPort: n(8080), IpRanges: []ec2types.IpRange{}, PrefixListIds: []ec2types.PrefixListId{},
				UserIdGroupPairs: []ec2types.UserIdGroupPair{{GroupId: s("sg-2"), UserId: s("123456789012")}},
			}},
		}, upper},
		"target-group": {elbtypes.TargetGroup{
			TargetGroupArn: s("arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/0a"), TargetGroupName: s("orders"),
			Protocol: elbtypes.ProtocolEnumHttp, Port: n(80), VpcId: s("vpc-1"), TargetType: elbtypes.TargetTypeEnumIp,
			HealthCheckEnabled: b(true), HealthCheckPath: s("/"), Matcher: &elbtypes.Matcher{HttpCode: s("200")},
			LoadBalancerArns: []string{"arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/shop/0b"},
		}, upper},
	} {
		t.Run(name, func(t *testing.T) {
			want, err := os.ReadFile(filepath.Join("testdata", name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := document(c.object, c.as)
			if err != nil {
				t.Fatal(err)
			}
			var compact bytes.Buffer
			if err := json.Compact(&compact, want); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(compact.String(), string(got)); d != "" {
				t.Errorf("-cli +ours:\n%s", d)
			}
		})
	}
}

// A document field of the model, which may have any shape.
func TestDocumentOfAnyShape(t *testing.T) {
	in := ecstypes.DeploymentLifecycleHook{HookDetails: smithy.NewLazyDocument(map[string]any{"any": []string{"shape"}})}
	got, err := document(in, lower)
	if want := `{"hookDetails":{"any":["shape"]}}`; err != nil || string(got) != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	if _, err := document(struct{ C chan int }{make(chan int)}, lower); err == nil {
		t.Error("a channel has no JSON")
	}
}

// Every field that can be set is spelled as the SDK spells it on the wire.
func TestSpellingIsTheWires(t *testing.T) {
	task, service := new(ecs.RegisterTaskDefinitionInput), new(ecs.CreateServiceInput)
	policy, action := new(aas.PutScalingPolicyInput), new(aas.PutScheduledActionInput)
	for name, c := range map[string]struct {
		in   any
		as   spelling
		send func(context.Context, sdk.Config) error
	}{
		"RegisterTaskDefinition": {task, lower, func(ctx context.Context, cfg sdk.Config) error {
			_, err := ecs.NewFromConfig(cfg).RegisterTaskDefinition(ctx, task)
			return err
		}},
		"CreateService": {service, lower, func(ctx context.Context, cfg sdk.Config) error {
			_, err := ecs.NewFromConfig(cfg).CreateService(ctx, service)
			return err
		}},
		"PutScalingPolicy": {policy, upper, func(ctx context.Context, cfg sdk.Config) error {
			_, err := aas.NewFromConfig(cfg).PutScalingPolicy(ctx, policy)
			return err
		}},
		"PutScheduledAction": {action, upper, func(ctx context.Context, cfg sdk.Config) error {
			_, err := aas.NewFromConfig(cfg).PutScheduledAction(ctx, action)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			fill(reflect.ValueOf(c.in).Elem(), 0)
			var sent []byte
			cfg := sdk.Config{
				Region: "eu-central-1", Credentials: credentials.NewStaticCredentialsProvider("AKIDTEST", "secret", ""),
				APIOptions: []func(*middleware.Stack) error{aws.PlainBodies},
				HTTPClient: wire(func(r *http.Request) (*http.Response, error) {
					sent, _ = io.ReadAll(r.Body)
					return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}, nil
				}),
			}
			if err := c.send(t.Context(), cfg); err != nil {
				t.Fatal(err)
			}
			ours, err := document(c.in, c.as)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(keys(t, sent), keys(t, ours)); d != "" || len(sent) < 100 {
				t.Errorf("of %d bytes, -wire +ours:\n%s", len(sent), d)
			}
		})
	}
}

type wire func(*http.Request) (*http.Response, error)

func (w wire) Do(r *http.Request) (*http.Response, error) { return w(r) }

// keys replaces every scalar by its kind.
func keys(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	var walk func(any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for k := range v {
				v[k] = walk(v[k])
			}
			return v
		case []any:
			for i := range v {
				v[i] = walk(v[i])
			}
			return v
		}
		return "scalar"
	}
	return walk(v)
}

// fill sets every field that a value has.
func fill(v reflect.Value, depth int) {
	if depth > 24 {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth+1)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(created))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), depth+1)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), depth+1)
	case reflect.Map:
		one := reflect.New(v.Type().Elem()).Elem()
		fill(one, depth+1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("key").Convert(v.Type().Key()), one)
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Float64:
		v.SetFloat(1.5)
	case reflect.Interface:
		for _, member := range []any{&ecstypes.ServiceConnectContainerConfigurationMemberLogLevel{}, &ecstypes.SharingStrategyMemberNvidiaMps{}} {
			if m := reflect.ValueOf(member); m.Type().Implements(v.Type()) {
				fill(m.Elem(), depth+1)
				v.Set(m)
			}
		}
	default: // a document of any shape stays unset
	}
}
