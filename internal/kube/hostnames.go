package kube

import (
	"context"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/kube/source"
)

// claims says that a Service asks for a name.
func (s *Store) claims(ctx context.Context, svc *corev1.Service, host string) (bool, error) {
	wishes, _, err := s.Source.Service(ctx, s.Client, svc)
	return slices.ContainsFunc(wishes, func(w source.Wish) bool { return w.Host == host }), err
}

// claim adds a name to those that a Service asks for; changed is false where it
// does already. Others, such as one for ExternalDNS, stay.
func (s *Store) claim(ctx context.Context, svc *corev1.Service, host string) (changed bool, err error) {
	host = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(host), "."))
	if has, err := s.claims(ctx, svc, host); err != nil || has {
		return false, err
	}
	if svc.Annotations == nil {
		svc.Annotations = map[string]string{}
	}
	all := host
	if old := strings.TrimRight(svc.Annotations[v1alpha1.AnnotationHostname], " ,"); old != "" {
		all = old + "," + host
	}
	svc.Annotations[v1alpha1.AnnotationHostname] = all
	return true, nil
}
