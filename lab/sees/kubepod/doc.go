// Package kubepod says what the containers of a pod see, by the pod and what it
// refers to, as the kubelet makes it and Kubernetes' documentation has it.
//
//	World   the pod, and the objects that a kubelet looks up when it starts one
//	Report  what its containers see; ErrMissing where it would not start
//
// It is one of two readings that share no code and no idea with the product's
// conversion; ecstask is the other.
package kubepod
