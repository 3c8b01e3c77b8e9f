// Package source tells from Kubernetes objects which names they ask for, and
// what stands behind each: Services, Ingresses and the routes of the Gateway API
// with their Gateways, by the annotations and flags that ExternalDNS has, so
// that manifests written for it work unchanged.
// https://kubernetes-sigs.github.io/external-dns/latest/docs/annotations/annotations/
//
// One object is read at a time, on an event of it, from a cache. Nothing is kept
// between two readings, and the same objects give the same wishes in the same
// order. What cannot be honoured is a Problem of its object, with what to do
// about it, and never stops another.
//
// What belongs here: the contract of annotations and flags, host names, TTLs,
// targets. What does not: where a name lives in Cloud Map, who may have it, what
// fits its records (internal/names, internal/controller), and which pods may
// serve (internal/kube/pods).
package source
