package cloudmap

import (
	"context"
	"fmt"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/tranship/tranship/internal/names"
)

// Ref turns a Cloud Map service id, or its ARN as an ECS registry has it, into a Ref.
func (c *Client) Ref(ctx context.Context, src names.Source, registryID string) (names.Ref, error) {
	ref := names.Ref{
		Account: c.account, Region: c.region,
		ServiceID: registryID[strings.LastIndex(registryID, "/")+1:],
	}
	if ref.ServiceID == "" {
		return names.Ref{}, fmt.Errorf("%w: the ECS service %s has no Cloud Map registry", names.ErrNotFound, src)
	}
	if (src.Account != "" && src.Account != c.account) || (src.Region != "" && src.Region != c.region) {
		return names.Ref{}, fmt.Errorf("%w: the ECS service %s is in account %s, region %s, this client speaks to %s, %s",
			names.ErrInvalid, src, src.Account, src.Region, c.account, c.region)
	}
	h, err := c.home(ctx, ref)
	if err != nil {
		return names.Ref{}, err
	}
	ref.NamespaceID = h.namespace
	return ref, nil
}

// home is where a service is, from memory or one read.
func (c *Client) home(ctx context.Context, ref names.Ref) (home, error) {
	c.mu.Lock()
	h, ok := c.homes[ref.ServiceID]
	c.mu.Unlock()
	if ok {
		return h, nil
	}
	svc, err := c.service(ctx, ref)
	if err != nil {
		return home{}, err
	}
	h = home{sdk.ToString(svc.NamespaceId), sdk.ToString(svc.Name)}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.homes[ref.ServiceID] = h
	return h, nil
}

// Lookup finds the service that keeps a DNS name: in the namespace with the
// longest name that the DNS name ends in, as DNS itself would choose the zone,
// then in the one that only API calls know. Case and a trailing dot do not
// matter. names.ErrNotFound if there is none, names.ErrInvalid if two namespaces
// of the same name both have it.
//
// A name that was found costs no call; those that are missing cost, all together,
// one listing of their namespace, read again after listedFor at the soonest.
func (c *Client) Lookup(ctx context.Context, dnsName string) (names.Ref, error) {
	name := fold(dnsName)
	known, ok := c.remembered(name)
	if ok {
		return known, nil
	}
	ref, err := c.lookup(ctx, name)
	if err != nil && !known.IsZero() && unknown(err) {
		return known, nil // it was there when we could last look
	}
	return ref, err
}

func (c *Client) lookup(ctx context.Context, name string) (names.Ref, error) {
	dns, http, err := c.zones(ctx, name)
	if err != nil {
		return names.Ref{}, err
	}
	if len(dns)+len(http) == 0 {
		return names.Ref{}, c.noZone(name)
	}
	var found []names.Ref
	for _, homes := range [][]namespace{dns, http} {
		for _, ns := range homes {
			ids, err := c.servicesNamed(ctx, ns, below(name, ns))
			if err != nil {
				return names.Ref{}, err
			}
			found = append(found, refs(ns, ids)...)
		}
		if len(found) > 0 {
			break
		}
	}
	switch len(found) {
	case 0:
		return names.Ref{}, fmt.Errorf("%w: the Cloud Map namespace %s has no service for the name %s", names.ErrNotFound, append(dns, http...)[0].Name, name)
	case 1:
		return found[0], nil
	}
	slices.SortFunc(found, names.Ref.Compare)
	return names.Ref{}, fmt.Errorf("%w: %d Cloud Map services have the name %s: %s and %s; name one by its id, or choose a zone type",
		names.ErrInvalid, len(found), name, found[0].ServiceID, found[1].ServiceID)
}

// remembered is what memory has for a name: ok if that is young enough to be
// taken without a look.
func (c *Client) remembered(name string) (ref names.Ref, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.zoned.listed.IsZero() {
		return names.Ref{}, false
	}
	for _, inDNS := range []bool{true, false} {
		var found []names.Ref
		for _, ns := range c.longest(name, inDNS) {
			k := c.services[ns.ID]
			if k == nil {
				return names.Ref{}, false // another of the same name may have it, too
			}
			found = append(found, refs(ns, k.byName[below(name, ns)])...)
		}
		switch len(found) {
		case 0:
		case 1:
			return found[0], c.now().Sub(c.zoned.listed) < foundFor
		default:
			return names.Ref{}, false
		}
	}
	return names.Ref{}, false
}

// below is the part of a name that is the service's in a namespace.
func below(name string, ns namespace) string { return strings.TrimSuffix(name, "."+fold(ns.Name)) }

func refs(ns namespace, ids []string) []names.Ref {
	out := make([]names.Ref, 0, len(ids))
	for _, id := range ids {
		out = append(out, names.Ref{Account: ns.Account, Region: ns.Region, NamespaceID: ns.ID, ServiceID: id})
	}
	return out
}
