// Package process runs the programs on trial as processes of their own, so that
// they can be killed as in real life, and asks what they need: memory at its most,
// and which flags they know.
//
//	Program  what to run, and whether it is started again when it ends
//	Child    one that runs
//
// Whose program it is, and with which arguments, is the business of the caller.
package process
