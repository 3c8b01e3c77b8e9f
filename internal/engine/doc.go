// Package engine makes one step for one name: it gathers what is known, asks
// the core what to do, stores the decision and only then acts.
//
// The ports it needs are declared here; adapters satisfy them by shape. Nothing
// in it runs by itself: no goroutine, no channel, no timer. Who calls StepName
// how often is the business of the work queue in front of it.
package engine
