// Package cloudmap reads and writes names kept by AWS Cloud Map.
//
// Client satisfies the engine's Reader, Writer and Resolver by shape. It decides
// nothing: a View is what one read found, a write is one call. It calls AWS
// synchronously through API, a subset of the SDK's client with the very same
// signatures, so that it runs unchanged over AWS and over a model of it. It
// waits for nothing, starts no goroutine and keeps no lock during a call.
//
// What it keeps in memory are identities (which id a name has, which namespace
// an id is in), never facts about instances. An answer "not found" drops them.
package cloudmap
