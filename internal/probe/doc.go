// Package probe asks the world whether it is as AWS says: for now the DNS, which
// costs no call of AWS's API.
//
// Resolver asks; Watch keeps asking for many names and reports what has vanished
// from one; Present answers for one address. DNS confirms, it never decides:
// what is reported missing is to be looked up in Cloud Map before anything is
// done about it.
//
// What belongs here: questions to what clients would ask, too. What does not:
// AWS's API (internal/aws), and what follows from an answer (internal/engine).
package probe
