// Package check holds the result of a check: what was looked at, how it came
// out, on what evidence, and what to do about it. Every check of the product,
// of a preflight or of the environment, ends in this shape. It is pure.
package check

import (
	"cmp"
	"slices"
)

// Outcome is one of four. The zero value is Unknown: nothing passes by being forgotten.
type Outcome string

// The outcomes.
const (
	Unknown Outcome = ""      // could not be judged; needs a person's word
	Pass    Outcome = "pass"  //
	Fail    Outcome = "fail"  // judged, and not good enough
	Error   Outcome = "error" // the check itself broke
)

// String never is empty.
func (o Outcome) String() string {
	if o == Unknown {
		return "unknown"
	}
	return string(o)
}

// Result is how a check came out.
type Result struct {
	ID       string  `json:"id"` // stable, kebab-case
	Outcome  Outcome `json:"outcome"`
	Value    string  `json:"value,omitempty"`    // what was found
	Limit    string  `json:"limit,omitempty"`    // what was asked for
	Evidence string  `json:"evidence,omitempty"` // where it was found
	Remedy   string  `json:"remedy,omitempty"`   // what a person can do
	Standing bool    `json:"standing,omitempty"` // must hold during the whole crossing, not only at its door
}

// Sort puts results in order: what stops first, then by id.
func Sort(rs []Result) {
	rank := map[Outcome]int{Error: 0, Fail: 1, Unknown: 2, Pass: 3}
	slices.SortStableFunc(rs, func(a, b Result) int {
		return cmp.Or(cmp.Compare(rank[a.Outcome], rank[b.Outcome]), cmp.Compare(a.ID, b.ID))
	})
}

// First returns the first result that is not a pass, in the order of Sort.
func First(rs []Result) (Result, bool) {
	c := slices.Clone(rs)
	Sort(c)
	if len(c) > 0 && c[0].Outcome != Pass {
		return c[0], true
	}
	return Result{}, false
}
