package iam

import "github.com/tranship/tranship/internal/names"

// Call is a call that the code makes, as the action that allows it.
type Call struct {
	Action string
	// With is the Feature that makes it; "": it is always made.
	With Feature
}

// Feature is something that the controller does only if told so, by the flag of the
// same name.
type Feature string

// The features.
const (
	Create        Feature = "create"
	CreatePrivate Feature = "create-namespace=VPC"
	CreatePublic  Feature = "create-namespace=public"
	CreateHTTP    Feature = "create-namespace=http"
	DeleteEmpty   Feature = "delete-empty"
	Accounts      Feature = "account"
)

// free are calls that need no permission.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
var free = map[string]bool{"sts:GetCallerIdentity": true}

// Calls are the calls of AWS' API that the code makes, by package. A test walks the
// code and fails where they differ: add the line that it names.
var Calls = map[string][]Call{
	"internal/aws": {
		{Action: "sts:GetCallerIdentity"},
		{Action: "sts:AssumeRole", With: Accounts},
	},
	"internal/aws/cloudmap": {
		{Action: "servicediscovery:DiscoverInstancesRevision"},
		{Action: "servicediscovery:GetInstancesHealthStatus"},
		{Action: "servicediscovery:GetNamespace"},
		{Action: "servicediscovery:GetOperation"},
		{Action: "servicediscovery:GetService"},
		{Action: "servicediscovery:ListInstances"},
		{Action: "servicediscovery:ListNamespaces"},
		{Action: "servicediscovery:ListServices"},
		{Action: "servicediscovery:DeregisterInstance"},
		{Action: "servicediscovery:RegisterInstance"},
		{Action: "servicediscovery:UpdateInstanceCustomHealthStatus"},
		{Action: "servicediscovery:UpdateService"},
		{Action: "servicediscovery:CreateService", With: Create},
		{Action: "servicediscovery:CreateHttpNamespace", With: CreateHTTP},
		{Action: "servicediscovery:CreatePrivateDnsNamespace", With: CreatePrivate},
		{Action: "servicediscovery:CreatePublicDnsNamespace", With: CreatePublic},
		{Action: "servicediscovery:DeleteNamespace", With: DeleteEmpty},
		{Action: "servicediscovery:DeleteService", With: DeleteEmpty},
		{Action: "servicediscovery:ListTagsForResource", With: DeleteEmpty},
	},
	"internal/aws/ecs": {
		{Action: "ecs:DescribeServices"},
		{Action: "ecs:DescribeTaskDefinition"},
		{Action: "ecs:DescribeTasks"},
		{Action: "ecs:ListTasks"},
		{Action: "ecs:UpdateService"},
	},
	// What the doctor tries.
	"internal/aws/clients": {
		{Action: "ecs:DescribeServices"},
		{Action: "ecs:DescribeTaskDefinition"},
		{Action: "ecs:DescribeTasks"},
		{Action: "ecs:ListTasks"},
		{Action: "servicediscovery:DiscoverInstancesRevision"},
		{Action: "servicediscovery:GetInstancesHealthStatus"},
		{Action: "servicediscovery:GetNamespace"},
		{Action: "servicediscovery:GetOperation"},
		{Action: "servicediscovery:GetService"},
		{Action: "servicediscovery:ListInstances"},
		{Action: "servicediscovery:ListNamespaces"},
		{Action: "servicediscovery:ListServices"},
	},
	"internal/aws/read": {
		{Action: "application-autoscaling:DescribeScalableTargets"},
		{Action: "application-autoscaling:DescribeScalingPolicies"},
		{Action: "application-autoscaling:DescribeScheduledActions"},
		{Action: "ec2:DescribeSecurityGroups"},
		{Action: "ec2:DescribeSubnets"},
		{Action: "ecs:DescribeClusters"},
		{Action: "ecs:DescribeServices"},
		{Action: "ecs:DescribeTaskDefinition"},
		{Action: "ecs:ListClusters"},
		{Action: "ecs:ListServices"},
		{Action: "elasticloadbalancing:DescribeLoadBalancers"},
		{Action: "elasticloadbalancing:DescribeTargetGroups"},
		{Action: "iam:GetPolicy"},
		{Action: "iam:GetPolicyVersion"},
		{Action: "iam:GetRole"},
		{Action: "iam:GetRolePolicy"},
		{Action: "iam:ListAttachedRolePolicies"},
		{Action: "iam:ListRolePolicies"},
		{Action: "servicediscovery:GetService"},
		{Action: "servicediscovery:ListInstances"},
		{Action: "servicediscovery:ListNamespaces"},
		{Action: "servicediscovery:ListServices"},
	},
	"internal/aws/conformance": {
		{Action: "servicediscovery:CreateHttpNamespace"},
		{Action: "servicediscovery:CreatePrivateDnsNamespace"},
		{Action: "servicediscovery:CreatePublicDnsNamespace"},
		{Action: "servicediscovery:CreateService"},
		{Action: "servicediscovery:DeleteNamespace"},
		{Action: "servicediscovery:DeleteService"},
		{Action: "servicediscovery:DeleteServiceAttributes"},
		{Action: "servicediscovery:DeregisterInstance"},
		{Action: "servicediscovery:DiscoverInstances"},
		{Action: "servicediscovery:DiscoverInstancesRevision"},
		{Action: "servicediscovery:GetInstance"},
		{Action: "servicediscovery:GetInstancesHealthStatus"},
		{Action: "servicediscovery:GetNamespace"},
		{Action: "servicediscovery:GetOperation"},
		{Action: "servicediscovery:GetService"},
		{Action: "servicediscovery:GetServiceAttributes"},
		{Action: "servicediscovery:ListInstances"},
		{Action: "servicediscovery:ListNamespaces"},
		{Action: "servicediscovery:ListOperations"},
		{Action: "servicediscovery:ListServices"},
		{Action: "servicediscovery:ListTagsForResource"},
		{Action: "servicediscovery:RegisterInstance"},
		{Action: "servicediscovery:TagResource"},
		{Action: "servicediscovery:UntagResource"},
		{Action: "servicediscovery:UpdateHttpNamespace"},
		{Action: "servicediscovery:UpdateInstanceCustomHealthStatus"},
		{Action: "servicediscovery:UpdatePrivateDnsNamespace"},
		{Action: "servicediscovery:UpdatePublicDnsNamespace"},
		{Action: "servicediscovery:UpdateService"},
		{Action: "servicediscovery:UpdateServiceAttributes"},
	},
}

// Verb is a verb of tranship, or another that has a policy here.
type Verb struct {
	Name  string
	About string
	// Packages are those whose calls it makes; none: it calls nothing in AWS.
	Packages []string
	// calls of a program that is not ours.
	calls []Call
	// mark is the key of the tag on what it makes; "" if it makes nothing.
	mark string
	// anything says why it can't be narrowed to things that are named; "" if it can.
	anything string
}

const clusterAlone = "talks to the Kubernetes cluster alone: the controller makes the calls"

// verbs are the verbs of tranship, and after them what else there is a policy for.
var verbs = []Verb{
	{
		Name: "controller", About: "tranship controller: carries crossings out and keeps names true", mark: names.TagOwner,
		Packages: []string{"internal/aws", "internal/aws/cloudmap", "internal/aws/ecs"},
	},
	{
		Name: "doctor", About: "tranship doctor: tries every read that a crossing needs",
		Packages: []string{"internal/aws", "internal/aws/clients"},
		anything: "doctor asks for things that do not exist, so none can be named",
	},
	{
		Name: "conformance", About: "tranship doctor --conformance: asks Cloud Map how it behaves, in namespaces of its own", mark: "tranship.dev/conformance",
		Packages: []string{"internal/aws", "internal/aws/conformance"},
		anything: "a run works on what it makes itself, and must hear \"not found\", not \"denied\", of what does not exist: use an account without other names",
	},
	{
		Name: "inventory", About: "tranship inventory: reads what runs in ECS and which names lead to it; it changes nothing",
		Packages: []string{"internal/aws", "internal/aws/read"},
	},
	{Name: "approve", About: clusterAlone},
	{Name: "convert", About: "converts what inventory saved"},
	{Name: "halt", About: clusterAlone},
	{Name: "handover", About: clusterAlone},
	{Name: "iam", About: "prints what others need"},
	{Name: "migrate", About: clusterAlone},
	{Name: "pause", About: clusterAlone},
	{Name: "resume", About: clusterAlone},
	{Name: "rollback", About: clusterAlone},
	{Name: "status", About: clusterAlone},
	{Name: "version", About: "says which build it is"},
	externalDNS,
}

// externalDNS is ExternalDNS with --provider=aws-sd, v0.14 to v0.22, for those who
// keep it: its calls, and no others. Tagging is for --aws-sd-create-tag alone.
// https://github.com/kubernetes-sigs/external-dns/blob/master/docs/tutorials/aws-sd.md
var externalDNS = Verb{
	Name: "external-dns", About: "ExternalDNS with --provider=aws-sd, in place of servicediscovery:* and route53:*",
	calls: []Call{
		{Action: "servicediscovery:DiscoverInstances"},
		{Action: "servicediscovery:ListNamespaces"},
		{Action: "servicediscovery:ListServices"},
		{Action: "servicediscovery:CreateService"},
		{Action: "servicediscovery:DeleteService", With: DeleteEmpty},
		{Action: "servicediscovery:DeregisterInstance"},
		{Action: "servicediscovery:RegisterInstance"},
		{Action: "servicediscovery:UpdateService"},
	},
}

// Verbs are all that Of knows, by name of what they are.
func Verbs() []Verb { return append([]Verb(nil), verbs...) }

// all are the calls of a verb.
func (v Verb) all() []Call {
	out := v.calls
	for _, p := range v.Packages {
		out = append(out, Calls[p]...)
	}
	return out
}
