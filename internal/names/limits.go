package names

import (
	"fmt"
	"regexp"
)

// Limits of Cloud Map and Route 53.
const (
	// MaxAnswers is how many addresses a MULTIVALUE answer carries at most.
	// https://docs.aws.amazon.com/cloud-map/latest/dg/services-route53.html
	MaxAnswers = 8
	// MaxInstances per service; not adjustable.
	// https://docs.aws.amazon.com/cloud-map/latest/dg/cloud-map-limits.html
	MaxInstances = 1000
	// MaxSameNameRecords is Route 53's own limit of multivalue records with one
	// name and type. How it goes together with MaxInstances is not documented,
	// so a plan warns above it.
	// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
	MaxSameNameRecords = 100
	// MaxAttributeKey, MaxAttributeValue, MaxAttributes bound a registration.
	// https://docs.aws.amazon.com/cloud-map/latest/api/API_RegisterInstance.html
	MaxAttributeKey   = 255
	MaxAttributeValue = 1024
	MaxAttributes     = 30
	// MaxID bounds an instance id, in characters.
	// https://docs.aws.amazon.com/cloud-map/latest/api/API_RegisterInstance.html
	MaxID = 64
)

var idPattern = regexp.MustCompile(`^[0-9a-zA-Z_/:.@-]{1,64}$`)

// Valid checks what RegisterInstance would refuse anyway, so that a bad
// instance is reported by name and does not stop the others.
func (i Instance) Valid() error {
	if !idPattern.MatchString(string(i.ID)) {
		return fmt.Errorf("instance id %q: up to 64 of letters, digits and _/:.@-", i.ID)
	}
	if n := len(i.Attributes); n > MaxAttributes {
		return fmt.Errorf("instance %s: %d attributes, at most %d", i.ID, n, MaxAttributes)
	}
	for k, v := range i.Attributes {
		if k == "" || len(k) > MaxAttributeKey || len(v) > MaxAttributeValue {
			return fmt.Errorf("instance %s: attribute %.40q is out of bounds (key 1–%d, value up to %d characters)",
				i.ID, k, MaxAttributeKey, MaxAttributeValue)
		}
	}
	return nil
}
