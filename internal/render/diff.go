package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/pmezard/go-difflib/difflib"
)

// Diff writes what changes as a unified diff, as git and patch read it, in order of
// path.
func (c Changes) Diff(w io.Writer) error {
	for _, e := range c.edits {
		d := difflib.UnifiedDiff{
			A: lines(e.before), B: lines(e.now), FromFile: "a/" + e.path, ToFile: "b/" + e.path, Context: 3,
		}
		if e.before == nil {
			d.FromFile = "/dev/null"
		}
		if e.now == nil {
			d.ToFile = "/dev/null"
		}
		if _, err := fmt.Fprintf(w, "diff --git a/%s b/%s\n", e.path, e.path); err != nil {
			return err
		}
		if err := difflib.WriteUnifiedDiff(w, d); err != nil {
			return err
		}
	}
	return nil
}

// lines are those of a file, with their ends.
func lines(data []byte) []string {
	var out []string
	for line := range strings.Lines(string(data)) {
		if !strings.HasSuffix(line, "\n") {
			line += "\n\\ No newline at end of file\n"
		}
		out = append(out, line)
	}
	return out
}
