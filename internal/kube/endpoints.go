package kube

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/kube/pods"
	"github.com/tranship/tranship/internal/names"
)

// target reads a Service and its pods.
func target(ctx context.Context, r client.Reader, l *pods.Lister, key cutover.Key, now time.Time) names.Fact[cutover.Target] {
	var svc corev1.Service
	err := r.Get(ctx, client.ObjectKey{Namespace: key.Namespace, Name: key.Name}, &svc)
	switch {
	case apierrors.IsNotFound(err):
		return names.Known(cutover.Target{}, now)
	case err != nil:
		return names.Unknown[cutover.Target](fmt.Sprintf("Service %s: %v", key, err), now)
	}
	t := cutover.Target{Found: true, Headless: pods.Headless(&svc)}
	if len(svc.Spec.Selector) == 0 {
		return names.Known(t, now)
	}
	all, err := pods.Of(ctx, r, l, &svc)
	if err != nil {
		return names.Unknown[cutover.Target](fmt.Sprintf("pods of Service %s: %v", key, err), now)
	}
	t.Ports = pods.TargetPorts(&svc, all)
	for i := range all {
		e := pods.Endpoint(&all[i], &svc)
		if e.Zone, err = pods.Zone(ctx, r, all[i].Spec.NodeName); err != nil {
			return names.Unknown[cutover.Target](fmt.Sprintf("node of pod %s: %v", e.Pod, err), now)
		}
		t.Endpoints = append(t.Endpoints, e)
	}
	return names.Known(t, now)
}
