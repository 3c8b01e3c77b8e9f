package names

import (
	"strconv"
	"time"
)

// Attribute keys with which tranship marks what it registered. Ownership is per
// instance: a name may hold instances of ECS, of other clusters and ours.
const (
	AttrOwner     = "tranship.dev/owner"     // Owner.ID
	AttrNamespace = "tranship.dev/namespace" // Kubernetes namespace
	AttrService   = "tranship.dev/service"   // Kubernetes Service, or what else asks for the name
	AttrKind      = "tranship.dev/kind"      // kind of that object; absent: Service
	AttrPod       = "tranship.dev/pod"
	AttrPodUID    = "tranship.dev/pod-uid"
	// AttrSince is when the registration was sent, in Unix seconds: whoever reads
	// it knows when every name server must have it, without having been there.
	AttrSince = "tranship.dev/since"
)

// WithSince marks when the registration is sent, rounded up.
func (i Instance) WithSince(now time.Time) Instance {
	i.Attributes[AttrSince] = strconv.FormatInt(now.Unix()+1, 10)
	return i
}

// Since is when the registration was sent; ok is false if nobody wrote it down.
func (i Instance) Since() (at time.Time, ok bool) {
	n, err := strconv.ParseInt(i.Attributes[AttrSince], 10, 64)
	return time.Unix(n, 0), err == nil
}

// Side says whose an instance is, seen from one registrar and one crossing.
type Side string

// The three sides. Foreign instances are never touched.
const (
	Ours       Side = "ours"
	FromSource Side = "source"
	Foreign    Side = "foreign"
)

// SideOf tells the side of an instance for the registrar with this owner id and,
// where a crossing is on, its ECS service.
func SideOf(i Instance, owner string, source *Source) Side {
	if o, ok := i.Attributes[AttrOwner]; ok {
		if o == owner && owner != "" {
			return Ours
		}
		return Foreign
	}
	if source != nil && i.Attributes[AttrECSService] == source.Service &&
		i.Attributes[AttrECSCluster] == source.Cluster {
		return FromSource
	}
	return Foreign
}
