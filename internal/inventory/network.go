package inventory

// TargetGroup is a group that a load balancer sends requests to.
type TargetGroup struct {
	Place
	ARN           string   `json:"arn"`
	Name          string   `json:"name"`
	Type          string   `json:"type"` // ip, instance, lambda or alb
	Protocol      string   `json:"protocol"`
	Port          int      `json:"port"`
	VPC           string   `json:"vpc,omitempty"`
	LoadBalancers []string `json:"loadBalancers"` // ARNs
	Document      Document `json:"document"`      // of DescribeTargetGroups
}

// LoadBalancer is one that sends requests to a TargetGroup.
type LoadBalancer struct {
	Place
	ARN      string   `json:"arn"`
	Name     string   `json:"name"`
	Type     string   `json:"type"`   // application, network or gateway
	Scheme   string   `json:"scheme"` // internal or internet-facing
	DNSName  string   `json:"dnsName"`
	VPC      string   `json:"vpc,omitempty"`
	Document Document `json:"document"` // of DescribeLoadBalancers
}

// SecurityGroup is one that tasks have.
type SecurityGroup struct {
	Place
	ID   string `json:"id"`
	Name string `json:"name"`
	VPC  string `json:"vpc"`
	// Document is of DescribeSecurityGroups, with its rules.
	Document Document `json:"document"`
}

// Subnet is one that tasks run in.
type Subnet struct {
	Place
	ID               string `json:"id"`
	VPC              string `json:"vpc"`
	AvailabilityZone string `json:"availabilityZone"`
	CIDR             string `json:"cidr"`
}

// Role is a task's role or its execution role.
type Role struct {
	Account string   `json:"account"` // of the role, which may be another than the service's
	ARN     string   `json:"arn"`
	Name    string   `json:"name"`
	Trust   Document `json:"trust,omitempty"` // its trust policy, as a JSON document
	// Policies are its inline and attached policies, by name.
	Policies []Policy `json:"policies"`
}

// Policy is what a role may do.
type Policy struct {
	Name     string   `json:"name"`
	ARN      string   `json:"arn,omitempty"` // of a managed policy; "" for an inline one
	Document Document `json:"document,omitempty"`
}
