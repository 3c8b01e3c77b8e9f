// Package rival finds ExternalDNS in the cluster and tells whether it would keep
// one of our names, too: two writers of one name undo each other's work.
//
// What belongs here: its workloads and their flags. What does not: what is done
// about it, and how the flags read objects when they are ours
// (internal/kube/source).
package rival
