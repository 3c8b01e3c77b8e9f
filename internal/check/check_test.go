package check_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/check"
)

func TestSortAndFirst(t *testing.T) {
	in := []check.Result{
		{ID: "d", Outcome: check.Pass}, {ID: "c"}, {ID: "b", Outcome: check.Fail}, {ID: "a", Outcome: check.Fail}, {ID: "z", Outcome: check.Error},
	}
	kept := append([]check.Result(nil), in...)
	first, ok := check.First(in)
	if !ok || first.ID != "z" {
		t.Errorf("first is %+v", first)
	}
	if diff := cmp.Diff(kept, in); diff != "" {
		t.Errorf("First changed what it was given:\n%s", diff)
	}
	check.Sort(in)
	var ids string
	for _, r := range in {
		ids += r.ID
	}
	if ids != "zabcd" {
		t.Errorf("sorted: %s", ids)
	}
	for _, rs := range [][]check.Result{nil, {{ID: "a", Outcome: check.Pass}, {ID: "b", Outcome: check.Pass}}} {
		if r, ok := check.First(rs); ok {
			t.Errorf("%v: %+v is not passed", rs, r)
		}
	}
	// Nothing passes by being forgotten.
	if r, ok := check.First([]check.Result{{ID: "a", Outcome: check.Pass}, {ID: "forgotten"}}); !ok || r.ID != "forgotten" || r.Outcome.String() != "unknown" {
		t.Errorf("%+v, %t", r, ok)
	}
}
