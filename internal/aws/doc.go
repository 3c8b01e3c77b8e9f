// Package aws holds what every AWS client of tranship has in common, and no
// operation of its own but GetCallerIdentity and AssumeRole:
//
//	Load        the SDK configuration: one attempt, one time-out, our middlewares
//	Under, Role the same of another account or region, under a role of it
//	Pacing      waits for the account's budget before a call, slows down on a throttle
//	Allowed     the last look at the lease, right before a write leaves
//	Audit       what was called, on what, how long it took and how it ended
//	Wrap, Error which class of names.Err… a failed call is, in one clear line
//
// The adapters are in the folders below, one per AWS service. They take subset
// interfaces of the SDK's clients, so that they run over a model of AWS as they
// run over AWS: what is configured here is then simply absent.
//
// Time comes in as functions; nothing here starts a goroutine.
package aws
