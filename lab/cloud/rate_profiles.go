package cloud

import (
	"fmt"
	"strconv"
	"strings"
)

// Rate is a token bucket: requests per second, and how many at once.
type Rate struct {
	PerSecond, Burst float64
	// Bucket names a bucket that several operations of a service share; "": the
	// operation has its own.
	Bucket string
}

// AllOperations stands in Rates for every operation that is not listed itself.
// They share one bucket.
const AllOperations = "*"

// Rates are token buckets by service and operation; what is not listed is
// unlimited.
type Rates struct {
	Name string // says which profile a report was made under

	CloudMap map[string]Rate
	ECS      map[string]Rate
	EC2      map[string]Rate
	Route53  map[string]Rate
	// ELB is Elastic Load Balancing v2, AutoScaling is Application Auto Scaling,
	// whose rates AWS does not state.
	ELB, AutoScaling map[string]Rate
}

// DefaultRates is the profile of a lab that names none.
const DefaultRates = "mcs"

// RateNames are the names that RatesNamed knows.
func RateNames() []string { return []string{"mcs", "appmesh", "unlimited"} }

// RatesNamed is a profile by its name, or a fraction of one: mcs/10 is a tenth of
// mcs, for an account whose others use the rest. It fails for a name that is none.
func RatesNamed(name string) (Rates, error) {
	profile, fraction, divided := strings.Cut(name, "/")
	by := 1
	if divided {
		n, err := strconv.Atoi(fraction)
		if err != nil || n < 1 || n > mostDivided {
			return Rates{}, fmt.Errorf("rates: %q divides by %q, which is no whole number from 1 to %d", name, fraction, mostDivided)
		}
		by = n
	}
	var r Rates
	switch profile {
	case "mcs":
		r = MCS()
	case "appmesh":
		r = AppMesh()
	case "unlimited":
	default:
		return Rates{}, fmt.Errorf("rates: %q is none of mcs, appmesh, unlimited, nor a fraction of one, such as mcs/10", name)
	}
	r.Name = name
	for _, of := range []map[string]Rate{r.CloudMap, r.ECS, r.EC2, r.Route53, r.ELB, r.AutoScaling} {
		for operation, rate := range of {
			of[operation] = rate.over(float64(by))
		}
	}
	return r, nil
}

// mostDivided keeps every rate above one call in half an hour.
const mostDivided = 1000

// over is the rate divided by n. At least one call fits in at once: a smaller
// bucket would never let any through.
func (r Rate) over(n float64) Rate {
	r.PerSecond, r.Burst = r.PerSecond/n, max(1, r.Burst/n)
	return r
}

// MCS is what AWS's controller for multi-cluster services keeps to, since AWS
// publishes no rates of Cloud Map's control plane; where it says nothing, what
// its App Mesh controller keeps to.
// https://github.com/aws/aws-cloud-map-mcs-controller-for-k8s (ratelimiter.go),
// https://github.com/aws/aws-app-mesh-controller-for-k8s (throttle/defaults.go),
// https://github.com/kubernetes-sigs/external-dns/issues/2505 (GetService, ListInstances).
func MCS() Rates {
	r := published()
	r.Name = "mcs"
	addRates(r.CloudMap, map[string]Rate{
		"ListNamespaces":                   {PerSecond: 0.5, Burst: 5},
		"ListServices":                     {PerSecond: 2, Burst: 10},
		"CreateHttpNamespace":              {PerSecond: 0.5, Burst: 5},
		"CreatePrivateDnsNamespace":        {PerSecond: 0.5, Burst: 5},
		"CreateService":                    {PerSecond: 5, Burst: 50},
		"DeleteService":                    {PerSecond: 8, Burst: 80},
		"GetService":                       {PerSecond: 50, Burst: 100},
		"RegisterInstance":                 {PerSecond: 50, Burst: 100},
		"DeregisterInstance":               {PerSecond: 50, Burst: 100},
		"GetInstance":                      {PerSecond: 16, Burst: 80},
		"ListInstances":                    {PerSecond: 50, Burst: 400},
		"GetInstancesHealthStatus":         {PerSecond: 80, Burst: 80},
		"UpdateInstanceCustomHealthStatus": {PerSecond: 240, Burst: 240},
		"GetOperation":                     {PerSecond: 100, Burst: 200},
	})
	return r
}

// AppMesh is what AWS's App Mesh controller keeps to: a share of the account's
// limit, much less than MCS for writes.
// https://github.com/aws/aws-app-mesh-controller-for-k8s (throttle/defaults.go).
func AppMesh() Rates {
	r := published()
	r.Name = "appmesh"
	addRates(r.CloudMap, map[string]Rate{
		"ListNamespaces":                   {PerSecond: 1, Burst: 8},
		"ListServices":                     {PerSecond: 1, Burst: 8},
		"CreateService":                    {PerSecond: 8, Burst: 80},
		"DeleteService":                    {PerSecond: 8, Burst: 80},
		"GetService":                       {PerSecond: 4, Burst: 40},
		"RegisterInstance":                 {PerSecond: 4, Burst: 80},
		"DeregisterInstance":               {PerSecond: 4, Burst: 80},
		"ListInstances":                    {PerSecond: 40, Burst: 400},
		"GetInstance":                      {PerSecond: 16, Burst: 80},
		"GetOperation":                     {PerSecond: 4, Burst: 40},
		"GetInstancesHealthStatus":         {PerSecond: 80, Burst: 80},
		"UpdateInstanceCustomHealthStatus": {PerSecond: 240, Burst: 240},
	})
	return r
}

// published are the rates that AWS documents itself; every profile but
// unlimited has them.
func published() Rates {
	return Rates{
		// https://docs.aws.amazon.com/cloud-map/latest/dg/throttling.html
		CloudMap: map[string]Rate{
			"DiscoverInstances":         {PerSecond: 1000, Burst: 2000},
			"DiscoverInstancesRevision": {PerSecond: 3000, Burst: 3000},
		},
		ECS: ecsRates(),
		// Describe… and other calls that change nothing. The smaller bucket of
		// calls without filter or pages is not modelled.
		// https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
		EC2: map[string]Rate{AllOperations: {PerSecond: 20, Burst: 100}},
		// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
		Route53: map[string]Rate{AllOperations: {PerSecond: 5, Burst: 5}},
		// The account's bucket; that of calls that change nothing is as large.
		// https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-throttling.html
		ELB: map[string]Rate{
			AllOperations:        {PerSecond: 10, Burst: 40},
			"CreateLoadBalancer": {PerSecond: 0.2, Burst: 10},
			"RegisterTargets":    {PerSecond: 4, Burst: 20, Bucket: "registration"},
			"DeregisterTargets":  {PerSecond: 4, Burst: 20, Bucket: "registration"},
		},
	}
}

// ecsRates are the buckets of ECS: one for the actions of a category together.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
func ecsRates() map[string]Rate {
	out := map[string]Rate{}
	for _, c := range []struct {
		name       string
		burst, per float64
		operations []string
	}{
		{"cluster modify", 20, 1, []string{"CreateCluster", "DeleteCluster", "PutClusterCapacityProviders", "UpdateCluster", "UpdateClusterSettings"}},
		{"cluster read", 50, 20, []string{"DescribeClusters", "ListClusters"}},
		{"task definition modify", 20, 1, []string{"DeregisterTaskDefinition", "RegisterTaskDefinition"}},
		{"task definition read", 50, 20, []string{"DescribeTaskDefinition", "ListTaskDefinitions", "ListTaskDefinitionFamilies"}},
		{"task definition deletion", 5, 1, []string{"DeleteTaskDefinitions"}},
		{"tag modify", 20, 10, []string{"TagResource", "UntagResource"}},
		{"tag read", 50, 20, []string{"ListTagsForResource"}},
		{"cluster resource modify", 100, 40, []string{"RunTask", "StartTask", "StopTask", "ExecuteCommand", "PutAttributes", "DeleteAttributes"}},
		{"cluster resource read", 100, 20, []string{"DescribeTasks", "ListTasks", "DescribeContainerInstances", "ListContainerInstances", "ListAttributes"}},
		{"service modify", 50, 5, []string{"CreateService", "DeleteService", "UpdateService"}},
		{"service read", 100, 20, []string{"DescribeServices", "ListServices"}},
		{"service deployment", 50, 20, []string{"DescribeServiceDeployments", "ListServiceDeployments"}},
		{"service revision", 50, 20, []string{"DescribeServiceRevisions"}},
		{"task protection", 200, 80, []string{"UpdateTaskProtection", "GetTaskProtection"}},
		{"cluster service resource read", 10, 1, []string{"ListServicesByNamespace"}},
	} {
		for _, o := range c.operations {
			out[o] = Rate{PerSecond: c.per, Burst: c.burst, Bucket: c.name}
		}
	}
	return out
}

func addRates(to, more map[string]Rate) {
	for k, v := range more {
		to[k] = v
	}
}
