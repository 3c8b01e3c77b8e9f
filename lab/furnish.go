package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	apiextv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1/crds"
	"github.com/tranship/tranship/deploy"
)

// LeaseNamespace is where the controller keeps its Lease.
const LeaseNamespace = "tranship-system"

// ServiceAccount of the controller, as deploy/rbac.yaml binds it.
const ServiceAccount = "system:serviceaccount:" + LeaseNamespace + ":tranship"

// furnish installs what an administrator installs, the definitions and the
// rights, and returns a kubeconfig that has these rights and no more.
func (l *Lab) furnish(ctx context.Context) (kubeconfig string, err error) {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: LeaseNamespace}}
	if _, err := l.kube.CoreV1().Namespaces().Create(ctx, ns, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return "", err
	}
	c, err := client.New(l.cluster.RESTConfig, client.Options{})
	if err != nil {
		return "", err
	}
	for _, src := range []fs.FS{crds.FS, deploy.FS} {
		if err := apply(ctx, c, src); err != nil {
			return "", err
		}
	}
	if err := l.await(ctx, func() error {
		var crd unstructured.Unstructured
		crd.SetAPIVersion(apiextv1.SchemeGroupVersion.String())
		crd.SetKind("CustomResourceDefinition")
		if err := c.Get(ctx, client.ObjectKey{Name: "servicemigrations.tranship.dev"}, &crd); err != nil {
			return err
		}
		conds, _, _ := unstructured.NestedSlice(crd.Object, "status", "conditions")
		for _, x := range conds {
			if m, ok := x.(map[string]any); ok && m["type"] == "Established" && m["status"] == "True" {
				return nil
			}
		}
		return errors.New("the CustomResourceDefinition is not established")
	}); err != nil {
		return "", err
	}
	kubeconfig = filepath.Join(l.dir, "controller.kubeconfig")
	return kubeconfig, l.cluster.WriteKubeconfig(kubeconfig, ServiceAccount,
		"system:serviceaccounts", "system:serviceaccounts:"+LeaseNamespace, "system:authenticated")
}

// apply creates every object in the YAML files of a folder.
func apply(ctx context.Context, c client.Client, src fs.FS) error {
	files, err := fs.Glob(src, "*.yaml")
	if err != nil {
		return err
	}
	for _, f := range files {
		b, err := fs.ReadFile(src, f)
		if err != nil {
			return err
		}
		dec := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(b), 4096)
		for {
			var u unstructured.Unstructured
			if err := dec.Decode(&u.Object); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return fmt.Errorf("%s: %w", f, err)
			}
			if len(u.Object) == 0 {
				continue
			}
			if err := c.Create(ctx, &u); err != nil && !apierrors.IsAlreadyExists(err) {
				return fmt.Errorf("%s: %s %s: %w", f, u.GetKind(), u.GetName(), err)
			}
		}
	}
	return nil
}

// writeReady fills in what others need to find the lab.
func (l *Lab) writeReady() {
	l.Ready.Region, l.Ready.AccountID = l.Options.Region, Account
	l.Ready.ECSCluster, l.Ready.Namespace, l.Ready.Port = ECSCluster, l.Options.Namespace, Port
	if l.cluster != nil {
		l.Ready.Kubeconfig = l.cluster.Kubeconfig
	}
}
