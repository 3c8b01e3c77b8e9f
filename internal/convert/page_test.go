package convert_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tranship/tranship/internal/convert"
)

// The page has the catalogue as it is. -rewrite writes it.
func TestPage(t *testing.T) {
	const page, mark = "../../docs/fields.md", " of internal/convert/fields_*.go -->\n"
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, has, found := strings.Cut(string(data), mark)
	if !found {
		t.Fatalf("%s has no place for the fields", page)
	}
	var b strings.Builder
	for _, kind := range convert.Kinds() {
		fmt.Fprintf(&b, "\n### %s\n\n| field | usually | where, or why |\n|---|---|---|\n", kind)
		for _, l := range convert.Catalogue(kind) {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", ticked(l.Paths), l.Usual, l.Words)
		}
	}
	if b.String() == has {
		return
	}
	if !rewriting() {
		t.Fatalf("%s tells of other fields than the code: go test ./internal/convert -run TestPage -rewrite", page)
	}
	if err := os.WriteFile(page, []byte(before+mark+b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// ticked lists paths, of the second on without what all begin with.
func ticked(paths []string) string {
	at := strings.LastIndexByte(paths[0], '.') + 1
	for _, p := range paths {
		for !strings.HasPrefix(p, paths[0][:at]) {
			at = strings.LastIndexByte(paths[0][:at-1], '.') + 1
		}
	}
	out := []string{"`" + paths[0] + "`"}
	for _, p := range paths[1:] {
		out = append(out, "`"+p[at:]+"`")
	}
	return strings.Join(out, ", ")
}
