package kube

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
)

// Gather reads everything about a name: its migrations, their Services and
// pods, and the Services that claim it by annotation.
func (s *Store) Gather(ctx context.Context, ref names.Ref) (cutover.Gathered, error) {
	g := cutover.Gathered{Targets: map[cutover.Key]names.Fact[cutover.Target]{}}
	migrations, claimants := s.Directory.Of(ref)
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
	g.Partial, g.Unresolved = s.Directory.Unknown()
	at := s.Clock.Now()
	g.Endpoints = names.Known[[]names.Endpoint](nil, at)
	for _, k := range claimants {
		if targets[k] {
			continue // its migration speaks for it
		}
		if err := s.gatherClaimant(ctx, &g, k, ref, at); err != nil {
			return g, err
		}
	}
	// A pod may be behind two Services, of which the first counts.
	slices.SortStableFunc(g.Endpoints.V, func(a, b names.Endpoint) int { return cmp.Compare(a.ID(), b.ID()) })
	g.Endpoints.V = slices.CompactFunc(g.Endpoints.V, func(a, b names.Endpoint) bool { return a.ID() == b.ID() })
	return g, nil
}

// gatherClaimant adds what one object asks of a name, and what could serve it.
func (s *Store) gatherClaimant(ctx context.Context, g *cutover.Gathered, k cutover.Key, ref names.Ref, at time.Time) error {
	obj, err := s.object(ctx, k)
	if err != nil || obj == nil {
		return err
	}
	c := cutover.Claimant{Key: k, Awaited: s.Directory.Awaited(k), Open: obj.GetAnnotations()[v1alpha1.AnnotationJoin] == "true"}
	if text := obj.GetAnnotations()[v1alpha1.AnnotationHandover]; text != "" {
		if c.Handover, err = ParseHandover(text); err != nil && s.told.fresh(k, v1alpha1.AnnotationHandover, text) {
			s.Event(obj, cutover.Event{Warning: true, Reason: "NotReadable", Message: err.Error()})
		}
	}
	for _, claim := range s.Directory.Claims(k, ref) {
		if t := claim.Wish.TTL; t != nil && (c.TTL == nil || *t < *c.TTL) {
			c.TTL = t
		}
		f := s.Source.Endpoints(ctx, s.Client, claim.Wish, at)
		if !f.OK() {
			g.Endpoints = names.Unknown[[]names.Endpoint](f.Unknown, at)
			continue
		}
		if !g.Endpoints.OK() {
			continue
		}
		attributes := extra(obj)
		for _, e := range f.V {
			e.Extra = attributes
			g.Endpoints.V = append(g.Endpoints.V, e)
		}
	}
	g.Claimants = append(g.Claimants, c)
	return nil
}

// extra are the attributes that a person wants the instances to have, for API
// consumers that filter on them: annotations tranship.dev/attribute.KEY.
func extra(obj client.Object) map[string]string {
	var out map[string]string
	for k, v := range obj.GetAnnotations() {
		if key, ok := strings.CutPrefix(k, v1alpha1.AnnotationAttribute); ok && key != "" {
			if out == nil {
				out = map[string]string{}
			}
			out[key] = v
		}
	}
	return out
}

// ParseHandover reads the annotation of a hand-over.
func ParseHandover(text string) (*cutover.Handover, error) {
	h := cutover.Handover{}
	direction, rest, _ := strings.Cut(text, ",")
	switch direction {
	case "to=external-dns":
		h.To = true
	case "from=external-dns":
	default:
		return nil, fmt.Errorf("annotation %s: %q is neither to=external-dns,owner=ID nor from=external-dns,owner=ID", v1alpha1.AnnotationHandover, text)
	}
	owner, ok := strings.CutPrefix(rest, "owner=")
	if rest != "" && !ok || h.To && owner == "" {
		return nil, fmt.Errorf("annotation %s: %q names no owner=ID, the --txt-owner-id of ExternalDNS", v1alpha1.AnnotationHandover, text)
	}
	h.Owner = owner
	return &h, nil
}
