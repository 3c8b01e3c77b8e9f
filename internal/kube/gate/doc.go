// Package gate is the readiness gate tranship.dev/registered: a rollout waits
// until a new pod is in the name.
//
// A webhook puts the gate into pods as they are created, where a Service asks
// for it, and fails open: no pod is ever refused or kept waiting for it. Opener
// opens the gate of a pod; Sweeper finds those that nobody would ever open.
//
// What belongs here: the gate in pods and what Kubernetes needs to have it put
// there. What does not: whether a pod is in the name, and how long it waits for
// it (internal/engine).
package gate
