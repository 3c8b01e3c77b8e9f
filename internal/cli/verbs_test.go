package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
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
