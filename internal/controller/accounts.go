package controller

import (
	"context"
	"errors"
	"time"

	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/aws/clients"
	"github.com/tranship/tranship/internal/aws/cloudmap"
	"github.com/tranship/tranship/internal/pace"
)

// accounts reads the accounts to work in beside the home account.
func accounts(list []string) ([]clients.Account, error) {
	var out []clients.Account
	var errs []error
	for _, text := range list {
		a, err := clients.ParseAccount(text)
		if err != nil {
			errs = append(errs, err)
		}
		out = append(out, a)
	}
	return out, errors.Join(errs...)
}

// fleet is AWS as the controller sees it: every account and region, each with a
// budget of its own. allowed is asked before the bytes of a write leave.
func (o Options) fleet(ctx context.Context, allowed func() error, audit func(aws.Call)) (*clients.Fleet, error) {
	others, err := accounts(o.Accounts)
	if err != nil {
		return nil, err
	}
	zones, err := o.zoneKinds()
	if err != nil {
		return nil, err
	}
	f, err := clients.NewFleet(ctx, clients.FleetOptions{
		AWS: aws.Options{
			Region: o.Region, Version: o.Version, Now: time.Now,
			Allowed: allowed, Audit: audit,
		},
		Accounts: others,
		Pacing: func() (*aws.Pacing, error) {
			p, err := pace.New(pace.Defaults(), o.RateShare)
			if err != nil {
				return nil, err
			}
			return aws.NewPacing(p, time.Now, nil, 0), nil
		},
		CloudMap: []cloudmap.Option{
			cloudmap.ZoneKinds(zones...), cloudmap.Tags(o.tags()),
			cloudmap.OnFail(func(f cloudmap.FailedOperation) {
				o.Log.Info("Cloud Map operation failed", "name", f.Ref.String(), "operation", f.ID, "code", f.Code, "message", f.Message)
			}),
		},
	})
	if err != nil {
		return nil, err
	}
	for _, c := range f.Places() {
		o.Log.Info("AWS", "account", c.Account, "region", c.Region, "as", c.ARN)
	}
	return f, nil
}
