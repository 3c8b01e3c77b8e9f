// Package fault has the words for what goes wrong in the lab on demand, and
// counts how often it did.
//
// A Fault is a value: what goes wrong (Kind), with which call, operation, task,
// pod or zone (globs), how often, for how long, and how late. Parse reads it from
// a flag. A Set holds those that are active, tells for each call or operation
// whether one of them hits it, and says when something is to happen by itself.
//
// It does nothing itself: lab/aws spoils answers, lab/cloud operations, and lab
// kills tasks, pods and zones. There is no clock or socket here, and no
// randomness but that of the seed.
package fault
