package cloudmap

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"

	"github.com/tranship/tranship/internal/names"
)

// namespace is what is kept of a Cloud Map namespace.
type namespace struct {
	id          string
	name        string
	discover    string // what the data plane calls it
	inDNS       bool
	negativeTTL int64
	read        time.Time
}

// catalogue is one listing of a namespace's services.
type catalogue struct {
	byName map[string][]string // folded name → service ids
	listed time.Time
}

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
	c.mu.Lock()
	ns, ok := c.homes[ref.ServiceID]
	c.mu.Unlock()
	if !ok {
		svc, err := c.service(ctx, ref)
		if err != nil {
			return names.Ref{}, err
		}
		ns = sdk.ToString(svc.NamespaceId)
		c.mu.Lock()
		c.homes[ref.ServiceID] = ns
		c.mu.Unlock()
	}
	ref.NamespaceID = ns
	return ref, nil
}

// Lookup finds the service that keeps a DNS name: in the namespace with the
// longest name that the DNS name ends in, as DNS itself would choose the zone.
// Case and a trailing dot do not matter. names.ErrNotFound if there is none,
// names.ErrInvalid if two namespaces of the same name both have it.
func (c *Client) Lookup(ctx context.Context, dnsName string) (names.Ref, error) {
	name := fold(dnsName)
	homes, err := c.zones(ctx, name)
	if err != nil {
		return names.Ref{}, err
	}
	if len(homes) == 0 {
		return names.Ref{}, fmt.Errorf("%w: no Cloud Map namespace of account %s, region %s holds the name %s", names.ErrNotFound, c.account, c.region, name)
	}
	var found []names.Ref
	for _, ns := range homes {
		ids, err := c.servicesNamed(ctx, ns, strings.TrimSuffix(name, "."+fold(ns.name)))
		if err != nil {
			return names.Ref{}, err
		}
		for _, id := range ids {
			found = append(found, names.Ref{Account: c.account, Region: c.region, NamespaceID: ns.id, ServiceID: id})
		}
	}
	slices.SortFunc(found, names.Ref.Compare)
	switch len(found) {
	case 0:
		return names.Ref{}, fmt.Errorf("%w: the Cloud Map namespace %s has no service for the name %s", names.ErrNotFound, homes[0].name, name)
	case 1:
		return found[0], nil
	}
	return names.Ref{}, fmt.Errorf("%w: %d Cloud Map services have the name %s: %s and %s; name one by its id",
		names.ErrInvalid, len(found), name, found[0].ServiceID, found[1].ServiceID)
}

// zones are the DNS namespaces with the longest name that fits, from memory if
// one fits there, else from a listing.
func (c *Client) zones(ctx context.Context, name string) ([]namespace, error) {
	c.mu.Lock()
	fits, listed := longest(c.namespaces, name), c.listed
	c.mu.Unlock()
	// A fit from single reads proves nothing about longer names: only a listing does.
	fresh := !listed.IsZero() && c.now().Sub(listed) < listedFor
	if fresh || (len(fits) > 0 && !listed.IsZero() && c.now().Sub(listed) < namespaceFor) {
		return fits, nil
	}
	var all []namespace
	for token := (*string)(nil); ; {
		out, err := invoke(ctx, "ListNamespaces", "account "+c.account+", region "+c.region, c.api.ListNamespaces,
			&servicediscovery.ListNamespacesInput{MaxResults: sdk.Int32(page), NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, n := range out.Namespaces {
			all = append(all, c.known(n.Id, n.Name, n.Type, n.Properties))
		}
		if token = out.NextToken; sdk.ToString(token) == "" {
			break
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.namespaces = map[string]namespace{}
	for _, n := range all {
		c.namespaces[n.id] = n
	}
	c.listed = c.now()
	return longest(c.namespaces, name), nil
}

// longest picks the DNS namespaces with the longest name that name ends in, by id.
func longest(all map[string]namespace, name string) []namespace {
	var best []namespace
	for _, n := range all {
		zone := fold(n.name)
		if !n.inDNS || !strings.HasSuffix(name, "."+zone) {
			continue
		}
		have := 0
		if len(best) > 0 {
			have = len(fold(best[0].name))
		}
		switch {
		case len(zone) > have:
			best = []namespace{n}
		case len(zone) == have:
			best = append(best, n)
		}
	}
	slices.SortFunc(best, func(a, b namespace) int { return strings.Compare(a.id, b.id) })
	return best
}

// servicesNamed are the ids of the services of a namespace that have a name.
func (c *Client) servicesNamed(ctx context.Context, ns namespace, name string) ([]string, error) {
	c.mu.Lock()
	cat, ok := c.services[ns.id]
	c.mu.Unlock()
	if ok && (len(cat.byName[name]) > 0 || c.now().Sub(cat.listed) < listedFor) {
		return cat.byName[name], nil
	}
	cat = catalogue{byName: map[string][]string{}}
	homes := map[string]string{}
	for token := (*string)(nil); ; {
		out, err := invoke(ctx, "ListServices", "Cloud Map namespace "+ns.name, c.api.ListServices,
			&servicediscovery.ListServicesInput{
				Filters: []types.ServiceFilter{{
					Name: types.ServiceFilterNameNamespaceId, Condition: types.FilterConditionEq, Values: []string{ns.id},
				}},
				MaxResults: sdk.Int32(page), NextToken: token,
			})
		if err != nil {
			return nil, err
		}
		for _, s := range out.Services {
			id, n := sdk.ToString(s.Id), fold(sdk.ToString(s.Name))
			cat.byName[n] = append(cat.byName[n], id)
			homes[id] = ns.id
		}
		if token = out.NextToken; sdk.ToString(token) == "" {
			break
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	cat.listed = c.now()
	c.services[ns.id] = cat
	for id, home := range homes {
		c.homes[id] = home
	}
	return cat.byName[name], nil
}

// namespace reads one by id, through memory.
func (c *Client) namespace(ctx context.Context, id string) (namespace, error) {
	c.mu.Lock()
	n, ok := c.namespaces[id]
	c.mu.Unlock()
	if ok && c.now().Sub(n.read) < namespaceFor {
		return n, nil
	}
	out, err := invoke(ctx, "GetNamespace", "Cloud Map namespace "+id, c.api.GetNamespace,
		&servicediscovery.GetNamespaceInput{Id: sdk.String(id)})
	if err != nil {
		return namespace{}, err
	}
	n = c.known(out.Namespace.Id, out.Namespace.Name, out.Namespace.Type, out.Namespace.Properties)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.namespaces[n.id] = n
	return n, nil
}

func (c *Client) known(id, name *string, kind types.NamespaceType, p *types.NamespaceProperties) namespace {
	n := namespace{
		id: sdk.ToString(id), name: sdk.ToString(name), discover: sdk.ToString(name),
		inDNS: kind != types.NamespaceTypeHttp, read: c.now(),
	}
	if p == nil {
		return n
	}
	if p.HttpProperties != nil && sdk.ToString(p.HttpProperties.HttpName) != "" {
		n.discover = *p.HttpProperties.HttpName
	}
	if p.DnsProperties != nil && p.DnsProperties.SOA != nil {
		n.negativeTTL = sdk.ToInt64(p.DnsProperties.SOA.TTL)
	}
	return n
}

// fold makes DNS names comparable.
func fold(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }
