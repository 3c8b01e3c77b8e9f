package mutants

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	// Whatever the mutants change lies below it: a change there runs these tests
	// again, though a result of them may be cached.
	_ "github.com/tranship/tranship/lab/sim"
)

var (
	only  = flag.String("mutant", "", "run this mutant alone")
	seeds = flag.Int("seeds", 2000, "how many seeds a mutant may survive")
)

func mutants(t *testing.T) ([]Mutant, string) {
	t.Helper()
	root, err := Root(".")
	if err != nil {
		t.Fatal(err)
	}
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	if *only != "" {
		m, err := Find(*only)
		if err != nil {
			t.Fatal(err)
		}
		all = []Mutant{m}
	}
	return all, root
}

// Each bug can still be planted.
func TestMutantsFit(t *testing.T) {
	all, root := mutants(t)
	for _, m := range all {
		texts, err := m.apply(root)
		if err != nil {
			t.Error(err)
			continue
		}
		for file, text := range texts {
			before, err := os.ReadFile(root + "/" + file)
			if err != nil || string(before) == text {
				t.Errorf("%s leaves %s as it is: %v", m.Name, file, err)
			}
		}
	}
}

// Each bug is found, and as what it is. One after the other: every run uses all
// processors itself.
func TestMutantsAreCaught(t *testing.T) {
	if testing.Short() {
		t.Skip("every mutant is built and run on its own")
	}
	all, root := mutants(t)
	// Read so that a change of them runs these tests again, too.
	for _, f := range []string{"../seeds_test.go", "../steady_test.go"} {
		if _, err := os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range all {
		t.Run(m.Name, func(t *testing.T) {
			overlay, err := m.Overlay(root, t.TempDir())
			if errors.Is(err, ErrStale) {
				t.Skip("does not fit any more, as TestMutantsFit says")
			}
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-overlay", overlay,
				"./lab/sim", "-run", "^"+m.Test+"$", "-seeds", strconv.Itoa(*seeds))
			cmd.Dir = root
			out, err := cmd.CombinedOutput()
			v := Read(string(out))
			switch {
			case err == nil:
				t.Fatalf("%d seeds do not find it: %s", *seeds, m.Bug)
			case len(v.Lines) == 0:
				t.Fatalf("it failed without a violation:\n%s", out)
			case !v.Shows(m):
				t.Fatalf("found as %q, expected as one of %q:\n%s", v.Kinds, m.Expect, out)
			}
			t.Logf("%s: %s", v.Seed, v.Lines[0])
		})
	}
}

func TestParse(t *testing.T) {
	m, err := parse("late", "bug: it is late\ntest: TestSteadySeeds\nexpect: empty, invariant 2\n\n--- a/b.go\n-\told\n+\tnew\n \tboth\n\n-gone\n--- c.go\n-x\n+y\n")
	want := Mutant{Name: "late", Test: "TestSteadySeeds", Bug: "it is late", Expect: []string{"empty", "invariant 2"}, Edits: []Edit{
		{File: "a/b.go", Old: "\told\n\tboth\n", New: "\tnew\n\tboth\n"},
		{File: "a/b.go", Old: "gone\n"},
		{File: "c.go", Old: "x\n", New: "y\n"},
	}}
	if d := cmp.Diff(want, m); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	for what, text := range map[string]string{
		"no bug":     "expect: end\n--- a.go\n-x\n",
		"no kind":    "bug: b\n--- a.go\n-x\n",
		"other kind": "bug: b\nexpect: boom\n--- a.go\n-x\n",
		"no edit":    "bug: b\nexpect: end\n",
		"no file":    "bug: b\nexpect: end\n-x\n",
		"no old":     "bug: b\nexpect: end\n--- a.go\n+x\n",
		"chatter":    "bug: b\nexpect: end\nhello\n",
	} {
		if _, err := parse("m", text); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
}

func TestOverlayRefusesWhatDoesNotFit(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(root+"/a.go", []byte("x\ny\nx\nxx\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for old, fits := range map[string]bool{"x\n": false, "z\n": false, "y\n": true, "xx\n": true} {
		m := Mutant{Name: "m", Edits: []Edit{{File: "a.go", Old: old, New: "new\n"}}}
		if _, err := m.Overlay(root, t.TempDir()); errors.Is(err, ErrStale) == fits {
			t.Errorf("%q: %v", old, err)
		}
	}
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		out  string
		want Verdict
	}{
		{"--- FAIL\n    seeds_test.go:70: seed 17: 3 tasks\n        broken: 1h2m exposed: 10.0.0.1 may\n        broken: 2s end: Stage (step 0)\n",
			Verdict{"seed 17", []string{"exposed: 10.0.0.1 may", "end: Stage (step 0)"}, []string{"exposed"}}},
		{"seed 1: x\nbroken: 3s end: Stage\n", Verdict{"seed 1", []string{"end: Stage"}, []string{"end"}}},
		{"seed 1: x\nbroken: 3s migration a/b: nothing was done: invariant broken: 2: a task\n",
			Verdict{"seed 1", []string{"migration a/b: nothing was done: invariant broken: 2: a task"}, []string{"invariant 2"}}},
		{"seed 1: x\nbroken: 3s the state has 50000 bytes\n", Verdict{"seed 1", []string{"the state has 50000 bytes"}, []string{"other"}}},
		{"ok\n", Verdict{}},
	} {
		if d := cmp.Diff(c.want, Read(c.out)); d != "" {
			t.Errorf("%q (-want +got):\n%s", c.out, d)
		}
	}
}
