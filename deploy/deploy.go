// Package deploy carries what an administrator applies beside the
// CustomResourceDefinitions: the controller and its rights.
package deploy

import "embed"

// FS holds the rights alone, as plain manifests to be applied in any order: what
// a controller needs that runs somewhere else.
//
//go:embed rbac.yaml
var FS embed.FS

// Everything is the whole set. Applied in the order of the files' names, each
// finds what it needs.
//
//go:embed *.yaml
var Everything embed.FS
