// Package deploy carries what an administrator applies beside the
// CustomResourceDefinitions: the rights of the controller.
package deploy

import "embed"

// FS holds plain manifests, to be applied in any order.
//
//go:embed *.yaml
var FS embed.FS
