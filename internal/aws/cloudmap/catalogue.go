package cloudmap

import (
	"context"
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
	names.Zone
	discover string // what the data plane calls it
	read     time.Time
}

// home is where a service is, and what the data plane calls it.
type home struct{ namespace, name string }

// shelf says when a list was read, and how long it stands where it does not have
// what is looked for: that grows while the listings find nothing new.
type shelf struct {
	listed time.Time
	stands time.Duration
}

// fresh says that the list needs no reading again to say that something is missing.
func (s shelf) fresh(now time.Time) bool {
	return !s.listed.IsZero() && now.Sub(s.listed) < s.stands
}

// read notes a listing.
func (s *shelf) read(now time.Time, changed bool) {
	if s.stands = min(2*s.stands, listedMost); changed || s.stands == 0 {
		s.stands = listedFor
	}
	s.listed = now
}

// catalogue is one listing of a namespace's services.
type catalogue struct {
	shelf
	byName map[string][]string  // folded name → service ids
	made   map[string]time.Time // ids of those made here, which a listing may not have yet
}

// has says that the listing has a service of this id.
func (k *catalogue) has(id string) bool {
	for _, ids := range k.byName {
		if slices.Contains(ids, id) {
			return true
		}
	}
	return false
}

// add puts a service in.
func (k *catalogue) add(name, id string) {
	if ids := k.byName[name]; !slices.Contains(ids, id) {
		k.byName[name] = append(ids, id)
	}
}

// drop takes a service out.
func (k *catalogue) drop(id string) {
	delete(k.made, id)
	for name, ids := range k.byName {
		if ids = slices.DeleteFunc(ids, func(o string) bool { return o == id }); len(ids) == 0 {
			delete(k.byName, name)
		} else {
			k.byName[name] = ids
		}
	}
}

// catalogued is the catalogue of a namespace, made if there is none. c.mu is held.
func (c *Client) catalogued(namespace string) *catalogue {
	k := c.services[namespace]
	if k == nil {
		k = &catalogue{byName: map[string][]string{}, made: map[string]time.Time{}}
		c.services[namespace] = k
	}
	return k
}

// servicesNamed are the ids of the services of a namespace that have a name.
func (c *Client) servicesNamed(ctx context.Context, ns namespace, name string) ([]string, error) {
	inMemory := func() ([]string, bool) {
		c.mu.Lock()
		defer c.mu.Unlock()
		k := c.services[ns.ID]
		if k == nil || len(k.byName[name]) == 0 && !k.fresh(c.now()) {
			return nil, false
		}
		return slices.Clone(k.byName[name]), true
	}
	if ids, ok := inMemory(); ok {
		return ids, nil
	}
	err := c.once(ctx, "the services of "+ns.Name+" ("+ns.ID+")", func() error {
		if _, ok := inMemory(); ok {
			return nil // somebody was quicker
		}
		return c.listServices(ctx, ns)
	})
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.catalogued(ns.ID).byName[name]), nil
}

// listServices reads all services of a namespace.
func (c *Client) listServices(ctx context.Context, ns namespace) error {
	began := c.now()
	found := map[string]home{}
	for token := (*string)(nil); ; {
		out, err := invoke(ctx, "ListServices", "Cloud Map namespace "+ns.Name, c.api.ListServices,
			&servicediscovery.ListServicesInput{
				Filters: []types.ServiceFilter{{
					Name: types.ServiceFilterNameNamespaceId, Condition: types.FilterConditionEq, Values: []string{ns.ID},
				}},
				MaxResults: sdk.Int32(page), NextToken: token,
			})
		if err != nil {
			return err
		}
		for _, s := range out.Services {
			found[sdk.ToString(s.Id)] = home{ns.ID, sdk.ToString(s.Name)}
		}
		if token = out.NextToken; sdk.ToString(token) == "" {
			break
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.catalogued(ns.ID)
	next := &catalogue{shelf: old.shelf, byName: map[string][]string{}, made: map[string]time.Time{}}
	for id, at := range old.made {
		if h, ok := c.homes[id]; ok && found[id] == (home{}) && began.Sub(at) < seenAfter {
			next.made[id], found[id] = at, h
		}
	}
	for _, ids := range old.byName {
		for _, id := range ids {
			if found[id] == (home{}) {
				delete(c.homes, id)
			}
		}
	}
	changed := false
	for id, h := range found {
		if _, ok := c.homes[id]; !ok {
			changed = true
		}
		next.add(fold(h.name), id)
		c.homes[id] = h
	}
	for _, ids := range next.byName {
		slices.Sort(ids)
	}
	next.read(c.now(), changed)
	c.services[ns.ID] = next
	return nil
}

// listNamespaces reads all namespaces of the account.
func (c *Client) listNamespaces(ctx context.Context) error {
	all := map[string]namespace{}
	for token := (*string)(nil); ; {
		out, err := invoke(ctx, "ListNamespaces", "account "+c.account+", region "+c.region, c.api.ListNamespaces,
			&servicediscovery.ListNamespacesInput{MaxResults: sdk.Int32(page), NextToken: token})
		if err != nil {
			return err
		}
		for _, n := range out.Namespaces {
			known := c.known(n.Id, n.Name, n.Type, n.Properties)
			all[known.ID] = known
		}
		if token = out.NextToken; sdk.ToString(token) == "" {
			break
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	changed := false
	for id := range all {
		if _, ok := c.namespaces[id]; !ok {
			changed = true
		}
	}
	c.namespaces = all
	c.zoned.read(c.now(), changed)
	return nil
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
	c.namespaces[n.ID] = n
	return n, nil
}

func (c *Client) known(id, name *string, kind types.NamespaceType, p *types.NamespaceProperties) namespace {
	n := namespace{
		Zone: names.Zone{
			Account: c.account, Region: c.region,
			ID: sdk.ToString(id), Name: sdk.ToString(name), Kind: names.ZoneKind(kind),
		},
		discover: sdk.ToString(name), read: c.now(),
	}
	if p == nil {
		return n
	}
	if p.HttpProperties != nil && sdk.ToString(p.HttpProperties.HttpName) != "" {
		n.discover = *p.HttpProperties.HttpName
	}
	if d := p.DnsProperties; d != nil {
		n.HostedZone = sdk.ToString(d.HostedZoneId)
		if d.SOA != nil {
			n.NegativeTTL = sdk.ToInt64(d.SOA.TTL)
		}
	}
	return n
}

// gone forgets the identities that led to something that is not there. The lists
// that still have it are proven wrong and read again; those that have not stand,
// so that many names of one deleted namespace are not as many listings.
func (c *Client) gone(ref names.Ref) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.homes[ref.ServiceID]
	delete(c.homes, ref.ServiceID)
	for _, ns := range slices.Compact([]string{ref.NamespaceID, h.namespace}) {
		k := c.services[ns]
		if k == nil || !k.has(ref.ServiceID) {
			continue
		}
		k.drop(ref.ServiceID)
		k.shelf, c.zoned = shelf{}, shelf{}
		delete(c.namespaces, ns)
	}
}

// fold makes DNS names comparable.
func fold(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }
