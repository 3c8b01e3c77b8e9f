package names

import (
	"cmp"
	"time"
)

// Fact is something read from outside, or the reason why it could not be read.
type Fact[T any] struct {
	// V must not be looked at while Unknown is set.
	V T
	// At is when the read began: the effect of anything that ended before At is in V.
	At time.Time
	// Unknown says in a person's words why V is not known: denied, throttled, not synced.
	Unknown string
}

// Known makes a Fact that was read.
func Known[T any](v T, at time.Time) Fact[T] { return Fact[T]{V: v, At: at} }

// Unknown makes a Fact that could not be read. Without a reason it says so.
func Unknown[T any](why string, at time.Time) Fact[T] {
	return Fact[T]{At: at, Unknown: cmp.Or(why, "not known, nobody says why")}
}

// OK says that V may be looked at.
func (f Fact[T]) OK() bool { return f.Unknown == "" && !f.At.IsZero() }

// Younger says that the fact is known and was read less than d before now.
func (f Fact[T]) Younger(d time.Duration, now time.Time) bool {
	return f.OK() && now.Sub(f.At) < d
}
