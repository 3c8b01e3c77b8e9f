package cloud

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// Disturbance is what goes wrong with one operation of Cloud Map.
type Disturbance struct {
	Later time.Duration // it ends that much later
	Fail  string        // it ends in FAIL with this code; "": it does not
}

// Disturber decides what goes wrong inside of Cloud Map, after it has taken a
// call. Its functions are asked in the model's order, with every name that the
// thing has, and must answer the same to the same questions if a run is to
// replay. A nil function disturbs nothing.
type Disturber struct {
	// Operation is asked once for each operation that begins, those that ECS asks
	// for included. FailNext goes first.
	Operation func(now time.Time, kind types.OperationType, names []string) Disturbance
	// Discover says by how much DiscoverInstances hears later of a change that is
	// made now.
	Discover func(now time.Time, names []string) time.Duration
}

// Disturb changes what goes wrong from now on.
func (c *Cloud) Disturb(d Disturber) { c.disturber = d }

// disturb asks about an operation that begins.
func (c *Cloud) disturb(o *operation) Disturbance {
	if c.disturber.Operation == nil {
		return Disturbance{}
	}
	names := []string{}
	for _, n := range []string{o.namespace, o.service, o.instance} {
		if n != "" {
			names = append(names, n)
		}
	}
	if svc := c.services[o.service]; svc != nil {
		names = append(names, svc.called()...)
	}
	return c.disturber.Operation(c.now, o.kind, names)
}

// stale is by how much DiscoverInstances is late about a service.
func (c *Cloud) stale(svc *service) time.Duration {
	if c.disturber.Discover == nil {
		return 0
	}
	return max(0, c.disturber.Discover(c.now, append(svc.called(), svc.id)))
}

// called are the names of a service, in Cloud Map and in DNS.
func (svc *service) called() []string {
	if svc.fqdn == "" {
		return []string{svc.name}
	}
	return []string{svc.name, svc.fqdn[:len(svc.fqdn)-1]}
}
