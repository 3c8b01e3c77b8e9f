package load

import (
	"time"

	"github.com/tranship/tranship/lab/load/exposure"
)

// Habit is how a client keeps addresses and connections.
type Habit string

// The habits of this lab. Those that speak HTTP/1.1 dial for each request
// unless they say otherwise.
const (
	// None keeps nothing: it looks the name up for each request.
	None Habit = "none"
	// TTL holds an answer as long as its TTL says.
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
	// Slow honours the TTL and asks what takes 20 s to answer: a report, an
	// export. Its time-out is longer by as much.
	Slow Habit = "slow"
	// GRPC makes unary calls over one HTTP/2 connection for each service, which it
	// keeps for as long as the server lets it; it looks up, honouring the TTL,
	// only for a new one. It obeys GOAWAY: the next call goes to a new connection.
	GRPC Habit = "grpc"
	// Stream is GRPC with server streams of 10 s. One that ends before the server
	// has ended it failed.
	Stream Habit = "stream"
	// Discover asks Cloud Map's DiscoverInstances for healthy instances instead of
	// DNS, and holds what it is told for a fixed time, as API Gateway's private
	// integrations and SDK users do.
	Discover Habit = "discover"
	// CoreDNS honours the TTL of the cluster's DNS, which has a cache of its own
	// before the VPC's resolver.
	CoreDNS Habit = "coredns"
	// Pinned looks a name up once and never again. No crossing can do anything for
	// it but wait, so it is told apart: its failures are not among those counted.
	Pinned Habit = "pinned"
)

// Habits are all habits, in the order in which results list them.
func Habits() []Habit {
	return []Habit{None, TTL, Fixed30, Pool, SameSubnet, Slow, GRPC, Stream, Discover, CoreDNS, Pinned}
}

// Words say what the habit is, for people.
func (h Habit) Words() string {
	switch h {
	case None:
		return "looks the name up for each request"
	case TTL:
		return "holds an answer for its TTL"
	case Fixed30:
		return "holds an answer for 30 s, as a JVM does"
	case Pool:
		return "keeps HTTP connections open"
	case SameSubnet:
		return "prefers its own subnet, as glibc does"
	case Slow:
		return "asks what takes 20 s to answer"
	case GRPC:
		return "calls over one connection that it keeps"
	case Stream:
		return "gRPC streams of 10 s"
	case Discover:
		return "asks DiscoverInstances every 5 s, not DNS"
	case CoreDNS:
		return "looks up through the cluster's CoreDNS"
	case Pinned:
		return "looks up once and never again"
	}
	return string(h)
}

// Apart says that the habit's requests are not among those that are counted.
func (h Habit) Apart() bool { return h == Pinned }

// calls says that the habit speaks gRPC.
func (h Habit) calls() bool { return h == GRPC || h == Stream }

// lasts says that the habit's requests take long by design: their time is no
// latency.
func (h Habit) lasts() bool { return h == Slow || h == Stream }

// share of the requests where no Mix is given. Requests that last are fewer, so
// that about as many of them run at any moment as of all others together.
func (h Habit) share() float64 {
	switch h {
	case Slow:
		return 0.05
	case Stream:
		return 0.1
	case Pinned:
		return 0.2
	default:
		return 1
	}
}

// Caches says how long clients keep things beyond what a TTL says.
type Caches struct {
	// Fixed is what Fixed30 holds an answer for, 30 s by default; FixedNegative
	// a missing one, 10 s by default: networkaddress.cache.ttl and
	// networkaddress.cache.negative.ttl of the JVM, as its java.security file
	// has them. Without regard to DNS's TTL:
	// https://docs.aws.amazon.com/sdk-for-java/latest/developer-guide/jvm-ttl-dns.html
	Fixed, FixedNegative time.Duration
	// ClusterDNS is the most that the cluster's DNS holds an answer for, and
	// ClusterDNSNegative a missing one, both 30 s by default: `cache 30` in the
	// Corefile that EKS installs. Below, it is the TTL, but at least 5 s:
	// https://coredns.io/plugins/cache/
	ClusterDNS, ClusterDNSNegative time.Duration
	// Discover is what Discover holds what it was told for, 5 s by default.
	Discover time.Duration
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
	fill(&c.ClusterDNS, 30*time.Second)
	fill(&c.ClusterDNSNegative, 30*time.Second)
	fill(&c.Discover, 5*time.Second)
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

// Bound is how long beyond its TTL, or without one beyond the moment of the
// answer, a client of the habit may hold an answer before it opens a connection.
// Connections that are open already are no held answers. false: there is no
// bound.
func (c Caches) Bound(h Habit) (time.Duration, bool) {
	c = c.withDefaults()
	switch h {
	case Fixed30:
		return c.Fixed, true
	case CoreDNS:
		return c.ClusterDNS, true
	case Discover:
		return c.Discover, true
	case Pinned:
		return 0, false
	default:
		return 0, true
	}
}

// HoldsNone is how long a client of the habit may hold that a name has no
// address.
func (c Caches) HoldsNone(h Habit) time.Duration {
	c = c.withDefaults()
	switch h {
	case Fixed30:
		return c.FixedNegative
	case CoreDNS:
		return c.ClusterDNSNegative
	default:
		return 0
	}
}

// Bounds are the declared bounds of the habits that ask DNS, for the oracle.
func (c Caches) Bounds() []exposure.Habit {
	return c.bounds(func(h Habit) bool { return h != Discover })
}

// DiscoverBounds are those of the habits that ask DiscoverInstances: another
// history, for it follows the truth in its own time.
func (c Caches) DiscoverBounds() []exposure.Habit {
	return c.bounds(func(h Habit) bool { return h == Discover })
}

func (c Caches) bounds(which func(Habit) bool) (out []exposure.Habit) {
	for _, h := range Habits() {
		if extra, ok := c.Bound(h); ok && which(h) {
			out = append(out, exposure.Habit{Name: string(h), Extra: extra})
		}
	}
	return out
}
