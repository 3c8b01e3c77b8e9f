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
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/api/v1alpha1/crds"
)

// Install applies the definitions, creates the namespace of the lease, and waits
// until the API server serves them. It needs an administrator's rights.
func Install(ctx context.Context, cfg *rest.Config, namespace string) error {
	scheme := runtime.NewScheme()
	if err := errors.Join(corev1.AddToScheme(scheme), apiextv1.AddToScheme(scheme)); err != nil {
		return err
	}
	c, err := client.New(cfg, client.Options{Scheme: scheme})
	if err != nil {
		return err
	}
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
		want := &unstructured.Unstructured{}
		if err := yaml.UnmarshalStrict(b, &want.Object); err != nil {
			return fmt.Errorf("%s: %w", f, err)
		}
		if err := c.Apply(ctx, client.ApplyConfigurationFromUnstructured(want), client.FieldOwner("tranship"), client.ForceOwnership); err != nil {
			return fmt.Errorf("apply CustomResourceDefinition %s: %w", want.GetName(), err)
		}
		if err := established(ctx, c, want.GetName()); err != nil {
			return fmt.Errorf("CustomResourceDefinition %s: %w", want.GetName(), err)
		}
	}
	return nil
}

// established waits until the API server serves a definition.
func established(ctx context.Context, c client.Client, name string) error {
	const most = 30 * time.Second
	err := wait.PollUntilContextTimeout(ctx, 200*time.Millisecond, most, true, func(ctx context.Context) (bool, error) {
		var have apiextv1.CustomResourceDefinition
		if err := c.Get(ctx, client.ObjectKey{Name: name}, &have); err != nil {
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
		return fmt.Errorf("it was not established within %s", most)
	}
	return err
}

// served says in one line what to do if the API server does not know migrations.
func served(c client.Client) error {
	_, err := c.RESTMapper().RESTMapping(schema.GroupKind{Group: v1alpha1.GroupVersion.Group, Kind: "ServiceMigration"}, v1alpha1.GroupVersion.Version)
	switch {
	case meta.IsNoMatchError(err):
		return errors.New("the cluster has no CustomResourceDefinition servicemigrations.tranship.dev: apply it, or run once with --install-crds")
	case err != nil:
		return fmt.Errorf("Kubernetes: %w", err)
	}
	return nil
}
