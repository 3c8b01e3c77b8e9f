package aws

import (
	"context"
	"fmt"

	"github.com/tranship/tranship/lab/cloud"
)

// site is a Site with its operations resolved.
type site struct {
	account, region string
	services        map[string]*service
	do              func(fn func())
}

// open adds a site.
func (h *handler) open(s Site) error {
	n := &site{account: s.Account, region: s.Region, services: map[string]*service{}, do: s.Do}
	if n.account == "" || n.region == "" || len(s.Services) == 0 {
		return fmt.Errorf("lab/aws: a site needs an account, a region and services, not %q, %q and %d of them", s.Account, s.Region, len(s.Services))
	}
	if n.do == nil {
		n.do = h.cfg.Do
	}
	for _, o := range h.sites {
		if o.account == n.account && o.region == n.region {
			return fmt.Errorf("lab/aws: account %s, region %s is given twice", n.account, n.region)
		}
	}
	for _, given := range s.Services {
		if n.services[given.Name] != nil {
			return fmt.Errorf("lab/aws: service %q is given twice", given.Name)
		}
		if len(h.sites) > 0 && h.sites[0].services[given.Name] == nil {
			return fmt.Errorf("lab/aws: account %s has the service %q, which account %s has not", n.account, given.Name, h.cfg.Account)
		}
		svc, err := newService(given)
		if err != nil {
			return fmt.Errorf("lab/aws: service %q: %w", given.Name, err)
		}
		n.services[given.Name] = svc
	}
	h.sites = append(h.sites, n)
	return nil
}

// site is where an account's request goes that was signed for a region. A global
// service is signed for its one region, or for the caller's (see signing), and is
// then in the account's first.
func (h *handler) site(account, region string, s signing) *site {
	var first *site
	for _, n := range h.sites {
		if n.account != account {
			continue
		}
		if n.region == region {
			return n
		}
		if first == nil {
			first = n
		}
	}
	if s.region != "" && s.region == region {
		return first
	}
	return nil
}

// caller is who signs.
type caller struct {
	account, secret string
	session         *cloud.Session // nil: the key that holds for ever
	site            *site
}

func (c caller) context(ctx context.Context) context.Context {
	if c.session == nil {
		return ctx
	}
	return c.session.As(ctx)
}

// caller finds whose a key is. The token that came with it must be the key's own.
func (h *handler) caller(keyID, token string) (caller, *fault) {
	const invalid = "The security token included in the request is invalid."
	if equal(keyID, h.cfg.Credentials.AccessKeyID) {
		if token != "" {
			return caller{}, &fault{kind: unknownToken, message: invalid}
		}
		return caller{account: h.cfg.Account, secret: h.cfg.Credentials.SecretAccessKey}, nil
	}
	var s cloud.Session
	var ok bool
	h.cfg.Do(func() { s, ok = h.cfg.Sessions(keyID) })
	switch {
	case !ok || token == "":
		return caller{}, &fault{kind: unknownKey, message: invalid}
	case !equal(token, s.Token):
		return caller{}, &fault{kind: unknownToken, message: invalid}
	case s.Ended:
		return caller{}, &fault{kind: expiredToken, message: "The security token included in the request is expired"}
	}
	return caller{account: s.Account, secret: s.SecretAccessKey, session: &s}, nil
}
