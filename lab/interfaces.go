package lab

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/dns"
	"github.com/tranship/tranship/lab/vpc"
)

// zoneOf is the availability zone that an address of the VPC lies in, "" for
// those in no subnet of the lab.
func (l *Lab) zoneOf(a netip.Addr) string {
	for _, z := range l.live.model.Config().VPC.Zones {
		if z.CIDR.Contains(a) {
			return z.Name
		}
	}
	return l.pool.Zone(a)
}

// interfaceAt is what the flow log knows of the interface with an address.
func (l *Lab) interfaceAt(a netip.Addr) (i vpc.Interface, known bool) {
	var t cloud.TaskInterface
	l.live.do(func(c *cloud.Cloud) {
		i.VPC = c.Config().VPC.ID
		i.ZoneID = l.zoneID(l.zoneOf(a))
		t, known = c.TaskInterface(a)
	})
	i.Account, i.Region = Account, l.Options.Region
	if known {
		i.ID, i.Subnet = t.ID, t.Subnet
		i.ECS = &vpc.ECSFields{
			ClusterARN: t.ClusterARN, ClusterName: t.Task.Cluster, ContainerID: t.ContainerRuntimeID, ServiceName: t.Task.Service,
			TaskDefinitionARN: t.Task.TaskDefinition, TaskARN: t.Task.ARN, TaskID: t.Task.ID,
		}
		return i, true
	}
	if node, ok := l.nodeOf(a); ok {
		// A pod's address is a further one of its node's interface.
		// https://docs.aws.amazon.com/eks/latest/best-practices/vpc-cni.html
		i.ID, i.Primary, i.Instance, i.Subnet = id("eni", node), node, id("i", node), podSubnet(l.pool.Zone(a))
	}
	return i, true
}

// querySource is what the query log knows of a client.
func (l *Lab) querySource(a netip.Addr) (s dns.QuerySource) {
	if node, ok := l.nodeOf(a); ok {
		s.Instance = id("i", node)
	}
	return s
}

// nodeOf is the address of the node that a pod's address is at: the first that
// its zone's subnet has.
func (l *Lab) nodeOf(a netip.Addr) (netip.Addr, bool) {
	subnet := l.pool.Subnet(l.pool.Zone(a))
	if !subnet.IsValid() {
		return netip.Addr{}, false
	}
	node := subnet.Masked().Addr()
	for range 4 { // AWS's own
		node = node.Next()
	}
	return node, true
}

// zoneID is a zone's id, the same in every account, such as aps1-az1.
// https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html
func (l *Lab) zoneID(zone string) string {
	n := slices.Index(l.zones(), zone)
	if n < 0 {
		return ""
	}
	return fmt.Sprintf("aps1-az%d", n+1)
}

// podSubnet is the id of the pods' subnet in a zone; those of tasks end in a, b
// and c.
func podSubnet(zone string) string {
	if zone == "" {
		return ""
	}
	return "subnet-0000000000000000" + string(zone[len(zone)-1]-'a'+'d')
}

// id is made from an address, so that two runs agree on it.
func id(kind string, a netip.Addr) string {
	b := a.As4()
	return fmt.Sprintf("%s-0%016x", kind, uint64(b[0])<<24|uint64(b[1])<<16|uint64(b[2])<<8|uint64(b[3]))
}
