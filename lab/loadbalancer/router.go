package loadbalancer

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// sort puts the rules in the order in which they are tried: a host before any
// host, an exact path before a prefix, a longer one before a shorter.
// https://kubernetes.io/docs/concepts/services-networking/ingress/#multiple-matches
func (r router) sort() {
	slices.SortStableFunc(r, func(a, b rule) int {
		exact := func(x rule) int {
			if x.exact {
				return 0
			}
			return 1
		}
		general := func(x rule) int {
			switch {
			case x.host == "":
				return 2
			case strings.HasPrefix(x.host, "*."):
				return 1
			}
			return 0
		}
		return cmp.Or(cmp.Compare(general(a), general(b)), cmp.Compare(len(b.path), len(a.path)), cmp.Compare(exact(a), exact(b)))
	})
}

// match is the targets for a request, and whether any rule took it. host may
// have a port.
func (r router) match(host, path string) (to []netip.AddrPort, ok bool) {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	for _, x := range r {
		if hostMatches(x.host, host) && pathMatches(x, path) {
			return x.targets, true
		}
	}
	return nil, false
}

func hostMatches(want, host string) bool {
	if rest, ok := strings.CutPrefix(want, "*."); ok {
		_, below, found := strings.Cut(host, ".")
		return found && strings.EqualFold(rest, below)
	}
	return want == "" || strings.EqualFold(want, host)
}

// pathMatches goes by whole elements: /a takes /a and /a/b, and not /ab.
func pathMatches(x rule, path string) bool {
	if x.exact {
		return path == x.path
	}
	prefix := strings.TrimSuffix(x.path, "/")
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}
