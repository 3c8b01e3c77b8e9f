package names

import (
	"cmp"
	"fmt"
)

// Ref is the identity of a name: the Cloud Map service that keeps it. One name
// has one Ref however many Kubernetes objects lead to it, so it is the key of
// the work queue.
type Ref struct {
	Account     string // AWS account id, twelve digits
	Region      string // AWS region, such as eu-central-1
	NamespaceID string // Cloud Map namespace, ns-…
	ServiceID   string // Cloud Map service, srv-…
}

// String is stable and unique per Ref.
func (r Ref) String() string {
	return fmt.Sprintf("%s/%s/%s/%s", r.Account, r.Region, r.NamespaceID, r.ServiceID)
}

// Compare orders Refs, for use at map boundaries.
func (r Ref) Compare(o Ref) int {
	return cmp.Or(
		cmp.Compare(r.Account, o.Account),
		cmp.Compare(r.Region, o.Region),
		cmp.Compare(r.NamespaceID, o.NamespaceID),
		cmp.Compare(r.ServiceID, o.ServiceID),
	)
}

// IsZero says that the Ref names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// Source is the ECS service that a name is moved away from.
type Source struct {
	Account string
	Region  string
	Cluster string // cluster name, not ARN: it is what ECS writes into instances
	Service string // service name
}

// String is how people write it.
func (s Source) String() string { return s.Cluster + "/" + s.Service }
