package corpus

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// Ledger is what a person expects of each field that is set. As text it has a section
// for each document, and in it lines of an outcome and patterns:
//
//	taskDefinition
//	  mapped: *
//	  approximated: executionRoleArn containerDefinitions[web].logConfiguration.*
//
// A pattern is a path of the ledger or of AWS' model, in which * stands for anything
// and {a,b} for one of several. The last line that fits a field counts, but for a lone
// * nothing of the catalogue that is always dropped is meant. A pattern that fits
// nothing is a slip.
type Ledger []Rule

// Rule is one pattern.
type Rule struct {
	Document string
	Pattern  string
	Outcome  ledger.Outcome
}

// ParseLedger reads the text.
func ParseLedger(text string) (Ledger, error) {
	var out Ledger
	document := ""
	for n, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, " #")
		switch {
		case strings.TrimSpace(line) == "":
		case line[0] != ' ':
			document = strings.TrimSpace(line)
		default:
			word, patterns, found := strings.Cut(strings.TrimSpace(line), ":")
			o := ledger.Outcome(word)
			if !found || document == "" || !slices.Contains(ledger.Outcomes(), o) {
				return nil, fmt.Errorf("line %d: %q is no outcome with patterns below a document", n+1, line)
			}
			for _, p := range strings.Fields(patterns) {
				for _, p := range expand(p) {
					out = append(out, Rule{document, p, o})
				}
			}
		}
	}
	return out, nil
}

// expand resolves {a,b}.
func expand(p string) []string {
	at := strings.IndexByte(p, '{')
	end := strings.IndexByte(p, '}')
	if at < 0 || end < at {
		return []string{p}
	}
	var out []string
	for word := range strings.SplitSeq(p[at+1:end], ",") {
		out = append(out, expand(p[:at]+word+p[end+1:])...)
	}
	return out
}

// Fits says whether a pattern means an entry; scalingPolicy stands for all of that kind.
func (r Rule) Fits(e ledger.Entry) bool {
	kind, _, _ := strings.Cut(e.Document, ":")
	return (e.Document == r.Document || kind == r.Document) && (match(r.Pattern, e.Path) || match(r.Pattern, e.Field))
}

// match compares with a pattern in which * stands for anything.
func match(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	last := parts[len(parts)-1]
	for _, p := range parts[1 : len(parts)-1] {
		at := strings.Index(text, p)
		if at < 0 {
			return false
		}
		text = text[at+len(p):]
	}
	return strings.HasSuffix(text, last)
}

// Differences compares entries with what is expected of them, a line for each
// difference. dropped says which fields are always dropped.
func (l Ledger) Differences(entries []ledger.Entry, dropped func(ledger.Entry) bool) []string {
	var out []string
	used := make([]bool, len(l))
	for _, e := range entries {
		var want ledger.Outcome
		if dropped(e) {
			want = ledger.Dropped
		}
		for i, r := range l {
			if !r.Fits(e) {
				continue
			}
			used[i] = true
			if r.Pattern != "*" || !dropped(e) {
				want = r.Outcome
			}
		}
		switch {
		case want == "":
			out = append(out, fmt.Sprintf("%s %s: nothing is expected of it; it is %s", e.Document, e.Path, e.Outcome))
		case want != e.Outcome:
			out = append(out, fmt.Sprintf("want %s: %s", want, e))
		}
	}
	for i, r := range l {
		if !used[i] {
			out = append(out, fmt.Sprintf("%s %s (%s): the pattern fits no field", r.Document, r.Pattern, r.Outcome))
		}
	}
	return out
}
