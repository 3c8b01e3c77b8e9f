// Package corpus reads the cases in internal/convert/testdata/corpus: services as
// people run them, and what has to become of each field. Tests of several rooms
// convert, render and apply them.
//
//	Case    a service, the ledger that a person expects of it, and its objects
//	Read    all cases of a folder
//	Ledger  outcomes by patterns of paths
//
// A case is one txtar file: case.yaml is the input, in AWS' own words; ledger is
// written by hand, before anybody looked at what comes out; objects.yaml is what
// came out when somebody last looked.
package corpus
