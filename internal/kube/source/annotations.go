package source

import (
	"cmp"
	"slices"
	"strings"
)

// Prefixes of annotations: our own, and both that ExternalDNS has had. It reads
// the second since v0.22.0 and the third before that.
// https://github.com/kubernetes-sigs/external-dns/releases/tag/v0.22.0
const (
	Prefix            = "tranship.dev/"
	PrefixExternalDNS = "external-dns.kubernetes.io/"
	PrefixAlpha       = "external-dns.alpha.kubernetes.io/"
)

// Annotations of the contract, without their prefix. What else ExternalDNS knows
// (set-identifier, alias, record-type and those of other providers) says nothing
// about Cloud Map and is not read.
const (
	keyHostname         = "hostname"
	keyInternalHostname = "internal-hostname"
	keyTarget           = "target"
	keyTTL              = "ttl"
	keyController       = "controller"
	keyAccess           = "access"
	keyEndpointsType    = "endpoints-type"
	keyIngressHosts     = "ingress-hostname-source"
	keyGatewayHosts     = "gateway-hostname-source"
)

// controllers are the values of the controller annotation that mean us. With
// "tranship" an object is ours and none of ExternalDNS'.
var controllers = []string{"dns-controller", "tranship"}

// said is a value and where it stands.
type said struct{ value, at string }

// first is an annotation's value. Ours comes first, then that of
// --annotation-prefix, then ExternalDNS' newer one.
func (s *Source) first(m map[string]string, k string) (said, bool) {
	for _, p := range s.prefixes {
		if v, ok := m[p+k]; ok {
			return said{strings.TrimSpace(v), "annotation " + p + k}, true
		}
	}
	return said{}, false
}

// hosts are those that annotations of this name list, under every prefix.
func (s *Source) hosts(m map[string]string, k string) []said {
	var out []said
	for _, p := range s.prefixes {
		if s.ignoreHostnames && p != Prefix {
			continue
		}
		for _, h := range list(m[p+k]) {
			out = append(out, said{h, "annotation " + p + k})
		}
	}
	return out
}

// list splits at commas, as ExternalDNS does: spaces anywhere say nothing.
func list(v string) []string {
	v = strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, v)
	return slices.DeleteFunc(strings.Split(v, ","), func(s string) bool { return s == "" })
}

// SplitHosts are the hosts that an annotation lists, in the spelling of a Wish,
// valid or not.
func SplitHosts(v string) []string {
	hosts := list(v)
	for i, h := range hosts {
		hosts[i] = fold(h)
	}
	return hosts
}

// others: the object is meant for another controller.
func (s *Source) others(m map[string]string) bool {
	c, ok := s.first(m, keyController)
	return ok && !slices.Contains(controllers, c.value)
}

// oneOf reads an annotation that has a few values, in any case; "" where it is
// not there. A value that is none of them is a problem and reads as otherwise.
func (a *about) oneOf(m map[string]string, k, otherwise string, values ...string) string {
	v, ok := a.s.first(m, k)
	if !ok {
		return ""
	}
	for _, x := range values {
		if strings.EqualFold(v.value, x) {
			return x
		}
	}
	a.problem(ReasonInvalidValue, "%s: %q is none of %s; %s", v.at, v.value, strings.Join(values, ", "),
		cmp.Or(otherwise, "it is read as if it were not there"))
	return "?"
}
