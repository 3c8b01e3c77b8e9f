package iam

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Scope is what a policy is narrowed to. A list that is empty leaves its part wide,
// within the account and its regions, and the policy says so.
type Scope struct {
	Partition string // aws, aws-cn, aws-us-gov, …; "": as the region says
	Account   string // twelve digits
	Regions   []string
	// Namespaces and Services of Cloud Map, and HostedZones of Route 53, as ids or ARNs.
	Namespaces, Services, HostedZones []string
	ECSServices                       []string // CLUSTER/NAME, with * and ? for any
	EKSClusters                       []string // names
	Roles                             []string // ARNs of roles that are read
	Assume                            []string // ARNs of roles that are assumed, in other accounts
	// Owner is the id that marks what the controller makes; "": any.
	Owner    string
	Tag      string   // KEY=VALUE that ExternalDNS puts on what it creates; "": none
	VPCs     []string // in which private namespaces are made
	Features []Feature
	// NoHealthChecks leaves Route 53's health checks out.
	NoHealthChecks bool
}

// https://docs.aws.amazon.com/cloud-map/latest/api/API_Service.html,
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
var (
	account   = regexp.MustCompile(`^[0-9]{12}$`)
	region    = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
	partition = regexp.MustCompile(`^aws(-[a-z]+)*$`)
	zoneID    = regexp.MustCompile(`^Z[A-Z0-9]+$`)
	vpcID     = regexp.MustCompile(`^vpc-[0-9a-z]+$`)
	ecsName   = regexp.MustCompile(`^[A-Za-z0-9_*?-]+/[A-Za-z0-9_*?-]+$`)
	eksName   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)
	roleARN   = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[!-~]+$`)
	namespID  = regexp.MustCompile(`^ns-[a-z0-9]+$`)
	serviceID = regexp.MustCompile(`^srv-[a-z0-9]+$`)
)

// Check says what is wrong with a scope, all of it.
func (s Scope) Check() error {
	var errs []error
	each := func(what string, list []string, form *regexp.Regexp, such string) {
		for _, v := range list {
			if !form.MatchString(v) {
				errs = append(errs, fmt.Errorf("%s %q: it is such as %s", what, v, such))
			}
		}
	}
	ids := func(what string, list []string, form *regexp.Regexp, such, service, kind string) {
		arn := regexp.MustCompile(`^arn:aws[a-z-]*:` + service + `:[a-z0-9-]*:[0-9]*:` + kind + `/[A-Za-z0-9-]+$`)
		for _, v := range list {
			switch {
			case arn.MatchString(v):
			case !form.MatchString(v):
				errs = append(errs, fmt.Errorf("%s %q: it is an id such as %s, or an ARN", what, v, such))
			case len(s.Regions) > 1 && service == "servicediscovery":
				errs = append(errs, fmt.Errorf("%s %q: with several regions, give its ARN, which says the region", what, v))
			}
		}
	}
	if !account.MatchString(s.Account) {
		errs = append(errs, fmt.Errorf("account %q: it has twelve digits", s.Account))
	}
	if len(s.Regions) == 0 {
		errs = append(errs, errors.New("no region is named"))
	}
	each("region", s.Regions, region, "eu-west-1")
	if s.Partition != "" && !partition.MatchString(s.Partition) {
		errs = append(errs, fmt.Errorf("partition %q: it is such as aws, aws-cn or aws-us-gov", s.Partition))
	}
	ids("Cloud Map namespace", s.Namespaces, namespID, "ns-0123456789abcdef", "servicediscovery", "namespace")
	ids("Cloud Map service", s.Services, serviceID, "srv-0123456789abcdef", "servicediscovery", "service")
	ids("hosted zone", s.HostedZones, zoneID, "Z0123456789ABCDEFGHIJ", "route53", "hostedzone")
	each("ECS service", s.ECSServices, ecsName, "production/orders or production/*")
	each("EKS cluster", s.EKSClusters, eksName, "production")
	each("role", s.Roles, roleARN, "arn:aws:iam::111122223333:role/orders")
	each("role to assume", s.Assume, roleARN, "arn:aws:iam::111122223333:role/tranship")
	if key, _, ok := strings.Cut(s.Tag, "="); s.Tag != "" && (!ok || key == "") {
		errs = append(errs, fmt.Errorf("tag %q: it is KEY=VALUE", s.Tag))
	}
	each("VPC", s.VPCs, vpcID, "vpc-0a1b2c3d")
	return errors.Join(errs...)
}

// PartitionOf is the partition that a region lies in.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func PartitionOf(region string) string {
	for _, p := range []struct{ prefix, partition string }{
		{"cn-", "aws-cn"}, {"us-gov-", "aws-us-gov"}, {"us-isob-", "aws-iso-b"}, {"us-isof-", "aws-iso-f"},
		{"eu-isoe-", "aws-iso-e"}, {"us-iso-", "aws-iso"}, {"eusc-", "aws-eusc"},
	} {
		if strings.HasPrefix(region, p.prefix) {
			return p.partition
		}
	}
	return "aws"
}

func (s Scope) partition() string {
	if s.Partition != "" || len(s.Regions) == 0 {
		return s.Partition
	}
	return PartitionOf(s.Regions[0])
}

// fill puts the scope's words into ARNs with {p}, {r} and {a}, once for each region.
func (s Scope) fill(arns ...string) []string {
	var out []string
	for _, arn := range arns {
		for _, r := range s.Regions {
			out = append(out, strings.NewReplacer("{p}", s.partition(), "{r}", r, "{a}", s.Account).Replace(arn))
		}
	}
	return sorted(out)
}

// has says that a feature is asked for.
func (s Scope) has(f Feature) bool { return f == "" || slices.Contains(s.Features, f) }

// makesNames and makesNamespaces say whether ids will be there that nobody can name yet.
func (s Scope) makesNames() bool { return s.has(Create) }

func (s Scope) makesNamespaces() bool {
	return s.has(CreatePrivate) || s.has(CreatePublic) || s.has(CreateHTTP)
}

// resources are the ARNs of a type, and why they are wide; "" if each is named.
func (s Scope) resources(k Kind) (arns []string, wide string) {
	named := func(list []string, template string) []string {
		var out []string
		for _, v := range list {
			if strings.HasPrefix(v, "arn:") {
				out = append(out, v)
			} else {
				out = append(out, s.fill(template+v)...)
			}
		}
		return sorted(out)
	}
	switch k {
	case namespace:
		arns = named(s.Namespaces, "arn:{p}:servicediscovery:{r}:{a}:namespace/")
	case cloudMapService:
		arns = named(s.Services, "arn:{p}:servicediscovery:{r}:{a}:service/")
	case hostedZone:
		arns = named(s.HostedZones, "arn:{p}:route53:::hostedzone/")
		if len(arns) > 0 && s.makesNamespaces() {
			return s.fill(kinds[k].arn), "the hosted zones of namespaces that will be made are not known before"
		}
	case ecsService:
		arns = named(s.ECSServices, "arn:{p}:ecs:{r}:{a}:service/")
	case ecsCluster:
		arns = s.clusters()
	case ecsTask:
		for _, c := range s.clusters() {
			arns = append(arns, strings.Replace(c, ":cluster/", ":task/", 1)+"/*")
		}
		if len(arns) > 0 {
			return arns, "the ids of tasks are not known before; ecs:cluster keeps them to the clusters"
		}
	case eksCluster:
		arns = named(s.EKSClusters, "arn:{p}:eks:{r}:{a}:cluster/")
	case role:
		arns = sorted(s.Roles)
	case assumedRole:
		arns = sorted(s.Assume)
	default: // never named one by one
	}
	if len(arns) > 0 {
		if slices.ContainsFunc(arns, func(arn string) bool { return strings.ContainsAny(arn, "*?") }) {
			wide = "as it was given"
		}
		return arns, wide
	}
	return s.fill(strings.Fields(kinds[k].arn)...), kinds[k].wide
}

// clusters are the ARNs of the ECS clusters that are named.
func (s Scope) clusters() []string {
	var out []string
	for _, v := range s.ECSServices {
		cluster, _, _ := strings.Cut(v, "/")
		out = append(out, s.fill("arn:{p}:ecs:{r}:{a}:cluster/"+cluster)...)
	}
	return sorted(out)
}
