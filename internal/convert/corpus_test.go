package convert_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/convert"
	"github.com/tranship/tranship/internal/convert/corpus"
	"github.com/tranship/tranship/internal/convert/ledger"
)

const corpusDir = "testdata/corpus"

// pending are the cases in which code and expectation don't agree yet.
var pending = []string{}

func cases(t testing.TB) []corpus.Case {
	t.Helper()
	all, err := corpus.Read(os.DirFS(corpusDir))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func converted(t testing.TB, c corpus.Case) convert.Result {
	t.Helper()
	in := convert.Named([]convert.Input{c.Input}, c.Options)
	r, err := convert.Convert(in[0], c.Options)
	if err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	return r
}

// Each field of each case becomes what a person expects of it. -rewrite writes the
// objects anew, never the expectation.
func TestCorpus(t *testing.T) {
	all := cases(t)
	if len(all) < 40 {
		t.Errorf("%d cases, want 40 at least", len(all))
	}
	known := map[string]bool{}
	for _, c := range all {
		known[c.Name] = true
		t.Run(c.Name, func(t *testing.T) {
			r := converted(t, c)
			differences := c.Ledger.Differences(r.Entries, convert.AlwaysDropped)
			if slices.Contains(pending, c.Name) {
				if len(differences) == 0 {
					t.Error("code and expectation agree: take it off the list of pending cases")
				}
				t.Skipf("pending: %d differences", len(differences))
			}
			for _, d := range differences {
				t.Error(d)
			}
			golden(t, c, r)
		})
	}
	for _, name := range pending {
		if !known[name] {
			t.Errorf("the pending case %s is not there", name)
		}
	}
}

// golden compares the objects with those in the case's file.
func golden(t *testing.T, c corpus.Case, r convert.Result) {
	t.Helper()
	text, err := corpus.Manifests(r.Objects)
	if err != nil {
		t.Fatal(err)
	}
	if text == c.Objects {
		return
	}
	if !rewriting() {
		t.Errorf("objects (-want +got); go test ./internal/convert -rewrite writes them:\n%s", cmp.Diff(c.Objects, text))
		return
	}
	kept, _, _ := strings.Cut(c.Text, "-- objects.yaml --\n")
	if err := os.WriteFile(filepath.Join(corpusDir, c.Name+".txtar"), []byte(kept+"-- objects.yaml --\n"+text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// rewriting says that what is generated is to be written anew.
func rewriting() bool {
	f := flag.Lookup("rewrite")
	return f != nil && f.Value.String() == "true"
}

// Whatever AWS' model has is set in a case at least, and what the catalogue calls
// usual has been seen.
func TestCorpusSetsEveryField(t *testing.T) {
	seen := map[string]map[ledger.Outcome]bool{}
	for _, c := range cases(t) {
		for _, e := range converted(t, c).Entries {
			kind, path := convert.CatalogueEntry(e)
			if path == "" {
				t.Errorf("%s: AWS' model has no field %s", c.Name, e)
			}
			key := kind + " " + path
			if seen[key] == nil {
				seen[key] = map[ledger.Outcome]bool{}
			}
			seen[key][e.Outcome] = true
		}
	}
	for _, kind := range convert.Kinds() {
		for _, line := range convert.Catalogue(kind) {
			for _, p := range line.Paths {
				switch got := seen[kind+" "+p]; {
				case got == nil:
					t.Errorf("no case sets %s %s", kind, p)
				case !got[line.Usual]:
					t.Errorf("%s %s: the catalogue says %s; in the corpus it is %v", kind, p, line.Usual, slices.Sorted(maps.Keys(got)))
				}
			}
		}
	}
}

// On the shapes that most run, nine of ten fields that people set mean the same on
// Kubernetes. What AWS writes into its answers is counted apart.
func TestFargateWebIsMapped(t *testing.T) {
	const least = 0.9
	count := map[ledger.Outcome]int{}
	set, whole := 0, 0
	for _, c := range cases(t) {
		if !c.Web {
			continue
		}
		here, mapped := 0, 0
		for _, e := range converted(t, c).Entries {
			whole++
			if !convert.Taken(t, e) {
				continue
			}
			here++
			count[e.Outcome]++
			if e.Outcome == ledger.Mapped {
				mapped++
			}
		}
		set += here
		t.Logf("%-16s %3d of %3d fields are mapped: %.0f %%", c.Name, mapped, here, 100*float64(mapped)/float64(here))
	}
	var words []string
	for _, o := range ledger.Outcomes() {
		words = append(words, fmt.Sprintf("%d %s", count[o], o))
	}
	kinds, well := map[string]bool{}, map[string]bool{}
	for _, c := range cases(t) {
		for _, e := range converted(t, c).Entries {
			if kind, path := convert.CatalogueEntry(e); c.Web && convert.Taken(t, e) {
				kinds[kind+" "+path] = true
				if e.Outcome == ledger.Mapped {
					well[kind+" "+path] = true
				}
			}
		}
	}
	t.Logf("of %d different fields %d are mapped in one case at least", len(kinds), len(well))
	share := float64(count[ledger.Mapped]) / float64(set)
	t.Logf("%d fields that people set: %s; %.1f %% mapped; with what AWS adds %d fields", set, strings.Join(words, ", "), 100*share, whole)
	if share < least {
		t.Errorf("%.1f %% of the fields are mapped, want %.0f %%", 100*share, 100*least)
	}
}
