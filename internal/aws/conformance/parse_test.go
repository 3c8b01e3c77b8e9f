package conformance

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"
)

// caseFiles are the cases here and the model's own.
func caseFiles(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, dir := range []string{"cases", filepath.FromSlash("../../../lab/cloud/testdata/cases")} {
		some, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(some) == 0 {
			t.Fatalf("no cases in %s: %v", dir, err)
		}
		all = append(all, some...)
	}
	return all
}

// Our parser reads every file as datadriven does.
func TestParseAsDatadrivenDoes(t *testing.T) {
	for _, name := range caseFiles(t) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		same(t, name, string(b))
	}
	same(t, "corners", `# a comment
one word key=value list=(a, b(c, d), e) empty=
some input
 and more

----
----
one

two
----
----

wrapped \
  arg=( a )
----
out
`)
}

func same(t *testing.T, name, text string) {
	t.Helper()
	got, err := commands(text, func(string) {}, func() {})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for i := range got {
		got[i].Line = 0
	}
	var want []Command
	datadriven.RunTestFromString(t, text, func(_ *testing.T, d *datadriven.TestData) string {
		c := Command{Name: d.Cmd, Input: d.Input, Expected: d.Expected}
		for _, a := range d.CmdArgs {
			c.Args = append(c.Args, Arg{Key: a.Key, Values: a.Vals})
		}
		want = append(want, c)
		return d.Expected
	})
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-datadriven +ours):\n%s", name, d)
	}
}

// What can't be read is an error with its line, never a panic.
func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"new\n----\n\nop =x\n----\n":           `f: line 4: an argument without a name in "op =x"`,
		"new\n----\n\nop a=(b\n----\n":         `f: line 4: a list without an end in "op a=(b"`,
		"advance 1s\n----\n":                   "f: line 1: a case begins with new",
		"# about: GetService twice\nnew\n----": `f: line 2: about GetService: error or race, not "twice"`,
		"new\n----\n----\na\n----\n----\nb\n":  "f: line 1: a line right after ---- ----",
	} {
		if _, err := Parse("f", text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("# mark: observed\nnew a=(b,c) \\\n d\nin\n----\n----\n\n----\n----\n")
	f.Fuzz(func(t *testing.T, text string) {
		cases, err := Parse("f", text)
		if err != nil && cases != nil {
			t.Errorf("both cases and an error: %v", err)
		}
		for _, c := range cases {
			if len(c.Commands) == 0 || c.Commands[0].Name != "new" {
				t.Errorf("a case that does not begin with new: %+v", c)
			}
		}
	})
}
