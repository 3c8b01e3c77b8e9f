package names

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/netip"
	"strings"
	"time"
)

// Endpoint is what could serve a name: a pod or, where Target is set, an address
// or a host name that leads to one, such as that of a load balancer.
type Endpoint struct {
	Namespace string // Kubernetes namespace
	Kind      string // of the object that asks for the name; "": Service
	Service   string // its name
	Pod       string // pod name; "" for a target
	UID       string // pod UID
	Target    string // an address or a host name instead of a pod
	IPv4      netip.Addr
	IPv6      netip.Addr
	Port      int32             // 0 where the Service has none
	Zone      string            // availability zone, "" if not known
	Extra     map[string]string // attributes that API consumers filter on; ours win
	// Ready: containers ready and every other readiness gate open.
	Ready bool
	// Leaving: the pod has a deletionTimestamp. It serves on for its grace period.
	Leaving bool
	// Gated: the pod carries the readiness gate tranship.dev/registered, and it
	// is not open yet.
	Gated bool
	// ReadyAt is since when the containers are ready; zero if nobody wrote it down.
	ReadyAt time.Time
}

// ID is the instance id. That of a pod is made of its UID and not of its
// address: addresses are used again (the VPC CNI keeps one back for 30 s only,
// https://github.com/aws/amazon-vpc-cni-k8s), and a late write for a pod that is
// gone must not hit its successor. That of a target is the one ExternalDNS would
// give it, so that a hand-over needs no write.
func (e Endpoint) ID() ID {
	if e.Target != "" {
		return TargetID(e.Target)
	}
	return ID("eks-" + e.UID)
}

// TargetID is the instance id that ExternalDNS gives a target: the target in
// lower case or, where that is too long for Cloud Map, the hex SHA-256 of it.
// https://github.com/kubernetes-sigs/external-dns provider/awssd
func TargetID(target string) ID {
	t := strings.ToLower(target)
	if len(t) <= MaxID {
		return ID(t)
	}
	sum := sha256.Sum256([]byte(t))
	return ID(hex.EncodeToString(sum[:]))
}

// Serves says that clients may be sent to it.
func (e Endpoint) Serves() bool {
	return e.Ready && !e.Leaving && (e.Target != "" || e.IPv4.Is4() || e.IPv6.Is6())
}

// marks are the attributes that say whose the instance is, and what else is
// known of it that no record needs.
func (e Endpoint) marks(owner string) map[string]string {
	a := maps.Clone(e.Extra)
	if a == nil {
		a = map[string]string{}
	}
	a[AttrOwner], a[AttrNamespace], a[AttrService] = owner, e.Namespace, e.Service
	if k := cmp.Or(e.Kind, "Service"); k != "Service" {
		a[AttrKind] = k
	}
	if e.Pod != "" {
		a[AttrPod] = e.Pod
	}
	if e.UID != "" {
		a[AttrPodUID] = e.UID
	}
	if e.Zone != "" {
		a[AttrZone] = e.Zone
	}
	return a
}
