package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Claims says whether the pods of a Service get into a name, because the Service
// asks for one or because a migration leads to it. The pods of a Service whose
// name leads to a load balancer do not. An error means not known.
type Claims func(context.Context, *corev1.Service) (bool, error)

// Strays reads a namespace, or all with "", and finds the pods that wait for a
// name though no Service whose pods have one selects them: the annotation or the
// Service is gone, or the pod got other labels. Nobody would ever open their
// gates. Sorted.
//
// The reader's view must be complete, for Services that have not arrived yet make
// strays of their pods; a manager's cache waits for that by itself.
func Strays(ctx context.Context, r client.Reader, namespace string, claims Claims) ([]Pod, error) {
	// Pods first: a Service that comes in between is seen, and a pod that comes
	// in between is looked at next time.
	var all corev1.PodList
	if err := r.List(ctx, &all, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("pods that wait for a name: %w", err)
	}
	waiting := map[string][]*corev1.Pod{} // by namespace
	for i := range all.Items {
		if p := &all.Items[i]; Waits(p) {
			waiting[p.Namespace] = append(waiting[p.Namespace], p)
		}
	}
	var out []Pod
	for ns, pods := range waiting {
		var services corev1.ServiceList
		if err := r.List(ctx, &services, client.InNamespace(ns), client.UnsafeDisableDeepCopy); err != nil {
			return nil, fmt.Errorf("Services of namespace %s, whose pods wait for a name: %w", ns, err)
		}
		for _, p := range pods {
			ok, err := claimed(ctx, services.Items, p.Namespace, p.Labels, claims)
			if err != nil {
				return nil, err
			}
			if !ok {
				out = append(out, Of(p))
			}
		}
	}
	slices.SortFunc(out, Pod.compare)
	return out, nil
}

func (p Pod) compare(o Pod) int {
	return cmp.Or(cmp.Compare(p.Namespace, o.Namespace), cmp.Compare(p.Name, o.Name), cmp.Compare(p.UID, o.UID))
}

// claimed: one of the Services selects such a pod and claims a name for it. One
// that is not known counts only if no other one does.
func claimed(ctx context.Context, services []corev1.Service, namespace string, l map[string]string, claims Claims) (bool, error) {
	var errs []error
	for i := range services {
		s := &services[i]
		if !selects(s, namespace, l) {
			continue
		}
		switch ok, err := claims(ctx, s); {
		case err != nil:
			errs = append(errs, fmt.Errorf("whether Service %s/%s has a name: %w", s.Namespace, s.Name, err))
		case ok:
			return true, nil
		}
	}
	return false, errors.Join(errs...)
}

// selects: a Service without a selector has no pods of its own.
func selects(s *corev1.Service, namespace string, l map[string]string) bool {
	return s.Namespace == namespace && len(s.Spec.Selector) > 0 && labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(l))
}
