// Package cases runs cases against the model: files of commands and what they
// print, each case headed by where its behaviour is known from. Those on Cloud
// Map alone lie with the product, in internal/aws/conformance, which also does
// their commands; those on ECS, DNS and the rest in lab/cloud/testdata/cases.
//
// The same files run against the model directly and over the wire against a
// server of the model. The Target makes the difference; nothing in here knows it.
package cases
