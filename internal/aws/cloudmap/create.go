package cloudmap

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"

	"github.com/tranship/tranship/internal/names"
)

// CreateService makes a service in a zone: want says its name, records, routing,
// health and description; Type HTTP, or an HTTP namespace, is one without records.
// token is the CreatorRequestId. It is there when the call returns; only what is
// registered in it takes operations.
//
// If the name is taken, the Ref is that of the service that has it, and the error
// wraps names.ErrConflict. If it is taken by an earlier call with the same token,
// whose reply was lost, there is no error.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateService.html
func (c *Client) CreateService(ctx context.Context, zone names.Zone, want names.Settings, token string) (names.Ref, error) {
	object := "Cloud Map service " + want.Name + " in namespace " + zone.Name + " (" + zone.ID + ")"
	if err := c.here(zone.Account, zone.Region, names.Ref{Account: zone.Account, Region: zone.Region, NamespaceID: zone.ID}); err != nil {
		return names.Ref{}, err
	}
	if err := want.Creatable(zone); err != nil {
		return names.Ref{}, fmt.Errorf("CreateService of %s: %w: %w", object, names.ErrInvalid, err)
	}
	if want.Namespace != "" && fold(want.Namespace) != fold(zone.Name) {
		return names.Ref{}, fmt.Errorf("CreateService of %s: %w: it is to be in %s", object, names.ErrInvalid, want.Namespace)
	}
	if !apiOnly(want, zone) {
		want.Name = fold(want.Name) // in DNS names that differ by case are one
	}
	ref := names.Ref{Account: c.account, Region: c.region, NamespaceID: zone.ID}
	out, err := invoke(ctx, "CreateService", object, c.api.CreateService, &servicediscovery.CreateServiceInput{
		Name: sdk.String(want.Name), NamespaceId: sdk.String(zone.ID), CreatorRequestId: sdk.String(token),
		Description: want.Description, Type: kindOf(want, zone), DnsConfig: dnsOf(want, zone),
		HealthCheckConfig: checkOf(want.HealthCheck), HealthCheckCustomConfig: customOf(want), Tags: c.tagList(),
	})
	if there := (*types.ServiceAlreadyExists)(nil); errors.As(err, &there) && sdk.ToString(there.ServiceId) != "" {
		ref.ServiceID = *there.ServiceId
		c.note(ref, want.Name)
		if token != "" && sdk.ToString(there.CreatorRequestId) == token {
			return ref, nil
		}
		return ref, err
	}
	if err != nil {
		c.noZoneLike(zone.ID, err)
		return names.Ref{}, err
	}
	ref.ServiceID = sdk.ToString(out.Service.Id)
	c.note(ref, want.Name)
	return ref, nil
}

// note remembers a service that was made, also against a listing that does not
// have it yet.
func (c *Client) note(ref names.Ref, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.homes[ref.ServiceID] = home{ref.NamespaceID, name}
	k := c.catalogued(ref.NamespaceID)
	k.add(fold(name), ref.ServiceID)
	k.made[ref.ServiceID] = c.now()
}

// noZoneLike forgets a namespace of which AWS says that it is not there.
func (c *Client) noZoneLike(id string, err error) {
	if !errors.Is(err, names.ErrNotFound) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.namespaces[id]; ok {
		delete(c.namespaces, id)
		delete(c.services, id)
		c.zoned = shelf{}
	}
}

// DeleteService deletes a service; one that is not there is fine. While instances
// are in it, or on their way, AWS refuses: names.ErrConflict.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_DeleteService.html
func (c *Client) DeleteService(ctx context.Context, ref names.Ref) error {
	if err := c.mine(ref); err != nil {
		return err
	}
	_, err := invoke(ctx, "DeleteService", service(ref), c.api.DeleteService,
		&servicediscovery.DeleteServiceInput{Id: sdk.String(ref.ServiceID)})
	if err != nil && !errors.Is(err, names.ErrNotFound) {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.services {
		k.drop(ref.ServiceID)
	}
	delete(c.homes, ref.ServiceID)
	return nil
}

// CreateNamespace makes a namespace; vpc is for a private one. It returns the
// operation, to be polled with a Ref that has account and region alone: once that
// is a success, Zone finds the namespace. A namespace of that name and kind that
// is there already is names.ErrConflict; one that an earlier call with the same
// token made is fine and gives no operation.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_CreatePrivateDnsNamespace.html
func (c *Client) CreateNamespace(ctx context.Context, name string, kind names.ZoneKind, vpc, token string) (string, error) {
	object := "Cloud Map namespace " + name
	op, err := c.createNamespace(ctx, object, name, kind, vpc, token)
	if err == nil {
		return op, nil
	}
	if there := (*types.NamespaceAlreadyExists)(nil); errors.As(err, &there) {
		c.mu.Lock()
		if _, ok := c.namespaces[sdk.ToString(there.NamespaceId)]; !ok {
			c.zoned = shelf{}
		}
		c.mu.Unlock()
		if token != "" && sdk.ToString(there.CreatorRequestId) == token {
			return "", nil
		}
	}
	return underWay(err)
}

func (c *Client) createNamespace(ctx context.Context, object, name string, kind names.ZoneKind, vpc, token string) (string, error) {
	if name == "" || (kind == names.PrivateZone) != (vpc != "") {
		return "", fmt.Errorf("creation of %s: %w: it needs a name, and a VPC if it is private and only then", object, names.ErrInvalid)
	}
	switch kind {
	case names.PrivateZone:
		out, err := invoke(ctx, "CreatePrivateDnsNamespace", object, c.api.CreatePrivateDnsNamespace,
			&servicediscovery.CreatePrivateDnsNamespaceInput{
				Name: sdk.String(name), Vpc: sdk.String(vpc), CreatorRequestId: sdk.String(token), Tags: c.tagList(),
			})
		if err != nil {
			return "", err
		}
		return sdk.ToString(out.OperationId), nil
	case names.PublicZone:
		out, err := invoke(ctx, "CreatePublicDnsNamespace", object, c.api.CreatePublicDnsNamespace,
			&servicediscovery.CreatePublicDnsNamespaceInput{Name: sdk.String(name), CreatorRequestId: sdk.String(token), Tags: c.tagList()})
		if err != nil {
			return "", err
		}
		return sdk.ToString(out.OperationId), nil
	case names.HTTPZone:
		out, err := invoke(ctx, "CreateHttpNamespace", object, c.api.CreateHttpNamespace,
			&servicediscovery.CreateHttpNamespaceInput{Name: sdk.String(name), CreatorRequestId: sdk.String(token), Tags: c.tagList()})
		if err != nil {
			return "", err
		}
		return sdk.ToString(out.OperationId), nil
	}
	return "", fmt.Errorf("creation of %s: %w: %q is no type of a namespace", object, names.ErrInvalid, kind)
}

// DeleteNamespace deletes the namespace of a Ref; one that is not there is fine
// and gives no operation. While services are in it, AWS refuses: names.ErrConflict.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_DeleteNamespace.html
func (c *Client) DeleteNamespace(ctx context.Context, ref names.Ref) (string, error) {
	if err := c.here(ref.Account, ref.Region, ref); err != nil {
		return "", err
	}
	if ref.NamespaceID == "" {
		return "", fmt.Errorf("%w: no Cloud Map namespace is named", names.ErrInvalid)
	}
	out, err := invoke(ctx, "DeleteNamespace", "Cloud Map namespace "+ref.NamespaceID, c.api.DeleteNamespace,
		&servicediscovery.DeleteNamespaceInput{Id: sdk.String(ref.NamespaceID)})
	if errors.Is(err, names.ErrNotFound) {
		c.noZoneLike(ref.NamespaceID, err)
		return "", nil
	}
	if err != nil {
		return underWay(err)
	}
	return sdk.ToString(out.OperationId), nil
}

// Describe reads where a service comes from or, of a Ref without one, its namespace.
func (c *Client) Describe(ctx context.Context, ref names.Ref) (names.Made, error) {
	if err := c.here(ref.Account, ref.Region, ref); err != nil {
		return names.Made{}, err
	}
	var m names.Made
	var object, arn string
	var created *time.Time
	switch {
	case ref.ServiceID != "":
		svc, err := c.service(ctx, ref)
		if err != nil {
			c.forget(ref, err)
			return names.Made{}, err
		}
		object, arn, created, m.Holds = service(ref), sdk.ToString(svc.Arn), svc.CreateDate, int(sdk.ToInt32(svc.InstanceCount))
	case ref.NamespaceID != "":
		object = "Cloud Map namespace " + ref.NamespaceID
		out, err := invoke(ctx, "GetNamespace", object, c.api.GetNamespace, &servicediscovery.GetNamespaceInput{Id: sdk.String(ref.NamespaceID)})
		if err != nil {
			c.noZoneLike(ref.NamespaceID, err)
			return names.Made{}, err
		}
		n := out.Namespace
		arn, created, m.Holds = sdk.ToString(n.Arn), n.CreateDate, int(sdk.ToInt32(n.ServiceCount))
	default:
		return names.Made{}, fmt.Errorf("%w: neither a Cloud Map service nor a namespace is named", names.ErrInvalid)
	}
	out, err := invoke(ctx, "ListTagsForResource", object, c.api.ListTagsForResource,
		&servicediscovery.ListTagsForResourceInput{ResourceARN: sdk.String(arn)})
	if err != nil {
		return names.Made{}, err
	}
	m.Created, m.Tags = sdk.ToTime(created), map[string]string{}
	for _, t := range out.Tags {
		m.Tags[sdk.ToString(t.Key)] = sdk.ToString(t.Value)
	}
	return m, nil
}

func (c *Client) tagList() []types.Tag {
	var out []types.Tag
	for _, k := range slices.Sorted(maps.Keys(c.tags)) {
		out = append(out, types.Tag{Key: sdk.String(k), Value: sdk.String(c.tags[k])})
	}
	return out
}
