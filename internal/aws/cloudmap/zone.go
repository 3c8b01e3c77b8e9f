package cloudmap

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tranship/tranship/internal/names"
)

// Zone finds the namespace that holds a DNS name, or would: the one with the
// longest name that it ends in, whether a service has the name or not. DNS
// namespaces come before those that only API calls know. names.ErrNotFound names
// the namespaces that there are; names.ErrInvalid: several fit equally.
func (c *Client) Zone(ctx context.Context, host string) (names.Zone, error) {
	name := fold(host)
	dns, http, err := c.zones(ctx, name)
	if err != nil {
		return names.Zone{}, err
	}
	fits := dns
	if len(fits) == 0 {
		fits = http
	}
	switch len(fits) {
	case 0:
		return names.Zone{}, c.noZone(name)
	case 1:
		return fits[0].Zone, nil
	}
	a, b := fits[0], fits[1]
	return names.Zone{}, fmt.Errorf("%w: %d Cloud Map namespaces of account %s, region %s could hold the name %s: %s (%s) and %s (%s), both called %s; choose a zone type",
		names.ErrInvalid, len(fits), c.account, c.region, name, a.ID, a.Kind, b.ID, b.Kind, a.Name)
}

// zones are the namespaces with the longest name that fits, in DNS and not, from
// memory if that has one, else from a listing.
func (c *Client) zones(ctx context.Context, name string) (dns, http []namespace, err error) {
	inMemory := func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		dns, http = c.longest(name, true), c.longest(name, false)
		// A fit from single reads proves nothing about longer names: only a listing does.
		return c.zoned.fresh(c.now()) ||
			len(dns)+len(http) > 0 && !c.zoned.listed.IsZero() && c.now().Sub(c.zoned.listed) < namespaceFor
	}
	if inMemory() {
		return dns, http, nil
	}
	err = c.once(ctx, "the namespaces of account "+c.account+", region "+c.region, func() error {
		if inMemory() {
			return nil // somebody was quicker
		}
		return c.listNamespaces(ctx)
	})
	if err != nil {
		return nil, nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.longest(name, true), c.longest(name, false), nil
}

// longest picks the namespaces of the wanted kinds with the longest name that
// name ends in, by id. c.mu is held.
func (c *Client) longest(name string, inDNS bool) []namespace {
	var best []namespace
	for _, n := range c.namespaces {
		zone := fold(n.Name)
		if n.InDNS() != inDNS || !c.wanted(n) || !strings.HasSuffix(name, "."+zone) {
			continue
		}
		have := 0
		if len(best) > 0 {
			have = len(fold(best[0].Name))
		}
		switch {
		case len(zone) > have:
			best = []namespace{n}
		case len(zone) == have:
			best = append(best, n)
		}
	}
	slices.SortFunc(best, func(a, b namespace) int { return strings.Compare(a.ID, b.ID) })
	return best
}

// wanted says that names are looked for in namespaces of this kind.
func (c *Client) wanted(n namespace) bool {
	return len(c.kinds) == 0 || slices.Contains(c.kinds, n.Kind)
}

// noZone says where a name could not be, and where it could.
func (c *Client) noZone(name string) error {
	const most = 10
	c.mu.Lock()
	var all []string
	for _, n := range c.namespaces {
		if c.wanted(n) {
			all = append(all, n.Name)
		}
	}
	c.mu.Unlock()
	slices.Sort(all)
	all = slices.Compact(all)
	there := "there is none"
	if len(all) > 0 {
		there = "there is " + strings.Join(all[:min(most, len(all))], ", ")
	}
	if len(all) > most {
		there += fmt.Sprintf(" and %d more", len(all)-most)
	}
	kinds := ""
	for i, k := range c.kinds {
		kinds = cmp.Or(kinds, " of the type ")
		if i > 0 {
			kinds += " or "
		}
		kinds += string(k)
	}
	return fmt.Errorf("%w: no Cloud Map namespace%s of account %s, region %s holds the name %s; %s",
		names.ErrNotFound, kinds, c.account, c.region, name, there)
}
