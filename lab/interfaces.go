package lab

import (
	"net/netip"

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
	var (
		t      cloud.TaskInterface
		n      cloud.NodeInterface
		isNode bool
	)
	l.live.do(func(c *cloud.Cloud) {
		i.VPC = c.Config().VPC.ID
		if z := l.zoneOf(a); z != "" {
			i.ZoneID = cloud.ZoneID(z)
		}
		if t, known = c.TaskInterface(a); !known {
			n, isNode = c.NodeInterface(a)
		}
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
	if isNode {
		// A pod's address is a further one of its node's interface.
		// https://docs.aws.amazon.com/eks/latest/best-practices/vpc-cni.html
		i.ID, i.Primary, i.Instance, i.Subnet = n.ID, n.Primary, n.Instance, n.Subnet
	}
	return i, true
}

// querySource is what the query log knows of a client. The resolver asks with
// the model locked.
func (l *Lab) querySource(a netip.Addr) (s dns.QuerySource) {
	if n, ok := l.live.model.NodeInterface(a); ok {
		s.Instance = n.Instance
	}
	return s
}

// podSubnet is the id of the pods' subnet in a zone; those of tasks end in a, b
// and c.
func podSubnet(zone string) string {
	if zone == "" {
		return ""
	}
	return "subnet-0000000000000000" + string(zone[len(zone)-1]-'a'+'d')
}
