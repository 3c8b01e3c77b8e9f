// Package iam is what AWS has to allow, as text that a platform team can review and
// apply: it decides nothing and calls nothing.
//
//	Statement, Policy  a policy document, with the reasons that a reviewer asks for
//	Action             what AWS checks of a call: resource types, condition keys, what
//	                   it asks of the caller beside; each from AWS' own reference
//	Verbs, Calls       which verb of tranship makes which calls; a test compares them
//	                   with the calls that the code makes
//	Scope              what a policy is narrowed to: namespaces, names, ECS services
//	Trust              the statement that lets pods take a task's role as well
//	Execution          what becomes of the execution role: image, log and secret rights
//	ExternalDNS        the same for those who keep ExternalDNS
//	JSON, Terraform, CloudFormation
//	                   the outputs: same input, same bytes
//
// It is pure. Inputs are values and policy documents as JSON; existing documents come
// out with everything that they had, in its order.
package iam
