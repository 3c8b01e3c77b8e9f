// Package convert turns an ECS service into what runs and finds the same on
// Kubernetes: a workload with its pods, what leads to them, and what they may and
// need; and says of every field that ECS has what became of it.
//
//	Input    one service of a Snapshot, with everything that concerns it
//	Options  what the cluster has, and how its people want things
//	Convert  Input → Result, by steps, each with a file and a subject of its own
//	Named    the names that services have on Kubernetes, of a whole fleet
//	Fleet    several services; one that can't be converted stops none of the others
//	Result   Objects in the order to apply them, the ledger, and open decisions
//	Object   a Kubernetes object, with notes for whoever reads its manifest
//
// No code of the application changes, so the container must find on Kubernetes what
// it had on ECS. Where it can't, the ledger says so: nothing is dropped in silence
// (package ledger sees to it), and no value of a secret is ever known here.
//
// It is pure: the same Input and Options give the same bytes.
package convert
