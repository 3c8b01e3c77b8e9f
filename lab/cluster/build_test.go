package cluster

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fakeProgram writes a small script instead of a component.
func fakeProgram(path string) error {
	return os.WriteFile(path, []byte("#!/bin/sh\nexec sleep 600\n"), 0o755)
}

func listing(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// put writes files, given by path and content, below dir.
func put(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBuildTakesGivenAssets(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("KUBEBUILDER_ASSETS", dir)
	if got, err := Build(t.Context(), io.Discard); err == nil {
		t.Errorf("an empty folder was accepted: %q", got)
	}
	for _, name := range []string{etcd, apiServer} {
		if err := fakeProgram(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := Build(t.Context(), io.Discard); err != nil || got != dir {
		t.Errorf("Build = %q, %v; want %q", got, err, dir)
	}
}

func TestLinkerFlags(t *testing.T) {
	want := []string{
		"-s", "-w",
		"-X", "k8s.io/component-base/version.gitVersion=v1.37.2",
		"-X", "k8s.io/component-base/version.gitMajor=1",
		"-X", "k8s.io/component-base/version.gitMinor=37",
	}
	if d := cmp.Diff(want, strings.Fields(linkerFlags("v1.37.2"))); d != "" {
		t.Error(d)
	}
}
