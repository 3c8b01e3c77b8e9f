package manifests

import (
	"fmt"
	"path"
	"strings"
	"testing"
	"text/template"

	"github.com/tranship/tranship/internal/render"
)

// folders are those of some files that a pattern fits, as the git generator of Argo CD
// finds them. https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Git/
func folders(t testing.TB, f render.Files, prefix, pattern string) []string {
	t.Helper()
	var out []string
	seen := map[string]bool{}
	for _, x := range f {
		for dir := path.Dir(prefix + x.Path); dir != "."; dir = path.Dir(dir) {
			if ok, err := path.Match(pattern, dir); err != nil {
				t.Fatal(err)
			} else if ok && !seen[dir] {
				seen[dir] = true
				out = append(out, dir)
			}
		}
	}
	return out
}

// filled is a text of an ApplicationSet for one folder.
func filled(t testing.TB, text any, dir string) string {
	t.Helper()
	tmpl, err := template.New("").Option("missingkey=error").Parse(fmt.Sprint(text))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := tmpl.Execute(&b, map[string]any{"path": map[string]any{
		"path": dir, "segments": strings.Split(dir, "/"), "basename": path.Base(dir),
	}}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var belows = []render.Form{render.YAML, render.Kustomize, render.Helm, render.HelmOne}

// Each service has one Application, whose folder and files are there.
func TestApplicationSetsLeadToTheFolders(t *testing.T) {
	results := samples(t)
	for _, form := range belows {
		for _, prefix := range []string{"", "clusters/a/"} {
			f := rendered(t, render.Options{Forms: []render.Form{form, render.ArgoCD}, Environments: []string{"staging"}, Repository: render.Repository{Path: prefix}}, results)
			there := func(p string) bool { return f.Get(strings.TrimPrefix(p, prefix)) != nil }
			list, err := read(f.Get("argocd/applicationset-staging.yaml").Data)
			if err != nil {
				t.Fatal(err)
			}
			spec := list[0].Object["spec"].(map[string]any)
			git := spec["generators"].([]any)[0].(map[string]any)["git"].(map[string]any)
			of := spec["template"].(map[string]any)
			app := of["spec"].(map[string]any)
			source := app["source"].(map[string]any)
			seen := map[string]bool{}
			for _, dir := range folders(t, f, prefix, git["directories"].([]any)[0].(map[string]any)["path"].(string)) {
				name := filled(t, of["metadata"].(map[string]any)["name"], dir)
				seen[name] = true
				ns := filled(t, app["destination"].(map[string]any)["namespace"], dir)
				at := filled(t, source["path"], dir)
				service := strings.TrimPrefix(name, "staging."+ns+".")
				if !strings.Contains(dir+"/", "/services/"+ns+"/"+service+"/") {
					t.Errorf("%s: the Application %s in %s leads to %s", form, name, ns, dir)
				}
				if !there(at+"/kustomization.yaml") && !there(at+"/Chart.yaml") && !there(at+"/"+service+".yaml") {
					t.Errorf("%s: nothing is in %s", form, at)
				}
				helm, _ := source["helm"].(map[string]any)
				files, _ := helm["valueFiles"].([]any)
				for _, v := range files {
					p := filled(t, v, dir)
					if !strings.HasPrefix(p, "/") {
						p = "/" + at + "/" + p
					}
					if !there(strings.TrimPrefix(p, "/")) {
						t.Errorf("%s: %s is not there", form, p)
					}
				}
				if helm != nil && filled(t, helm["releaseName"], dir) != service {
					t.Errorf("%s: the release of %s", form, service)
				}
			}
			if len(seen) != len(results) {
				t.Errorf("%s: %d Applications for %d services", form, len(seen), len(results))
			}
		}
	}
}

func TestFluxLeadsToTheFolders(t *testing.T) {
	results := samples(t)
	for _, form := range belows {
		f := rendered(t, render.Options{Forms: []render.Form{form, render.Flux}, Repository: render.Repository{Path: "clusters/a"}}, results)
		there := func(p any) bool {
			text := strings.TrimPrefix(fmt.Sprint(p), "./clusters/a/")
			for _, x := range f {
				if x.Path == text || strings.HasPrefix(x.Path, text+"/") {
					return true
				}
			}
			return false
		}
		n := 0
		for k, o := range under(t, f, "flux/") {
			spec, _ := o["spec"].(map[string]any)
			switch o["kind"] {
			case "Kustomization":
				n++
				if !there(spec["path"]) {
					t.Errorf("%s: nothing is in %s", k, spec["path"])
				}
			case "HelmRelease":
				n++
				chart := spec["chart"].(map[string]any)["spec"].(map[string]any)
				for _, p := range append([]any{chart["chart"]}, chart["valuesFiles"].([]any)...) {
					if !there(p) {
						t.Errorf("%s: %s is not there", k, p)
					}
				}
			}
		}
		if n != len(results)+1 {
			t.Errorf("%s: %d for %d services", form, n, len(results))
		}
	}
}
