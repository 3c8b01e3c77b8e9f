package cli

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/iam"
)

// The verbs that the README's table lists are those that there are.
func TestVerbsAreThoseOfTheREADME(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, m := range regexp.MustCompile("(?m)^\\| `tranship ([a-z]+)[^`]*` \\|").FindAllStringSubmatch(string(b), -1) {
		listed = append(listed, m[1])
	}
	slices.Sort(listed)
	root := New(Env{}, "tranship")
	root.InitDefaultCompletionCmd()
	var there []string
	for _, c := range root.Commands() {
		there = append(there, c.Name())
		if c.Short == "" {
			t.Errorf("%s does not say what it does", c.Name())
		}
	}
	slices.Sort(there)
	if d := cmp.Diff(there, listed); d != "" {
		t.Errorf("the table of the README has other verbs than there are (-there +listed):\n%s", d)
	}
}

// `tranship iam` has an answer for every verb there is.
func TestEveryVerbHasAPolicyOrNeedsNone(t *testing.T) {
	known := map[string]bool{}
	for _, v := range iam.Verbs() {
		known[v.Name] = true
	}
	root := New(Env{}, "tranship")
	for _, c := range root.Commands() {
		if !known[c.Name()] {
			t.Errorf("tranship iam %s prints nothing: add the verb to verbs in internal/iam/call.go, with the packages whose AWS calls it makes, or none", c.Name())
		}
		delete(known, c.Name())
	}
	for _, other := range []string{"conformance", "external-dns"} {
		delete(known, other)
	}
	if len(known) > 0 {
		t.Errorf("policies for verbs that there are not: %v", slices.Sorted(maps.Keys(known)))
	}
}
