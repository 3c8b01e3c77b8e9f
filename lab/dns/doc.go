// Package dns is how names are resolved in the lab's VPC.
//
//   - Resolver is the VPC's resolver in front of Route 53's servers: a cache
//     beside each client, and one for each zone behind them. It has no clock,
//     socket or goroutine, so that a run can be replayed.
//   - Server puts a lookup on a real UDP and TCP port, for dig, nslookup and
//     every other client.
//   - QueryLog is what Resolver query logging writes about a query.
//
// What belongs here: what a client gets to see of a zone, when, and for how
// long. What does not: what the zone holds and which of Route 53's servers knows
// it yet (lab/cloud), and the caches of the clients themselves (lab/load).
package dns
