// Package ecs reads the ECS service that a name is moved away from, and scales it.
//
// Client satisfies the engine's Services by shape. It calls AWS synchronously
// through API, a subset of the SDK's client with the very same signatures. Only
// what cannot change is kept in memory: task definitions, by ARN.
package ecs
