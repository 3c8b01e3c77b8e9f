// Package kube is the Kubernetes side: what Services, pods and
// ServiceMigrations say, as the core's values, and where a crossing's state is
// stored. It satisfies engine.Store.
//
// What belongs here: reading objects into values and values into status. What
// does not: when a name is looked at (internal/controller) and what is decided
// of it (internal/cutover, internal/registrar).
package kube
