package source

import (
	"net/netip"
	"slices"
)

// spell writes a target in one way: an address as netip does, a host name folded.
func spell(s string) string {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Unmap().String()
	}
	return fold(s)
}

// targets are those of the target annotation of the object or of another, which
// is named then; ok is false where there is none.
func (a *about) targets(m map[string]string, of string) (targets []string, ok bool) {
	v, ok := a.s.first(m, keyTarget)
	if !ok {
		return nil, false
	}
	for _, t := range list(v.value) {
		x := spell(t)
		if _, err := netip.ParseAddr(x); err != nil {
			if err := valid(x); err != nil {
				a.problem(ReasonInvalidTarget, "%s%s: target %.300q: %v", of, v.at, t, err)
				continue
			}
		}
		targets = append(targets, x)
	}
	return targets, len(targets) > 0
}

// recordType is the type of the record that ExternalDNS would make of a target.
func recordType(target string) string {
	a, err := netip.ParseAddr(target)
	switch {
	case err != nil:
		return "CNAME"
	case a.Is4():
		return "A"
	}
	return "AAAA"
}

// keep drops what --target-net-filter and the record types leave out.
func (s *Source) keep(targets []string) []string {
	var out []string
	for _, t := range targets {
		if s.kept(t) {
			out = append(out, t)
		}
	}
	return out
}

func (s *Source) kept(target string) bool {
	if !s.types[recordType(target)] {
		return false
	}
	a, err := netip.ParseAddr(target)
	in := func(nets []netip.Prefix) bool {
		return err == nil && slices.ContainsFunc(nets, func(p netip.Prefix) bool { return p.Contains(a.WithZone("")) })
	}
	// A host name is in no net: a filter that asks for nets leaves it out.
	return (len(s.nets) == 0 || in(s.nets)) && !in(s.notNets)
}
