package engine

import (
	"errors"
	"time"

	"github.com/tranship/tranship/internal/pace"
)

// turn is what writes wait for that the account's rates did not let through yet.
type turn struct {
	writes int
	at     time.Time // when the first of them may be sent
}

// wait adds a write that ended with pace.ErrNotYet. Of one whose turn is not told,
// otherwise is when it is tried again.
func (t *turn) wait(err error, otherwise time.Time) {
	at := otherwise
	if n := (*pace.NotYet)(nil); errors.As(err, &n) {
		at = n.At
	}
	if t.writes++; t.writes == 1 || at.Before(t.at) {
		t.at = at
	}
}
