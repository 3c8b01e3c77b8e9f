package engine

import (
	"context"
	"fmt"

	"github.com/tranship/tranship/internal/names"
)

// Resolve finds the name that a migration is about: the Cloud Map service that
// the ECS service is registered in.
func Resolve(ctx context.Context, svcs Services, resolver Resolver, src names.Source) (names.Ref, error) {
	svc, err := svcs.Service(ctx, src)
	if err != nil {
		return names.Ref{}, err
	}
	if svc.RegistryID == "" {
		return names.Ref{}, fmt.Errorf("ECS service %s has no service registry: it has no name in Cloud Map to move (%w)", src, names.ErrInvalid)
	}
	ref, err := resolver.Ref(ctx, src, svc.RegistryID)
	if err != nil {
		return names.Ref{}, fmt.Errorf("Cloud Map service %s, the registry of ECS service %s: %w", svc.RegistryID, src, err)
	}
	return ref, nil
}
