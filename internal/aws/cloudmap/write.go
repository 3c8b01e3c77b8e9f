package cloudmap

import (
	"context"
	"errors"
	"fmt"
	"maps"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"

	"github.com/tranship/tranship/internal/names"
)

// Register creates an instance or replaces all its attributes. token is the
// CreatorRequestId. If an operation on the instance is under way, its id is
// returned; what it does may be something else than was asked for.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_RegisterInstance.html
func (c *Client) Register(ctx context.Context, ref names.Ref, inst names.Instance, token string) (string, error) {
	if err := c.mine(ref); err != nil {
		return "", err
	}
	if err := inst.Valid(); err != nil {
		return "", fmt.Errorf("RegisterInstance in %s: %w: %w", service(ref), names.ErrInvalid, err)
	}
	out, err := invoke(ctx, "RegisterInstance", instance(ref, inst.ID), c.api.RegisterInstance,
		&servicediscovery.RegisterInstanceInput{
			ServiceId:        sdk.String(ref.ServiceID),
			InstanceId:       sdk.String(string(inst.ID)),
			Attributes:       maps.Clone(inst.Attributes),
			CreatorRequestId: sdk.String(token),
		})
	if err != nil {
		c.forget(ref, err)
		return underWay(err)
	}
	return sdk.ToString(out.OperationId), nil
}

// Deregister takes an instance out. One that Cloud Map does not know is fine and
// gives no operation; it says so of one registered a moment ago, too, so only a
// View proves absence.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_DeregisterInstance.html
func (c *Client) Deregister(ctx context.Context, ref names.Ref, id names.ID) (string, error) {
	if err := c.mine(ref); err != nil {
		return "", err
	}
	out, err := invoke(ctx, "DeregisterInstance", instance(ref, id), c.api.DeregisterInstance,
		&servicediscovery.DeregisterInstanceInput{
			ServiceId: sdk.String(ref.ServiceID), InstanceId: sdk.String(string(id)),
		})
	if nf := (*types.InstanceNotFound)(nil); errors.As(err, &nf) {
		return "", nil
	}
	if err != nil {
		c.forget(ref, err)
		return underWay(err)
	}
	return sdk.ToString(out.OperationId), nil
}

// SetHealth sets the custom health of an instance. DNS follows about 30 s later;
// the opposite call within that time takes it back.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_UpdateInstanceCustomHealthStatus.html
func (c *Client) SetHealth(ctx context.Context, ref names.Ref, id names.ID, h names.Health) error {
	if err := c.mine(ref); err != nil {
		return err
	}
	if h != names.Healthy && h != names.Unhealthy {
		return fmt.Errorf("UpdateInstanceCustomHealthStatus of %s: %w: %q can not be set", instance(ref, id), names.ErrInvalid, h)
	}
	_, err := invoke(ctx, "UpdateInstanceCustomHealthStatus", instance(ref, id), c.api.UpdateInstanceCustomHealthStatus,
		&servicediscovery.UpdateInstanceCustomHealthStatusInput{
			ServiceId:  sdk.String(ref.ServiceID),
			InstanceId: sdk.String(string(id)),
			Status:     types.CustomHealthStatus(h),
		})
	return err
}

// UpdateSettings writes all DNS records, the health check and the description,
// because UpdateService deletes what is left out. The caller gives the settings
// as a View read them, changed as wanted; without a record type the call would
// take the service out of DNS and is refused.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_UpdateService.html
func (c *Client) UpdateSettings(ctx context.Context, ref names.Ref, s names.Settings) (string, error) {
	if err := c.mine(ref); err != nil {
		return "", err
	}
	if len(s.Records) == 0 {
		return "", fmt.Errorf("UpdateService of %s: %w: no DNS records are given, which would delete them", service(ref), names.ErrInvalid)
	}
	out, err := invoke(ctx, "UpdateService", service(ref), c.api.UpdateService,
		&servicediscovery.UpdateServiceInput{Id: sdk.String(ref.ServiceID), Service: change(s)})
	if err != nil {
		c.forget(ref, err)
		return underWay(err)
	}
	return sdk.ToString(out.OperationId), nil
}

// underWay turns "an operation on this is under way" into that operation.
func underWay(err error) (string, error) {
	if dup := (*types.DuplicateRequest)(nil); errors.As(err, &dup) && sdk.ToString(dup.DuplicateOperationId) != "" {
		return *dup.DuplicateOperationId, nil
	}
	return "", err
}
