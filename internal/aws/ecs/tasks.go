package ecs

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
)

// batch is how many tasks DescribeTasks takes at once, and a page of ListTasks.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
const batch = 100

// tasks reads all tasks of the service that are not STOPPED, sorted by id.
func (c *Client) tasks(ctx context.Context, src names.Source) ([]cutover.Task, error) {
	var arns []string
	for _, wanted := range []types.DesiredStatus{types.DesiredStatusRunning, types.DesiredStatusStopped} {
		more, err := c.list(ctx, src, wanted)
		if err != nil {
			return nil, err
		}
		arns = append(arns, more...)
	}
	slices.Sort(arns)
	arns = slices.Compact(arns)

	var all []cutover.Task
	for chunk := range slices.Chunk(arns, batch) {
		out, err := invoke(ctx, "DescribeTasks", "tasks of "+object(src), c.api.DescribeTasks,
			&ecs.DescribeTasksInput{Cluster: sdk.String(src.Cluster), Tasks: chunk})
		if err != nil {
			return nil, err
		}
		for _, f := range out.Failures {
			// MISSING: it stopped long enough ago for ECS to forget it.
			if r := sdk.ToString(f.Reason); r != "MISSING" {
				return nil, fmt.Errorf("DescribeTasks of %s: %w: %s: %s %s", object(src), names.ErrInvalid,
					sdk.ToString(f.Arn), r, sdk.ToString(f.Detail))
			}
		}
		for i := range out.Tasks {
			if t := fromTask(&out.Tasks[i]); t.Status != "STOPPED" {
				all = append(all, t)
			}
		}
	}
	slices.SortFunc(all, func(a, b cutover.Task) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

// list reads the ARNs of the tasks with a desired status. Those wanted STOPPED
// include both the ones on their way down and the ones that stopped lately.
func (c *Client) list(ctx context.Context, src names.Source, wanted types.DesiredStatus) ([]string, error) {
	var arns []string
	for token := (*string)(nil); ; {
		out, err := invoke(ctx, "ListTasks", "tasks of "+object(src), c.api.ListTasks, &ecs.ListTasksInput{
			Cluster: sdk.String(src.Cluster), ServiceName: sdk.String(src.Service),
			DesiredStatus: wanted, MaxResults: sdk.Int32(batch), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		arns = append(arns, out.TaskArns...)
		if token = out.NextToken; sdk.ToString(token) == "" {
			return arns, nil
		}
	}
}

// fromTask reads one task. Its id is what ECS registers it under in Cloud Map.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html
func fromTask(t *types.Task) cutover.Task {
	return cutover.Task{
		ID:     names.ID(last(sdk.ToString(t.TaskArn))),
		IPv4:   address(t),
		Zone:   sdk.ToString(t.AvailabilityZone),
		Status: sdk.ToString(t.LastStatus),
		Stop:   sdk.ToString(t.DesiredStatus) == string(types.DesiredStatusStopped),
	}
}

// address is that of the task's network interface; a task in bridge or host mode
// has none of its own.
func address(t *types.Task) netip.Addr {
	for _, a := range t.Attachments {
		for _, d := range a.Details {
			if sdk.ToString(d.Name) == "privateIPv4Address" {
				if ip, err := netip.ParseAddr(sdk.ToString(d.Value)); err == nil {
					return ip
				}
			}
		}
	}
	for _, c := range t.Containers {
		for _, n := range c.NetworkInterfaces {
			if ip, err := netip.ParseAddr(sdk.ToString(n.PrivateIpv4Address)); err == nil {
				return ip
			}
		}
	}
	return netip.Addr{}
}
