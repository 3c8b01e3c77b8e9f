package pace

import (
	"context"
	"errors"
	"time"
)

// ErrNotYet says that a call was not made, because its turn is later than it may wait.
var ErrNotYet = errors.New("not its turn")

type patienceKey struct{}

// WithPatience says how long a call made with the context may wait for its turn,
// where that is less than everyone's bound. 0: only if it is its turn now.
func WithPatience(ctx context.Context, d time.Duration) context.Context {
	return context.WithValue(ctx, patienceKey{}, d)
}

// Patience is what WithPatience said; ok is false if nobody did.
func Patience(ctx context.Context) (d time.Duration, ok bool) {
	d, ok = ctx.Value(patienceKey{}).(time.Duration)
	return d, ok
}
