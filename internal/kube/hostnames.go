package kube

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/kube/pods"
)

// Hostnames are the names a headless Service claims, in either spelling of the
// annotation, sorted.
func Hostnames(svc *corev1.Service) []string {
	if !pods.Headless(svc) {
		return nil
	}
	var out []string
	for _, a := range []string{v1alpha1.AnnotationHostname, v1alpha1.AnnotationExternalDNSHostname} {
		for h := range strings.SplitSeq(svc.Annotations[a], ",") {
			if h = hostname(h); h != "" {
				out = append(out, h)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// hostname is a DNS name in the one spelling in which names are compared.
func hostname(s string) string {
	return strings.ToLower(strings.TrimSuffix(strings.TrimSpace(s), "."))
}

// claim adds a name to those that a Service claims; changed is false where it
// claims it already. Others, such as one for ExternalDNS, stay.
func claim(svc *corev1.Service, host string) (changed bool) {
	if slices.Contains(Hostnames(svc), hostname(host)) {
		return false
	}
	if svc.Annotations == nil {
		svc.Annotations = map[string]string{}
	}
	if old := strings.TrimRight(svc.Annotations[v1alpha1.AnnotationHostname], " ,"); old != "" {
		host = old + "," + host
	}
	svc.Annotations[v1alpha1.AnnotationHostname] = host
	return true
}
