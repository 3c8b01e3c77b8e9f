package kube

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/kube/gate"
	"github.com/tranship/tranship/internal/kube/source"
)

var _ gate.Claims = (*Store)(nil).NamesPods

// NamesPods says that the pods of a Service get into a name: it asks for one in
// which they are, or a migration leads to it. It reads the cache alone, and not
// the Directory, which only the leader fills: every replica may ask.
func (s *Store) NamesPods(ctx context.Context, svc *corev1.Service) (bool, error) {
	wishes, _, err := s.Source.Service(ctx, s.Client, svc)
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(wishes, func(w source.Wish) bool { return w.Pods }) {
		return true, nil
	}
	var all v1alpha1.ServiceMigrationList
	if err := s.Client.List(ctx, &all, client.InNamespace(svc.Namespace), client.UnsafeDisableDeepCopy); err != nil {
		return false, fmt.Errorf("migrations of namespace %s: %w", svc.Namespace, err)
	}
	return slices.ContainsFunc(all.Items, func(m v1alpha1.ServiceMigration) bool { return m.Spec.Target.Service == svc.Name }), nil
}
