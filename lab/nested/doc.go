// Package nested builds the programs of the lab's nested modules once per machine and keeps them: the control plane
// (lab/controlplane) and CoreDNS (lab/coredns). They are modules of their own because what they pull in is heavy, so they are
// compiled apart, and not again as long as nothing of their source has changed.
//
//   - Program says what is built, and how long that takes.
//   - Build gives the folder with the program, made if need be; Built only looks.
//
// What belongs here: sources, keys, the go command, the cache, and what a process needs so that it does not outlive its parent.
// What does not: how any of the programs is started (lab/cluster, lab/clusterdns).
package nested
