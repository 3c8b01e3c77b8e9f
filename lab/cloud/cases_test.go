package cloud_test

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tranship/tranship/lab/cloud/cases"
)

// caseFolders are the model's own cases, and those on Cloud Map, which an account
// can be asked, too.
var caseFolders = []string{"testdata/cases", "../../internal/aws/conformance/cases"}

func TestCases(t *testing.T) {
	for _, dir := range caseFolders {
		cases.Run(t, dir, cases.Direct)
	}
}

// Every case says where its behaviour is known from, and how well.
func TestCasesHaveSources(t *testing.T) {
	var files []string
	for _, dir := range caseFolders {
		some, err := filepath.Glob(dir + "/*")
		if err != nil || len(some) == 0 {
			t.Fatalf("no cases in %s: %v", dir, err)
		}
		files = append(files, some...)
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
