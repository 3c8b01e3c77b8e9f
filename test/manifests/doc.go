// Package manifests proves what internal/render writes, with the programs' own
// libraries: it is a module of its own, so that Helm, Kustomize and Lua are in no
// graph of tranship's users.
//
//	same     charts pass helm lint and, like the Kustomize folders, say exactly the
//	         objects of the plain form, each as the conversion made it
//	accepted every object of every form is taken by a real API server, with strict
//	         validation of fields, and the definitions of those who own the kinds
//	health   Argo CD judges our objects as docs/render.md says
//
// Definitions are read from their owners' Go modules, at the versions in
// definitions.go; nothing of theirs is kept here. Where no module has them, a schema
// of our own in definitions/ stands in, with the fields that we write and no others.
package manifests
