package aws

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	cmtypes "github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"
)

// aws runs the real aws CLI against the endpoint, used as HTTP proxy.
func aws(t *testing.T, e *endpoint, secret string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	conf := filepath.Join(t.TempDir(), "config")
	// Version 1 prints times as they came, version 2 does not: the same for both.
	if err := os.WriteFile(conf, []byte("[default]\ncli_timestamp_format = iso8601\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, "aws", append([]string{"--endpoint-url", "http://aws.lab.internal", "--output", "json"}, args...)...)
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "AWS_") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	cmd.Env = append(cmd.Env,
		"AWS_ACCESS_KEY_ID="+testKey, "AWS_SECRET_ACCESS_KEY="+secret,
		"AWS_REGION="+testRegion, "AWS_DEFAULT_REGION="+testRegion, "AWS_MAX_ATTEMPTS=1", "AWS_PAGER=",
		"AWS_CONFIG_FILE="+conf, "AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(t.TempDir(), "none"), "TZ=UTC", "AWS_EC2_METADATA_DISABLED=true",
		"HTTP_PROXY="+e.url, "http_proxy="+e.url, "NO_PROXY=", "no_proxy=")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

func TestCLI(t *testing.T) {
	if _, err := exec.LookPath("aws"); err != nil {
		t.Skip("the aws CLI is not on PATH: nothing here was tested against botocore")
	}
	e := serve(t)
	s, when := sdk.String, time.Date(2026, 11, 5, 6, 7, 8, 0, time.UTC)
	answers := map[string]any{
		"ListNamespaces": &servicediscovery.ListNamespacesOutput{Namespaces: []cmtypes.NamespaceSummary{{
			Id: s("ns-1"), Name: s("shop.internal"), Type: cmtypes.NamespaceTypeDnsPrivate, CreateDate: &when,
		}}},
		"DiscoverInstances": &servicediscovery.DiscoverInstancesOutput{Instances: []cmtypes.HttpInstanceSummary{{
			InstanceId: s("i-1"), HealthStatus: cmtypes.HealthStatusHealthy, Attributes: map[string]string{"AWS_INSTANCE_IPV4": "10.0.0.1"},
		}}},
		"DescribeServices": &ecs.DescribeServicesOutput{
			Services: []ecstypes.Service{{ServiceName: s("svc-001"), DesiredCount: 2, CreatedAt: &when}},
			Failures: []ecstypes.Failure{},
		},
		"GetCallerIdentity": &sts.GetCallerIdentityOutput{Account: s(testAccount), Arn: s("arn:aws:iam::" + testAccount + ":user/lab"), UserId: s("AIDA")},
		"DescribeVpcs": &ec2.DescribeVpcsOutput{Vpcs: []ec2types.Vpc{{
			VpcId: s("vpc-1"), CidrBlock: s("10.0.0.0/16"), IsDefault: sdk.Bool(false), Tags: []ec2types.Tag{{Key: s("Name"), Value: s("lab & co")}},
		}}},
	}
	e.answer = func(op string, _ any) (any, error) { return answers[op], nil }

	for _, c := range []struct {
		args []string
		want string // JSON that the CLI prints
		in   any
	}{
		{
			[]string{"servicediscovery", "list-namespaces", "--filters", "Name=TYPE,Values=DNS_PRIVATE,Condition=EQ"},
			`{"Namespaces":[{"Id":"ns-1","Name":"shop.internal","Type":"DNS_PRIVATE","CreateDate":"2026-11-05T06:07:08+00:00"}]}`,
			&servicediscovery.ListNamespacesInput{Filters: []cmtypes.NamespaceFilter{{Name: "TYPE", Values: []string{"DNS_PRIVATE"}, Condition: "EQ"}}},
		},
		{
			[]string{"servicediscovery", "discover-instances", "--namespace-name", "shop.internal", "--service-name", "orders"},
			`{"Instances":[{"InstanceId":"i-1","HealthStatus":"HEALTHY","Attributes":{"AWS_INSTANCE_IPV4":"10.0.0.1"}}]}`,
			&servicediscovery.DiscoverInstancesInput{NamespaceName: s("shop.internal"), ServiceName: s("orders")},
		},
		{
			[]string{"ecs", "describe-services", "--cluster", "shop", "--services", "svc-001", "svc-002", "--query", "services[].[serviceName,desiredCount]"},
			`[["svc-001",2]]`,
			&ecs.DescribeServicesInput{Cluster: s("shop"), Services: []string{"svc-001", "svc-002"}},
		},
		{
			[]string{"sts", "get-caller-identity"},
			`{"UserId":"AIDA","Account":"123456789012","Arn":"arn:aws:iam::123456789012:user/lab"}`,
			&sts.GetCallerIdentityInput{},
		},
		{
			[]string{"ec2", "describe-vpcs", "--vpc-ids", "vpc-1", "vpc-2", "--filters", "Name=state,Values=available,pending"},
			`{"Vpcs":[{"VpcId":"vpc-1","CidrBlock":"10.0.0.0/16","IsDefault":false,"Tags":[{"Key":"Name","Value":"lab & co"}]}]}`,
			&ec2.DescribeVpcsInput{VpcIds: []string{"vpc-1", "vpc-2"}, Filters: []ec2types.Filter{{Name: s("state"), Values: []string{"available", "pending"}}}},
		},
	} {
		t.Run(strings.Join(c.args[:2], " "), func(t *testing.T) {
			stdout, stderr, err := aws(t, e, testSecret, c.args...)
			if err != nil {
				t.Fatalf("aws %v: %v\n%s", c.args, err, stderr)
			}
			var got, want any
			if err := json.Unmarshal([]byte(stdout), &got); err != nil {
				t.Fatalf("%v in %s", err, stdout)
			}
			if err := json.Unmarshal([]byte(c.want), &want); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("-want +printed:\n%s", d)
			}
			if d := cmp.Diff(c.in, e.saw(), sameAPI()); d != "" {
				t.Errorf("what the Impl saw (-want +seen):\n%s", d)
			}
		})
	}

	for _, c := range []struct{ service, operation, code string }{
		{"servicediscovery", "list-namespaces", "InvalidSignatureException"},
		{"sts", "get-caller-identity", "SignatureDoesNotMatch"},
		{"ec2", "describe-vpcs", "AuthFailure"},
	} {
		t.Run("wrong secret/"+c.service, func(t *testing.T) {
			_, stderr, err := aws(t, e, "guess", c.service, c.operation)
			if err == nil || !strings.Contains(stderr, "("+c.code+")") {
				t.Errorf("%v: %s\nwant %s", err, stderr, c.code)
			}
		})
	}
	t.Run("typed error", func(t *testing.T) {
		e.answer = func(string, any) (any, error) { return nil, &cmtypes.NamespaceNotFound{Message: s("no ns-9")} }
		_, stderr, err := aws(t, e, testSecret, "servicediscovery", "get-namespace", "--id", "ns-9")
		if err == nil || !strings.Contains(stderr, "(NamespaceNotFound)") || !strings.Contains(stderr, "no ns-9") {
			t.Errorf("%v: %s", err, stderr)
		}
	})
}
