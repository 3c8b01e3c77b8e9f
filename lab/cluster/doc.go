// Package cluster is the lab's Kubernetes: it builds the control plane of lab/controlplane once per machine, and starts and stops
// it: real etcd, kube-apiserver, kube-controller-manager and kube-scheduler as processes on loopback, with TLS and RBAC on,
// without root and without containers.
//
//   - Build gives the folder with the binaries, in the layout that KUBEBUILDER_ASSETS names, so envtest can use it, too.
//   - Start brings up one cluster; Cluster.Stop takes it away again.
//   - Package clustertest shares one cluster among the tests of a package.
//   - Command build makes the binaries and prints their folder.
//
// A cluster is thrown away whole: all that it keeps is in one temporary folder. Nothing of it outlives its owner. Stop ends the
// processes and removes the folder; if the owner dies, however it dies, the kernel kills the processes (on Linux), and the next
// Start removes what is left of the folder.
//
// What belongs here: processes, certificates and flags of the control plane. What does not: nodes and pods (lab/node), and
// anything that a client of the API could do.
package cluster
