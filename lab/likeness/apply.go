package likeness

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/restmapper"

	"github.com/tranship/tranship/lab"
)

// manager owns what is applied, as kubectl's --field-manager.
const manager = "likeness"

// applier applies manifests as `kubectl apply --server-side --validate=strict` does.
type applier struct {
	dynamic dynamic.Interface
	mapper  *restmapper.DeferredDiscoveryRESTMapper
}

func newApplier(k kubernetes.Interface, d dynamic.Interface) *applier {
	return &applier{dynamic: d, mapper: restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(k.Discovery()))}
}

// apply applies one object.
func (a *applier) apply(ctx context.Context, u *unstructured.Unstructured) error {
	fail := func(err error) error {
		return fmt.Errorf("apply %s %s/%s: %w", u.GetKind(), u.GetNamespace(), u.GetName(), err)
	}
	kind := u.GroupVersionKind()
	m, err := a.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		a.mapper.Reset() // it may have been installed since
		if m, err = a.mapper.RESTMapping(kind.GroupKind(), kind.Version); err != nil {
			return fail(err)
		}
	}
	var to dynamic.ResourceInterface = a.dynamic.Resource(m.Resource)
	if m.Scope.Name() == "namespace" {
		to = a.dynamic.Resource(m.Resource).Namespace(u.GetNamespace())
	}
	b, err := json.Marshal(u)
	if err != nil {
		return fail(err)
	}
	force := true
	if _, err := to.Patch(ctx, u.GetName(), types.ApplyPatchType, b, metav1.PatchOptions{
		FieldManager: manager, FieldValidation: metav1.FieldValidationStrict, Force: &force,
	}); err != nil {
		return fail(err)
	}
	return nil
}

// documents are the objects of a YAML file, in their order.
func documents(b []byte) ([]*unstructured.Unstructured, error) {
	var out []*unstructured.Unstructured
	for d := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(b), 4096); ; {
		u := &unstructured.Unstructured{}
		if err := d.Decode(&u.Object); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, err
		}
		if len(u.Object) > 0 {
			out = append(out, u)
		}
	}
}

// file is a YAML file with its objects.
type file struct {
	name    string
	objects []*unstructured.Unstructured
}

// manifests are the YAML files below a folder, in the order in which kubectl apply -R
// goes through them.
func manifests(dir string) ([]file, error) {
	var out []file
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(path)) {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f := file{name: path}
		if f.objects, err = documents(b); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		out = append(out, f)
		return nil
	})
	return out, err
}

// install applies definitions, and waits until the API server serves them.
func (a *applier) install(ctx context.Context, src fs.FS) error {
	files, err := fs.Glob(src, "*.yaml")
	if err != nil {
		return err
	}
	for _, f := range files {
		b, err := fs.ReadFile(src, f)
		if err != nil {
			return err
		}
		all, err := documents(b)
		if err != nil {
			return fmt.Errorf("%s: %w", f, err)
		}
		for _, u := range all {
			if err := a.apply(ctx, u); err != nil {
				return err
			}
			if err := a.established(ctx, u); err != nil {
				return err
			}
		}
	}
	a.mapper.Reset()
	return nil
}

// established waits for a definition.
func (a *applier) established(ctx context.Context, u *unstructured.Unstructured) error {
	m, err := a.mapper.RESTMapping(u.GroupVersionKind().GroupKind(), u.GroupVersionKind().Version)
	if err != nil {
		return err
	}
	for range 100 {
		got, err := a.dynamic.Resource(m.Resource).Get(ctx, u.GetName(), metav1.GetOptions{})
		if err != nil {
			return err
		}
		conds, _, _ := unstructured.NestedSlice(got.Object, "status", "conditions")
		for _, c := range conds {
			if m, ok := c.(map[string]any); ok && m["type"] == "Established" && m["status"] == "True" {
				return nil
			}
		}
		if err := lab.Pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("the definition %s is not served", u.GetName())
}
