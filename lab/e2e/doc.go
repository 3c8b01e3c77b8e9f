// Package e2e holds tests of the product that want a real API server: what a
// schema refuses, who may write what with the controller's own rights, what
// comes back from what was stored, and two processes with one lease. AWS is a
// few lines here; whole crossings are the lab's own tests.
package e2e
