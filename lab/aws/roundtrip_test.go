package aws

import (
	"context"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	cmtypes "github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
	"github.com/aws/smithy-go/transport/http/protocol/awsquery"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Every operation of every service, with every member set, through the real
// clients: the Impl gets what was sent, the client gets what the Impl gave.
func TestRoundTripOfEveryOperation(t *testing.T) {
	e := serve(t)
	cfg := e.config(t)
	global := e.config(t, func(c *sdk.Config) { c.Region = "us-east-1" })
	for _, c := range []struct {
		service string
		client  any
		texts   []string
		least   int // operations that must be there, so that the test cannot run empty
	}{
		{"servicediscovery", servicediscovery.NewFromConfig(cfg), jsonTexts, 30},
		{"ecs", ecs.NewFromConfig(cfg), jsonTexts, 60},
		{"sts", sts.NewFromConfig(cfg), xmlTexts, 1},
		{"ec2", ec2.NewFromConfig(cfg), xmlTexts, 13},
		{"application-autoscaling", applicationautoscaling.NewFromConfig(cfg), jsonTexts, 13},
		{"logs", cloudwatchlogs.NewFromConfig(cfg), jsonTexts, 90},
		{"elasticloadbalancing", elasticloadbalancingv2.NewFromConfig(cfg), xmlTexts, 50},
		{"iam", iam.NewFromConfig(global), xmlTexts, 150},
		{"monitoring", cloudwatch.NewFromConfig(cfg), jsonTexts, 35},
		{"monitoring", cloudwatch.NewFromConfig(cfg, inJSON), jsonTexts, 35},
		{"monitoring", cloudwatch.NewFromConfig(cfg, inQuery), xmlTexts, 35},
		{"eks", eks.NewFromConfig(cfg), restTexts, 60},
		{"route53", route53.NewFromConfig(global), restTexts, 70},
	} {
		svc := serviceOf(t, e, c.service)
		if len(svc.operations) < c.least {
			t.Fatalf("%s has %d operations, want at least %d", c.service, len(svc.operations), c.least)
		}
		for i, name := range sortedKeys(svc.operations) {
			t.Run(c.service+"/"+name, func(t *testing.T) {
				f := &filler{rng: rand.New(rand.NewPCG(7, uint64(i))), texts: c.texts}
				op := svc.operations[name]
				in, out := reflect.New(op.in), reflect.New(op.out)
				f.fill(in.Elem())
				f.fill(out.Elem())
				e.answer = func(operation string, _ any) (any, error) {
					if operation != name {
						t.Errorf("the Impl was called for %s", operation)
					}
					return out.Interface(), nil
				}
				res := reflect.ValueOf(c.client).MethodByName(name).Call([]reflect.Value{reflect.ValueOf(context.Background()), in})
				if err, _ := res[1].Interface().(error); err != nil {
					t.Fatal(err)
				}
				same := sameAPI()
				if c.service == "eks" { // the SDK's signer sorts the values of a parameter
					same = append(same, cmpopts.SortSlices(func(a, b string) bool { return a < b }))
				}
				if d := cmp.Diff(in.Interface(), e.saw(), same); d != "" {
					t.Errorf("what the Impl saw (-sent +seen):\n%s", d)
				}
				if d := cmp.Diff(out.Interface(), res[0].Interface(), sameAPI()); d != "" {
					t.Errorf("what the client got (-given +got):\n%s", d)
				}
				call := e.last(t)
				if call.Service != c.service || call.Operation != name || call.Status/100 != 2 || call.ErrorCode != "" || call.Principal != testKey || len(call.Unknown) != 0 {
					t.Errorf("recorded %+v", call)
				}
			})
		}
	}
}

// inJSON and inQuery make the client of CloudWatch speak as botocore does today,
// and as all did once.
func inJSON(o *cloudwatch.Options) { o.Protocol = awsjson.New10(schemas.GraniteServiceVersion20100801) }

func inQuery(o *cloudwatch.Options) { o.Protocol = awsquery.New(schemas.GraniteServiceVersion20100801) }

// serviceOf is the handler's own table for a service, over the same fake.
func serviceOf(t *testing.T, e *endpoint, name string) *service {
	t.Helper()
	for _, s := range e.services() {
		if s.Name == name {
			svc, err := newService(s)
			if err != nil {
				t.Fatal(err)
			}
			return svc
		}
	}
	t.Fatalf("no service %s", name)
	return nil
}

// UpdateService deletes DnsRecords that were left out: omitted and emptied must
// stay apart on the wire, both ways.
func TestNilAndEmptyStayApart(t *testing.T) {
	e := serve(t)
	client := servicediscovery.NewFromConfig(e.config(t))
	e.answer = func(string, any) (any, error) { return &servicediscovery.UpdateServiceOutput{}, nil }
	for name, change := range map[string]*cmtypes.ServiceChange{
		"omitted":      {},
		"emptied":      {DnsConfig: &cmtypes.DnsConfigChange{DnsRecords: []cmtypes.DnsRecord{}}},
		"empty string": {Description: sdk.String("")},
	} {
		t.Run(name, func(t *testing.T) {
			in := &servicediscovery.UpdateServiceInput{Id: sdk.String("srv-1"), Service: change}
			if _, err := client.UpdateService(t.Context(), in); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(in, e.saw(), sameAPI()); d != "" {
				t.Errorf("-sent +seen:\n%s", d)
			}
		})
	}

	want := &servicediscovery.GetInstanceOutput{Instance: &cmtypes.Instance{Id: sdk.String(""), Attributes: map[string]string{}}}
	e.answer = func(string, any) (any, error) { return want, nil }
	got, err := client.GetInstance(t.Context(), &servicediscovery.GetInstanceInput{ServiceId: sdk.String("srv-1"), InstanceId: sdk.String("i-1")})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got, sameAPI()); d != "" {
		t.Errorf("-given +got:\n%s", d)
	}
}

func TestJSONBytes(t *testing.T) {
	when := time.Date(2026, 11, 5, 6, 7, 8, 90_000_000, time.UTC)
	for name, c := range map[string]struct {
		names *naming
		value any
		want  string
	}{
		"Cloud Map keeps names, times have three decimals": {
			newNaming(goName),
			&cmtypes.Operation{Id: sdk.String("op-1"), CreateDate: &when, Targets: map[string]string{"SERVICE": "s", "INSTANCE": "i"}},
			`{"CreateDate":1793858828.090,"Id":"op-1","Targets":{"INSTANCE":"i","SERVICE":"s"}}`,
		},
		"ECS has small first letters, plain numbers are always there": {
			newNaming(lowerFirstName),
			&ecs.ListTasksOutput{TaskArns: []string{}},
			`{"taskArns":[]}`,
		},
		"before 1970": {
			newNaming(goName),
			&cmtypes.Operation{CreateDate: sdk.Time(time.UnixMilli(-1500))},
			`{"CreateDate":-1.500}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := encodeJSON(c.names, reflect.ValueOf(c.value))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, string(got)); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}
