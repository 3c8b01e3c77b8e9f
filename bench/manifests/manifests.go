// Package manifests holds what a team applies in the proof of concept: a headless
// Service, a Service of type LoadBalancer with a TTL, and an Ingress, each for a
// name in external-dns-test.internal.
package manifests

import "embed"

// FS holds the files.
//
//go:embed *.yaml
var FS embed.FS
