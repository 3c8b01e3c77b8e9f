package names

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Record is one DNS record type of a Cloud Map service and its TTL in seconds.
type Record struct {
	Type string `json:"type"`
	TTL  int64  `json:"ttl"`
}

// HealthCheck is a Route 53 health check setting. It is carried only because
// UpdateService deletes it when it is left out.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_UpdateService.html
type HealthCheck struct {
	Type             string `json:"type"`
	ResourcePath     string `json:"resourcePath,omitempty"`
	FailureThreshold int32  `json:"failureThreshold,omitempty"`
}

// Settings are those of the Cloud Map service itself.
type Settings struct {
	Name         string       `json:"name"`      // first labels of the DNS name
	Namespace    string       `json:"namespace"` // the rest of it
	Type         string       `json:"type"`      // DNS, DNS_HTTP or HTTP
	Description  *string      `json:"description,omitempty"`
	Routing      string       `json:"routing"` // MULTIVALUE or WEIGHTED
	Records      []Record     `json:"records"` // sorted by Type
	CustomHealth bool         `json:"customHealth,omitempty"`
	HealthCheck  *HealthCheck `json:"healthCheck,omitempty"`
	NegativeTTL  int64        `json:"negativeTTL,omitempty"` // seconds, from the namespace's SOA; 0 if not known
}

// DNSName is the name that clients resolve.
func (s Settings) DNSName() string { return s.Name + "." + s.Namespace }

// MaxTTL is the largest TTL of all record types, in seconds.
func (s Settings) MaxTTL() int64 {
	var m int64
	for _, r := range s.Records {
		m = max(m, r.TTL)
	}
	return m
}

// LongestAnswer is how long a resolver may keep an answer about the name: with
// records, or that there are none.
func (s Settings) LongestAnswer() time.Duration {
	return time.Duration(max(s.MaxTTL(), s.NegativeTTL)) * time.Second
}

// WithTTL returns the settings with every record type at ttl seconds.
func (s Settings) WithTTL(ttl int64) Settings {
	s.Records = slices.Clone(s.Records)
	for i := range s.Records {
		s.Records[i].TTL = ttl
	}
	return s
}

// HasType says whether the service keeps records of this type.
func (s Settings) HasType(t string) bool {
	return slices.ContainsFunc(s.Records, func(r Record) bool { return r.Type == t })
}

// SameTTLs compares the record types and their TTLs.
func (s Settings) SameTTLs(o []Record) bool { return slices.Equal(s.Records, o) }

// Limits of what a service is made with.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateService.html,
// https://docs.aws.amazon.com/cloud-map/latest/api/API_DnsRecord.html
const (
	maxServiceName = 127
	maxTTL         = math.MaxInt32
	maxDescription = 1024
	maxLabel       = 63 // https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4
)

// recordSets are the record types that can stand together.
var recordSets = []string{"A", "AAAA", "A AAAA", "CNAME", "SRV"}

// Creatable checks what CreateService would refuse in this zone anyway, in words
// that say what to write instead.
func (s Settings) Creatable(zone Zone) error {
	if s.Name == "" || len(s.Name) > maxServiceName {
		return fmt.Errorf("the name %q has %d characters, 1 to %d are possible", s.Name, len(s.Name), maxServiceName)
	}
	if s.Description != nil && len(*s.Description) > maxDescription {
		return fmt.Errorf("the description has %d characters, at most %d", len(*s.Description), maxDescription)
	}
	if s.CustomHealth && s.HealthCheck != nil {
		return errors.New("a custom health check and one by Route 53 exclude each other")
	}
	if s.HealthCheck != nil && zone.Kind == PrivateZone {
		return errors.New("Route 53 can not check addresses in a private namespace: use custom health")
	}
	if !zone.InDNS() || s.Type == string(HTTPZone) {
		if len(s.Records) > 0 {
			return errors.New("a service for API calls alone has no DNS records")
		}
		return nil
	}
	kinds := make([]string, 0, len(s.Records))
	for _, r := range s.Records {
		kinds = append(kinds, r.Type)
		if r.TTL < 0 || r.TTL > maxTTL {
			return fmt.Errorf("a TTL of %d s for %s: 0 to %d are possible", r.TTL, r.Type, maxTTL)
		}
	}
	slices.Sort(kinds)
	if set := strings.Join(kinds, " "); !slices.Contains(recordSets, set) {
		return fmt.Errorf("the record types %q do not stand together: %s are possible", set, strings.Join(recordSets, ", "))
	}
	for _, label := range strings.Split(s.Name, ".") {
		if len(label) < 1 || len(label) > maxLabel {
			return fmt.Errorf("the name %q has a label of %d characters, 1 to %d are possible", s.Name, len(label), maxLabel)
		}
	}
	switch {
	case s.Routing != "MULTIVALUE" && s.Routing != "WEIGHTED":
		return fmt.Errorf("the routing policy is %q: MULTIVALUE and WEIGHTED are possible", s.Routing)
	case s.HasType("CNAME") && s.Routing != "WEIGHTED":
		return errors.New("CNAME needs the routing policy WEIGHTED")
	case s.HasType("CNAME") && s.HealthCheck != nil:
		return errors.New("CNAME can not have a health check by Route 53")
	}
	return nil
}
