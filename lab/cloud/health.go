package cloud

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// UpdateInstanceCustomHealthStatus has the signature of the client's method.
// The change comes HealthFlip later, unless the opposite is said before.
func (m *CloudMap) UpdateInstanceCustomHealthStatus(ctx context.Context, in *servicediscovery.UpdateInstanceCustomHealthStatusInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.UpdateInstanceCustomHealthStatusOutput, error) {
	if err := m.enter(ctx, "UpdateInstanceCustomHealthStatus", in); err != nil {
		return nil, err
	}
	svc, err := m.c.serviceBy(in.ServiceId)
	if err != nil {
		return nil, err
	}
	if in.Status == "" {
		return nil, invalid("Status is HEALTHY or UNHEALTHY.")
	}
	unhealthy := in.Status == types.CustomHealthStatusUnhealthy
	if err := m.c.setHealth(svc, val(in.InstanceId), unhealthy); err != nil {
		return nil, err
	}
	if unhealthy {
		m.c.silenced(svc, val(in.InstanceId))
	}
	return &servicediscovery.UpdateInstanceCustomHealthStatusOutput{}, nil
}

func (c *Cloud) setHealth(svc *service, id string, unhealthy bool) error {
	if !svc.custom {
		return &types.CustomHealthNotFound{Message: ptr("The service has no HealthCheckCustomConfig: " + svc.id)}
	}
	i := svc.instance(id)
	if i == nil {
		return notThere(id)
	}
	if i.unhealthy == unhealthy {
		if i.flip {
			i.flip = false
			i.flips++
		}
		return nil
	}
	if i.flip {
		return nil
	}
	i.flip = true
	i.flips++
	mine := i.flips
	c.after(c.cfg.Timing.HealthFlip, func() {
		if i.flips != mine || svc.instance(id) != i {
			return
		}
		i.flip, i.unhealthy = false, unhealthy
		i.entry = newEntry(i)
		if c.cfg.Log {
			c.note("HEALTH", svc.id, id+" "+string(svc.health(i)))
		}
		c.publish(svc)
	})
	return nil
}

// checked says that the service has a health check, of either kind.
func (svc *service) checked() bool { return svc.custom || svc.check != nil }

// CheckersSay is what Route 53's health checkers find of an instance of a service
// with HealthCheckConfig: the world outside tells it.
func (c *Cloud) CheckersSay(serviceID, instanceID string, healthy bool) error {
	svc, err := c.serviceBy(&serviceID)
	if err != nil {
		return err
	}
	i := svc.instance(instanceID)
	if i == nil {
		return notThere(instanceID)
	}
	if svc.check == nil {
		return invalid("The service has no HealthCheckConfig: " + svc.id)
	}
	if i.unhealthy == healthy {
		i.unhealthy = !healthy
		i.entry = newEntry(i)
		c.publish(svc)
	}
	return nil
}

func (svc *service) health(i *instance) types.HealthStatus {
	switch {
	case !svc.checked():
		return types.HealthStatusUnknown
	case i.unhealthy:
		return types.HealthStatusUnhealthy
	}
	return types.HealthStatusHealthy
}

// GetInstancesHealthStatus has the signature of the client's method. An
// instance that was only just registered is not in it yet.
func (m *CloudMap) GetInstancesHealthStatus(ctx context.Context, in *servicediscovery.GetInstancesHealthStatusInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.GetInstancesHealthStatusOutput, error) {
	if err := m.enter(ctx, "GetInstancesHealthStatus", in); err != nil {
		return nil, err
	}
	svc, err := m.c.serviceBy(in.ServiceId)
	if err != nil {
		return nil, err
	}
	found := svc.instances
	if len(in.Instances) > 0 {
		found = make([]*instance, 0, len(in.Instances))
		for _, id := range in.Instances {
			i := svc.instance(id)
			if i == nil {
				return nil, notThere(id)
			}
			found = append(found, i)
		}
		slices.SortFunc(found, func(a, b *instance) int { return cmp.Compare(a.id, b.id) })
	}
	found, token, err := page(found, func(i *instance) string { return i.id }, 100, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &servicediscovery.GetInstancesHealthStatusOutput{NextToken: token, Status: make(map[string]types.HealthStatus, len(found))}
	for _, i := range found {
		if m.c.now.Sub(i.registered) >= m.c.cfg.Timing.HealthVisible {
			out.Status[i.id] = svc.health(i)
		}
	}
	return out, nil
}
