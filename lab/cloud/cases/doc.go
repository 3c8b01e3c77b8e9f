// Package cases runs the sourced cases of lab/cloud/testdata/cases: files of commands
// and what they print, each case headed by where its behaviour is known from.
//
// The same files run against the model directly, over the wire against a server
// of the model, and, as far as they need nothing but AWS's own calls, against
// an account. The Target makes the difference; nothing in here knows it.
package cases
