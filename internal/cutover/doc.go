// Package cutover is one crossing of one name from ECS to EKS, and back.
//
// Next is total and pure: from the State that was stored and what is Observed
// now it makes a Decision. It never acts. Every phase is a gate that is judged
// anew on every step, from facts; the phase is the first gate that is not open.
// So a crossing that was killed, restored or overtaken by events goes on from
// what is true, not from what it once believed.
//
// A crossing touches its name only through Decision.Intent (see registrar), and
// everything else only through Decision.Acts. Check holds the invariants and is
// called after every Next in tests and simulation.
package cutover
