package lab

import (
	"net/netip"

	"github.com/tranship/tranship/lab/cloud"
)

// The lab's VPC is 10.0.0.0/16. In each zone tasks have a /20 and pods another:
//
//	10.0.0.0/20   10.0.16.0/20  10.0.32.0/20   tasks in zones a, b and c
//	10.0.64.0/20  10.0.80.0/20  10.0.96.0/20   pods and nodes, likewise (vpc.DefaultPods)
//	10.0.200.10                                the door
//
// Load clients take addresses from the top of both, so that they are neighbours
// of whom they call.
var taskSubnets = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/20"), netip.MustParsePrefix("10.0.16.0/20"), netip.MustParsePrefix("10.0.32.0/20"),
}

// maxAddresses is how many tasks fit into their subnets, and pods into theirs:
// AWS keeps five addresses of each, and what cools down, takes part in a
// deployment or belongs to a load client needs room, too.
// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
const maxAddresses = 10_000

// addressPlan is the VPC of the model.
func (l *Lab) addressPlan() cloud.VPC {
	v := cloud.VPC{CIDR: netip.MustParsePrefix("10.0.0.0/16")}
	for n, zone := range l.zones() {
		v.Zones = append(v.Zones, cloud.Zone{Name: zone, CIDR: taskSubnets[n]})
	}
	return v
}
