package kube

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/tranship/tranship/api/v1alpha1"
)

func TestHostnames(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*corev1.Service)
		want   []string
	}{
		"none": {func(*corev1.Service) {}, nil},
		"both spellings, a list": {func(s *corev1.Service) {
			s.Annotations[v1alpha1.AnnotationHostname] = " b.x ,,A.x."
			s.Annotations[v1alpha1.AnnotationExternalDNSHostname] = "a.x"
		}, []string{"a.x", "b.x"}},
		"with a cluster address": {func(s *corev1.Service) {
			s.Spec.ClusterIP = "10.96.0.1"
			s.Annotations[v1alpha1.AnnotationHostname] = "a.x"
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := service("orders")
			s.Annotations = map[string]string{}
			c.change(s)
			if diff := cmp.Diff(c.want, Hostnames(s)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
