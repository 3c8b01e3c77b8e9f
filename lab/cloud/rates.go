package cloud

import (
	"context"
	"time"

	sdtypes "github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
	"github.com/aws/smithy-go"
)

// Rate is a token bucket: requests per second, and how many at once.
type Rate struct{ PerSecond, Burst float64 }

// Rates are token buckets by operation; what is not listed is unlimited.
type Rates struct {
	CloudMap    map[string]Rate
	ECS         map[string]Rate
	AutoScaling map[string]Rate
}

// MCS is what AWS's own controllers keep to, since AWS publishes no rates of
// the control plane.
// https://github.com/aws/aws-cloud-map-mcs-controller-for-k8s (ratelimiter.go),
// https://github.com/aws/aws-app-mesh-controller-for-k8s (throttle/defaults.go),
// https://github.com/kubernetes-sigs/external-dns/issues/2505 (GetService, ListInstances),
// https://docs.aws.amazon.com/cloud-map/latest/dg/throttling.html (Discover…).
func MCS() Rates {
	return Rates{CloudMap: map[string]Rate{
		"ListNamespaces":                   {0.5, 5},
		"ListServices":                     {2, 10},
		"CreateHttpNamespace":              {0.5, 5},
		"CreatePrivateDnsNamespace":        {0.5, 5},
		"CreateService":                    {5, 50},
		"DeleteService":                    {8, 80},
		"GetService":                       {50, 100},
		"RegisterInstance":                 {50, 100},
		"DeregisterInstance":               {50, 100},
		"GetInstance":                      {16, 80},
		"ListInstances":                    {50, 400},
		"GetInstancesHealthStatus":         {80, 80},
		"UpdateInstanceCustomHealthStatus": {240, 240},
		"GetOperation":                     {100, 200},
		"DiscoverInstances":                {1000, 2000},
		"DiscoverInstancesRevision":        {3000, 3000},
	}}
}

type bucket struct {
	tokens float64
	at     time.Time
}

// take takes a token of the operation, if there is one.
func (c *Cloud) take(rates map[string]Rate, key, operation string) bool {
	rate, limited := rates[operation]
	if !limited {
		return true
	}
	if c.buckets == nil {
		c.buckets = map[string]*bucket{}
	}
	b := c.buckets[key+operation]
	if b == nil {
		b = &bucket{tokens: rate.Burst, at: c.now}
		c.buckets[key+operation] = b
	}
	b.tokens = min(rate.Burst, b.tokens+rate.PerSecond*c.now.Sub(b.at).Seconds())
	b.at = c.now
	// The slack keeps a whole token from being lost to rounding.
	if b.tokens < 1-1e-9 {
		return false
	}
	b.tokens--
	return true
}

func throttled() error {
	return &smithy.GenericAPIError{Code: "ThrottlingException", Message: "Rate exceeded", Fault: smithy.FaultClient}
}

func (m *CloudMap) enter(ctx context.Context, operation string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !m.c.take(m.c.cfg.Rates.CloudMap, "servicediscovery:", operation) {
		if operation == "DiscoverInstances" || operation == "DiscoverInstancesRevision" {
			return &sdtypes.RequestLimitExceeded{Message: ptr("The operation can't be completed because you've reached the quota for the number of requests.")}
		}
		return throttled()
	}
	return nil
}

func (e *ECS) enter(ctx context.Context, operation string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !e.c.take(e.c.cfg.Rates.ECS, "ecs:", operation) {
		return throttled()
	}
	return nil
}

func ptr[T any](v T) *T { return &v }

func val[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
