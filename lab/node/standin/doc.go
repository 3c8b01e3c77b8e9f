// Package standin holds the stand-ins of the lab: small HTTP and gRPC servers that take the place of the application in an ECS task or
// in a pod. A stand-in says who it is, can be slow on request, can be ready or not, and ends in one of three tempers.
//
// It runs either inside the lab's own process ([InProcess], cheap: thousands at once) or as an operating-system process of its
// own ([OwnProcess], for small fleets and for kill tests). Both are an [Instance].
//
// What a client sees once a stand-in was told to stop, until its grace period is over:
//
//	                               graceful                    plain                      rude
//	HTTP request under way         answered, Connection: close answered                   cut
//	on an open, idle connection    answered, Connection: close closed                     closed
//	on a new connection            answered, Connection: close refused                    refused
//	gRPC call or stream under way  ends as it should           ends as it should          cut
//	call on an open connection     answered, then GOAWAY       GOAWAY, then closed        closed
//	call on a new connection       answered, then GOAWAY       refused                    refused
//
// A call that is sent as a GOAWAY comes the other way is refused by it: net/http's server says GOAWAY once, and for good.
//
// What belongs here: how a container behaves between its start and its end, as seen through its socket. What does not: addresses
// of the VPC, pods, tasks (all in the package above), and clients (lab/load).
package standin
