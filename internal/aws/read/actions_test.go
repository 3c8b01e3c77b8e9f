package read

import (
	"net/http"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	aas "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	aastypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/pace"
)

// Every call that can be made has a rate of its own, and reads.
func TestEveryCallHasARate(t *testing.T) {
	rates := pace.Defaults()
	prefixes := map[string]string{
		"ECS": forECS, "CloudMap": forCloudMap, "Scaling": forScaling, "Balancers": forELB, "Network": forEC2, "Roles": forIAM,
	}
	api := reflect.TypeFor[API]()
	for i := range api.NumField() {
		of := api.Field(i)
		for m := range of.Type.NumMethod() {
			op := pace.Op(prefixes[of.Name] + ":" + of.Type.Method(m).Name)
			if !slices.ContainsFunc(rates, func(r pace.Rate) bool { return r.Op == op }) {
				t.Errorf("%s has no rate in package pace", op)
			}
			if aws.Mutating(of.Type.Method(m).Name) {
				t.Errorf("%s writes", op)
			}
		}
	}
}

// The pacing and the audit call the services as IAM does, whatever the SDK does.
func TestServicesAreCalledAsIAMDoes(t *testing.T) {
	for k, v := range map[string]string{"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_PROFILE": "", "AWS_CA_BUNDLE": ""} {
		t.Setenv(k, v)
	}
	var seen []string
	p, err := pace.New(nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := aws.Load(t.Context(), aws.Options{
		Region: "eu-central-1", Credentials: credentials.NewStaticCredentialsProvider("AKIDTEST", "secret", ""), Now: time.Now, Pacing: aws.NewPacing(p, time.Now, nil, 0),
		Audit:      func(c aws.Call) { seen = append(seen, c.Service+":"+c.Operation) },
		HTTPClient: wire(func(*http.Request) (*http.Response, error) { return nil, names.ErrUnreachable }),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := elb.NewFromConfig(cfg).DescribeTargetGroups(t.Context(), &elb.DescribeTargetGroupsInput{}); err == nil {
		t.Error("there is no network")
	}
	if _, err := aas.NewFromConfig(cfg).DescribeScalableTargets(t.Context(), &aas.DescribeScalableTargetsInput{ServiceNamespace: aastypes.ServiceNamespaceEcs}); err == nil {
		t.Error("there is no network")
	}
	if want := []string{"elasticloadbalancing:DescribeTargetGroups", "application-autoscaling:DescribeScalableTargets"}; !slices.Equal(seen, want) {
		t.Errorf("%v, want %v", seen, want)
	}
}
