// Package cases runs the sourced cases of lab/estate/testdata: files of commands
// and what they print, each case headed by where its behaviour is known from.
// The same files run against an Estate directly and over the wire; the Target
// makes the difference.
package cases
