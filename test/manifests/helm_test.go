package manifests

import (
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/loader/archive"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/lint/support"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	"sigs.k8s.io/yaml"

	"github.com/tranship/tranship/internal/render"
)

// release is one chart with the values that belong to it.
type release struct {
	name, namespace string
	chart           string   // folder
	values          []string // files, the last wins
}

// releases are those of a form, in order.
func releases(f render.Files, form string) []release {
	var out []release
	for _, x := range f {
		dir, file := path.Split(x.Path)
		if !strings.HasPrefix(dir, form+"/services/") || file != "values.yaml" {
			continue
		}
		parts := strings.Split(strings.Trim(dir, "/"), "/")
		r := release{namespace: parts[2], name: parts[3], chart: strings.Trim(dir, "/"), values: []string{x.Path, dir + "values-production.yaml"}}
		if form == string(render.HelmOne) {
			r.chart = form + "/chart"
		}
		out = append(out, r)
	}
	return out
}

func (r release) override(t testing.TB, f render.Files, more map[string]any) map[string]any {
	t.Helper()
	out := map[string]any{}
	for _, p := range r.values {
		var v map[string]any
		if err := yaml.Unmarshal(f.Get(p).Data, &v); err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		out = loader.MergeMaps(out, v)
	}
	return loader.MergeMaps(out, more)
}

// template does what helm template does; it returns the objects, and what helm prints
// after an installation.
func (r release) template(t testing.TB, f render.Files, more map[string]any) (objects, string) {
	t.Helper()
	var files []*archive.BufferedFile
	for _, x := range f {
		if name, ok := strings.CutPrefix(x.Path, r.chart+"/"); ok {
			files = append(files, &archive.BufferedFile{Name: name, Data: x.Data})
		}
	}
	c, err := loader.LoadFiles(files)
	if err != nil {
		t.Fatalf("%s: %v", r.chart, err)
	}
	v, err := util.ToRenderValues(c, r.override(t, f, more), common.ReleaseOptions{Name: r.name, Namespace: r.namespace, Revision: 1, IsInstall: true}, nil)
	if err != nil {
		t.Fatalf("%s: %v", r.chart, err)
	}
	text, err := engine.Render(c, v)
	if err != nil {
		t.Fatalf("%s: %v", r.chart, err)
	}
	out, said := objects{}, ""
	for _, name := range slices.Sorted(maps.Keys(text)) {
		switch {
		case strings.HasSuffix(name, "NOTES.txt"):
			said = text[name]
			continue
		case strings.HasPrefix(path.Base(name), "_"):
			continue
		}
		list, err := read([]byte(text[name]))
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text[name])
		}
		out.add(t, name, list...)
	}
	return out, said
}

// TestChartsSayThePlainObjects: both forms, template and plain, are the same.
func TestChartsSayThePlainObjects(t *testing.T) {
	f := rendered(t, render.Options{Forms: []render.Form{render.YAML, render.Helm, render.HelmOne}}, samples(t))
	want := under(t, f, "yaml/")
	for _, form := range []string{string(render.Helm), string(render.HelmOne)} {
		got := under(t, f, form+"/fleet/")
		for _, r := range releases(f, form) {
			list, said := r.template(t, f, nil)
			maps.Copy(got, list)
			if !strings.Contains(said, r.name) || strings.Contains(said, "{{ .Release") {
				t.Errorf("%s prints %q", r.chart, said)
			}
		}
		same(t, form, want, got)
	}
}

func TestChartsPassLint(t *testing.T) {
	f := rendered(t, render.Options{Forms: []render.Form{render.Helm, render.HelmOne}}, samples(t))
	dir := filepath.Join(t.TempDir(), "out")
	if _, err := render.Write(dir, f, render.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{string(render.Helm), string(render.HelmOne)} {
		for _, r := range releases(f, form) {
			l := lint.RunAll(filepath.Join(dir, filepath.FromSlash(r.chart)), r.override(t, f, nil), r.namespace)
			for _, m := range l.Messages {
				// It would like an icon.
				if m.Severity > support.InfoSev {
					t.Errorf("helm lint %s: %v", r.chart, m)
				}
			}
		}
	}
}

// What people change through values reaches the object, and nothing else moves.
func TestValuesReachTheObjects(t *testing.T) {
	f := rendered(t, render.Options{Forms: []render.Form{render.Helm, render.HelmOne}}, samples(t)[:2])
	for form, more := range map[string]map[string]any{
		"helm": {
			"containers": map[string]any{"the-app": map[string]any{
				"image": "other:2", "env": map[string]any{"T1": "changed"}, "extraEnv": []any{map[string]any{"name": "MORE", "value": "1"}},
				"resources": map[string]any{"requests": map[string]any{"cpu": "2"}},
			}, "bare": map[string]any{"extraEnv": []any{map[string]any{"name": "MORE", "value": "1"}}, "resources": map[string]any{"requests": map[string]any{"cpu": "3"}}}},
			"pod":            map[string]any{"labels": map[string]any{"team": "x"}, "annotations": map[string]any{"b": "c"}, "affinity": map[string]any{"nodeAffinity": map[string]any{}}},
			"serviceAccount": map[string]any{"annotations": map[string]any{"more": "yes"}},
			"config":         map[string]any{"awkward.env": map[string]any{"t.1": "changed"}},
		},
		"helm-one": {
			"containers": map[string]any{"the-app": map[string]any{
				"image": "other:2", "env": map[string]any{"T1": "changed", "MORE": 1}, "resources": map[string]any{"requests": map[string]any{"cpu": "2"}},
			}, "bare": map[string]any{"env": map[string]any{"MORE": "1"}, "resources": map[string]any{"requests": map[string]any{"cpu": "3"}}}},
			"objects": map[string]any{
				"deployment-awkward": map[string]any{"spec": map[string]any{"template": map[string]any{
					"metadata": map[string]any{"labels": map[string]any{"team": "x"}, "annotations": map[string]any{"b": "c"}},
					"spec":     map[string]any{"affinity": map[string]any{"nodeAffinity": map[string]any{}}},
				}}},
				"serviceaccount-awkward": map[string]any{"metadata": map[string]any{"annotations": map[string]any{"more": "yes"}}},
				"configmap-awkward.env":  map[string]any{"data": map[string]any{"t.1": "changed"}},
			},
		},
	} {
		t.Run(form, func(t *testing.T) {
			r := releases(f, form)[0]
			r.namespace = "elsewhere"
			got, _ := r.template(t, f, more)
			pod := got["apps/Deployment/elsewhere/awkward"]["spec"].(map[string]any)["template"].(map[string]any)
			text := fmt.Sprint(pod)
			for _, want := range []string{"image:other:2", "name:T1 value:changed", "name:MORE value:1", "cpu:2", "cpu:3", "team:x", "b:c", "nodeAffinity"} {
				if !strings.Contains(text, want) {
					t.Errorf("%s is not in %s", want, text)
				}
			}
			if !strings.Contains(fmt.Sprint(got["/ServiceAccount/elsewhere/awkward"]), "more:yes") ||
				!strings.Contains(fmt.Sprint(got["/ConfigMap/elsewhere/awkward.env"]), "t.1:changed") {
				t.Error("the ServiceAccount or the ConfigMap has nothing of it")
			}
			if len(got) != 3 {
				t.Errorf("%d objects", len(got))
			}
		})
	}
}
