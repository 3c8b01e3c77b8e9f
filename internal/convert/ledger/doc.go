// Package ledger accounts for every field of a document that AWS describes: what
// becomes of it on Kubernetes, or why nothing does.
//
//	Book     one document, open; Close lists what became of each field that is set
//	Node     a place in it: reads a value, and says what becomes of it
//	Entry    a line: field, outcome, where it went, what differs
//	Outcome  mapped, approximated, dropped, needs decision, unsupported
//	Decision a question that only a person can answer, with the answers there are
//
// Whatever nobody accounted for comes out as unsupported, so that nothing is ever
// lost in silence: neither what tranship forgot, nor what AWS adds tomorrow.
//
// What a field means is not known here; package convert does.
package ledger
