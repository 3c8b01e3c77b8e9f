// Package clients builds the AWS adapters of one account and region. It is for
// composition roots: nothing else needs more than one adapter.
package clients

import (
	"context"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/aws/cloudmap"
	adapter "github.com/tranship/tranship/internal/aws/ecs"
)

// Clients are the adapters of one account and region.
type Clients struct {
	CloudMap *cloudmap.Client
	ECS      *adapter.Client
	Account  string
	Region   string
	ARN      string // who we are
}

// New asks AWS who we are and builds the adapters from a configuration that
// aws.Load made. Its error is one line that says whether the credentials are
// wrong (names.ErrDenied) or the endpoint does not answer (names.ErrUnreachable).
func New(ctx context.Context, cfg sdk.Config, now func() time.Time, opts ...cloudmap.Option) (*Clients, error) {
	who, err := aws.CallerIdentity(ctx, sts.NewFromConfig(cfg))
	if err != nil {
		return nil, err
	}
	return &Clients{
		CloudMap: cloudmap.New(servicediscovery.NewFromConfig(cfg), who.Account, cfg.Region, now, opts...),
		ECS:      adapter.New(ecs.NewFromConfig(cfg), who.Account, cfg.Region),
		Account:  who.Account,
		Region:   cfg.Region,
		ARN:      who.ARN,
	}, nil
}
