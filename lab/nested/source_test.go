package nested

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// put writes files, given by path and content, below dir.
func put(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFindSource(t *testing.T) {
	top := t.TempDir()
	put(t, top, map[string]string{
		"ours/go.mod":             "module " + module + "\n",
		"ours/lab/sample/go.mod":  "module " + module + "/lab/sample\n",
		"ours/internal/deep/x.go": "package deep\n",
		"theirs/go.mod":           "module example.com/theirs\n",
		"theirs/lab/sample/x.txt": "",
		"bare/go.mod":             "// no source below\nmodule " + module + "\n",
	})
	at := func(dir string) string { return filepath.Join(top, dir) }
	tests := []struct {
		name string
		from []string
		want string // "" for ErrNoSource
	}{
		{"root", []string{"ours"}, "ours/lab/sample"},
		{"deep", []string{"ours/internal/deep"}, "ours/lab/sample"},
		{"inside a nested module", []string{"ours/lab/sample"}, "ours/lab/sample"},
		{"second folder", []string{"theirs", "ours/lab"}, "ours/lab/sample"},
		{"another module", []string{"theirs"}, ""},
		{"source left out", []string{"bare"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var from []string
			for _, f := range tt.from {
				from = append(from, at(f))
			}
			got, err := sample.find(from...)
			if tt.want == "" {
				if !errors.Is(err, ErrNoSource) || !strings.Contains(err.Error(), "SAMPLE") {
					t.Fatalf("find = %q, %v; want ErrNoSource that says what to do", got, err)
				}
				return
			}
			if err != nil || got != at(tt.want) {
				t.Fatalf("find = %q, %v; want %q", got, err, at(tt.want))
			}
		})
	}
}

func TestKeyFollowsItsInputs(t *testing.T) {
	setting := []string{"go1.26.8", "linux", "amd64"}
	base := map[string]string{"go.mod": "module m\n", "go.sum": "sum\n", "main.go": "package main\n", "doc.go": "package main\n"}
	of := func(change map[string]string, setting ...string) string {
		dir := t.TempDir()
		put(t, dir, base)
		put(t, dir, change)
		k, err := sample.key(dir, setting...)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	same := of(nil, setting...)
	if again := of(map[string]string{"main_test.go": "package main\n", "notes.txt": "x"}, setting...); again != same {
		t.Errorf("the key depends on what is not built: %s, then %s", same, again)
	}
	seen := map[string]string{same: "unchanged"}
	for name, k := range map[string]string{
		"go.mod":          of(map[string]string{"go.mod": "module m // 2\n"}, setting...),
		"go.sum":          of(map[string]string{"go.sum": "sum 2\n"}, setting...),
		"main.go":         of(map[string]string{"main.go": "package main // 2\n"}, setting...),
		"new file":        of(map[string]string{"new.go": "package main\n"}, setting...),
		"Go version":      of(nil, "go1.27.0", "linux", "amd64"),
		"platform":        of(nil, "go1.26.8", "linux", "arm64"),
		"shifted setting": of(nil, "go1.26.8", "linuxamd64", ""),
	} {
		if other, dup := seen[k]; dup {
			t.Errorf("%s has the key of %s", name, other)
		}
		seen[k] = name
	}
}

func TestVersion(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]string{
		"module m\n\nrequire (\n\tk8s.io/kubernetes v1.37.2\n)\n": "v1.37.2",
		"module m\n\nrequire k8s.io/kubernetes v1.37.2\n":         "v1.37.2",
		"module m\n": "",
		"module m\n\nrequire k8s.io/kubernetes master\n": "",
	} {
		put(t, dir, map[string]string{"go.mod": text})
		if got, err := sample.version(dir); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
}
