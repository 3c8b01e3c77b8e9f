// Package aws speaks AWS's wire protocols, so that the real aws CLI, the SDKs
// and ExternalDNS can work against a model of AWS over one HTTP endpoint.
//
// It knows protocols and nothing of what an operation means. A service is any
// value whose methods have the signatures of an aws-sdk-go-v2 client
// (context, *XInput, option functions → *XOutput, error); NewHandler finds them
// once, by reflection. A request then goes one way:
//
//	read the body → which service and operation → SigV4 → decode into *XInput →
//	required members → the method, inside the model's lock → encode → Call
//
// What may live here: signatures (sigv4, canonical), the codecs over the SDK's
// structs (shape, json, query, xml), what the wire knows and the structs do not
// (names_ec2, required, resource, interfaces), faults, and the handler. What an
// operation does, and every clock, belongs elsewhere.
package aws
