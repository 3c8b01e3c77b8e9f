package manifests

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/tranship/tranship/internal/convert"
	"github.com/tranship/tranship/internal/render"
)

// What is written reads back as the object that the conversion made: into its own Go
// type, and strictly.
func TestPlainSaysWhatTheConversionMade(t *testing.T) {
	results := samples(t)
	have := under(t, rendered(t, render.Options{}, results), "yaml/")
	seen := 0
	for _, r := range results {
		for _, o := range r.Objects {
			u, ok := o.Object.(*unstructured.Unstructured)
			if !ok {
				u = &unstructured.Unstructured{Object: trimmed(t, o.Object)}
			}
			k := objects{}
			k.add(t, "", u)
			for key := range k {
				if have[key] == nil {
					t.Errorf("%s is not there", key)
					continue
				}
				seen++
				if d := differs(t, o, have[key]); d != "" {
					t.Errorf("%s is not what the conversion made:\n%s", key, d)
				}
			}
		}
	}
	t.Logf("%d objects of %d services", seen, len(results))
}

func differs(t testing.TB, want convert.Object, got map[string]any) string {
	t.Helper()
	if u, ok := want.Object.(*unstructured.Unstructured); ok {
		return cmp.Diff(trimmed(t, u.Object), got)
	}
	data, err := yaml.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	back := reflect.New(reflect.TypeOf(want.Object).Elem()).Interface()
	if err := yaml.UnmarshalStrict(data, back); err != nil {
		return err.Error()
	}
	if !equality.Semantic.DeepEqual(want.Object, back) {
		return cmp.Diff(trimmed(t, want.Object), trimmed(t, back))
	}
	return ""
}
