package names

import (
	"net/netip"
	"strconv"
	"time"
)

// Attribute keys with which tranship marks what it registered. Ownership is per
// instance: a name may hold instances of ECS, of other clusters and ours.
const (
	AttrOwner     = "tranship.dev/owner"     // Owner.ID
	AttrNamespace = "tranship.dev/namespace" // Kubernetes namespace
	AttrService   = "tranship.dev/service"   // Kubernetes Service
	AttrPod       = "tranship.dev/pod"
	AttrPodUID    = "tranship.dev/pod-uid"
	// AttrSince is when the registration was sent, in Unix seconds: whoever reads
	// it knows when every name server must have it, without having been there.
	AttrSince = "tranship.dev/since"
)

// Endpoint is a pod that could serve a name.
type Endpoint struct {
	Namespace string     // Kubernetes namespace
	Service   string     // Kubernetes Service
	Pod       string     // pod name
	UID       string     // pod UID
	IPv4      netip.Addr //
	Port      int32      // 0 where the Service has none
	Zone      string     // availability zone, "" if not known
	// Ready: containers ready and every other readiness gate open.
	Ready bool
	// Leaving: the pod has a deletionTimestamp. It serves on for its grace period.
	Leaving bool
}

// ID is the instance id of a pod. It is made of the pod's UID and not of its
// address: addresses are used again (the VPC CNI keeps one back for 30 s only,
// https://github.com/aws/amazon-vpc-cni-k8s), and a late write for a pod that is
// gone must not hit its successor.
func (e Endpoint) ID() ID { return ID("eks-" + e.UID) }

// Serves says that clients may be sent to it.
func (e Endpoint) Serves() bool { return e.Ready && !e.Leaving && e.IPv4.Is4() }

// Instance is what is registered for the endpoint under the owner's mark.
func (e Endpoint) Instance(owner string, customHealth bool) Instance {
	a := map[string]string{
		AttrIPv4:      e.IPv4.String(),
		AttrOwner:     owner,
		AttrNamespace: e.Namespace,
		AttrService:   e.Service,
		AttrPod:       e.Pod,
		AttrPodUID:    e.UID,
	}
	if e.Port > 0 {
		a[AttrPort] = strconv.Itoa(int(e.Port))
	}
	if e.Zone != "" {
		a[AttrZone] = e.Zone
	}
	if customHealth {
		// Said although it is the default: an instance that starts unhealthy
		// takes about 30 s to be answered.
		a[AttrInitHealth] = string(Healthy)
	}
	return Instance{ID: e.ID(), Attributes: a}
}

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
