// Package pace says when the next AWS call may be made, so that tranship stays
// under the rates that an account shares with ECS, Cloud Map's own users and
// everybody else in it.
//
//	Defaults   what an account may do, per operation, each rate with its source
//	Pacer      one account in one region: token arithmetic per operation, and whose
//	           turn is when
//	NotYet     what a caller is told who does not wait, but comes again at its turn
//
// Only arithmetic lives here: Now comes in, a waiting time goes out. Who waits,
// and who holds the lock, is the business of the caller. It is pure: the
// standard library is all that it imports.
package pace
