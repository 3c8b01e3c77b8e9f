// Package likeness is the trial of the conversion: a fleet of ECS services of many
// shapes is read, converted, applied and moved by the product's own verbs, with nobody
// editing anything, while clients ask for it; and what each container sees on ECS is
// compared with what it sees on EKS.
//
//	fleet     the shapes: task definitions as people write them
//	secrets   the values that they refer to, and who brings them into the cluster
//	crds      definitions of what others' controllers own, as small as can be
//	Run       the trial; Report says what came of it
//
// A difference counts as explained if the ledger of the conversion has an entry for a
// field that states it, whose outcome is not mapped; as the platform's if no field
// states it at all; and else as a failure.
//
// What belongs here: what the trial does, in its order, and how it judges. What does
// not: how a container's view is worked out (lab/sees), and the lab itself.
package likeness
