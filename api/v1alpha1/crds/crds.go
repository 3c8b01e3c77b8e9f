// Package crds carries the CustomResourceDefinitions, generated from the types
// in api/v1alpha1.
package crds

import "embed"

// FS holds one YAML file per definition.
//
//go:embed *.yaml
var FS embed.FS
