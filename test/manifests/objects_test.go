package manifests

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tranship/tranship/internal/render"
)

// objects are those of some files, by what tells them apart in a cluster.
type objects map[string]map[string]any

func (o objects) add(t testing.TB, where string, list ...*unstructured.Unstructured) {
	t.Helper()
	for _, u := range list {
		k := strings.Join([]string{u.GroupVersionKind().Group, u.GetKind(), u.GetNamespace(), u.GetName()}, "/")
		if o[k] != nil {
			t.Errorf("%s: %s is there twice", where, k)
		}
		o[k] = u.Object
	}
}

// under are the objects of all YAML files of a form.
func under(t testing.TB, f render.Files, prefix string) objects {
	t.Helper()
	out := objects{}
	for _, x := range f {
		if !strings.HasPrefix(x.Path, prefix) || !strings.HasSuffix(x.Path, ".yaml") {
			continue
		}
		list, err := read(x.Data)
		if err != nil {
			t.Fatalf("%s: %v\n%s", x.Path, err, x.Data)
		}
		if len(list) == 0 {
			t.Errorf("%s has no object, which kubectl does not take", x.Path)
		}
		out.add(t, x.Path, list...)
	}
	return out
}

// same says that two forms have the same objects.
func same(t testing.TB, form string, want, got objects) {
	t.Helper()
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if d := cmp.Diff(want[k], got[k]); d != "" {
			t.Errorf("%s: %s is not what the plain form has:\n%s", form, k, d)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if want[k] == nil {
			t.Errorf("%s: the plain form has no %s", form, k)
		}
	}
}

// trimmed is JSON of an object without what no manifest says: its status, and
// creation times of nil.
func trimmed(t testing.TB, v any) map[string]any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(data, &tree); err != nil {
		t.Fatal(err)
	}
	delete(tree, "status")
	return tree
}
