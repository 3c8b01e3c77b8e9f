package names

import "slices"

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
