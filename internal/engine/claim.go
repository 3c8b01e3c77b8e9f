package engine

import (
	"cmp"
	"slices"
)

// claim picks the guest of a name: the oldest migration that resolves to it, by
// creation time, then UID. One that is not allowed the service comes last, so
// that it cannot keep the name from one that is. The others wait.
func claim(ms []Migration) (guest *Migration, others []Migration) {
	ms = slices.Clone(ms)
	slices.SortFunc(ms, func(a, b Migration) int {
		if (a.Denied == "") != (b.Denied == "") {
			if a.Denied == "" {
				return -1
			}
			return 1
		}
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.UID, b.UID))
	})
	if len(ms) == 0 {
		return nil, nil
	}
	return &ms[0], ms[1:]
}
