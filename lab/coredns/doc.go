// Command coredns is the cluster DNS of the lab: CoreDNS, unchanged, with the plugins that decide what a pod's client sees:
// cache, forward, loadbalance, and errors, log, health and ready around them. Clients of the lab whose habit is coredns ask it,
// and it asks the lab's VPC resolver, as in EKS.
//
// This is a module of its own because CoreDNS and what it needs must not weigh on the product: nothing may live here but the
// choice of version (go.mod) and of plugins (main.go). How it is configured, started and stopped is the subject of package
// github.com/tranship/tranship/lab/clusterdns, which also builds this program.
package main
