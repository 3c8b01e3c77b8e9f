// Package saved reads what people have in files in place of an account, into an
// inventory.Snapshot:
//
//	what `aws ecs describe-task-definition` and `describe-services` print
//	the input file of RegisterTaskDefinition
//	a CloudFormation template as JSON, with what can be resolved in it resolved
//	what `terraform show -json` prints of a plan, or of a state
//	a Snapshot that `tranship inventory --save` wrote
//
// Read tells them apart by their content. Documents come out in ECS' own spelling,
// with every field that was there, known or not. What a file does not say for good
// (an intrinsic function of other stacks, a value known after apply) is Unresolved; what
// a person should know before trusting it is a Warning. It is pure: bytes come in.
package saved
