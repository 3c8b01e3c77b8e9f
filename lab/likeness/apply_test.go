package likeness

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestManifests(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"fleet/fleet.yaml": "kind: Namespace\nmetadata: {name: shop}\n",
		"shop/orders.yaml": "# a note\n---\nkind: ConfigMap\nmetadata: {name: a}\n---\nkind: Deployment\nmetadata: {name: orders}\n",
		"shop/README.md":   "nothing\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := manifests(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		for _, u := range f.objects {
			got = append(got, filepath.Base(f.name)+" "+u.GetKind()+" "+u.GetName())
		}
	}
	want := []string{"fleet.yaml Namespace shop", "orders.yaml ConfigMap a", "orders.yaml Deployment orders"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := serviceOf(files[1].name, []Service{{Name: "carts"}, {Name: "orders"}}); got != "orders" {
		t.Errorf("its service: %q", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "shop", "bad.yaml"), []byte("a: [\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := manifests(dir); err == nil {
		t.Error("what is no YAML is taken")
	}
}

func TestEnvironmentFiles(t *testing.T) {
	all, err := documents([]byte(`kind: Deployment
spec: {template: {spec: {
  initContainers: [{envFrom: [{configMapRef: {name: first}}]}],
  containers: [{envFrom: [{configMapRef: {name: svc-006.app.env-2}}, {secretRef: {name: other}}, {configMapRef: {name: svc-006.app.env-1}}]}]}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"first", "svc-006.app.env-2", "svc-006.app.env-1"}, configMaps(all[0])); diff != "" {
		t.Error(diff)
	}
	want := map[string]string{"LOG_LEVEL": "info", "GREETING": `"hello"`, "SHARED": "own"}
	if diff := cmp.Diff(want, fileOf("svc-006.app.env-1")); diff != "" {
		t.Error(diff)
	}
	if fileOf("svc-006.app.env-2")["SHARED"] != "common" || fileOf("svc-006.app.env-9") != nil {
		t.Error("the second file, or one that there is not")
	}
}
