// Package render writes down what services are on Kubernetes, as files that people
// read, review and keep in Git, in the forms that they use.
//
//	Render(results []convert.Result, o Options) (Files, error)
//	    the files, in order of path: no clock, no disk, the same input gives the same bytes
//
// The forms are plain YAML, Kustomize, Helm in two ways, and over the folders of one
// of them Argo CD and Flux. All say the same objects.
//
// A file is either ours, and each run writes it anew, or a person's (File.Yours) from
// the moment it is there. Notes of the conversion stand as comments above the fields
// that they are about. Nothing here knows AWS, or a value of a secret.
package render
