// Package cli is the composition root of the verbs: one file each, an options
// struct with AddFlags, Validate and Run, made by a constructor. It decides
// nothing about a crossing: it writes what a person wants into ServiceMigrations,
// shows what their status says, and starts the controller. Terminal, clock,
// cluster and controller come in through Env, so that tests can replace them.
//
// Data goes to standard output, everything else to standard error. Errors leave
// as one line, with an exit code (see Code).
package cli
