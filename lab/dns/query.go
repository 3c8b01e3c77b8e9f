package dns

import "net/netip"

// Transport is how a query came.
type Transport string

// The transports, in the words of the query log.
const (
	UDP Transport = "UDP"
	TCP Transport = "TCP"
)

// Query is one question of a client.
type Query struct {
	// Client is who asks, and from which port. Not valid for nobody in
	// particular: such a query has the zone's cache only, and no limit.
	Client    netip.AddrPort
	Transport Transport
	// Name in any case, with or without its last dot; Type as in "A".
	Name, Type string
}
