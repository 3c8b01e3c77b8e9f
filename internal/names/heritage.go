package names

import "strings"

// Heritage is what ExternalDNS writes into the description of a Cloud Map
// service: whose it is, and for which object.
// https://github.com/kubernetes-sigs/external-dns registry/awssd
type Heritage struct {
	Owner    string // --txt-owner-id
	Resource string // kind/namespace/name
}

const heritage = "heritage=external-dns"

// ParseHeritage reads a description; ok is false if ExternalDNS did not write it.
func ParseHeritage(description string) (h Heritage, ok bool) {
	if len(description) > 1 && strings.HasPrefix(description, `"`) && strings.HasSuffix(description, `"`) {
		description = description[1 : len(description)-1]
	}
	for part := range strings.SplitSeq(description, ",") {
		k, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch k {
		case "heritage":
			ok = v == "external-dns"
		case "external-dns/owner":
			h.Owner = v
		case "external-dns/resource":
			h.Resource = v
		}
	}
	if !ok {
		return Heritage{}, false
	}
	return h, true
}

// String is the description as ExternalDNS would write it.
func (h Heritage) String() string {
	s := heritage + ",external-dns/owner=" + h.Owner
	if h.Resource != "" {
		s += ",external-dns/resource=" + h.Resource
	}
	return s
}
