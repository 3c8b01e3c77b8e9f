package clients

import (
	"context"
	"errors"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"

	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/check"
	"github.com/tranship/tranship/internal/names"
)

// none is the name of what is asked for: nothing has it. AWS looks at permissions
// before it looks for the thing, so "not found" means "allowed".
const none = "tranship-doctor-none"

// Reads tries every read that a crossing needs, on things that do not exist, and
// says of each whether it is allowed. Nothing is changed.
func Reads(ctx context.Context, cfg sdk.Config) []check.Result {
	sd, tasks := servicediscovery.NewFromConfig(cfg), ecs.NewFromConfig(cfg)
	none := sdk.String(none)
	srv := sdk.String("srv-" + *none)
	tries := []struct {
		service, operation string
		call               func() error
	}{
		{"servicediscovery", "ListNamespaces", func() error {
			_, err := sd.ListNamespaces(ctx, &servicediscovery.ListNamespacesInput{MaxResults: sdk.Int32(1)})
			return err
		}},
		{"servicediscovery", "GetNamespace", func() error {
			_, err := sd.GetNamespace(ctx, &servicediscovery.GetNamespaceInput{Id: sdk.String("ns-" + *none)})
			return err
		}},
		{"servicediscovery", "ListServices", func() error {
			_, err := sd.ListServices(ctx, &servicediscovery.ListServicesInput{MaxResults: sdk.Int32(1)})
			return err
		}},
		{"servicediscovery", "GetService", func() error {
			_, err := sd.GetService(ctx, &servicediscovery.GetServiceInput{Id: srv})
			return err
		}},
		{"servicediscovery", "ListInstances", func() error {
			_, err := sd.ListInstances(ctx, &servicediscovery.ListInstancesInput{ServiceId: srv})
			return err
		}},
		{"servicediscovery", "GetInstancesHealthStatus", func() error {
			_, err := sd.GetInstancesHealthStatus(ctx, &servicediscovery.GetInstancesHealthStatusInput{ServiceId: srv})
			return err
		}},
		{"servicediscovery", "DiscoverInstancesRevision", func() error {
			_, err := sd.DiscoverInstancesRevision(ctx, &servicediscovery.DiscoverInstancesRevisionInput{NamespaceName: none, ServiceName: none})
			return err
		}},
		{"servicediscovery", "GetOperation", func() error {
			_, err := sd.GetOperation(ctx, &servicediscovery.GetOperationInput{OperationId: none})
			return err
		}},
		{"ecs", "DescribeServices", func() error {
			_, err := tasks.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: none, Services: []string{*none}})
			return err
		}},
		{"ecs", "ListTasks", func() error {
			_, err := tasks.ListTasks(ctx, &ecs.ListTasksInput{Cluster: none})
			return err
		}},
		{"ecs", "DescribeTasks", func() error {
			_, err := tasks.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: none, Tasks: []string{*none}})
			return err
		}},
		{"ecs", "DescribeTaskDefinition", func() error {
			_, err := tasks.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: none})
			return err
		}},
	}
	out := make([]check.Result, 0, len(tries))
	for _, t := range tries {
		out = append(out, judge(t.service, t.operation, t.call()))
	}
	return out
}

// judge turns the end of a try into a result.
func judge(service, operation string, err error) check.Result {
	action := service + ":" + operation
	r := check.Result{ID: "may-" + service + "-" + operation, Outcome: check.Pass, Value: "allowed", Limit: action}
	if err == nil {
		return r
	}
	err = aws.Wrap(service, operation, "nothing", err)
	switch {
	case errors.Is(err, names.ErrNotFound), errors.Is(err, names.ErrInvalid):
	case errors.Is(err, names.ErrDenied):
		r.Outcome, r.Value, r.Evidence = check.Fail, "denied", err.Error()
		r.Remedy = "let the policy of these credentials allow " + action + ": `tranship iam controller` prints one. One that names its resources denies this question, which is about nothing"
	default: // throttled, or no answer
		r.Outcome, r.Value, r.Evidence = check.Error, "not judged", err.Error()
		r.Remedy = "try again; if it stays so, look at the network, the region and AWS_ENDPOINT_URL"
	}
	return r
}
