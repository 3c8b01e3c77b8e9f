// Package fleet has ECS services of the shapes that people run, as far as a lab
// without real containers can run them: task definitions and services as somebody
// wrote them, over time and without a plan.
//
//	Shapes   so many of them: each shape once, then again with other figures
//	Store    the secrets that they refer to; File their environment files
//
// What belongs here: what is set in ECS. What does not: what becomes of it.
package fleet
