// Package registrar decides who should be in a name and what is to be written
// to get there, one careful batch at a time.
//
//	Merge   endpoints of the Services + the Intent of a crossing → Desired
//	Diff    Desired − what is seen → Batch: first register, then withdraw
//	Guard   the last gate in front of every single write
//
// It knows no phases and keeps no state: a crossing speaks to it through Intent
// alone, and a name without a crossing takes the same path. It is pure.
package registrar
