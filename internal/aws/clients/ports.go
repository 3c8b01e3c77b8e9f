package clients

import (
	"context"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
)

// The engine's ports, each call to the adapter that it is for. What they promise
// stands with the adapters.

// View reads a name.
func (f *Fleet) View(ctx context.Context, ref names.Ref) (names.View, error) {
	c, ref, err := f.at(ref)
	if err != nil {
		return names.View{}, err
	}
	return c.View(ctx, ref)
}

// Operation tells how an operation stands.
func (f *Fleet) Operation(ctx context.Context, ref names.Ref, id string) (cutover.Operation, error) {
	c, ref, err := f.at(ref)
	if err != nil {
		return cutover.Operation{}, err
	}
	return c.Operation(ctx, ref, id)
}

// Revision is what changes with each registration and deregistration of a name.
func (f *Fleet) Revision(ctx context.Context, ref names.Ref) (int64, error) {
	c, ref, err := f.at(ref)
	if err != nil {
		return 0, err
	}
	return c.Revision(ctx, ref)
}

// Register creates or replaces an instance.
func (f *Fleet) Register(ctx context.Context, ref names.Ref, inst names.Instance, token string) (string, error) {
	c, ref, err := f.at(ref)
	if err != nil {
		return "", err
	}
	return c.Register(ctx, ref, inst, token)
}

// Deregister takes an instance out.
func (f *Fleet) Deregister(ctx context.Context, ref names.Ref, id names.ID) (string, error) {
	c, ref, err := f.at(ref)
	if err != nil {
		return "", err
	}
	return c.Deregister(ctx, ref, id)
}

// SetHealth sets the custom health of an instance.
func (f *Fleet) SetHealth(ctx context.Context, ref names.Ref, id names.ID, h names.Health) error {
	c, ref, err := f.at(ref)
	if err != nil {
		return err
	}
	return c.SetHealth(ctx, ref, id, h)
}

// UpdateSettings writes the settings of a service.
func (f *Fleet) UpdateSettings(ctx context.Context, ref names.Ref, s names.Settings) (string, error) {
	c, ref, err := f.at(ref)
	if err != nil {
		return "", err
	}
	return c.UpdateSettings(ctx, ref, s)
}

// CreateService makes a service in the account and region of the zone.
func (f *Fleet) CreateService(ctx context.Context, zone names.Zone, want names.Settings, token string) (names.Ref, error) {
	c, err := f.For(zone.Account, zone.Region)
	if err != nil {
		return names.Ref{}, err
	}
	zone.Account, zone.Region = c.Account, c.Region
	return c.CloudMap.CreateService(ctx, zone, want, token)
}

// CreateNamespace makes a namespace at home.
func (f *Fleet) CreateNamespace(ctx context.Context, name string, kind names.ZoneKind, vpc, token string) (string, error) {
	return f.Home.CloudMap.CreateNamespace(ctx, name, kind, vpc, token)
}

// DeleteService deletes a service.
func (f *Fleet) DeleteService(ctx context.Context, ref names.Ref) error {
	c, ref, err := f.at(ref)
	if err != nil {
		return err
	}
	return c.DeleteService(ctx, ref)
}

// DeleteNamespace deletes a namespace.
func (f *Fleet) DeleteNamespace(ctx context.Context, ref names.Ref) (string, error) {
	c, ref, err := f.at(ref)
	if err != nil {
		return "", err
	}
	return c.DeleteNamespace(ctx, ref)
}

// Describe reads where a service or a namespace comes from.
func (f *Fleet) Describe(ctx context.Context, ref names.Ref) (names.Made, error) {
	c, ref, err := f.at(ref)
	if err != nil {
		return names.Made{}, err
	}
	return c.Describe(ctx, ref)
}

// Services are the services of a namespace as they were last listed: no call.
func (f *Fleet) Services(namespaceID string) []names.Ref {
	for _, c := range f.all {
		if refs := c.CloudMap.Services(namespaceID); refs != nil {
			return refs
		}
	}
	return nil
}

// Service reads an ECS service.
func (f *Fleet) Service(ctx context.Context, src names.Source) (cutover.ECSService, error) {
	c, src, err := f.of(src)
	if err != nil {
		return cutover.ECSService{}, err
	}
	return c.ECS.Service(ctx, src)
}

// Scale sets the desired count of an ECS service.
func (f *Fleet) Scale(ctx context.Context, src names.Source, desired int) error {
	c, src, err := f.of(src)
	if err != nil {
		return err
	}
	return c.ECS.Scale(ctx, src, desired)
}

// Ref finds the name that an ECS service is registered in; a registry is always in
// the service's own account and region.
func (f *Fleet) Ref(ctx context.Context, src names.Source, registryID string) (names.Ref, error) {
	c, src, err := f.of(src)
	if err != nil {
		return names.Ref{}, err
	}
	return c.CloudMap.Ref(ctx, src, registryID)
}
