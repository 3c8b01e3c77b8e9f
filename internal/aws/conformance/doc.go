// Package conformance says how AWS Cloud Map behaves, as cases that run: files
// of commands and of what each prints, with the source of every behaviour and
// how sure it is (documented, observed, inferred or unconfirmed).
//
// The same files run against the lab's model of AWS, against that model over the
// wire, and, by whoever has an account, against a scratch namespace of AWS itself
// (`tranship doctor --conformance`). So a lab that behaves otherwise than AWS is
// found out by the first person who looks.
//
//	Parse, Cases   the files; their format is that of cockroachdb/datadriven
//	Session        one case at work: names for ids, commands for calls
//	Account        all cases that need nothing but the API, on a real account
//	Sweep          what is left there, taken away
//	Transcript     what was expected and seen, without ids or keys, to be shared
//
// A Session calls through CloudMap, an interface with the signatures of the SDK's
// client. It has no clock: time passes by Options.Advance.
package conformance
