// Package clusterdns is the lab's cluster DNS: it builds the CoreDNS of lab/coredns once per machine, and starts and stops it,
// a process on loopback that forwards to the VPC's resolver and caches as EKS has it.
//
//   - Build makes the binary, Built only looks whether it is there.
//   - Start brings up one server; Server.Stop takes it away again.
//
// Nothing of it outlives its owner: if that dies, however it dies, the kernel kills the process (on Linux).
//
// What belongs here: CoreDNS's process and its Corefile. What does not: the resolver that it asks (lab/dns), and the clients
// that ask it (lab/load).
package clusterdns
