// Package loadbalancer is the load balancer controller of the lab: it gives
// Services of type LoadBalancer a network load balancer and Ingresses an
// application load balancer, both internal, as the AWS Load Balancer Controller
// would. Each has a DNS name in its object's status, one VPC address in every
// zone behind that name, and carries what comes to those addresses to the ready
// endpoints of the Service.
//
// It is level-based: whatever changed, the object's balancer is worked out anew
// from what the API server says now, and brought there.
//
// What it leaves out, because the lab has no use for it: TLS, UDP, internet-facing
// schemes, target groups with health checks of their own (readiness decides),
// deregistration delay, and cross-zone settings (every address leads to every
// endpoint).
//
// What belongs here: balancers and how they follow their objects. What does not:
// where addresses and names lead, which it is given (lab/vpc, lab/cloud).
package loadbalancer
