package controller

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiextv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/tranship/tranship/api/v1alpha1/crds"
)

// install creates or updates the definitions, and the namespace of the lease,
// and waits until the API server serves them.
func install(ctx context.Context, c client.Client, namespace string) error {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
	if err := c.Create(ctx, ns); err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("create namespace %s: %w", namespace, err)
	}
	files, err := fs.Glob(crds.FS, "*.yaml")
	if err != nil {
		return err
	}
	for _, f := range files {
		b, err := fs.ReadFile(crds.FS, f)
		if err != nil {
			return err
		}
		var want apiextv1.CustomResourceDefinition
		if err := yaml.UnmarshalStrict(b, &want); err != nil {
			return fmt.Errorf("%s: %w", f, err)
		}
		if err := apply(ctx, c, want); err != nil {
			return fmt.Errorf("CustomResourceDefinition %s: %w", want.Name, err)
		}
	}
	return nil
}

func apply(ctx context.Context, c client.Client, want apiextv1.CustomResourceDefinition) error {
	var have apiextv1.CustomResourceDefinition
	err := c.Get(ctx, client.ObjectKey{Name: want.Name}, &have)
	switch {
	case apierrors.IsNotFound(err):
		if err := c.Create(ctx, want.DeepCopy()); err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	case err != nil:
		return err
	default:
		have.Spec = want.Spec
		if err := c.Update(ctx, &have); err != nil && !apierrors.IsConflict(err) {
			return err
		}
	}
	err = wait.PollUntilContextTimeout(ctx, 200*time.Millisecond, 30*time.Second, true, func(ctx context.Context) (bool, error) {
		if err := c.Get(ctx, client.ObjectKey{Name: want.Name}, &have); err != nil {
			return false, client.IgnoreNotFound(err)
		}
		for _, x := range have.Status.Conditions {
			if x.Type == apiextv1.Established && x.Status == apiextv1.ConditionTrue {
				return true, nil
			}
		}
		return false, nil
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("it was not established within 30 s")
	}
	return err
}
