package names

import "time"

// ZoneKind is what a Cloud Map namespace is.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_Namespace.html
type ZoneKind string

// The kinds, as Cloud Map calls them. A name in an HTTP namespace is found by API
// calls alone.
const (
	PrivateZone ZoneKind = "DNS_PRIVATE"
	PublicZone  ZoneKind = "DNS_PUBLIC"
	HTTPZone    ZoneKind = "HTTP"
)

// Zone is a Cloud Map namespace: where a name lives, or could.
type Zone struct {
	Account     string // AWS account id, twelve digits
	Region      string // AWS region
	ID          string // Cloud Map namespace, ns-…
	Name        string // the last labels of the names in it
	Kind        ZoneKind
	HostedZone  string // Route 53's id of it, "" for HTTP
	NegativeTTL int64  // seconds, from the SOA record; 0 if not known
}

// InDNS says that names in the zone can be resolved.
func (z Zone) InDNS() bool { return z.Kind != HTTPZone }

// TagOwner marks a namespace or service that a registrar made: its value is the
// owner id. Who shares a name is written on instances (AttrOwner); this says who
// may take the empty service away again.
const TagOwner = "tranship.dev/owner"

// Made is where a Cloud Map service or namespace comes from.
type Made struct {
	Tags    map[string]string
	Created time.Time
	Holds   int // instances of the service, or services of the namespace; the count may lag
}

// By says that the registrar with this owner id made it.
func (m Made) By(owner string) bool { return owner != "" && m.Tags[TagOwner] == owner }
