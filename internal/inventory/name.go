package inventory

import "github.com/tranship/tranship/internal/names"

// Namespace is a Cloud Map namespace.
type Namespace struct {
	Place
	ID         string `json:"id"`
	ARN        string `json:"arn"`
	Name       string `json:"name"`
	Type       string `json:"type"`                 // DNS_PRIVATE, DNS_PUBLIC or HTTP
	HostedZone string `json:"hostedZone,omitempty"` // Route 53's id of its zone
}

// Name is a Cloud Map service: a name that clients use.
type Name struct {
	Place
	ID          string `json:"id"`
	ARN         string `json:"arn"`
	NamespaceID string `json:"namespaceId"`
	// DNSName is the whole name, whether or not it has DNS records.
	DNSName  string         `json:"dnsName"`
	Settings names.Settings `json:"settings"`
	// Instances counts who is in it; Unknown says if they could not be listed.
	Instances []Instances `json:"instances"`
}

// Instances counts the instances of a name that belong to one: an ECS service
// (cluster/service), a registrar by its owner mark, or nobody who says so.
type Instances struct {
	Of    string `json:"of"` // ecs:cluster/service, owner:name, or other
	Count int    `json:"count"`
}
