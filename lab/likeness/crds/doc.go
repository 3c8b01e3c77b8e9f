// Package crds has the definitions of what others' controllers own and converted
// services ask for, as small as they can be and still refuse a field that theirs do
// not have. They are written for the lab, by the controllers' documentation.
package crds

import "embed"

// FS has a definition in each file.
//
//go:embed *.yaml
var FS embed.FS
