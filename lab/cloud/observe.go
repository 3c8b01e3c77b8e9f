package cloud

import (
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// TaskState is the truth about a task.
type TaskState struct {
	Task
	Status, Desired      string // lastStatus and desiredStatus
	TaskDefinition       string // ARN
	Started, StopAsked   time.Time
	Registered, Healthy  bool // registered by ECS; healthy as deployments count it
	ContainerHealthCheck bool
}

// Tasks are all that are not STOPPED, in the order of their start.
func (c *Cloud) Tasks() []TaskState {
	var out []TaskState
	for _, t := range c.taskOrder {
		if t.last != stopped {
			out = append(out, c.taskState(t))
		}
	}
	return out
}

// Task finds one, also STOPPED, by its id.
func (c *Cloud) Task(id string) (TaskState, bool) {
	if t := c.tasks[id]; t != nil {
		return c.taskState(t), true
	}
	return TaskState{}, false
}

// DefinitionOf is the task definition that a task runs, and by which launch type.
func (c *Cloud) DefinitionOf(taskID string) (types.TaskDefinition, types.LaunchType, bool) {
	t := c.tasks[taskID]
	if t == nil {
		return types.TaskDefinition{}, "", false
	}
	return t.def.def, t.launch, true
}

func (c *Cloud) taskState(t *task) TaskState {
	return TaskState{
		Task: c.outside(t), Status: t.last, Desired: t.desired, TaskDefinition: t.def.arn, Started: t.started, StopAsked: t.stopAsked,
		Registered: t.registered, Healthy: t.healthy(), ContainerHealthCheck: t.def.checked(),
	}
}

// InstanceState is the truth about an instance.
type InstanceState struct {
	ID         string
	Attributes map[string]string
	Health     string // HEALTHY, UNHEALTHY or UNKNOWN
	Busy       bool   // an operation on it is running
}

// Instances are those of a service, by id, whatever the servers say yet.
func (c *Cloud) Instances(serviceID string) []InstanceState {
	svc := c.services[idOf(&serviceID)]
	if svc == nil {
		return nil
	}
	out := make([]InstanceState, len(svc.instances))
	for n, i := range svc.instances {
		out[n] = InstanceState{ID: i.id, Attributes: maps.Clone(i.attributes), Health: string(svc.health(i)), Busy: svc.pending[i.id] != nil}
	}
	return out
}

// ServiceID finds the Cloud Map service with a DNS name, in any case, with or
// without the trailing dot.
func (c *Cloud) ServiceID(dnsName string) (string, bool) {
	name := lowerName(dnsName)
	for _, public := range []bool{false, true} {
		n := c.zone(name, public)
		if n == nil {
			continue
		}
		if svc := n.names[name]; svc != nil && !svc.replaced {
			return svc.id, true
		}
		return "", false
	}
	return "", false
}

// NamespaceID finds a namespace by its name.
func (c *Cloud) NamespaceID(name string) (string, bool) {
	for _, n := range c.namespaces {
		if n.name == name && !n.creating {
			return n.id, true
		}
	}
	return "", false
}

// Converged says that every server, and DiscoverInstances, says the truth about a service.
func (c *Cloud) Converged(serviceID string) bool {
	svc := c.services[idOf(&serviceID)]
	if svc == nil || len(svc.pending) > 0 || svc.updating != nil {
		return false
	}
	for server, s := range svc.seen {
		if s != svc.truth && (svc.fqdn != "" || server == c.cfg.Servers) {
			return false
		}
	}
	return true
}
