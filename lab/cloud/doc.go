// Package cloud is the lab's one model of AWS: Cloud Map with the DNS records
// it keeps, ECS with its scheduler, and as much of STS and EC2 as tranship
// asks. Whatever the product may learn of AWS in a test, in the simulation or
// in the live lab comes from here.
//
// A Cloud does nothing by itself: it has no clock, socket or goroutine, and no
// randomness but that of its seed. Whoever owns the clock calls Advance, asks
// NextEvent when to call it again, and carries out what TakeEffects says about
// containers. The same calls at the same times give the same bytes. A Cloud is
// not safe for concurrent use; the owner of the clock holds the lock.
//
// CloudMap, ECS, STS and EC2 have the signatures and the error types of the
// clients of aws-sdk-go-v2, so that adapters written for those run over them
// unchanged.
//
// Each behaviour of AWS stands once in testdata, as a case with its source and
// a mark: documented, observed, inferred or unconfirmed. What is unconfirmed is
// a field of Config (Reactions, Switches, Timing), to be set either way.
package cloud
