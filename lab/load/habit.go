package load

import (
	"time"

	"github.com/tranship/tranship/lab/load/exposure"
)

// Habit is how a client keeps addresses and connections.
type Habit string

// The habits of this lab.
const (
	// None keeps nothing: it looks the name up for each request.
	None Habit = "none"
	// TTL holds an answer as long as its TTL says, and dials for each request.
	TTL Habit = "ttl"
	// Fixed30 holds an answer for a fixed time whatever its TTL says, as a JVM
	// does, and a name that has no answer for a shorter one.
	Fixed30 Habit = "fixed30"
	// Pool keeps connections open and looks up, honouring the TTL, only when it
	// needs a new one.
	Pool Habit = "pool"
	// SameSubnet honours the TTL and dials, of the addresses held, the one with
	// the longest prefix in common with its own (RFC 6724, 5, rule 9), as glibc
	// orders them. Of equals, the first in the answer.
	SameSubnet Habit = "samesubnet"
)

// Habits are all habits, in the order in which results list them.
func Habits() []Habit { return []Habit{None, TTL, Fixed30, Pool, SameSubnet} }

// Caches says how long clients keep things beyond what a TTL says.
type Caches struct {
	// Fixed is what Fixed30 holds an answer for, 30 s by default; FixedNegative
	// a missing one, 10 s by default: networkaddress.cache.ttl and
	// networkaddress.cache.negative.ttl of the JVM, as its java.security file
	// has them. Without regard to DNS's TTL:
	// https://docs.aws.amazon.com/sdk-for-java/latest/developer-guide/jvm-ttl-dns.html
	Fixed, FixedNegative time.Duration
	// PoolIdle and PoolAge end a pooled connection that was idle for so long, or
	// opened so long ago. 30 s and 60 s by default. An old connection that is in
	// use ends when its request has.
	PoolIdle, PoolAge time.Duration
	// PoolSize is how many idle connections a client keeps for a service, 2 by
	// default.
	PoolSize int
}

func (c Caches) withDefaults() Caches {
	fill(&c.Fixed, 30*time.Second)
	fill(&c.FixedNegative, 10*time.Second)
	fill(&c.PoolIdle, 30*time.Second)
	fill(&c.PoolAge, time.Minute)
	fill(&c.PoolSize, 2)
	return c
}

func fill[T comparable](v *T, or T) {
	var zero T
	if *v == zero {
		*v = or
	}
}

// Bounds are the declared bounds of the habits, for the oracle: how long beyond
// its TTL a client may hold an answer before it opens a connection. Connections
// that are open already are no held answers.
func (c Caches) Bounds() []exposure.Habit {
	c = c.withDefaults()
	var out []exposure.Habit
	for _, h := range Habits() {
		b := exposure.Habit{Name: string(h)}
		if h == Fixed30 {
			b.Extra = c.Fixed
		}
		out = append(out, b)
	}
	return out
}
