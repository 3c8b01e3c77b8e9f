package render

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tranship/tranship/internal/convert"
)

// TestGolden shows all files of a form as they are written.
func TestGolden(t *testing.T) {
	datadriven.Walk(t, "testdata/forms", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			o := Options{Snapshot: "sha256:0123"}
			var results []convert.Result
			for _, a := range d.CmdArgs {
				switch a.Key {
				case "forms":
					for _, v := range a.Vals {
						o.Forms = append(o.Forms, Form(v))
					}
				case "environments":
					o.Environments = a.Vals
				case "services":
					for _, v := range a.Vals {
						if v == "orders" {
							results = append(results, orders())
							continue
						}
						namespace, name, _ := strings.Cut(v, "/")
						results = append(results, small(namespace, name))
					}
				case "repository":
					o.Repository.URL = a.Vals[0]
				case "path":
					o.Repository.Path = a.Vals[0]
				}
			}
			f, err := Render(results, o)
			if err != nil {
				return err.Error() + "\n"
			}
			var b strings.Builder
			for _, x := range f {
				if d.Cmd == "list" {
					fmt.Fprintf(&b, "%s%s\n", x.Path, map[bool]string{true: "  (yours)"}[x.Yours])
					continue
				}
				if only := ""; d.MaybeScanArgs(t, "only", &only) && !strings.HasPrefix(x.Path, only) {
					continue
				}
				fmt.Fprintf(&b, "=== %s%s\n%s", x.Path, map[bool]string{true: "  (yours)"}[x.Yours], x.Data)
			}
			return b.String()
		})
	})
}

// Whatever the order of the results, the same bytes; and no time in them.
func TestRenderIsTheSame(t *testing.T) {
	a, b, c := orders(), small("shop", "web"), small("pay", "web")
	one := rendered(t, Options{}, a, b, c)
	two := rendered(t, Options{}, c, orders(), b)
	if d := cmp.Diff(one, two); d != "" {
		t.Error(d)
	}
}

func TestRenderRefuses(t *testing.T) {
	other := small("shop", "web")
	other.Cluster = "other"
	unlike := small("shop", "unlike")
	unlike.Objects[0].Object.(*unstructured.Unstructured).Object["provisioner"] = "another"
	bad := small("shop", "../../etc")
	kindless := small("shop", "web")
	kindless.Objects[1].Object.(*appsv1.Deployment).Kind = ""
	for name, c := range map[string]struct {
		opts    Options
		results []convert.Result
		want    error
		text    string
	}{
		"two services of one name":         {results: []convert.Result{small("shop", "web"), other}, want: ErrCollision, text: "other/web"},
		"objects of one name that differ":  {results: []convert.Result{small("shop", "web"), unlike}, want: ErrCollision, text: "StorageClass efs"},
		"a name that leads elsewhere":      {results: []convert.Result{bad}, text: "no name of Kubernetes"},
		"an object without a kind":         {results: []convert.Result{kindless}, text: "has no apiVersion, kind or name"},
		"an unknown form":                  {opts: Options{Forms: []Form{"toml"}}, want: ErrOptions, text: "toml"},
		"GitOps over nothing":              {opts: Options{Forms: []Form{Flux}}, want: ErrOptions, text: "another form"},
		"an environment called base":       {opts: Options{Environments: []string{"base"}}, want: ErrOptions, text: "base"},
		"an environment that leads away":   {opts: Options{Environments: []string{"../x"}}, want: ErrOptions, text: "../x"},
		"a template instead of an address": {opts: Options{Repository: Repository{URL: "https://x/{{.y}}"}}, want: ErrOptions, text: "address"},
		"a path out of the repository":     {opts: Options{Repository: Repository{Path: "../x"}}, want: ErrOptions, text: "path"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Render(c.results, c.opts)
			if err == nil || f != nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%v, %v", f, err)
			}
		})
	}
}

func TestNewFiles(t *testing.T) {
	for _, bad := range [][]string{{""}, {"/a"}, {"../a"}, {"a/../b"}, {"a//b"}, {"a", "a"}, {"a", "a/b"}, {`a\b`}, {".."}} {
		var list []File
		for _, p := range bad {
			list = append(list, File{Path: p})
		}
		if _, err := NewFiles(list...); !errors.Is(err, ErrPath) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	f, err := NewFiles(File{Path: "b"}, File{Path: "a/c"})
	if err != nil || f.Get("a/c") == nil || f.Get("b") == nil || f.Get("a") != nil || f[0].Path != "a/c" {
		t.Error(f, err)
	}
}
