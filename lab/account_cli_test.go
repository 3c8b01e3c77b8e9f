package lab

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The reads of docs/lab-account.md, with the real aws CLI as a user has it: one
// region, one endpoint, no options.
func TestReadsWithTheCLI(t *testing.T) {
	if _, err := exec.LookPath("aws"); err != nil {
		t.Skip("no aws on PATH: the CLI was not tried; TestAccount has the SDK's clients")
	}
	l, err := Up(t.Context(), Options{Services: 2, Tasks: 1, NoKubernetes: true, TargetGroups: true, TaskRoles: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Down(t.Context()); err != nil {
			t.Error(err)
		}
	})
	aws := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "aws", append(args, "--output", "json")...)
		cmd.Env = append(append(os.Environ(), l.Ready.Env()...), "AWS_PAGER=", "AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE="+os.DevNull)
		var errs strings.Builder
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("aws %s: %v: %s", strings.Join(args, " "), err, errs.String())
		}
		var s string
		if json.Unmarshal(out, &s) == nil {
			return s
		}
		return strings.Join(strings.Fields(string(out)), " ")
	}
	zone := aws("route53", "list-hosted-zones", "--query", "HostedZones[0].Id")
	for _, c := range []struct {
		args string
		has  string
	}{
		{"route53 list-resource-record-sets --hosted-zone-id " + zone, `"SetIdentifier"`},
		{"route53 get-hosted-zone --id " + zone, "servicediscovery.amazonaws.com"},
		{"ec2 describe-network-interfaces", ":attachment/"},
		{"ec2 describe-flow-logs", FlowLogGroup},
		{"elbv2 describe-target-groups --names svc-001", "targetgroup/svc-001/"},
		{"iam get-role --role-name svc-001-task", "ecs-tasks.amazonaws.com"},
		{"logs describe-log-groups", QueryLogGroup},
		{"cloudwatch describe-alarms", `"MetricAlarms": []`},
		{"s3api list-objects-v2 --bucket " + LogBucket, "{"},
		{"application-autoscaling describe-scalable-targets --service-namespace ecs", `"ScalableTargets": []`},
		{"eks list-clusters", `"clusters": []`},
	} {
		if got := aws(strings.Fields(c.args)...); !strings.Contains(got, c.has) {
			t.Errorf("aws %s: %s, want %s in it", c.args, got, c.has)
		}
	}
}
