// Package lab puts the laboratory together: AWS, DNS, a VPC, a real Kubernetes
// control plane, workloads and load, all on loopback and without root. Up starts
// it, Demo moves a fleet on it under load and reports what clients saw.
//
// The parts live in the packages below it; here is only how they are wired and
// what is asked of them together. Nothing of the product imports it.
package lab
