package engine

import (
	"cmp"
	"slices"

	"github.com/tranship/tranship/internal/cutover"
)

// claim picks the guest of a name: the oldest migration that resolves to it, by
// creation time, then UID. One that has begun comes first, because what it
// changed is its to put in order. One that has not, and is not allowed the
// service, is no guest at all: it must keep the name from nobody. The others wait.
func claim(ms []Migration) (guest *Migration, others []Migration) {
	ms = slices.Clone(ms)
	rank := func(m Migration) int {
		switch {
		case begun(m):
			return 0
		case m.Denied == "":
			return 1
		}
		return 2
	}
	slices.SortFunc(ms, func(a, b Migration) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), a.Created.Compare(b.Created), cmp.Compare(a.UID, b.UID))
	})
	if len(ms) == 0 || rank(ms[0]) == 2 {
		return nil, ms
	}
	return &ms[0], ms[1:]
}

// begun says that a migration may have changed something in AWS that is not put
// back: by its state or, where that was lost, by what was kept for that case.
func begun(m Migration) bool {
	if m.State.Schema == 0 {
		return m.Saved != nil && m.Saved.For.UID == m.UID
	}
	return m.State.Wrote && m.State.Phase != cutover.RolledBack || m.State.Schema > cutover.Schema
}
