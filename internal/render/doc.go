// Package render writes down what services are on Kubernetes, as files that people
// read, review and keep in Git, in the forms that they use.
//
//	Render(results []convert.Result, o Options) (Files, error)
//	    the files, in order of path: no clock, no disk, the same input gives the same bytes
//	Write(dir string, f Files, o WriteOptions) (Changes, error)
//	    puts them on disk beside what a person has there, and says what changed
//
// The forms are plain YAML, Kustomize, Helm in two ways, and over the folders of one
// of them Argo CD and Flux. All say the same objects: test/manifests, a module of its
// own, holds that with Helm's and Kustomize's own libraries and a real API server.
//
// A file is either ours, and each run writes it anew, or a person's (File.Yours) from
// the moment it is there. Notes of the conversion stand as comments above the fields
// that they are about. Nothing here knows AWS, or a value of a secret.
//
// Rendering and writing are apart: write*.go alone touches a disk.
package render
