// Package house holds no code, only tests: they walk the tree and hold the rules
// that no compiler knows. Which room may know which (rooms_test.go), what a room
// may take from outside (outside_test.go), who may write to a name
// (writer_test.go), and that pages, paths and packages say what is there
// (pages_test.go, packages_test.go).
//
// They parse and never type-check, so that they take a second and can run before
// anything else.
package house
