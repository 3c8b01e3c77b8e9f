// Package mutants plants bugs in the product and proves that the simulation
// finds each of them: a simulation that passes says something only as long as it
// fails where it must.
//
// A bug is a file NAME.mutant: what it is, how it shows, and the edits that plant
// it, as lines taken away and put in. The product has no switches for this. The
// mutated copies go to a folder of their own, and a build takes them instead of
// the originals by `go build -overlay`.
//
// Where a text is not found any more, the code has moved on and the mutant must
// be refreshed; a bug that cannot be planted any more is a mutant to be deleted.
package mutants
