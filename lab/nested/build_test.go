package nested

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sample is a program of two names.
var sample = Program{Title: "sample", Source: "lab/sample", Binary: "sample", Links: []string{"one", "two"}, Requires: "k8s.io/kubernetes", Compiling: "sample VERSION; 6-10 minutes", Instead: ", or set SAMPLE"}

var files = []string{"sample", "one", "two"}

// fakeCompile writes a small script instead of a program.
func fakeCompile(_ context.Context, out string) error {
	return os.WriteFile(out, []byte("#!/bin/sh\nexec sleep 600\n"), 0o755)
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

func TestBuildersInParallelBuildOnce(t *testing.T) {
	cache := t.TempDir()
	var compiled atomic.Int32
	waiting := make(chan struct{})
	var once sync.Once
	// The builder that compiles goes on only when the other one waits for it.
	compile := func(ctx context.Context, out string) error {
		compiled.Add(1)
		<-waiting
		return fakeCompile(ctx, out)
	}
	progress := writerFunc(func(p []byte) { once.Do(func() { close(waiting) }) })
	var all sync.WaitGroup
	dirs := make([]string, 2)
	for i := range dirs {
		all.Go(func() {
			b := &builder{Program: sample, cache: cache, key: "k1", progress: progress, compile: compile}
			var err error
			if dirs[i], err = b.build(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	want := filepath.Join(cache, "k1")
	if d := cmp.Diff([]string{want, want}, dirs); d != "" {
		t.Error(d)
	}
	if n := compiled.Load(); n != 1 {
		t.Errorf("compiled %d times, want once", n)
	}
	if err := Check(want, files...); err != nil {
		t.Error(err)
	}
	if d := cmp.Diff([]string{"k1", "k1.lock"}, listing(t, cache)); d != "" {
		t.Errorf("cache (-want +got):\n%s", d)
	}
}

type writerFunc func(p []byte)

func (f writerFunc) Write(p []byte) (int, error) { f(p); return len(p), nil }

func TestFailedBuildLeavesNothing(t *testing.T) {
	cache := t.TempDir()
	broken := errors.New("does not compile")
	b := &builder{Program: sample, cache: cache, key: "k1", progress: io.Discard, compile: func(_ context.Context, out string) error {
		return errors.Join(os.WriteFile(out, []byte("half"), 0o755), broken)
	}}
	if dir, err := b.build(t.Context()); !errors.Is(err, broken) {
		t.Fatalf("build = %q, %v; want %v", dir, err, broken)
	}
	if d := cmp.Diff([]string{"k1.lock"}, listing(t, cache)); d != "" {
		t.Errorf("cache (-want +got):\n%s", d)
	}
	// What a killed builder has left is no hindrance.
	put(t, cache, map[string]string{"k1.building/sample": "half", "k1/one": "no program"})
	b.compile = fakeCompile
	dir, err := b.build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := Check(dir, files...); err != nil {
		t.Error(err)
	}
}

func TestWaitForAnotherBuilderEndsWithContext(t *testing.T) {
	cache := t.TempDir()
	unlock, err := lockFile(t.Context(), filepath.Join(cache, "k1.lock"), func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithCancel(t.Context())
	b := &builder{Program: sample, cache: cache, key: "k1", progress: writerFunc(func([]byte) { cancel() }), compile: fakeCompile}
	if dir, err := b.build(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("build = %q, %v; want it cancelled", dir, err)
	}
}

func TestBuildForgetsTheUnused(t *testing.T) {
	cache := t.TempDir()
	put(t, cache, map[string]string{"old/etcd": "", "old.lock": "", "new/etcd": ""})
	long := time.Now().Add(-2 * unusedFor)
	for _, name := range []string{"old", "old.lock"} {
		if err := os.Chtimes(filepath.Join(cache, name), long, long); err != nil {
			t.Fatal(err)
		}
	}
	b := &builder{Program: sample, cache: cache, key: "k1", progress: io.Discard, compile: fakeCompile}
	if _, err := b.build(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"k1", "k1.lock", "new"}, listing(t, cache)); d != "" {
		t.Errorf("cache (-want +got):\n%s", d)
	}
}

// TestCompile runs the real go command over a small module in the place of the control plane's.
func TestCompile(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, map[string]string{
		"go.mod":            "module example.com/cp\n\ngo 1.26.0\n\nrequire (\n\tk8s.io/kubernetes v1.37.2\n)\n\nreplace k8s.io/kubernetes => ./none\n",
		"none/go.mod":       "module k8s.io/kubernetes\n",
		"main.go":           "package main\n\nimport \"example.com/cp/part\"\n\nfunc main() { part.Do() }\n",
		"part/part.go":      "package part\n\nfunc Do() {}\n",
		"broken/go.mod":     "module example.com/cp\n\nrequire (\n\tk8s.io/kubernetes v1.37.2\n)\n\nreplace k8s.io/kubernetes => ../none\n",
		"broken/main.go":    "package main\n\nfunc main() { nowhere() }\n",
		"unrelated/file.go": "package unrelated\n",
	})
	var progress bytes.Buffer
	out := filepath.Join(dir, "out")
	if err := sample.compile(t.Context(), dir, out, &progress); err != nil {
		t.Fatal(err)
	}
	if err := Check(dir, "out"); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"v1.37.2", "6-10 minutes", "built in"} {
		if !strings.Contains(progress.String(), want) {
			t.Errorf("progress does not say %q:\n%s", want, &progress)
		}
	}
	err := sample.compile(t.Context(), filepath.Join(dir, "broken"), out, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "undefined: nowhere") {
		t.Errorf("compile of a broken source = %v, want the compiler's word", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sample.compile(ctx, dir, out, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("compile = %v, want it cancelled", err)
	}
}

func TestBuildLinesTellPackagesFromTheRest(t *testing.T) {
	var b buildLines
	b.readFrom(strings.NewReader("go: downloading k8s.io/api v0.37.2\nerrors\nk8s.io/api/core/v1\n# k8s.io/api/core/v1\nx.go:1:1: bad thing\n"))
	got := fmt.Sprintf("%d %d %q", b.fetched, b.packages, b.rest())
	want := fmt.Sprintf("%d %d %q", 1, 2, "# k8s.io/api/core/v1\nx.go:1:1: bad thing")
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
