// Package inventory is what runs in ECS and which names lead to it, as it was at
// one moment: a Snapshot that can be saved, compared and read again.
//
//	Snapshot  all of it, sorted, with its time and a digest
//	Service   an ECS service, what it runs, and everything that leads to it
//	Name      a Cloud Map service: its settings, and who is in it
//	Document  an object in AWS' own words, so that no field is lost on the way
//	Unknown   a part that could not be read, and the permission that was missing
//
// It is pure: package internal/aws/read fills a Snapshot, package convert and those
// that plan read it. The JSON is a contract (apiVersion tranship.dev/snapshot/v1):
// fields are added, never renamed or removed.
package inventory
