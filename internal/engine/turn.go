package engine

import (
	"errors"
	"time"

	"github.com/tranship/tranship/internal/pace"
)

// turn is what the account's rates did not let through yet.
type turn struct {
	writes int       // that were left unsent
	read   bool      // the name itself was left unread
	at     time.Time // when the first call may be made; zero: none waits
}

// wait adds a call that ended with pace.ErrNotYet. Of one whose turn is not told,
// otherwise is when it is tried again.
func (t *turn) wait(err error, otherwise time.Time) {
	at := otherwise
	if n := (*pace.NotYet)(nil); errors.As(err, &n) {
		at = n.At
	}
	if t.at.IsZero() || at.Before(t.at) {
		t.at = at
	}
}
