package names

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// ID is an instance id, unique within one Cloud Map service only.
type ID string

// Health is what Cloud Map says of an instance.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_GetInstancesHealthStatus.html
type Health string

// The values Cloud Map has. An instance of a service without a health check is
// HealthUnknown and is answered like a healthy one.
const (
	Healthy       Health = "HEALTHY"
	Unhealthy     Health = "UNHEALTHY"
	HealthUnknown Health = "UNKNOWN"
)

// Attribute keys that Cloud Map gives a meaning.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_RegisterInstance.html
const (
	AttrIPv4       = "AWS_INSTANCE_IPV4"
	AttrPort       = "AWS_INSTANCE_PORT"
	AttrInitHealth = "AWS_INIT_HEALTH_STATUS"
)

// Attribute keys that ECS writes for the tasks it registers.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html
const (
	AttrECSCluster = "ECS_CLUSTER_NAME"
	AttrECSService = "ECS_SERVICE_NAME"
	AttrECSFamily  = "ECS_TASK_DEFINITION_FAMILY"
	AttrRegion     = "REGION"
	AttrZone       = "AVAILABILITY_ZONE"
)

// Instance is one registration in a name.
type Instance struct {
	ID         ID                `json:"id"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Health     Health            `json:"health,omitempty"`
}

// IPv4 is the address in the A record, if the instance has a valid one.
func (i Instance) IPv4() (netip.Addr, bool) {
	a, err := netip.ParseAddr(i.Attributes[AttrIPv4])
	return a, err == nil && a.Is4()
}

// Port is AWS_INSTANCE_PORT, 0 if there is none.
func (i Instance) Port() int32 {
	n, err := strconv.ParseInt(i.Attributes[AttrPort], 10, 32)
	if err != nil {
		return 0
	}
	return int32(n)
}

// Answered says that DNS answers with this instance as long as one instance of
// the name is healthy.
func (i Instance) Answered() bool { return i.Health != Unhealthy }

// Clone shares nothing with i.
func (i Instance) Clone() Instance {
	i.Attributes = maps.Clone(i.Attributes)
	return i
}

// SameAttributes compares what a registration would write: all attributes but
// the initial health, which Cloud Map consumes at registration, and the time of it.
func (i Instance) SameAttributes(o Instance) bool {
	strip := func(m map[string]string) map[string]string {
		c := maps.Clone(m)
		delete(c, AttrInitHealth)
		delete(c, AttrSince)
		return c
	}
	return maps.Equal(strip(i.Attributes), strip(o.Attributes))
}

// Covers says that the registration has all that want asks for: each of its
// attributes and, of those that Cloud Map gives a meaning, no other. What else
// was written into it may stay.
func (i Instance) Covers(want Instance) bool {
	for k, v := range want.Attributes {
		if have, ok := i.Attributes[k]; k != AttrInitHealth && k != AttrSince && (!ok || have != v) {
			return false
		}
	}
	for k := range i.Attributes {
		if _, asked := want.Attributes[k]; !asked && k != AttrInitHealth && strings.HasPrefix(k, "AWS_") {
			return false
		}
	}
	return true
}

// View is what one read of a name found.
type View struct {
	Settings  Settings
	Instances []Instance // sorted by ID
	Revision  int64      // InstancesRevision: grows on register and deregister, not on health
}

// Instance finds one by id.
func (v View) Instance(id ID) (Instance, bool) {
	n, ok := slices.BinarySearchFunc(v.Instances, id, func(i Instance, id ID) int {
		if i.ID < id {
			return -1
		}
		if i.ID > id {
			return 1
		}
		return 0
	})
	if !ok {
		return Instance{}, false
	}
	return v.Instances[n], true
}

// SortInstances puts instances in the order a View promises.
func SortInstances(in []Instance) {
	slices.SortFunc(in, func(a, b Instance) int {
		switch {
		case a.ID < b.ID:
			return -1
		case a.ID > b.ID:
			return 1
		}
		return 0
	})
}
