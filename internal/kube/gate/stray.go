package gate

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Claims says whether a Service leads to a name, by annotation or because a
// migration leads to it.
type Claims func(*corev1.Service) bool

// Strays are the pods that wait for a name though no Service that claims one
// selects them: the annotation or the Service is gone, or the pod got other
// labels. Nobody would ever open their gates. Sorted.
func Strays(pods []corev1.Pod, services []corev1.Service, claims Claims) []Pod {
	var out []Pod
	for i := range pods {
		p := &pods[i]
		if Waits(p) && !slices.ContainsFunc(services, func(s corev1.Service) bool { return selects(&s, p.Namespace, p.Labels) && claims(&s) }) {
			out = append(out, Of(p))
		}
	}
	slices.SortFunc(out, func(a, b Pod) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name), cmp.Compare(a.UID, b.UID))
	})
	return out
}

// FindStrays reads a namespace, or all with "", and returns its strays. The
// reader's view must be complete: Services that have not arrived yet make strays
// of their pods. A manager's cache waits for that by itself.
func FindStrays(ctx context.Context, r client.Reader, namespace string, claims Claims) ([]Pod, error) {
	// Pods first: a Service that comes in between is seen, and a pod that comes
	// in between is looked at next time.
	var pods corev1.PodList
	if err := r.List(ctx, &pods, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("pods that wait for a name: %w", err)
	}
	if !slices.ContainsFunc(pods.Items, func(p corev1.Pod) bool { return Waits(&p) }) {
		return nil, nil
	}
	var services corev1.ServiceList
	if err := r.List(ctx, &services, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("Services of pods that wait for a name: %w", err)
	}
	return Strays(pods.Items, services.Items, claims), nil
}

// selects: a Service without a selector has no pods of its own.
func selects(s *corev1.Service, namespace string, l map[string]string) bool {
	return s.Namespace == namespace && len(s.Spec.Selector) > 0 && labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(l))
}
