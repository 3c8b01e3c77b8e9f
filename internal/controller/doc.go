// Package controller puts the manager together: one list of controllers over
// one work queue of names, the lease, the AWS clients and what they tell.
//
// It is a composition root: it decides nothing of a crossing, it only sees to it
// that engine.StepName is called for the right name at the right time, by one
// process, and by one worker at a time.
package controller
