package house

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A package comment tells a newcomer what may live there. One word after the
// name is no comment.
func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	doc := map[string]string{}
	for _, s := range load(t).sources {
		if s.test {
			continue
		}
		doc[s.dir] += s.ast.Doc.Text()
	}
	for _, dir := range slices.Sorted(maps.Keys(doc)) {
		switch text := doc[dir]; {
		case text == "":
			t.Errorf("%s has no package comment: say what it is for, in doc.go", dir)
		case len(strings.Fields(text)) < 6:
			t.Errorf("%s: the package comment %q says too little", dir, strings.TrimSpace(text))
		}
	}
}

// Names that say nothing end up holding everything.
func TestNoDrawerForEverything(t *testing.T) {
	drawers := []string{"util", "utils", "helper", "helpers", "common", "misc", "shared", "base"}
	for _, s := range load(t).sources {
		for part := range strings.SplitSeq(strings.TrimSuffix(s.file, ".go"), "/") {
			if slices.Contains(drawers, strings.TrimSuffix(part, "_test")) {
				t.Errorf("%s: %q says nothing about what is in it", s.file, part)
			}
		}
	}
}

func TestRootModule(t *testing.T) {
	tr := load(t)
	mod := tr.read(t, "go.mod")
	if !strings.HasPrefix(mod, "module "+module+"\n") {
		t.Errorf("go.mod does not begin with: module %s", module)
	}
	if regexp.MustCompile(`(?m)^\s*replace\b|^replace\s*\(`).MatchString(mod) {
		t.Error("go.mod: a replace in the root module breaks `go install` for everybody else")
	}
	if slices.Contains(tr.nested, "tools") {
		want := "module " + module + "/tools\n"
		if !strings.HasPrefix(tr.read(t, "tools/go.mod"), want) {
			t.Errorf("tools/go.mod does not begin with: %s", want)
		}
	}
	for _, dir := range tr.nested {
		if product(dir) {
			t.Errorf("%s is a module of its own: what users run is in the root module", dir)
		}
	}
}

// A nested module is named after its folder, and takes the root from its own
// tree alone. The program that we are compared with is built apart, in no module
// graph of ours.
func TestNestedModules(t *testing.T) {
	tr := load(t)
	theirs := "sigs.k8s.io/external-dns"
	replaced := regexp.MustCompile(`(?m)^\s*(?:replace\s+)?` + regexp.QuoteMeta(module) + `\s+=>\s+(\S+)`)
	for _, dir := range append([]string{"."}, tr.nested...) {
		mod := tr.read(t, dir+"/go.mod")
		if want := "module " + module + "/" + dir + "\n"; dir != "." && !strings.HasPrefix(mod, want) {
			t.Errorf("%s/go.mod does not begin with: %s", dir, want)
		}
		if strings.Contains(mod, theirs) {
			t.Errorf("%s/go.mod knows %s", dir, theirs)
		}
		up := strings.Repeat("../", strings.Count(dir, "/")+1)
		for _, m := range replaced.FindAllStringSubmatch(mod, -1) {
			if m[1] != up {
				t.Errorf("%s/go.mod takes the root module from %s, not from %s", dir, m[1], up)
			}
		}
	}
}

func TestLicence(t *testing.T) {
	text := load(t).read(t, "LICENSE")
	for _, want := range []string{"Apache License", "Version 2.0"} {
		if !strings.Contains(text, want) {
			t.Errorf("LICENSE: %q is missing", want)
		}
	}
}
