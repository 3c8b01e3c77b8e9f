package pace

import (
	"cmp"
	"slices"
	"time"
)

// Op names an operation as IAM does: "servicediscovery:ListInstances".
type Op string

// Mark says how well a rate is known.
type Mark string

// The marks.
const (
	Documented Mark = "documented" // AWS says so
	Observed   Mark = "observed"   // code that AWS wrote, or people who run it, count on it
	Inferred   Mark = "inferred"   // taken over from an operation of the same kind
)

// Rate is what a whole account may do with one operation in one region.
type Rate struct {
	Op        Op
	PerSecond float64 // sustained
	Burst     int     // size of the bucket
	Mark      Mark
	Source    string
}

const (
	cloudMapLimits = "https://docs.aws.amazon.com/cloud-map/latest/dg/cloud-map-limits.html"
	mcs            = "https://github.com/aws/aws-cloud-map-mcs-controller-for-k8s ratelimiter.go"
	amc            = "https://github.com/aws/aws-app-mesh-controller-for-k8s throttle/defaults.go"
	extDNS2505     = "https://github.com/kubernetes-sigs/external-dns/issues/2505"
	ecsThrottling  = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html"
	ec2Throttling  = "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html"
	elbThrottling  = "https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-throttling.html"
)

// Share is the part of an account's rates that tranship takes unless told
// otherwise: ECS registers its tasks from the same budget.
const Share = 0.5

// Defaults are the rates of an account, sorted by operation. AWS publishes none
// for Cloud Map's control plane, so those stand for what code in production
// counts on; a throttle corrects them at run time.
func Defaults() []Rate {
	r := []Rate{
		{"servicediscovery:CreateHttpNamespace", 0.5, 5, Observed, mcs},
		{"servicediscovery:CreatePrivateDnsNamespace", 0.5, 5, Inferred, "as CreateHttpNamespace in " + mcs},
		{"servicediscovery:CreatePublicDnsNamespace", 0.5, 5, Inferred, "as CreateHttpNamespace in " + mcs},
		{"servicediscovery:CreateService", 5, 50, Observed, mcs},
		{"servicediscovery:DeleteNamespace", 0.5, 5, Inferred, "as CreateHttpNamespace in " + mcs},
		{"servicediscovery:DeleteService", 8, 80, Observed, amc},
		{"servicediscovery:DeregisterInstance", 50, 100, Observed, mcs},
		{"servicediscovery:DiscoverInstances", 1000, 2000, Documented, cloudMapLimits},
		{"servicediscovery:DiscoverInstancesRevision", 3000, 3000, Documented, cloudMapLimits},
		{"servicediscovery:GetInstancesHealthStatus", 80, 80, Observed, amc},
		{"servicediscovery:GetNamespace", 4, 40, Inferred, "as GetService in " + amc},
		{"servicediscovery:GetOperation", 100, 200, Observed, mcs},
		{"servicediscovery:GetService", 50, 50, Observed, extDNS2505},
		{"servicediscovery:ListInstances", 50, 100, Observed, extDNS2505},
		{"servicediscovery:ListNamespaces", 0.5, 5, Observed, mcs},
		{"servicediscovery:ListServices", 2, 10, Observed, mcs},
		{"servicediscovery:ListTagsForResource", 4, 40, Inferred, "as GetService in " + amc},
		{"servicediscovery:RegisterInstance", 50, 100, Observed, mcs},
		{"servicediscovery:UpdateInstanceCustomHealthStatus", 240, 240, Observed, amc},
		{"servicediscovery:UpdateService", 5, 50, Inferred, "as CreateService in " + mcs},

		// A category of ECS has one bucket for all its operations; these are its size.
		{"ecs:DescribeClusters", 20, 50, Documented, "cluster reads in " + ecsThrottling},
		{"ecs:ListClusters", 20, 50, Documented, "cluster reads in " + ecsThrottling},
		{"ecs:ListServices", 20, 100, Documented, "service reads in " + ecsThrottling},
		{"ecs:DescribeServices", 20, 50, Inferred, "as cluster reads in " + ecsThrottling},
		{"ecs:DescribeTaskDefinition", 20, 50, Inferred, "as cluster reads in " + ecsThrottling},
		{"ecs:DescribeTasks", 20, 50, Inferred, "as cluster reads in " + ecsThrottling},
		{"ecs:ListTasks", 20, 50, Inferred, "as cluster reads in " + ecsThrottling},
		{"ecs:UpdateService", 5, 20, Inferred, "a quarter of the reads of " + ecsThrottling},

		// The bucket of the account's calls that change nothing, for all of them.
		{"ec2:DescribeSecurityGroups", 20, 100, Documented, ec2Throttling},
		{"ec2:DescribeSubnets", 20, 100, Documented, ec2Throttling},
		{"elasticloadbalancing:DescribeLoadBalancers", 10, 40, Documented, elbThrottling},
		{"elasticloadbalancing:DescribeTargetGroups", 10, 40, Documented, elbThrottling},

		// AWS publishes no rate of these; a throttle corrects them.
		{"application-autoscaling:DescribeScalableTargets", 5, 10, Inferred, fallback.Source},
		{"application-autoscaling:DescribeScalingPolicies", 5, 10, Inferred, fallback.Source},
		{"application-autoscaling:DescribeScheduledActions", 5, 10, Inferred, fallback.Source},
		{"iam:GetPolicy", 10, 20, Inferred, slowRole},
		{"iam:GetPolicyVersion", 10, 20, Inferred, slowRole},
		{"iam:GetRole", 10, 20, Inferred, slowRole},
		{"iam:GetRolePolicy", 10, 20, Inferred, slowRole},
		{"iam:ListAttachedRolePolicies", 10, 20, Inferred, slowRole},
		{"iam:ListRolePolicies", 10, 20, Inferred, slowRole},
	}
	slices.SortFunc(r, func(a, b Rate) int { return cmp.Compare(a.Op, b.Op) })
	return r
}

// slowRole is for IAM, which throttles and does not say at which rate: half of what ECS
// lets an account read.
const slowRole = "half of the cluster reads in " + ecsThrottling

// fallback is for an operation that the table does not have.
var fallback = Rate{PerSecond: 5, Burst: 10, Mark: Inferred, Source: "the slowest sustained rate of a write"}

// interval is the time that one token takes, never less than a nanosecond.
func interval(perSecond float64) time.Duration {
	return max(1, time.Duration(float64(time.Second)/perSecond))
}
