package render

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func filesOf(t testing.TB, list ...File) Files {
	t.Helper()
	f, err := NewFiles(list...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func ours(path, text string) File  { return File{Path: path, Data: []byte(text)} }
func yours(path, text string) File { return File{Path: path, Data: []byte(text), Yours: true} }

// onDisk is what a folder has, without the marker.
func onDisk(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == markerFile {
			return err
		}
		data, err := os.ReadFile(p)
		name, _ := filepath.Rel(dir, p)
		out[filepath.ToSlash(name)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func edited(t testing.TB, dir, path, text string) {
	t.Helper()
	p := filepath.Join(dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func wrote(t testing.TB, dir string, o WriteOptions, list ...File) Changes {
	t.Helper()
	c, err := Write(dir, filesOf(t, list...), o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var noEdits = cmpopts.IgnoreUnexported(Changes{})

func TestWriteAgainAndAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "out")
	c := wrote(t, dir, WriteOptions{}, ours("a/x.yaml", "x: 1\n"), ours("b/y.yaml", "y: 1\n"), yours("o/k.yaml", "k: 1\n"))
	if d := cmp.Diff(Changes{Created: []string{"a/x.yaml", "b/y.yaml", "o/k.yaml"}}, c, noEdits); d != "" {
		t.Error(d)
	}
	// A person works with it.
	edited(t, dir, "o/k.yaml", "k: mine\n")
	edited(t, dir, "o/more.yaml", "more: mine\n")

	next := []File{ours("a/x.yaml", "x: 2\n"), ours("c/z.yaml", "z: 1\n"), yours("o/k.yaml", "k: 2\n"), yours("o/l.yaml", "l: 1\n")}
	dry := wrote(t, dir, WriteOptions{DryRun: true}, next...)
	if onDisk(t, dir)["a/x.yaml"] != "x: 1\n" {
		t.Error("a dry run wrote")
	}
	c = wrote(t, dir, WriteOptions{}, next...)
	want := Changes{
		Created: []string{"c/z.yaml", "o/l.yaml"}, Changed: []string{"a/x.yaml"}, Removed: []string{"b/y.yaml"}, Kept: []string{"o/k.yaml"},
	}
	if d := cmp.Diff(want, c, noEdits) + cmp.Diff(want, dry, noEdits); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]string{
		"a/x.yaml": "x: 2\n", "c/z.yaml": "z: 1\n", "o/k.yaml": "k: mine\n", "o/l.yaml": "l: 1\n", "o/more.yaml": "more: mine\n",
	}, onDisk(t, dir)); d != "" {
		t.Error(d)
	}
	if _, err := os.Stat(filepath.Join(dir, "b")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("an empty folder stays")
	}
	var b strings.Builder
	if err := c.Diff(&b); err != nil || b.String() != `diff --git a/a/x.yaml b/a/x.yaml
--- a/a/x.yaml
+++ b/a/x.yaml
@@ -1 +1 @@
-x: 1
+x: 2
diff --git a/b/y.yaml b/b/y.yaml
--- a/b/y.yaml
+++ /dev/null
@@ -1 +0,0 @@
-y: 1
diff --git a/c/z.yaml b/c/z.yaml
--- /dev/null
+++ b/c/z.yaml
@@ -0,0 +1 @@
+z: 1
diff --git a/o/l.yaml b/o/l.yaml
--- /dev/null
+++ b/o/l.yaml
@@ -0,0 +1 @@
+l: 1
` {
		t.Errorf("%v\n%s", err, &b)
	}
	// Nothing new: nothing is touched. And what a person has of a thing that is gone stays.
	c = wrote(t, dir, WriteOptions{}, next[:2]...)
	if d := cmp.Diff(Changes{Unchanged: 2, Orphaned: []string{"o/k.yaml", "o/l.yaml"}}, c, noEdits); d != "" || c.Any() {
		t.Error(d)
	}
	c = wrote(t, dir, WriteOptions{}, next...)
	if d := cmp.Diff(Changes{Unchanged: 2, Kept: []string{"o/k.yaml", "o/l.yaml"}}, c, noEdits); d != "" {
		t.Error(d)
	}
	if _, err := os.Stat(filepath.Join(dir, stageFolder)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the temporary folder stays")
	}
}

// A Snapshot has another digest whenever anything in the fleet changed: that alone
// is no reason to touch a service's file.
func TestWriteLeavesWhatOnlyHasAnotherSnapshot(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	text := func(snapshot, body string) string { return string(header("From x", snapshot)) + body }
	wrote(t, dir, WriteOptions{}, ours("x", text("one", "x: 1\n")))
	if c := wrote(t, dir, WriteOptions{}, ours("x", text("two", "x: 1\n"))); c.Any() || c.Unchanged != 1 {
		t.Errorf("%+v", c)
	}
	c := wrote(t, dir, WriteOptions{}, ours("x", text("three", "x: 2\n")))
	if len(c.Changed) != 1 || len(c.Edited) != 0 || !strings.Contains(onDisk(t, dir)["x"], "Snapshot three") {
		t.Errorf("%+v", c)
	}
	// Data that looks like such a line is data.
	if a := "# Snapshot is data\n"; string(withoutSnapshot([]byte("a: |\n  "+a))) != "a: |\n  "+a {
		t.Error("a line of data is gone")
	}
}

func TestWriteRefuses(t *testing.T) {
	foreign := t.TempDir()
	edited(t, foreign, "main.go", "package main\n")
	if _, err := Write(foreign, filesOf(t, ours("x", "1")), WriteOptions{Overwrite: true}); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), "main.go") {
		t.Error(err)
	}
	if d := cmp.Diff(map[string]string{"main.go": "package main\n"}, onDisk(t, foreign)); d != "" {
		t.Error(d)
	}

	dir := filepath.Join(t.TempDir(), "out")
	wrote(t, dir, WriteOptions{}, ours("x", "1\n"), ours("gone", "1\n"))
	edited(t, dir, "x", "mine\n")
	edited(t, dir, "gone", "mine\n")
	edited(t, dir, "new", "mine\n")
	next := filesOf(t, ours("x", "2\n"), ours("new", "2\n"), ours("other", "2\n"))
	c, err := Write(dir, next, WriteOptions{})
	if !errors.Is(err, ErrEdited) || !cmp.Equal(c.Edited, []string{"gone", "new", "x"}) {
		t.Error(err, c.Edited)
	}
	if d := cmp.Diff(map[string]string{"x": "mine\n", "gone": "mine\n", "new": "mine\n"}, onDisk(t, dir)); d != "" {
		t.Error(d)
	}
	// Told to keep them, or to overwrite them, it goes on.
	keep := func(p string) bool { return p == "x" || p == "gone" }
	if c, err := Write(dir, next, WriteOptions{Keep: keep, DryRun: true}); !errors.Is(err, ErrEdited) || !cmp.Equal(c.Edited, []string{"new"}) {
		t.Error(err, c.Edited)
	}
	c, err = Write(dir, next, WriteOptions{Overwrite: true})
	if d := cmp.Diff(map[string]string{"x": "2\n", "new": "2\n", "other": "2\n"}, onDisk(t, dir)); err != nil || d != "" || len(c.Removed) != 1 {
		t.Error(err, d)
	}

	if _, err := Write(dir, filesOf(t, ours(markerFile, "{}")), WriteOptions{}); !errors.Is(err, ErrPath) {
		t.Error(err)
	}
	edited(t, dir, markerFile, "{")
	if _, err := Write(dir, next, WriteOptions{}); err == nil || !strings.Contains(err.Error(), markerFile) {
		t.Error(err)
	}
	edited(t, dir, markerFile, `{"apiVersion":"tranship.dev/render/v9"}`)
	if _, err := Write(dir, next, WriteOptions{}); err == nil || !strings.Contains(err.Error(), "v9") {
		t.Error(err)
	}
	edited(t, dir, markerFile, `{"apiVersion":"tranship.dev/render/v1","files":{"../../x":""}}`)
	if _, err := Write(dir, next, WriteOptions{}); !errors.Is(err, ErrPath) {
		t.Error(err)
	}
}

// An empty folder may be written to, also one of a new repository, and so may one in
// which a first run was killed.
func TestWriteIntoAnEmptyFolder(t *testing.T) {
	dir := t.TempDir()
	edited(t, dir, stageFolder+"/new/0", "left")
	edited(t, dir, ".git/HEAD", "ref\n")
	wrote(t, dir, WriteOptions{}, ours("a/x", "1\n"))
	if d := cmp.Diff(map[string]string{"a/x": "1\n", ".git/HEAD": "ref\n"}, onDisk(t, dir)); d != "" {
		t.Error(d)
	}
}

// If a file can't be put in its place, all is as before; and once it can, all is new.
func TestWriteFailsWhole(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	wrote(t, dir, WriteOptions{}, ours("a", "1\n"), ours("b/x", "1\n"), ours("old", "1\n"))
	before := onDisk(t, dir)
	mark, err := os.ReadFile(filepath.Join(dir, markerFile))
	if err != nil {
		t.Fatal(err)
	}
	// A person's file stands where a folder is needed.
	edited(t, dir, "c", "mine\n")
	before["c"] = "mine\n"
	next := []File{ours("a", "2\n"), ours("b/x", "2\n"), ours("c/x", "2\n")}
	if _, err := Write(dir, filesOf(t, next...), WriteOptions{}); err == nil {
		t.Fatal("no error")
	}
	after, err := os.ReadFile(filepath.Join(dir, markerFile))
	if d := cmp.Diff(before, onDisk(t, dir)) + cmp.Diff(string(mark), string(after)); err != nil || d != "" {
		t.Error(err, d)
	}
	if err := os.Remove(filepath.Join(dir, "c")); err != nil {
		t.Fatal(err)
	}
	wrote(t, dir, WriteOptions{}, next...)
	if d := cmp.Diff(map[string]string{"a": "2\n", "b/x": "2\n", "c/x": "2\n"}, onDisk(t, dir)); d != "" {
		t.Error(d)
	}
}

// A run that is killed after any of its steps is completed by the next one, also if
// that one wants something else by then.
func TestWriteAfterAKill(t *testing.T) {
	first := filesOf(t, ours("a", "1\n"), ours("b", "1\n"), ours("c", "1\n"))
	second := filesOf(t, ours("a", "2\n"), ours("b", "2\n"), ours("d", "2\n"))
	third := filesOf(t, ours("a", "3\n"), ours("d", "3\n"))
	for steps := range 4 {
		dir := filepath.Join(t.TempDir(), "out")
		wrote(t, dir, WriteOptions{}, first...)
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		last, err := readMarker(root)
		if err != nil {
			t.Fatal(err)
		}
		disk, err := readFiles(root, last, second)
		if err != nil {
			t.Fatal(err)
		}
		c := compare(last, disk, second, func(string) bool { return false }, false)
		s := &stage{root: root}
		announced := last
		announced.Next = last.after(c, disk, second).Files
		if err := s.mark(announced); err != nil {
			t.Fatal(err)
		}
		for i, e := range c.edits[:steps] {
			if e.now != nil {
				if err := writeFile(root, s.fresh(i), e.now); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.move(i, e); err != nil {
				t.Fatal(err)
			}
		}
		root.Close() // killed here
		wrote(t, dir, WriteOptions{}, third...)
		if d := cmp.Diff(map[string]string{"a": "3\n", "d": "3\n"}, onDisk(t, dir)); d != "" {
			t.Errorf("killed after %d: %s", steps, d)
		}
	}
}

// No link leads a write out of the folder.
func TestWriteStaysInItsFolder(t *testing.T) {
	outside, dir := t.TempDir(), filepath.Join(t.TempDir(), "out")
	wrote(t, dir, WriteOptions{}, ours("x", "1\n"))
	if err := os.Symlink(outside, filepath.Join(dir, "a")); err != nil {
		t.Skip(err)
	}
	if _, err := Write(dir, filesOf(t, ours("x", "2\n"), ours("a/y", "2\n")), WriteOptions{}); err == nil {
		t.Error("no error")
	}
	if got := onDisk(t, outside); len(got) > 0 {
		t.Errorf("it wrote %v outside", got)
	}
}

// At the end of a move the ECS service is deleted. What runs on Kubernetes by then
// must not go with it.
func TestWriteKeepsServicesThatAreGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	web, mine, pay := ours("yaml/services/shop/web/web.yaml", "1\n"), yours("helm/services/shop/web/values-a.yaml", "1\n"), ours("yaml/services/shop/pay/pay.yaml", "1\n")
	flux, old := ours("flux/a/services/shop/web.yaml", "1\n"), ours("yaml/services/shop/pay/old.yaml", "1\n")
	wrote(t, dir, WriteOptions{}, web, mine, pay, flux, old)
	gone := []string{"flux/a/services/shop/web.yaml", "helm/services/shop/web/values-a.yaml", "yaml/services/shop/web/web.yaml"}
	for range 2 {
		c := wrote(t, dir, WriteOptions{}, pay)
		if !cmp.Equal(c.Orphaned, gone) || c.Unchanged != 1 || len(onDisk(t, dir)) != 4 {
			t.Errorf("%+v", c)
		}
	}
	// It is back: its file is still ours.
	web.Data = []byte("2\n")
	if c := wrote(t, dir, WriteOptions{}, web, pay); !cmp.Equal(c.Changed, []string{web.Path}) {
		t.Errorf("%+v", c)
	}
	c := wrote(t, dir, WriteOptions{Gone: true}, pay)
	if !cmp.Equal(c.Removed, []string{gone[0], gone[2]}) || !cmp.Equal(c.Orphaned, gone[1:2]) {
		t.Errorf("%+v", c)
	}
}

// A run for one service leaves all others as they are, also in lists, and the
// namespaces that they live in.
func TestWriteOneOfMany(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	o := Options{Forms: Forms()}
	all := rendered(t, o, orders(), small("pay", "web"), small("shop", "web"))
	if _, err := Write(dir, all, WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	before := onDisk(t, dir)
	one := orders()
	one.Objects = one.Objects[1:] // its ServiceAccount is gone
	c, err := Write(dir, rendered(t, o, one), WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range c.Removed {
		if !strings.Contains(p, "serviceaccount") {
			t.Errorf("%s is gone", p)
		}
	}
	for p, text := range onDisk(t, dir) {
		if text != before[p] && !strings.Contains(p, "/shop/orders/") && p != "kustomize/fleet/base/kustomization.yaml" && p != "kustomize/fleet/production/kustomization.yaml" {
			t.Errorf("%s is another", p)
		}
	}
	for p, want := range map[string]string{
		"kustomize/fleet/base/kustomization.yaml":       "- namespace-shop.yaml\n- namespace-pay.yaml\n- storageclass-efs.yaml\n",
		"kustomize/fleet/production/kustomization.yaml": "- ../base\n- ../../services/shop/orders/overlays/production\n- ../../services/pay/web/overlays/production\n- ../../services/shop/web/overlays/production\n",
	} {
		if text := onDisk(t, dir)[p]; !strings.HasSuffix(text, "resources:\n"+want) {
			t.Errorf("%s is\n%s", p, text)
		}
	}
	if _, err := Write(dir, all, WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, onDisk(t, dir)); d != "" {
		t.Error(d)
	}
	// Told so, it removes them.
	if _, err := Write(dir, rendered(t, o, orders()), WriteOptions{Gone: true}); err != nil {
		t.Fatal(err)
	}
	for p, text := range onDisk(t, dir) {
		if strings.Contains(p, "/pay/") && !strings.Contains(p, "overlays") && !strings.Contains(p, "values-") || strings.Contains(text, "../pay/") {
			t.Errorf("%s stays", p)
		}
	}
}
