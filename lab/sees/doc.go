// Package sees is what a container finds where it runs: its environment, command,
// user, mounts, limits and the like, as one value that can be printed and compared,
// whether ECS or Kubernetes runs it.
//
//	Report      a task's or a pod's containers, and what they have together
//	Container   what one of them finds
//	Aspects     the same as words, one for each thing that can differ
//	Compare     two reports → the differences between them
//
// Who finds out what a container sees is elsewhere, twice and apart: package ecstask
// reads task definitions as ECS documents them, package kubepod reads pods as the
// kubelet does. Neither knows how the product converts one into the other, so that
// they can disagree with it.
//
// What belongs here: the words for what a container sees. What does not: why two
// reports differ (lab/likeness asks the ledger).
package sees
