package convert

import (
	"fmt"
	"slices"
)

// ofPod is what the steps know of the pod beside what it is made of.
type ofPod struct {
	windows     bool              // its nodes run Windows
	annotations map[string]string // of the workload
	left        map[string]bool   // containers that were left out, by ECS' names
	volumes     map[string]string // of the pod, by ECS' names
}

// contain makes a container of each that the task definition has, by its name.
func (c *conversion) contain() {
	// What only Kubernetes puts into a container, it did not find on ECS: variables
	// for each Service of the namespace, and a token for Kubernetes' API.
	c.pod.Spec.EnableServiceLinks = new(false)
	c.pod.Spec.AutomountServiceAccountToken = new(false)
	c.left = map[string]bool{}
	used := map[string]bool{}
	all := c.task.Field("containerDefinitions").Items()
	for i, n := range all {
		if f := n.Field("firelensConfiguration"); f.Set() && !routes(f) && len(all) > 1 {
			c.left[n.Field("name").Text()] = true
			n.Dropped("decided: the nodes' Fluent Bit does what it did")
			continue
		}
		k := &container{ecs: n}
		name := n.Field("name")
		if k.Name = label(name.Text()); used[k.Name] {
			k.Name = label(fmt.Sprintf("%s_%d", name.Text(), i))
		}
		used[k.Name] = true
		c.containers = append(c.containers, k)
	}
}

// called is the container that the task definition calls so, or nil.
func (c *conversion) called(name string) *container {
	i := slices.IndexFunc(c.containers, func(k *container) bool { return k.ecs.Field("name").Text() == name })
	if i < 0 {
		return nil
	}
	return c.containers[i]
}

// main is the container that the pod is about: the one that others are led to, or else
// the first essential one that runs as long as the pod.
func (c *conversion) main() *container {
	if k := c.served(); k != nil && !k.init && !k.sidecar {
		return k
	}
	for _, k := range c.containers {
		if !k.init && !k.sidecar {
			return k
		}
	}
	return nil
}

// essential says that ECS stops the task with it, which it does if nothing is said.
func (k *container) essential() bool {
	n := k.ecs.Field("essential")
	return !n.Set() || n.Bool()
}

// running are those that run side by side as long as the pod does.
func (c *conversion) running() (out []*container) {
	for _, k := range c.containers {
		if !k.init {
			out = append(out, k)
		}
	}
	return out
}

// single says that a container has the pod to itself.
func (c *conversion) single() bool { return len(c.containers) == 1 }

// to is a field of the container as entries of the ledger call it.
func (k *container) to(field string) string {
	if k.init || k.sidecar {
		return "Pod spec.initContainers[]." + field
	}
	return "Pod spec.containers[]." + field
}

// note leaves a word at a field of the container; "" is the container itself.
func (k *container) note(field, text string) {
	k.notes = append(k.notes, Note{Path: field, Text: text})
}

// note leaves a word at a field of the workload, said once.
func (c *conversion) note(path, text string) {
	if n := (Note{Path: path, Text: text}); !slices.Contains(c.notes, n) {
		c.notes = append(c.notes, n)
	}
}

// specOf is where the pod's spec is in the workload.
const specOf = "spec.template.spec"
