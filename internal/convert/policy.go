package convert

import (
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/tranship/tranship/internal/convert/ledger"
	"github.com/tranship/tranship/internal/inventory"
)

// rule is one of a security group, as DescribeSecurityGroups prints it.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
type rule struct {
	IPProtocol       string `json:"IpProtocol"`
	FromPort, ToPort *int32
	IPRanges         []struct{ CidrIP string }       `json:"IpRanges"`
	IPv6Ranges       []struct{ CidrIPv6 string }     `json:"Ipv6Ranges"`
	PrefixListIDs    []struct{ PrefixListID string } `json:"PrefixListIds"`
	Pairs            []struct{ GroupID string }      `json:"UserIdGroupPairs"`
}

// groupLabel marks the pods that have a security group, so that policies can speak of them.
func groupLabel(id string) string { return "securitygroup.tranship.dev/" + id }

// policy says in a NetworkPolicy what the rules of the security groups allow. Those are
// exact, and hold beside it; the policy is for clusters where pods have no security groups of
// their own. A rule that names a group allows pods with that group's label and, for what is
// not in the cluster, the addresses of the VPC's subnets.
func (c *conversion) policy(n ledger.Node, groups []string) {
	p := &networkingv1.NetworkPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
		ObjectMeta: metav1.ObjectMeta{Name: c.name},
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: c.selector},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress},
		},
	}
	var notes []Note
	for _, id := range groups {
		i := slices.IndexFunc(c.in.SecurityGroups, func(g inventory.SecurityGroup) bool { return g.ID == id })
		var said struct{ IPPermissions, IPPermissionsEgress []rule }
		if i < 0 || len(validation.IsQualifiedName(groupLabel(id))) > 0 || json.Unmarshal(c.in.SecurityGroups[i].Document, &said) != nil {
			n.Mapped("", "no NetworkPolicy was made: the rules of "+id+" could not be read")
			c.note("", "There is no NetworkPolicy: the rules of the security group "+id+" could not be read.")
			return
		}
		c.pod.Labels[groupLabel(id)] = "true"
		vpc := c.in.SecurityGroups[i].VPC
		for at, r := range said.IPPermissions {
			peers, ports, lost := c.peers(r, vpc)
			if lost != "" {
				notes = append(notes, Note{"spec.ingress", fmt.Sprintf("Left out: rule %d of %s, which allows %s.", at+1, id, lost)})
			}
			if peers != nil {
				p.Spec.Ingress = append(p.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: peers, Ports: ports})
			}
		}
		for at, r := range said.IPPermissionsEgress {
			peers, ports, lost := c.peers(r, vpc)
			if lost != "" {
				notes = append(notes, Note{"spec.egress", fmt.Sprintf("Left out: rule %d of %s, which allows %s.", at+1, id, lost)})
			}
			if peers != nil {
				p.Spec.Egress = append(p.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: peers, Ports: ports})
			}
		}
	}
	// No security group filters the VPC's resolver and link-local addresses; here
	// CoreDNS answers, and EKS Pod Identity's agent.
	p.Spec.Egress = append(p.Spec.Egress,
		networkingv1.NetworkPolicyEgressRule{
			To: []networkingv1.NetworkPolicyPeer{{
				NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: "kube-system"}},
				PodSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{"k8s-app": "kube-dns"}},
			}},
			Ports: []networkingv1.NetworkPolicyPort{on53(corev1.ProtocolUDP), on53(corev1.ProtocolTCP)},
		},
		networkingv1.NetworkPolicyEgressRule{To: []networkingv1.NetworkPolicyPeer{block("169.254.0.0/16")}},
	)
	n.Mapped("NetworkPolicy spec")
	c.add(p, notes...)
}

func on53(protocol corev1.Protocol) networkingv1.NetworkPolicyPort {
	return networkingv1.NetworkPolicyPort{Protocol: &protocol, Port: new(intstr.FromInt32(53))}
}

func block(cidr string) networkingv1.NetworkPolicyPeer {
	return networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: cidr}}
}

// peers are whom a rule allows at which ports; nil peers if a policy can say nothing
// of it, and lost what it can't.
func (c *conversion) peers(r rule, vpc string) (peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort, lost string) {
	switch r.IPProtocol {
	case "-1":
	case "tcp", "udp", "6", "17":
		protocol := corev1.ProtocolTCP
		if r.IPProtocol == "udp" || r.IPProtocol == "17" {
			protocol = corev1.ProtocolUDP
		}
		p := networkingv1.NetworkPolicyPort{Protocol: &protocol}
		if r.FromPort != nil && *r.FromPort > 0 {
			p.Port = new(intstr.FromInt32(*r.FromPort))
			if r.ToPort != nil && *r.ToPort > *r.FromPort {
				p.EndPort = r.ToPort
			}
		}
		ports = append(ports, p)
	default:
		return nil, nil, "the protocol " + r.IPProtocol
	}
	for _, x := range r.IPRanges {
		peers = append(peers, block(x.CidrIP))
	}
	for _, x := range r.IPv6Ranges {
		peers = append(peers, block(x.CidrIPv6))
	}
	for _, x := range r.Pairs {
		peers = append(peers, networkingv1.NetworkPolicyPeer{
			NamespaceSelector: &metav1.LabelSelector{},
			PodSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{groupLabel(x.GroupID): "true"}},
		})
	}
	if len(r.Pairs) > 0 {
		for _, s := range c.in.Subnets {
			if s.VPC == vpc && s.CIDR != "" {
				peers = append(peers, block(s.CIDR))
			}
		}
	}
	for _, x := range r.PrefixListIDs {
		lost = "the prefix list " + x.PrefixListID
	}
	return peers, ports, lost
}
