package manifests

import (
	"path/filepath"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/tranship/tranship/internal/render"
)

// built does what kustomize build does.
func built(t testing.TB, f render.Files, dir string) objects {
	t.Helper()
	disk := filesys.MakeFsInMemory()
	for _, x := range f {
		if err := disk.WriteFile("/out/"+x.Path, x.Data); err != nil {
			t.Fatal(err)
		}
	}
	o := krusty.MakeDefaultOptions()
	o.Reorder = krusty.ReorderOptionUnspecified // as the file says
	m, err := krusty.MakeKustomizer(o).Run(disk, "/out/"+dir)
	if err != nil {
		t.Fatalf("kustomize build %s: %v", dir, err)
	}
	data, err := m.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	list, err := read(data)
	if err != nil {
		t.Fatal(err)
	}
	out := objects{}
	out.add(t, dir, list...)
	return out
}

func TestKustomizeSaysThePlainObjects(t *testing.T) {
	f := rendered(t, render.Options{Forms: []render.Form{render.YAML, render.Kustomize}, Environments: []string{"production", "staging"}}, samples(t))
	want := under(t, f, "yaml/")
	for _, e := range []string{"production", "staging"} {
		same(t, "kustomize/environments/"+e, want, built(t, f, "kustomize/environments/"+e))
	}
}

// A person's overlay changes what it says and nothing else.
func TestOverlay(t *testing.T) {
	f := rendered(t, render.Options{Forms: []render.Form{render.Kustomize}}, samples(t)[:1])
	overlay := f.Get("kustomize/services/trips/awkward/overlays/production/kustomization.yaml")
	if !overlay.Yours {
		t.Error("an overlay is a person's")
	}
	overlay.Data = append(overlay.Data, "\nimages:\n- name: nginx\n  newTag: \"2\"\n"...)
	got := built(t, f, "kustomize/environments/production")
	pod := got["apps/Deployment/trips/awkward"]["spec"].(map[string]any)["template"].(map[string]any)["spec"].(map[string]any)
	if image := pod["containers"].([]any)[1].(map[string]any)["image"]; image != "nginx:2" {
		t.Errorf("the image is %v", image)
	}
}

// After a run for one service alone, what is built is still all of them.
func TestKustomizeAfterARunForOne(t *testing.T) {
	results, o, dir := samples(t), render.Options{Forms: []render.Form{render.Kustomize}}, filepath.Join(t.TempDir(), "out")
	all := rendered(t, o, results)
	for _, f := range []render.Files{all, rendered(t, o, results[:1])} {
		if _, err := render.Write(dir, f, render.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	m, err := krusty.MakeKustomizer(&krusty.Options{PluginConfig: krusty.MakeDefaultOptions().PluginConfig}).Run(filesys.MakeFsOnDisk(), filepath.Join(dir, "kustomize", "environments", "production"))
	if err != nil {
		t.Fatal(err)
	}
	if want := built(t, all, "kustomize/environments/production"); m.Size() != len(want) {
		t.Errorf("%d objects of %d", m.Size(), len(want))
	}
}
