// Package clustertest gives the tests of a package one API server between them, started when the first test asks for it and
// stopped after the last:
//
//	func TestMain(m *testing.M) { os.Exit(clustertest.Main(m, cluster.Options{})) }
//
//	func TestSomething(t *testing.T) {
//		config := clustertest.Start(t)
//		…
//	}
//
// With goleak: goleak.VerifyTestMain(clustertest.Wrap(m, cluster.Options{})).
//
// The zero Options are etcd and the API server, which suffices for CRDs, RBAC and controllers of our own; ask for the controller
// manager or the scheduler where a test needs them. Tests share the server, so each works in a namespace of its own. On a fresh
// machine the control plane is built first, which takes minutes; `make test` does that beforehand.
package clustertest
