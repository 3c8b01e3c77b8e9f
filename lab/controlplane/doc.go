// Command controlplane is the Kubernetes control plane of the lab: etcd, kube-apiserver, kube-controller-manager and
// kube-scheduler, unchanged, in one program. It becomes the component by whose name it is called, so a folder with this binary
// and four links to it is what KUBEBUILDER_ASSETS and package cluster expect.
//
// This is a module of its own because its hundreds of packages must not weigh on the product: nothing may live here but the
// choice of versions (go.mod) and the four calls (main.go). How the components are configured, started and stopped is the
// subject of package github.com/tranship/tranship/lab/cluster, which also builds this program.
//
// To move to another Kubernetes: change the version of k8s.io/kubernetes, give every staging module in the replace list the
// matching v0 version, and run `go mod tidy` in this folder. The version that the server reports follows go.mod.
package main
