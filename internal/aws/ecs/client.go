package ecs

import (
	"context"
	"fmt"
	"strings"
	"sync"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
)

// Client speaks to ECS in one account and region. It is safe for concurrent use
// if API is.
type Client struct {
	api             API
	account, region string

	mu          sync.Mutex
	definitions map[string]definition // by ARN
}

// New makes a Client.
func New(api API, account, region string) *Client {
	return &Client{api: api, account: account, region: region, definitions: map[string]definition{}}
}

// invoke is the way of every call: the object is named for audit and errors.
func invoke[In, Out, Opt any](ctx context.Context, operation, object string,
	f func(context.Context, *In, ...func(*Opt)) (*Out, error), in *In,
) (*Out, error) {
	out, err := f(aws.WithObject(ctx, object), in)
	if err != nil {
		return nil, aws.Wrap("ecs", operation, object, err)
	}
	return out, nil
}

// mine refuses a service of another account or region.
func (c *Client) mine(src names.Source) error {
	if src.Cluster == "" || src.Service == "" {
		return fmt.Errorf("%w: an ECS service is named by its cluster and its name", names.ErrInvalid)
	}
	if (src.Account != "" && src.Account != c.account) || (src.Region != "" && src.Region != c.region) {
		return fmt.Errorf("%w: the ECS service %s is in account %s, region %s, this client speaks to %s, %s",
			names.ErrInvalid, src, src.Account, src.Region, c.account, c.region)
	}
	return nil
}

// Service reads the service, then its tasks, then its task definition. Tasks
// that are wanted running are listed before those that are not, so that one
// which changes sides meanwhile is seen.
func (c *Client) Service(ctx context.Context, src names.Source) (cutover.ECSService, error) {
	if err := c.mine(src); err != nil {
		return cutover.ECSService{}, err
	}
	svc, err := c.describe(ctx, src)
	if err != nil {
		return cutover.ECSService{}, err
	}
	s := fromService(svc)
	if s.Status != inactive { // a deleted service has no tasks that could be listed
		if s.Tasks, err = c.tasks(ctx, src); err != nil {
			return cutover.ECSService{}, err
		}
	}
	if s.TaskDefinition != "" {
		d, err := c.definition(ctx, s.TaskDefinition)
		if err != nil {
			return cutover.ECSService{}, err
		}
		s.Ports, s.ContainerCheck, s.StopTimeout = d.ports(), d.checked, d.stop
		s.ContainerPort = d.registryPort(svc.ServiceRegistries)
	}
	return s, nil
}

// describe finds the service. ECS tells a missing one as a failure in a good reply.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
func (c *Client) describe(ctx context.Context, src names.Source) (*types.Service, error) {
	out, err := invoke(ctx, "DescribeServices", object(src), c.api.DescribeServices, &ecs.DescribeServicesInput{
		Cluster:  sdk.String(src.Cluster),
		Services: []string{src.Service},
		Include:  []types.ServiceField{types.ServiceFieldTags},
	})
	if err != nil {
		return nil, err
	}
	if len(out.Services) > 0 {
		return &out.Services[0], nil
	}
	for _, f := range out.Failures {
		if r := sdk.ToString(f.Reason); r != "MISSING" {
			return nil, fmt.Errorf("DescribeServices of %s: %w: %s %s", object(src), names.ErrInvalid, r, sdk.ToString(f.Detail))
		}
	}
	return nil, fmt.Errorf("%w: the ECS cluster %s has no service %s", names.ErrNotFound, src.Cluster, src.Service)
}

// Scale sets desiredCount and nothing else, so that it starts no deployment.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
func (c *Client) Scale(ctx context.Context, src names.Source, desired int) error {
	if err := c.mine(src); err != nil {
		return err
	}
	const most = 1 << 20 // far above any quota, and within an int32
	if desired < 0 || desired > most {
		return fmt.Errorf("UpdateService of %s: %w: desiredCount %d", object(src), names.ErrInvalid, desired)
	}
	_, err := invoke(ctx, "UpdateService", object(src), c.api.UpdateService, &ecs.UpdateServiceInput{
		Cluster: sdk.String(src.Cluster), Service: sdk.String(src.Service), DesiredCount: sdk.Int32(int32(desired)),
	})
	return err
}

func object(src names.Source) string { return "ECS service " + src.String() }

// last is the part of an ARN or path behind the last slash.
func last(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
