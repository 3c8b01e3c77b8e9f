// Package read reads what runs in ECS, and all that leads to it, into an
// inventory.Snapshot. It writes nothing.
//
//	Reader    one account in one region, over the subset interfaces of api.go
//	Read      several of them into one Snapshot, side by side
//	document  an object of the SDK in AWS' own words, as the aws CLI prints it
//
// A part that can't be read is an inventory.Unknown that names the permission: it
// stops nothing else. Calls that were throttled, or had no answer, are made again,
// as the pacing of internal/aws lets them; then they are unknown, too. Lists are
// read as lists: a call for each thing is made only where AWS has no other
// (DescribeTaskDefinition, ListInstances, the roles).
package read
