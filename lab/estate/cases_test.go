package estate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tranship/tranship/lab/estate/cases"
)

func TestCases(t *testing.T) { cases.Run(t, "testdata", cases.Direct) }

// Every case says where its behaviour is known from, and how well.
func TestCasesHaveSources(t *testing.T) {
	files, err := filepath.Glob("testdata/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	marks := map[string]bool{"documented": true, "observed": true, "inferred": true, "unconfirmed": true}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source, mark, n := false, "", 0
		for l := range strings.Lines(string(text)) {
			n++
			l = strings.TrimSuffix(l, "\n")
			if v, ok := strings.CutPrefix(l, "# source: "); ok && strings.HasPrefix(v, "https://") {
				source = true
			}
			if v, ok := strings.CutPrefix(l, "# mark: "); ok {
				mark = v
			}
			if l == "new" || strings.HasPrefix(l, "new ") {
				if !source || !marks[mark] {
					t.Errorf("%s:%d: a case without source or with mark %q", name, n, mark)
				}
				source, mark = false, ""
			}
		}
	}
}
