package house

import (
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The page for those who come from ExternalDNS answers each of its rows, in
// order, and every test that it names is there.
func TestExternalDNSRowByRow(t *testing.T) {
	const page, rows = "docs/externaldns.md", 68
	tr := load(t)
	there := map[string]bool{}
	for _, s := range tr.sources {
		if !s.test {
			continue
		}
		for _, d := range s.ast.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
				there[path.Base(s.dir)+"."+f.Name.Name] = true
			}
		}
	}
	named := regexp.MustCompile("`(\\w+\\.Test\\w+)`")
	var got, want []int
	for n := range rows {
		want = append(want, n+1)
	}
	for line := range strings.SplitSeq(tr.read(t, page), "\n") {
		cells := strings.Split(line, " | ")
		n, err := strconv.Atoi(strings.TrimPrefix(cells[0], "| "))
		if err != nil {
			continue
		}
		got = append(got, n)
		if len(cells) != 5 {
			t.Errorf("row %d has %d cells", n, len(cells))
		}
		tests := named.FindAllStringSubmatch(cells[len(cells)-1], -1)
		if len(tests) == 0 {
			t.Errorf("row %d names no test", n)
		}
		for _, m := range tests {
			if !there[m[1]] {
				t.Errorf("row %d: there is no test %s", n, m[1])
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s has the rows %v, want 1 to %d", page, got, rows)
	}
}
