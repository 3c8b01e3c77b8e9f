package cloud

import (
	"context"
	"time"

	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	sdtypes "github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
	"github.com/aws/smithy-go"
)

type bucket struct {
	tokens float64
	at     time.Time
}

// take takes a token of the operation, if there is one.
func (c *Cloud) take(rates map[string]Rate, key, operation string) bool {
	rate, limited := rates[operation]
	if !limited {
		if rate, limited = rates[AllOperations]; !limited {
			return true
		}
		operation = AllOperations
	}
	if rate.Bucket != "" {
		operation = rate.Bucket
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

// enter is what every operation of Cloud Map begins with: its rate, then the
// constraints on its input.
func (m *CloudMap) enter(ctx context.Context, operation string, in ...any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !m.c.take(m.c.cfg.Rates.CloudMap, "servicediscovery:", operation) {
		if operation == "DiscoverInstances" || operation == "DiscoverInstancesRevision" {
			return &sdtypes.RequestLimitExceeded{Message: ptr("The operation can't be completed because you've reached the quota for the number of requests.")}
		}
		return throttled()
	}
	return constrained(cloudMapConstraints[operation], in, invalid)
}

// constrained turns what an input has against its constraints into an error.
func constrained(all []constraint, in []any, as func(message string) error) error {
	for _, input := range in {
		if m := violations(all, input); m != "" {
			return as(m)
		}
	}
	return nil
}

// enter is what every operation of ECS begins with.
func (e *ECS) enter(ctx context.Context, operation string, in ...any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !e.c.take(e.c.cfg.Rates.ECS, "ecs:", operation) {
		return throttled()
	}
	return constrained(ecsConstraints[operation], in, func(m string) error {
		return &ecstypes.InvalidParameterException{Message: ptr(m)}
	})
}

func (e *EC2) enter(ctx context.Context, operation string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !e.c.take(e.c.cfg.Rates.EC2, "ec2:", operation) {
		return &smithy.GenericAPIError{Code: "RequestLimitExceeded", Message: "Request limit exceeded.", Fault: smithy.FaultServer}
	}
	return nil
}

// Admit counts a call of a service that is modelled elsewhere against the rates
// of the account, by its name in signatures; false: it is throttled.
func (c *Cloud) Admit(service, operation string) bool {
	rates := map[string]map[string]Rate{"elasticloadbalancing": c.cfg.Rates.ELB}[service]
	return c.take(rates, service+":", operation)
}

func ptr[T any](v T) *T { return &v }

func val[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
