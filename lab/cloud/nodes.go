package cloud

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Node is an EC2 instance that is a node of an EKS cluster.
type Node struct {
	Name       string // of the Kubernetes node
	InstanceID string // default: made from Name
	Cluster    string // of EKS, default lab
	Type       string // default m5.24xlarge
	Zone       Zone   // with the subnet of the node and its pods
	// Prefixes: pods have their addresses from /28 prefixes of the node's
	// interfaces. Otherwise they are secondary addresses.
	Prefixes bool
	Groups   []string // security groups, default that of the VPC
}

// node is a Node with the addresses of its pods.
type node struct {
	Node
	launched time.Time
	pods     []netip.Addr // sorted
	prefixes []netip.Prefix
}

// Addresses of one interface, for the default type.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/AvailableIpPerENI.html
const addressesPerInterface = 50

// SeedNode adds a node. Its own addresses are the highest of its subnet, those
// that pods get last.
func (c *Cloud) SeedNode(n Node) error {
	n.Cluster, n.Type = cmp.Or(n.Cluster, "lab"), cmp.Or(n.Type, "m5.24xlarge")
	if n.InstanceID == "" {
		n.InstanceID = hexID("i", n.Name)
	}
	if n.Name == "" || !n.Zone.CIDR.IsValid() || n.Zone.Subnet == "" || n.Zone.Name == "" {
		return fmt.Errorf("seed node %q: it needs a name and a zone with its subnet", n.Name)
	}
	at, found := slices.BinarySearchFunc(c.ec2.nodes, n.InstanceID, func(o *node, id string) int { return cmp.Compare(o.InstanceID, id) })
	if found {
		return fmt.Errorf("seed node %s: the instance %s is there already", n.Name, n.InstanceID)
	}
	c.ec2.nodes = slices.Insert(c.ec2.nodes, at, &node{Node: n, launched: c.now})
	return nil
}

// AssignPod says that a pod on the node has the address.
func (c *Cloud) AssignPod(nodeName string, a netip.Addr) {
	if n := c.nodeNamed(nodeName); n != nil {
		if at, found := slices.BinarySearchFunc(n.pods, a, netip.Addr.Compare); !found {
			n.pods = slices.Insert(n.pods, at, a)
		}
		n.carve()
	}
}

// ReleasePod says that the address is no pod's any more.
func (c *Cloud) ReleasePod(nodeName string, a netip.Addr) {
	if n := c.nodeNamed(nodeName); n != nil {
		if at, found := slices.BinarySearchFunc(n.pods, a, netip.Addr.Compare); found {
			n.pods = slices.Delete(n.pods, at, at+1)
		}
		n.carve()
	}
}

func (c *Cloud) nodeNamed(name string) *node {
	for _, n := range c.ec2.nodes {
		if n.Name == name {
			return n
		}
	}
	return nil
}

// carve gives the node a /28 for each sixteen addresses in which a pod is.
// https://github.com/aws/amazon-vpc-cni-k8s/blob/master/docs/prefix-and-ip-target.md
func (n *node) carve() {
	if !n.Prefixes {
		return
	}
	var all []netip.Prefix
	for _, a := range n.pods {
		if p := netip.PrefixFrom(a, 28).Masked(); len(all) == 0 || all[len(all)-1] != p {
			all = append(all, p)
		}
	}
	n.prefixes = all
}

// own is the kth address of the node itself, from the end of its subnet.
func (n *node) own(k int) netip.Addr {
	b := n.Zone.CIDR.Masked().Addr().As4()
	last := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	last += 1<<(32-n.Zone.CIDR.Bits()) - 2 - uint32(k)
	return netip.AddrFrom4([4]byte{byte(last >> 24), byte(last >> 16), byte(last >> 8), byte(last)})
}

// interfaces are the primary one, and as many as the pods need, which the VPC
// CNI plugin makes and marks.
// https://github.com/aws/amazon-vpc-cni-k8s
func (n *node) interfaces(c *Cloud) []types.NetworkInterface {
	out := []types.NetworkInterface{n.networkInterface(c, 0)}
	left, prefixes := n.pods, n.prefixes
	for k := 1; k == 1 || !n.Prefixes && len(left) > 0 || len(prefixes) > 0; k++ {
		i := n.networkInterface(c, k)
		i.Description = ptr("aws-K8S-" + n.InstanceID)
		i.TagSet = []types.Tag{
			{Key: ptr("cluster.k8s.amazonaws.com/name"), Value: ptr(n.Cluster)},
			{Key: ptr("node.k8s.amazonaws.com/createdAt"), Value: ptr(n.launched.UTC().Format(time.RFC3339))},
			{Key: ptr("node.k8s.amazonaws.com/instance_id"), Value: ptr(n.InstanceID)},
		}
		if n.Prefixes {
			most := min(len(prefixes), addressesPerInterface-1)
			for _, p := range prefixes[:most] {
				i.Ipv4Prefixes = append(i.Ipv4Prefixes, types.Ipv4PrefixSpecification{Ipv4Prefix: ptr(p.String())})
			}
			prefixes = prefixes[most:]
		} else {
			most := min(len(left), addressesPerInterface-1)
			for _, a := range left[:most] {
				i.PrivateIpAddresses = append(i.PrivateIpAddresses, c.privateAddress(a, false))
			}
			left = left[most:]
		}
		out = append(out, i)
	}
	return out
}

// holder is which of the interfaces has an address; the first, where none has. It
// is asked for each connection, so it makes none of them.
func (n *node) holder(a netip.Addr) int {
	const most = addressesPerInterface - 1
	have := len(n.pods)
	if n.Prefixes {
		have = len(n.prefixes)
		if at := slices.IndexFunc(n.prefixes, func(p netip.Prefix) bool { return p.Contains(a) }); at >= 0 {
			return 1 + at/most
		}
	} else if at, found := slices.BinarySearchFunc(n.pods, a, netip.Addr.Compare); found {
		return 1 + at/most
	}
	for k := 1; k == 1 || (k-1)*most < have; k++ {
		if n.own(k) == a {
			return k
		}
	}
	return 0
}

func (n *node) interfaceID(k int) string { return hexID("eni", n.InstanceID, strconv.Itoa(k)) }

func (n *node) networkInterface(c *Cloud, k int) types.NetworkInterface {
	i := c.networkInterface(n.interfaceID(k), n.Zone, n.own(k))
	i.Groups = c.ec2.identify(n.Groups)
	i.Attachment = &types.NetworkInterfaceAttachment{
		AttachmentId: ptr(hexID("eni-attach", n.InstanceID, strconv.Itoa(k))), AttachTime: ptr(n.launched), DeleteOnTermination: ptr(true),
		DeviceIndex: ptr(int32(k)), InstanceId: ptr(n.InstanceID), InstanceOwnerId: ptr(c.cfg.Account), Status: types.AttachmentStatusAttached,
	}
	return i
}
