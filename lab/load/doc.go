// Package load is the lab's clients: they ask for services by name at a steady
// rate, each by one habit, and every request that did not get its answer is
// counted.
//
// The clients are strict, because a clever client hides what a crossing breaks.
// Each request makes one attempt at one address within fixed time-outs. HTTP/1.1
// is spoken here over the connection itself and pools are our own: the standard
// transport repeats a request on another connection, and dials the next address
// of the answer, without a word.
//
// Who keeps what belongs to a Habit; how names and connections are come by
// belongs to the Network given in; what became of a request is a Kind, or ok,
// or cutOff (see Attempt outcomes below); the Runner paces the arrivals; the
// Result is the numbers.
//
// # Attempt outcomes
//
// A request is exactly one of:
//
//   - ok: status 200 and an identity that names the service that was asked;
//   - cutOff: it was on an open connection when the peer was told to stop, and
//     the connection ended (EOF or reset) before the answer did. Not failed: no
//     way to take a task out of service answers what a process never finishes,
//     and a peer that was not told to stop never gets this excuse;
//   - failed, of one Kind.
//
// Whether an EOF or a reset is cutOff is decided by one comparison: Stopped says
// that the address was told to stop, and not before this request's connection
// was established. Established is taken after the dial has returned, which is
// the later and so the stricter moment. What follows from the rule:
//
//   - a new connection to an address that was already told to stop is failed,
//     whether it is refused or accepted and then cut: the client should not have
//     been sent there any more;
//   - a pooled connection that was opened before the stop and ends under the
//     next request is cutOff (the race of keep-alive with closing);
//   - a peer that closes early and was never told to stop is failed, on fresh
//     and pooled connections alike;
//   - an old stop does not excuse a new owner of the address, since it lies
//     before the connection;
//   - a time-out, a 5xx or a malformed answer is failed whoever was stopped.
//
// The lock-step with the rest of the lab: Stopped must know of a stop before the
// peer is signalled, on the clock given as Config.Now.
package load
