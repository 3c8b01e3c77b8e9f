package load

import (
	"context"
	"net"
	"net/netip"
	"time"
)

// Network is how a client comes by addresses and connections: the lab's
// resolver and fabric. It is used from many goroutines at once.
type Network interface {
	// Lookup asks, as the client with that address, for the A records of name.
	// A name that does not exist is an Answer with its Rcode, not an error.
	Lookup(ctx context.Context, client netip.Addr, name string) (Answer, error)
	// Dial opens one connection. Its error must satisfy errors.Is for
	// syscall.ECONNREFUSED and the like, and net.Error's Timeout.
	Dial(ctx context.Context, src netip.Addr, dst netip.AddrPort) (net.Conn, error)
}

// Lookup asks, as the client with that address, for the addresses of a name; as
// Network's.
type Lookup func(ctx context.Context, client netip.Addr, name string) (Answer, error)

// Answer is what the resolver said.
type Answer struct {
	Addrs []netip.Addr
	// TTL is how much longer the answer may be held, as the resolver says it.
	TTL time.Duration
	// Rcode is DNS's own word: NOERROR (or ""), NXDOMAIN, SERVFAIL, …
	Rcode string
}

// Target is a service that is asked.
type Target struct {
	Service string // who must answer, by its identity
	Host    string // the name to look up
	Port    uint16
}

// Identity is what a stand-in answers about itself.
type Identity struct {
	Platform string `json:"platform"` // "ecs" or "eks"
	Service  string `json:"service"`
	Instance string `json:"instance"`
}
