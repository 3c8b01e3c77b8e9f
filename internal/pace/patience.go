package pace

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrNotYet says that a call was not made, because its turn is later than it may wait.
var ErrNotYet = errors.New("not its turn")

// NotYet is an ErrNotYet of one whose turn is kept: whoever calls again At that
// time is let through.
type NotYet struct {
	Op Op
	At time.Time
}

// Error says when the turn is.
func (e *NotYet) Error() string {
	return fmt.Sprintf("%s: that of %s is at %s", ErrNotYet, e.Op, e.At.UTC().Format("15:04:05.000"))
}

// Is ErrNotYet.
func (e *NotYet) Is(target error) bool { return target == ErrNotYet }

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

type returnsKey struct{}

// WhoReturns says that calls made with the context are those of who, which does
// not wait but comes again when it is its turn: where that is later, the call ends
// with a NotYet, and the turn is kept. Calls of "" wait.
func WhoReturns(ctx context.Context, who string) context.Context {
	return context.WithValue(ctx, returnsKey{}, who)
}

// Returns is what WhoReturns said; ok is false if nobody did.
func Returns(ctx context.Context) (who string, ok bool) {
	who, _ = ctx.Value(returnsKey{}).(string)
	return who, who != ""
}
