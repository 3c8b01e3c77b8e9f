// Package ecstask says what the containers of an ECS task see, by its task
// definition, as ECS' documentation has it.
//
//	World   the definition, and what ECS looks up when it starts a task
//	Report  what its containers see
//
// It is one of two readings that share no code and no idea with the product's
// conversion; kubepod is the other. What AWS does not document, it leaves out.
package ecstask
