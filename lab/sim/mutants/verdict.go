package mutants

import (
	"regexp"
	"slices"
	"strings"
)

var (
	// brokenLine is what lab/sim prints per violation, after the time of it.
	brokenLine = regexp.MustCompile(`(?m)^\s*broken: \S+ (.*)$`)
	invariant  = regexp.MustCompile(`invariant broken: ([1-9]):`)
	seedLine   = regexp.MustCompile(`(?m)^.*\b(seed [0-9]+): `)
)

// Verdict is what a run of the simulation says.
type Verdict struct {
	Seed  string   // "seed 17"; "" where none failed
	Lines []string // the violations as printed
	Kinds []string // of those, sorted, each once
}

// Read finds the violations in the output of a test.
func Read(output string) Verdict {
	var v Verdict
	if m := seedLine.FindStringSubmatch(output); m != nil {
		v.Seed = m[1]
	}
	for _, m := range brokenLine.FindAllStringSubmatch(output, -1) {
		v.Lines = append(v.Lines, m[1])
		v.Kinds = append(v.Kinds, kind(m[1]))
	}
	slices.Sort(v.Kinds)
	v.Kinds = slices.Compact(v.Kinds)
	// A run that broke something stops there, so where it stands means nothing.
	if len(v.Kinds) > 1 {
		v.Kinds = slices.DeleteFunc(v.Kinds, func(k string) bool { return k == "end" })
	}
	return v
}

func kind(line string) string {
	if m := invariant.FindStringSubmatch(line); m != nil {
		return "invariant " + m[1]
	}
	word, _, _ := strings.Cut(line, ":")
	if kinds.MatchString(word) {
		return word
	}
	return "other"
}

// Shows says whether a mutant was found as one expects it to be.
func (v Verdict) Shows(m Mutant) bool {
	return slices.ContainsFunc(v.Kinds, func(k string) bool { return slices.Contains(m.Expect, k) })
}
