// Package exposure is the oracle of the lab: it says exactly, not by samples,
// when a client within the declared bounds could hold an address at which the
// service no longer answers, and when a name server had no address to give.
//
// Its input is one service's history: what every authoritative server could
// answer and with which TTL (View), when each address answered as this service
// (Serving), and how much longer than the TTL a client may keep an answer
// (Habit). A failure is held outside serving.
//
// All intervals are half-open, [from, to), and are computed, never sampled. An
// answer given at t with TTL l may be used in [t, t+l+extra], both ends
// included; as an address that is answerable in [a, b) is given until just
// before b, it is held in [a, b+l+extra).
//
// The package is pure: the standard library, no clock, no I/O, no randomness,
// and none of the lab's other rooms, so that the simulation and the live lab
// judge by the same function. The same input gives the same report.
package exposure
