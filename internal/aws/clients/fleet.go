package clients

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/aws/cloudmap"
	"github.com/tranship/tranship/internal/aws/read"
	"github.com/tranship/tranship/internal/names"
)

// FleetOptions are what a Fleet is made of.
type FleetOptions struct {
	// AWS is how AWS is talked to, from the home account. Its Now is needed; its
	// Pacing is not looked at.
	AWS      aws.Options
	Accounts []Account // beside the home account and region
	// Pacing makes the budget of one account in one region; nil: none is kept to.
	Pacing   func() (*aws.Pacing, error)
	CloudMap []cloudmap.Option
	Session  string // of assumed roles; "": aws.SessionName
}

// Fleet is the adapters of several accounts and regions. It satisfies the engine's
// ports by shape: what a Ref or a Source names goes to the adapter of its account
// and region, and to the home account and region where it names none. It is safe
// for concurrent use.
type Fleet struct {
	Home *Clients

	now func() time.Time
	all []*Clients // in the order given, home first
	mu  sync.Mutex
	// found are the names that were found, and where.
	found map[string]finding
	// down are those that could not be asked.
	down map[*Clients]failure
}

// NewFleet asks AWS who we are at home. The other accounts are asked nothing until
// something is wanted of them: their roles may be missing, and stop nobody.
func NewFleet(ctx context.Context, o FleetOptions) (*Fleet, error) {
	pacing := func() (*aws.Pacing, error) {
		if o.Pacing == nil {
			return nil, nil
		}
		return o.Pacing()
	}
	at := o.AWS
	var err error
	if at.Pacing, err = pacing(); err != nil {
		return nil, err
	}
	cfg, err := aws.Load(ctx, at)
	if err != nil {
		return nil, err
	}
	home, err := New(ctx, cfg, at.Now, o.CloudMap...)
	if err != nil {
		return nil, err
	}
	f := &Fleet{Home: home, now: at.Now, all: []*Clients{home}, found: map[string]finding{}, down: map[*Clients]failure{}}
	roles := sts.NewFromConfig(cfg)
	for _, a := range o.Accounts {
		if a.Role == "" && a.ID != home.Account {
			return nil, fmt.Errorf("%w: account %s needs a role: these are credentials of account %s", names.ErrInvalid, a.ID, home.Account)
		}
		var as sdk.CredentialsProvider
		if a.Role != "" {
			as = aws.Role{ARN: a.Role, ExternalID: a.ExternalID, Session: o.Session}.Credentials(roles, at.Now)
		}
		regions := a.Regions
		if len(regions) == 0 {
			regions = []string{home.Region}
		}
		for _, r := range regions {
			other := at
			other.Region, other.Credentials = r, as
			if other.Pacing, err = pacing(); err != nil {
				return nil, err
			}
			if err := f.add(a, build(aws.Under(cfg, other), a.ID, at.Now, o.CloudMap)); err != nil {
				return nil, err
			}
		}
	}
	return f, nil
}

func (f *Fleet) add(a Account, c *Clients) error {
	for _, o := range f.all {
		if o.Account == c.Account && o.Region == c.Region {
			return fmt.Errorf("%w: account %s, region %s is there twice", names.ErrInvalid, c.Account, c.Region)
		}
	}
	c.ARN = a.Role
	f.all = append(f.all, c)
	return nil
}

// Places are the accounts and regions, home first.
func (f *Fleet) Places() []*Clients { return append([]*Clients(nil), f.all...) }

// Readers read the inventory of each of them.
func (f *Fleet) Readers() []*read.Reader {
	var all []*read.Reader
	for _, c := range f.all {
		all = append(all, c.Reader)
	}
	return all
}

// For are the adapters of an account and region; "" is the home account, and the
// account's first region. names.ErrInvalid if they were not given.
func (f *Fleet) For(account, region string) (*Clients, error) {
	account = cmp.Or(account, f.Home.Account)
	for _, c := range f.all {
		if c.Account == account && (region == "" || c.Region == region) {
			return c, nil
		}
	}
	where := "account " + account
	if region != "" {
		where += ", region " + region
	}
	return nil, fmt.Errorf("%w: nothing is known of %s: give it with its role as --account %s", names.ErrInvalid, where, accountForm)
}

// at completes a Ref and finds its adapter.
func (f *Fleet) at(ref names.Ref) (*cloudmap.Client, names.Ref, error) {
	c, err := f.For(ref.Account, ref.Region)
	if err != nil {
		return nil, ref, err
	}
	ref.Account, ref.Region = c.Account, c.Region
	return c.CloudMap, ref, nil
}

// of finds the adapters of an ECS service.
func (f *Fleet) of(src names.Source) (*Clients, names.Source, error) {
	c, err := f.For(src.Account, src.Region)
	if err != nil {
		return nil, src, fmt.Errorf("ECS service %s: %w", src, err)
	}
	src.Account, src.Region = c.Account, c.Region
	return c, src, nil
}
