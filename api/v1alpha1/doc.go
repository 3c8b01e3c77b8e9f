// Package v1alpha1 is the Kubernetes API of tranship, group tranship.dev: the
// types, their defaults and their validation, and no logic.
//
// +kubebuilder:object:generate=true
// +groupName=tranship.dev
package v1alpha1
