// Package lag takes apart how long calls took to be made: what a budget of calls
// made of it, and what is left to whoever made them.
//
//	Budget  a token bucket, such as a share of an account's rate of one operation
//	Call    since when one was wanted, and when it was sent
//	Delay   the same as two parts: the queue of the budget, and the caller's own
//
// Times come in, times go out: it is pure arithmetic, and knows nothing of what is
// called, or by whom.
package lag
