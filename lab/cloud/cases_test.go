package cloud_test

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tranship/tranship/lab/cloud/cases"
)

func TestCases(t *testing.T) { cases.Run(t, "testdata/cases", cases.Direct) }

// Every case says where its behaviour is known from, and how well.
func TestCasesHaveSources(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	marks := map[string]bool{"documented": true, "observed": true, "inferred": true, "unconfirmed": true}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		source, mark, line := false, "", 0
		for s := bufio.NewScanner(f); s.Scan(); {
			line++
			l := s.Text()
			if v, ok := strings.CutPrefix(l, "# source: "); ok && strings.HasPrefix(v, "https://") {
				source = true
			}
			if v, ok := strings.CutPrefix(l, "# mark: "); ok {
				mark = v
			}
			if l == "new" || strings.HasPrefix(l, "new ") {
				if !source || !marks[mark] {
					t.Errorf("%s:%d: a case without source or with mark %q", name, line, mark)
				}
				source, mark = false, ""
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}
