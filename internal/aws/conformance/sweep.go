package conformance

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	sd "github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// tagKey marks every namespace that a run makes; what does not carry it is not
// touched.
const tagKey = "tranship.dev/conformance"

// Left are the scratch namespaces of this and of earlier runs, by name: those
// whose name ends as it should and that carry the tag.
func (a *Account) Left(ctx context.Context) (ids map[string]string, err error) {
	ids = map[string]string{}
	in := &sd.ListNamespacesInput{}
	for {
		page, err := a.API.ListNamespaces(ctx, in)
		if err != nil {
			return nil, err
		}
		for _, n := range page.Namespaces {
			if !strings.HasSuffix(text(n.Name), "."+a.Scratch) {
				continue
			}
			tags, err := a.API.ListTagsForResource(ctx, &sd.ListTagsForResourceInput{ResourceARN: n.Arn})
			if err != nil {
				return nil, err
			}
			for _, t := range tags.Tags {
				if text(t.Key) == tagKey {
					ids[text(n.Id)] = text(n.Name)
				}
			}
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			return ids, nil
		}
	}
}

// Sweep takes every scratch namespace away, with all in it, and returns the names
// of those that are still there. It tries for ten minutes.
func (a *Account) Sweep(ctx context.Context) ([]string, error) {
	for try := 0; ; try++ {
		ids, err := a.Left(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the scratch namespaces: %w", err)
		}
		if len(ids) == 0 {
			return nil, nil
		}
		if try == 60 {
			return slices.Sorted(maps.Values(ids)), nil
		}
		for _, id := range slices.Sorted(maps.Keys(ids)) {
			_ = a.dropNamespace(ctx, id) // the next look says whether it is gone
		}
		if err := a.Wait(ctx, 10*time.Second); err != nil {
			return nil, err
		}
	}
}

// dropNamespace empties a namespace and begins its deletion.
func (a *Account) dropNamespace(ctx context.Context, id string) error {
	in := &sd.ListServicesInput{Filters: []types.ServiceFilter{{Name: types.ServiceFilterNameNamespaceId, Values: []string{id}}}}
	for {
		page, err := a.API.ListServices(ctx, in)
		if err != nil {
			return err
		}
		for _, svc := range page.Services {
			if err := a.dropService(ctx, text(svc.Id)); err != nil {
				return err
			}
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			break
		}
	}
	_, err := a.API.DeleteNamespace(ctx, &sd.DeleteNamespaceInput{Id: &id})
	return err
}

// dropService takes the instances out of a service and deletes it.
func (a *Account) dropService(ctx context.Context, id string) error {
	in := &sd.ListInstancesInput{ServiceId: &id}
	var operations []string
	for {
		page, err := a.API.ListInstances(ctx, in)
		if err != nil {
			return err
		}
		for _, i := range page.Instances {
			out, err := a.API.DeregisterInstance(ctx, &sd.DeregisterInstanceInput{ServiceId: &id, InstanceId: i.Id})
			if err == nil {
				operations = append(operations, text(out.OperationId))
			}
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			break
		}
	}
	if err := a.ended(ctx, operations); err != nil {
		return err
	}
	_, err := a.API.DeleteService(ctx, &sd.DeleteServiceInput{Id: &id})
	return err
}
