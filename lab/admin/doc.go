// Package admin is the door through which a running lab is looked at and
// disturbed: JSON over HTTP on loopback, and a client for it.
//
//	GET    /v1/state                        profiles, faults with their counts, services, tasks, pods, zones
//	GET    /v1/faults                       the faults alone
//	POST   /v1/faults                       a fault.Fault, or {"fault": "throttle:ecs,every=10"}
//	DELETE /v1/faults                       ends all
//	DELETE /v1/faults/{id}                  ends one
//	POST   /v1/tasks/{id}/kill              the container of an ECS task dies
//	POST   /v1/pods/{ns}/{name}/{act}       kill, unready or ready
//	POST   /v1/zones/{zone}/{act}           lose or restore
//	POST   /v1/advance                      {"by": "10s"}, where time is virtual
//
// Every request carries the token that the lab was started with, as
// "Authorization: Bearer …", and a Host header that is loopback's own, so that no
// page in a browser can reach it by a name that it has pointed here. Errors are
// JSON and say what to do.
//
// What is done to the lab is done by its World; nothing here knows how.
package admin
