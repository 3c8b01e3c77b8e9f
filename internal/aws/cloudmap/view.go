package cloudmap

import (
	"context"
	"maps"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/pace"
)

// View reads a name: settings, revision, instances, health, in this order.
//
// AWS gives no snapshot across calls and pages. So the revision is read before
// the instances and, where they took more than one call, after them again; if it
// moved in between, they are read once more. If it moves again, the name is busy
// and what was read stands, with the revision from before: a reader that later
// finds another revision starts over, one that finds the same was not misled.
//
// The revision comes from the data plane, which needs a permission of its own
// (servicediscovery:DiscoverInstancesRevision) and may lag; without it Revision
// is 0, not known. An instance that has no health status yet is HealthUnknown.
func (c *Client) View(ctx context.Context, ref names.Ref) (names.View, error) {
	v, err := c.view(ctx, ref)
	if err != nil {
		c.forget(ref, err)
		return names.View{}, err
	}
	return v, nil
}

func (c *Client) view(ctx context.Context, ref names.Ref) (names.View, error) {
	if err := c.mine(ref); err != nil {
		return names.View{}, err
	}
	svc, err := c.service(ctx, ref)
	if err != nil {
		return names.View{}, err
	}
	ctx = pace.WhoReturns(ctx, "") // what has begun waits for its turns, else the first call was made for nothing
	nsID := ref.NamespaceID
	if nsID == "" {
		nsID = sdk.ToString(svc.NamespaceId)
	}
	ns, err := c.namespace(ctx, nsID)
	if err != nil {
		return names.View{}, err
	}
	c.mu.Lock()
	c.homes[ref.ServiceID] = home{nsID, sdk.ToString(svc.Name)}
	c.mu.Unlock()
	v := names.View{Settings: settings(svc, ns)}

	v.Revision = c.revision(ctx, ref, ns.discover, v.Settings.Name)
	for again := false; ; again = true {
		var calls int
		v.Instances, calls, err = c.instances(ctx, ref, checked(svc))
		if err != nil {
			return names.View{}, err
		}
		if again || calls == 1 || v.Revision == 0 {
			return v, nil
		}
		after := c.revision(ctx, ref, ns.discover, v.Settings.Name)
		if after == v.Revision || after == 0 {
			return v, nil
		}
		v.Revision = after
	}
}

// checked says that the service has a health check, so that a status exists.
func checked(s *types.Service) bool {
	return s.HealthCheckCustomConfig != nil || s.HealthCheckConfig != nil
}

func (c *Client) service(ctx context.Context, ref names.Ref) (*types.Service, error) {
	out, err := invoke(ctx, "GetService", service(ref), c.api.GetService,
		&servicediscovery.GetServiceInput{Id: sdk.String(ref.ServiceID)})
	if err != nil {
		return nil, err
	}
	return out.Service, nil
}

// Revision is a number that another registration or deregistration changes, in
// one call to the data plane, whose rate is sixty times that of ListInstances: what it
// does not change needs no View. Health does not change it, and neither do the
// settings. What the data plane calls the name is remembered; the first time it
// takes a read or two more. The data plane may lag: one that was made a moment ago
// can be names.ErrNotFound here.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_DiscoverInstancesRevision.html
func (c *Client) Revision(ctx context.Context, ref names.Ref) (int64, error) {
	if err := c.mine(ref); err != nil {
		return 0, err
	}
	h, err := c.home(ctx, ref)
	if err != nil {
		c.forget(ref, err)
		return 0, err
	}
	c.mu.Lock()
	ns, ok := c.namespaces[h.namespace]
	c.mu.Unlock()
	if !ok { // however old it is: its name does not change
		if ns, err = c.namespace(ctx, h.namespace); err != nil {
			return 0, err
		}
	}
	return c.discoverRevision(ctx, ref, ns.discover, h.name)
}

func (c *Client) discoverRevision(ctx context.Context, ref names.Ref, ns, svc string) (int64, error) {
	out, err := invoke(ctx, "DiscoverInstancesRevision", service(ref), c.api.DiscoverInstancesRevision,
		&servicediscovery.DiscoverInstancesRevisionInput{NamespaceName: sdk.String(ns), ServiceName: sdk.String(svc)})
	if err != nil {
		return 0, err
	}
	return sdk.ToInt64(out.InstancesRevision), nil
}

// revision is 0 if it cannot be read, for whatever reason: it only ever shortens
// a wait, and the reads of the control plane that follow fail by themselves.
func (c *Client) revision(ctx context.Context, ref names.Ref, ns, svc string) int64 {
	if ns == "" || svc == "" {
		return 0
	}
	n, err := c.discoverRevision(ctx, ref, ns, svc)
	if err != nil {
		return 0
	}
	return n
}

// instances lists all of them, with health if there is one, and counts the calls.
func (c *Client) instances(ctx context.Context, ref names.Ref, health bool) ([]names.Instance, int, error) {
	calls := 0
	var all []names.Instance
	for token := (*string)(nil); ; {
		out, err := invoke(ctx, "ListInstances", service(ref), c.api.ListInstances, &servicediscovery.ListInstancesInput{
			ServiceId: sdk.String(ref.ServiceID), MaxResults: sdk.Int32(page), NextToken: token,
		})
		if err != nil {
			return nil, calls, err
		}
		calls++
		for _, i := range out.Instances {
			all = append(all, names.Instance{
				ID: names.ID(sdk.ToString(i.Id)), Attributes: maps.Clone(i.Attributes), Health: names.HealthUnknown,
			})
		}
		if token = out.NextToken; sdk.ToString(token) == "" {
			break
		}
	}
	names.SortInstances(all)
	if !health || len(all) == 0 {
		return all, calls, nil
	}
	status := map[names.ID]names.Health{}
	for token := (*string)(nil); ; {
		out, err := invoke(ctx, "GetInstancesHealthStatus", service(ref), c.api.GetInstancesHealthStatus,
			&servicediscovery.GetInstancesHealthStatusInput{
				ServiceId: sdk.String(ref.ServiceID), MaxResults: sdk.Int32(page), NextToken: token,
			})
		if err != nil {
			return nil, calls, err
		}
		calls++
		for id, h := range out.Status {
			status[names.ID(id)] = names.Health(h)
		}
		if token = out.NextToken; sdk.ToString(token) == "" {
			break
		}
	}
	for i := range all {
		if h, ok := status[all[i].ID]; ok {
			all[i].Health = h
		}
	}
	return all, calls, nil
}

// Operation tells how an operation stands. One that failed is told to
// OnFail, too. One on a namespace has a Ref without a service.
func (c *Client) Operation(ctx context.Context, ref names.Ref, id string) (cutover.Operation, error) {
	if err := c.here(ref.Account, ref.Region, ref); err != nil {
		return cutover.Operation{}, err
	}
	object := "operation " + id
	if ref.ServiceID != "" {
		object += " on " + service(ref)
	}
	out, err := invoke(ctx, "GetOperation", object, c.api.GetOperation,
		&servicediscovery.GetOperationInput{OperationId: sdk.String(id)})
	if err != nil {
		return cutover.Operation{}, err
	}
	switch o := out.Operation; o.Status {
	case types.OperationStatusSuccess:
		if o.Type == types.OperationTypeCreateNamespace || o.Type == types.OperationTypeDeleteNamespace {
			c.mu.Lock()
			c.zoned = shelf{}
			c.mu.Unlock()
		}
		return cutover.Operation{Status: cutover.OpSuccess}, nil
	case types.OperationStatusFail:
		f := FailedOperation{Ref: ref, ID: id, Code: sdk.ToString(o.ErrorCode), Message: sdk.ToString(o.ErrorMessage)}
		c.onFail(f)
		return cutover.Operation{Status: cutover.OpFail, Why: strings.TrimSuffix(f.Code+": "+f.Message, ": ")}, nil
	case types.OperationStatusSubmitted, types.OperationStatusPending:
	}
	return cutover.Operation{Status: cutover.OpPending}, nil // a status that AWS may add later is no end
}
