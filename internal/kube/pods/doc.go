// Package pods is the one place that knows which pods stand behind a Service,
// whether each may serve, and under which addresses and port.
//
// A pod is judged by its containers and by every readiness gate but ours, never
// by EndpointSlice readiness: that waits for our gate, and our gate waits for
// the name.
//
// What belongs here: from pods, nodes and a Service to endpoints, and the index
// that finds the pods. What does not: which Services ask for a name
// (internal/kube/source).
package pods
