package cutover

import (
	"time"

	"github.com/tranship/tranship/internal/names"
)

// Absence is since when an ECS task that was in the name is no longer.
type Absence struct {
	ID    names.ID  `json:"id"`
	Since time.Time `json:"since"` // proved, rounded up
	// Revision is the last InstancesRevision that was read; 0 if none was. Where
	// the name is found to have it still, the task is absent since Same, not
	// only since Since; zero where the two are one.
	Revision int64     `json:"revision,omitempty"`
	Same     time.Time `json:"same,omitzero"`
}

// next is the absence at a later read that found the task absent, too, with the
// revision if it could be read. Over a time in which nobody looked an absence
// goes on only where it cannot have been interrupted: watched says that a return
// takes longer, the same revision that nothing came or went. A revision that
// cannot be read proves nothing, and what an earlier one may prove is kept.
func (a Absence) next(now time.Time, revision int64, watched, listed bool) Absence {
	same := a.Same
	if same.IsZero() {
		same = a.Since
	}
	switch {
	case revision != 0 && revision == a.Revision && !listed:
		a.Since = same
	case !watched:
		a.Since = now
	}
	if revision != 0 {
		a.Revision, same = revision, a.Since
	}
	a.Same = same
	if a.Revision == 0 || same.Equal(a.Since) {
		a.Same = time.Time{}
	}
	return a
}
