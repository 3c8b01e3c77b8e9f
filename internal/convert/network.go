package convert

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// mostGroups is how many security groups a pod may have, as a network interface may.
// https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html
const mostGroups = 5

// network gives the pods what the tasks' network interfaces had.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html
func (c *conversion) network() {
	n := c.of("networkConfiguration").Field("awsvpcConfiguration")
	c.protect(n.Field("securityGroups"))
	if s := n.Field("subnets"); c.opts.Fargate {
		s.Mapped("spec.template.spec", "the Fargate profile that selects the namespace "+c.namespace+" has to name these subnets")
	} else {
		s.Approximated("spec.template.spec", "a pod's address is of its node's subnet: routes, network ACLs and rules of others that name these subnets have to allow those, too")
	}
	p := n.Field("assignPublicIp")
	if p.Text() != "ENABLED" {
		p.Mapped("spec.template.spec", "a pod has no public address")
		return
	}
	p.Approximated("spec.template.spec", "a pod reaches the internet from its node's subnet, through a NAT gateway whose address others see; to be reached from there it needs a load balancer")
}

// protect gives the pods the security groups of the tasks.
func (c *conversion) protect(n ledger.Node) {
	groups := n.Texts()
	if len(groups) == 0 {
		return
	}
	if len(groups) > mostGroups {
		n.Unsupported(fmt.Sprintf("a pod has at most %d security groups", mostGroups))
		return
	}
	var ids []any
	for _, g := range groups {
		ids = append(ids, g)
	}
	o := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"podSelector":    map[string]any{"matchLabels": map[string]any{labelName: c.name}},
		"securityGroups": map[string]any{"groupIds": ids},
	}}}
	o.SetAPIVersion("vpcresources.k8s.aws/v1beta1")
	o.SetKind("SecurityGroupPolicy")
	o.SetName(c.name)
	c.add(o, Note{"spec.securityGroups", "Needs ENABLE_POD_ENI=true on the VPC CNI, and nodes of a type that has trunk interfaces. The groups must let the nodes' kubelets reach the probes' ports, and let port 53 to CoreDNS out."})
	n.Mapped("SecurityGroupPolicy spec.securityGroups.groupIds")
	if c.opts.NetworkPolicy {
		c.policy(n, groups)
	}
}
