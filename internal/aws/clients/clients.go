// Package clients builds the AWS adapters: Clients those of one account and region,
// Fleet those of several, under one set of ports. It is for composition roots:
// nothing else needs more than one adapter.
package clients

import (
	"context"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/aws/cloudmap"
	adapter "github.com/tranship/tranship/internal/aws/ecs"
	"github.com/tranship/tranship/internal/aws/read"
)

// Clients are the adapters of one account and region.
type Clients struct {
	CloudMap *cloudmap.Client
	ECS      *adapter.Client
	Reader   *read.Reader // of the inventory
	Account  string
	Region   string
	ARN      string // who we are, or the role that is assumed
}

// New asks AWS who we are and builds the adapters from a configuration that
// aws.Load made. Its error is one line that says whether the credentials are
// wrong (names.ErrDenied) or the endpoint does not answer (names.ErrUnreachable).
func New(ctx context.Context, cfg sdk.Config, now func() time.Time, opts ...cloudmap.Option) (*Clients, error) {
	who, err := aws.CallerIdentity(ctx, sts.NewFromConfig(cfg))
	if err != nil {
		return nil, err
	}
	c := build(cfg, who.Account, now, opts)
	c.ARN = who.ARN
	return c, nil
}

// build makes the adapters of an account that is known.
func build(cfg sdk.Config, account string, now func() time.Time, opts []cloudmap.Option) *Clients {
	return &Clients{
		CloudMap: cloudmap.New(servicediscovery.NewFromConfig(cfg), account, cfg.Region, now, opts...),
		ECS:      adapter.New(ecs.NewFromConfig(cfg), account, cfg.Region),
		Reader: read.New(read.API{
			ECS: ecs.NewFromConfig(cfg), CloudMap: servicediscovery.NewFromConfig(cfg), Scaling: applicationautoscaling.NewFromConfig(cfg),
			Balancers: elasticloadbalancingv2.NewFromConfig(cfg), Network: ec2.NewFromConfig(cfg), Roles: iam.NewFromConfig(cfg),
		}, account, cfg.Region),
		Account: account, Region: cfg.Region,
	}
}

// place is how people call it.
func (c *Clients) place() string { return "account " + c.Account + ", region " + c.Region }
