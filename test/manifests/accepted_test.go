package manifests

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/restmapper"

	"github.com/tranship/tranship/internal/render"
	"github.com/tranship/tranship/lab/cluster"
	"github.com/tranship/tranship/lab/cluster/clustertest"
)

// server is an API server with the definitions installed.
type server struct {
	client dynamic.Interface
	mapper meta.RESTMapper
}

func newServer(t *testing.T) *server {
	t.Helper()
	if dir, err := cluster.Built(t.Context()); err != nil || dir == "" {
		t.Skipf("THE CONTROL PLANE IS NOT BUILT (%v), so no API server saw the manifests: run `make controlplane` once", err)
	}
	cfg := clustertest.Start(t)
	client, err := dynamic.NewForConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{client: client}
	list, err := definitions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		if err := s.install(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	d, err := discovery.NewDiscoveryClientForConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	groups, err := restmapper.GetAPIGroupResources(d)
	if err != nil {
		t.Fatal(err)
	}
	s.mapper = restmapper.NewDiscoveryRESTMapper(groups)
	return s
}

// install creates a definition and waits until it is served.
func (s *server) install(ctx context.Context, d *unstructured.Unstructured) error {
	at := s.client.Resource(schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"})
	if _, err := at.Create(ctx, d, metav1.CreateOptions{FieldValidation: metav1.FieldValidationIgnore}); err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("install %s: %w", d.GetName(), err)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute) // only if it hangs
	defer cancel()
	w, err := at.Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + d.GetName()})
	if err != nil {
		return err
	}
	defer w.Stop()
	for e := range w.ResultChan() {
		u, ok := e.Object.(*unstructured.Unstructured)
		if !ok {
			continue
		}
		status, _ := u.Object["status"].(map[string]any)
		conditions, _ := status["conditions"].([]any) // null at first
		for _, c := range conditions {
			if c, ok := c.(map[string]any); ok && c["type"] == "Established" && c["status"] == "True" {
				return nil
			}
		}
	}
	return fmt.Errorf("%s is not served: %w", d.GetName(), ctx.Err())
}

// apply sends an object as kubectl apply --server-side does; field by field, an
// unknown one is an error.
func (s *server) apply(ctx context.Context, o map[string]any, dry bool) error {
	u := &unstructured.Unstructured{Object: o}
	gvk := u.GroupVersionKind()
	m, err := s.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if err != nil {
		return err
	}
	data, err := json.Marshal(o)
	if err != nil {
		return err
	}
	force := true
	p := metav1.PatchOptions{FieldManager: "manifests", Force: &force, FieldValidation: metav1.FieldValidationStrict}
	if dry {
		p.DryRun = []string{metav1.DryRunAll}
	}
	at := s.client.Resource(m.Resource)
	if m.Scope.Name() == meta.RESTScopeNameNamespace {
		_, err = at.Namespace(u.GetNamespace()).Patch(ctx, u.GetName(), types.ApplyPatchType, data, p)
		return err
	}
	_, err = at.Patch(ctx, u.GetName(), types.ApplyPatchType, data, p)
	return err
}

// everything are the objects of all forms. What is alike, the API server sees once.
func everything(t *testing.T) objects {
	t.Helper()
	results := samples(t)
	out := objects{}
	take := func(form string, o objects) {
		for k, v := range o {
			if have := out[k]; have != nil && !alike(have, v) {
				k = form + ": " + k
			}
			out[k] = v
		}
	}
	f := rendered(t, render.Options{Forms: []render.Form{render.YAML, render.Kustomize, render.Helm, render.HelmOne}}, results)
	take("yaml", under(t, f, "yaml/"))
	take("kustomize", built(t, f, "kustomize/environments/production"))
	for _, form := range []string{"helm", "helm-one"} {
		take(form, under(t, f, form+"/fleet/"))
		for _, r := range releases(f, form) {
			list, _ := r.template(t, f, nil)
			take(form, list)
		}
	}
	for _, below := range []render.Form{render.YAML, render.Kustomize, render.Helm, render.HelmOne} {
		f := rendered(t, render.Options{Forms: []render.Form{below, render.ArgoCD, render.Flux}, Repository: render.Repository{Path: "clusters/a"}}, results)
		take("argocd over "+string(below), under(t, f, "argocd/"))
		take("flux over "+string(below), under(t, f, "flux/"))
	}
	f = rendered(t, render.Options{Forms: []render.Form{render.YAML, render.Flux}, Repository: render.Repository{URL: "oci://registry.example/fleet"}}, results)
	take("flux from a registry", under(t, f, "flux/"))
	return out
}

func alike(a, b map[string]any) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && string(x) == string(y)
}

// TestAccepted: a real API server takes every object of every form.
func TestAccepted(t *testing.T) {
	s := newServer(t)
	all := everything(t)
	for _, ns := range []string{"argocd", "flux-system"} {
		all["/Namespace//"+ns] = map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": ns}}
	}
	keys := slices.Sorted(maps.Keys(all))
	// A dry run needs the namespace that it runs in.
	for _, k := range keys {
		if all[k]["kind"] == "Namespace" {
			if err := s.apply(t.Context(), all[k], false); err != nil {
				t.Errorf("%s: %v", k, err)
			}
		}
	}
	kinds := map[string]int{}
	for _, k := range keys {
		kinds[fmt.Sprint(all[k]["kind"])]++
		if err := s.apply(t.Context(), all[k], true); err != nil {
			t.Errorf("%s: %v", k, err)
		}
	}
	t.Logf("%d objects: %v", len(all), kinds)
}

// The server is strict: what is wrong is refused, so what is taken was looked at.
func TestStrict(t *testing.T) {
	s := newServer(t)
	ns := map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "strict"}}
	if err := s.apply(t.Context(), ns, false); err != nil {
		t.Fatal(err)
	}
	list, err := definitions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{"Deployment": "apps/v1", "Service": "v1", "ConfigMap": "v1"}
	for _, d := range list {
		group, _, _ := unstructured.NestedString(d.Object, "spec", "group")
		kind, _, _ := unstructured.NestedString(d.Object, "spec", "names", "kind")
		versions, _, _ := unstructured.NestedSlice(d.Object, "spec", "versions")
		for _, v := range versions {
			if v := v.(map[string]any); v["served"] == true {
				kinds[kind] = group + "/" + v["name"].(string)
			}
		}
	}
	for kind, apiVersion := range kinds {
		o := map[string]any{
			"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"name": "x", "namespace": "strict"},
			"spec": map[string]any{"nobodyKnowsThis": "x"},
		}
		if err := s.apply(t.Context(), o, true); err == nil {
			t.Errorf("%s takes a field that it does not have", kind)
		}
	}
}
