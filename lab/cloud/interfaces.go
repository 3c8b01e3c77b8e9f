package cloud

import "net/netip"

// TaskInterface is the network interface of a task, with what is known of the task.
type TaskInterface struct {
	ID, Subnet, Zone   string
	Task               TaskState
	ClusterARN         string
	ContainerRuntimeID string // of the first container
}

// TaskInterface finds the task that holds an address now: from its start until
// its interface is deleted, after it has stopped.
func (c *Cloud) TaskInterface(a netip.Addr) (TaskInterface, bool) {
	t := c.holders[a]
	if t == nil {
		return TaskInterface{}, false
	}
	zone := c.zones[t.zone].zone
	i := TaskInterface{ID: t.eni, Subnet: zone.Subnet, Zone: zone.Name, Task: c.taskState(t), ClusterARN: t.cluster.arn}
	if cons := t.def.def.ContainerDefinitions; len(cons) > 0 {
		i.ContainerRuntimeID = t.id + "-" + val(cons[0].Name)
	}
	return i, true
}

// hold notes whose an address is.
func (c *Cloud) hold(t *task) {
	if c.holders == nil {
		c.holders = map[netip.Addr]*task{}
	}
	c.holders[t.ip] = t
}

// release notes that nobody holds the task's address any more.
func (c *Cloud) release(t *task) {
	if c.holders[t.ip] == t {
		delete(c.holders, t.ip)
	}
}
