package kube

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
)

// Gather reads everything about a name: its migrations, their Services and
// pods, and the Services that claim it by annotation.
func (s *Store) Gather(ctx context.Context, ref names.Ref) (cutover.Gathered, error) {
	g := cutover.Gathered{Targets: map[cutover.Key]names.Fact[cutover.Target]{}}
	migrations, services := s.Directory.Of(ref)
	targets := map[cutover.Key]bool{}
	for _, k := range migrations {
		m, err := s.get(ctx, k)
		if err != nil {
			return g, err
		}
		if m == nil {
			continue // deleted
		}
		em, problems := migrationOf(m, s.Home)
		s.complain(k, m, problems)
		if em.Deleting {
			if em.Terminating, err = s.terminating(ctx, k.Namespace); err != nil {
				return g, err
			}
		}
		g.Migrations = append(g.Migrations, em)
		svc := cutover.Key{Namespace: k.Namespace, Name: m.Spec.Target.Service}
		targets[svc] = true
		g.Targets[k] = target(ctx, s.Client, s.Pods, svc, s.Clock.Now())
	}
	at := s.Clock.Now()
	g.Endpoints = names.Known[[]names.Endpoint](nil, at)
	for _, k := range services {
		if targets[k] || s.Directory.Targeted(k) {
			continue // its migration speaks for it
		}
		var svc corev1.Service
		if err := s.Client.Get(ctx, objectKey(k), &svc); err != nil {
			if apierrors.IsNotFound(err) {
				continue
			}
			return g, fmt.Errorf("Service %s: %w", k, err)
		}
		c := cutover.Claimant{Key: k, Open: svc.Annotations[v1alpha1.AnnotationJoin] == "true"}
		g.Claimants = append(g.Claimants, c)
		t := target(ctx, s.Client, s.Pods, k, s.Clock.Now())
		if !t.OK() {
			g.Endpoints = names.Unknown[[]names.Endpoint](t.Unknown, at)
			continue
		}
		for _, e := range t.V.Endpoints { // a pod may be behind two Services
			if !slices.ContainsFunc(g.Endpoints.V, func(x names.Endpoint) bool { return x.UID == e.UID }) {
				g.Endpoints.V = append(g.Endpoints.V, e)
			}
		}
	}
	return g, nil
}

