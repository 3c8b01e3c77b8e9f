// Package secrets has the values that the trial's task definitions refer to, as
// Secrets Manager and Parameter Store would keep them, and plays the controllers that
// bring them into a cluster.
//
//	Store     the values, found by what ECS takes as valueFrom or by a store's key
//	Operator  makes the Secrets that ExternalSecrets and SecretProviderClasses ask for
//
// The values are no secrets: each says where it comes from, so that a wrong key or a
// wrong version is seen in what a container prints.
package secrets
