// Package externaldns builds the real ExternalDNS, unmodified, once per machine,
// and runs it against a lab with the proof of concept's arguments.
//
// It is built by `go install` with a version, so that nothing of its module graph
// meets ours, and kept in the user's cache folder.
package externaldns
