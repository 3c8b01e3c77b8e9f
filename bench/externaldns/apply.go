package externaldns

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Apply creates every object in the YAML files, in the given Kubernetes namespace.
func Apply(ctx context.Context, kubeconfig, namespace string, files fs.FS) error {
	cfg, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return fmt.Errorf("apply: %w", err)
	}
	c, err := client.New(cfg, client.Options{})
	if err != nil {
		return fmt.Errorf("apply: %w", err)
	}
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return err
	}
	for _, name := range names {
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		for dec := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(b), 4096); ; {
			var u unstructured.Unstructured
			if err := dec.Decode(&u.Object); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			u.SetNamespace(namespace)
			if err := c.Create(ctx, &u); err != nil {
				return fmt.Errorf("%s: %s %s: %w", name, u.GetKind(), u.GetName(), err)
			}
		}
	}
	return nil
}
