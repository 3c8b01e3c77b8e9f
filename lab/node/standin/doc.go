// Package standin holds the stand-ins of the lab: small HTTP servers that take the place of the application in an ECS task or
// in a pod. A stand-in says who it is, can be slow on request, can be ready or not, and ends in one of three tempers.
//
// It runs either inside the lab's own process ([InProcess], cheap: thousands at once) or as an operating-system process of its
// own ([OwnProcess], for small fleets and for kill tests). Both are an [Instance].
//
// What belongs here: how a container behaves between its start and its end, as seen through its socket. What does not: addresses
// of the VPC, pods, tasks (all in the package above), and clients (lab/load).
package standin
