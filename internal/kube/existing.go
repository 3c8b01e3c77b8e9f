package kube

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/kube/gate"
	"github.com/tranship/tranship/internal/names"
)

// Existing are those of the instances whose pod still exists and has not ended:
// its address is not anybody else's yet.
func (s *Store) Existing(ctx context.Context, instances []names.Instance) ([]names.ID, error) {
	var out []names.ID
	for _, i := range instances {
		uid, k := i.Attributes[names.AttrPodUID], client.ObjectKey{Namespace: i.Attributes[names.AttrNamespace], Name: i.Attributes[names.AttrPod]}
		if uid == "" || k.Name == "" {
			continue
		}
		var p corev1.Pod
		switch err := s.Client.Get(ctx, k, &p); {
		case apierrors.IsNotFound(err):
		case err != nil:
			return nil, fmt.Errorf("pod %s: %w", k, err)
		case string(p.UID) == uid && p.Status.Phase != corev1.PodSucceeded && p.Status.Phase != corev1.PodFailed:
			out = append(out, i.ID)
		}
	}
	return out, nil
}

// Open opens readiness gates. One that fails does not stop the others.
func (s *Store) Open(ctx context.Context, openings []cutover.Opening) error {
	if s.Gates == nil {
		return nil
	}
	var errs []error
	for _, o := range openings {
		pod := gate.Pod{Namespace: o.Pod.Namespace, Name: o.Pod.Pod, UID: types.UID(o.Pod.UID)}
		errs = append(errs, s.Gates.Open(ctx, []gate.Pod{pod}, gate.Reason(o.Reason), o.Text))
	}
	return errors.Join(errs...)
}
