// Package names holds the words that every other room speaks: which Cloud Map
// service is meant (Ref), what is registered in it (Instance, View), who could
// serve it (Endpoint), who put an instance there (Side, Owner), and what is
// known and since when (Fact).
//
// Only values, rules about single values and limits with their sources live
// here: no decisions, no I/O. It is pure: the standard library is all that it
// imports.
package names
