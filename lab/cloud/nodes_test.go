package cloud

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// The interface that is found for an address is the one that EC2 describes with it.
func TestNodeInterfaceIsTheOneWithTheAddress(t *testing.T) {
	for _, prefixes := range []bool{false, true} {
		c := New(Config{})
		cidr := netip.MustParsePrefix("10.0.64.0/21")
		if err := c.SeedNode(Node{Name: "one", Prefixes: prefixes, Zone: Zone{Name: "ap-south-1a", Subnet: "subnet-1", CIDR: cidr}}); err != nil {
			t.Fatal(err)
		}
		var some []netip.Addr
		for n, a := 0, cidr.Addr().Next(); n < 1500; n, a = n+1, a.Next() {
			some = append(some, a)
			if n%3 == 0 {
				c.AssignPod("one", a)
			}
		}
		all := c.ec2.nodes[0].interfaces(c)
		if len(all) < 3 {
			t.Fatalf("%d interfaces are too few to be told apart", len(all))
		}
		for k := range len(all) + 1 {
			some = append(some, c.ec2.nodes[0].own(k))
		}
		holds := func(i types.NetworkInterface, a netip.Addr) bool {
			return slices.ContainsFunc(i.PrivateIpAddresses, func(p types.NetworkInterfacePrivateIpAddress) bool { return *p.PrivateIpAddress == a.String() }) ||
				slices.ContainsFunc(i.Ipv4Prefixes, func(p types.Ipv4PrefixSpecification) bool {
					return netip.MustParsePrefix(*p.Ipv4Prefix).Contains(a)
				})
		}
		for _, a := range some {
			k := max(0, slices.IndexFunc(all, func(i types.NetworkInterface) bool { return holds(i, a) }))
			got, ok := c.NodeInterface(a)
			if !ok || got.ID != *all[k].NetworkInterfaceId || got.Primary.String() != *all[k].PrivateIpAddress {
				t.Errorf("%s: %+v (%t), want %s", a, got, ok, *all[k].NetworkInterfaceId)
			}
		}
		if _, ok := c.NodeInterface(netip.MustParseAddr("10.9.9.9")); ok {
			t.Error("an address outside of the subnet has an interface")
		}
	}
}
