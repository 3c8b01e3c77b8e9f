package convert

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// depend turns who waits for whom into what Kubernetes has: a container that others
// wait for to end is an init container; one that they wait for to start, or to be
// healthy, is a sidecar, which starts before the others and stops after them, as on ECS.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
// https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
func (c *conversion) depend() {
	main := c.served()
	for _, k := range c.containers {
		for _, n := range k.ecs.Field("dependsOn").Items() {
			on := c.called(n.Field("containerName").Text())
			if on == nil || on == k {
				continue
			}
			switch n.Field("condition").Text() {
			case "COMPLETE", "SUCCESS":
				on.init = on != main
			case "HEALTHY":
				on.awaited = true
				on.sidecar = on != main || c.mainFirst(n) == "sidecar"
			case "START":
				on.sidecar = on.sidecar || on != main
			}
		}
	}
	regular := false
	for _, k := range c.containers {
		k.sidecar = k.sidecar && !k.init
		regular = regular || !k.init && !k.sidecar
	}
	if !regular && main != nil { // a circle, or a main one that was made a sidecar with nothing left beside it
		main.init, main.sidecar = false, false
	}
	c.inOrder()
	for _, k := range c.containers {
		if k.sidecar {
			k.RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
		}
		if name := k.ecs.Field("name"); name.Text() == k.Name {
			name.Mapped(k.to("name"))
		} else {
			name.Approximated(k.to("name"), "Kubernetes takes no such name: it is called "+k.Name)
		}
		for _, n := range k.ecs.Field("dependsOn").Items() {
			c.waits(k, n)
		}
	}
}

// served is the container that the pod is about: the one that others are led to, or
// the first essential one that nobody waits for.
func (c *conversion) served() *container {
	for _, list := range []string{"loadBalancers", "serviceRegistries"} {
		for _, n := range c.service.Field(list).Items() {
			if k := c.called(n.Field("containerName").Text()); k != nil {
				return k
			}
		}
	}
	awaited := map[string]bool{}
	for _, k := range c.containers {
		for _, n := range k.ecs.Field("dependsOn").Items() {
			awaited[n.Field("containerName").Text()] = true
		}
	}
	var other *container
	for _, k := range c.containers {
		switch {
		case awaited[k.ecs.Field("name").Text()]:
		case k.essential():
			return k
		case other == nil:
			other = k
		}
	}
	if other == nil && len(c.containers) > 0 {
		other = c.containers[0]
	}
	return other
}

// mainFirst asks what to do with one that waits until the main container is healthy.
func (c *conversion) mainFirst(n ledger.Node) string {
	return n.Field("condition").Decide("", "It waits until the main container is healthy. Containers of a pod don't wait for each other, only for sidecars. Can it bear to begin before?",
		ledger.Answer{Word: "together", Then: "it can: both begin together"},
		ledger.Answer{Word: "sidecar", Then: "it can't: the main container is made a sidecar, which others wait for"})
}

// waits says what became of one dependency.
func (c *conversion) waits(k *container, n ledger.Node) {
	name, condition := n.Field("containerName"), n.Field("condition")
	on := c.called(name.Text())
	switch {
	case on == nil && c.left[name.Text()]:
		n.Dropped("that container was left out")
		return
	case on == nil || on == k:
		n.Unsupported("there is no such other container")
		return
	case !c.before(on, k):
		n.Unsupported("the containers wait for each other in a circle, which never ends")
		return
	}
	first := strings.TrimSuffix(on.to(""), ".")
	name.Mapped(first)
	switch condition.Text() {
	case "SUCCESS":
		if !on.init {
			n.Unsupported("it waits for the end of the container that the pod is about")
			return
		}
		condition.Mapped(first)
	case "COMPLETE":
		if !on.init {
			n.Unsupported("it waits for the end of the container that the pod is about")
			return
		}
		condition.Approximated(first, "it has to end well: if it fails, Kubernetes starts it again until it does")
	case "HEALTHY":
		switch {
		case on.sidecar && on.ecs.At("healthCheck.command").Set():
			condition.Mapped(first + ".startupProbe")
		case on.sidecar:
			condition.Approximated(first, "it has no health check, so that it counts once it has started")
		default: // decided, or asked about, in mainFirst
			condition.Approximated(first, "both begin together")
		}
	case "START":
		if on.sidecar || on.init {
			condition.Mapped(first)
			return
		}
		condition.Approximated(first, "kubelet starts them in this order, but one that fails holds none of the others up")
	default:
		n.Unsupported("no condition of ECS that tranship knows")
	}
}

// before says that one is started before the other.
func (c *conversion) before(one, other *container) bool {
	return slices.Index(c.containers, one) < slices.Index(c.containers, other)
}

// inOrder puts each container behind those that it waits for, and otherwise leaves
// them as they are. Those in a circle stay where they were.
func (c *conversion) inOrder() {
	var out []*container
	rest := slices.Clone(c.containers)
	for len(rest) > 0 {
		next := slices.IndexFunc(rest, func(k *container) bool {
			return !slices.ContainsFunc(k.ecs.Field("dependsOn").Items(), func(n ledger.Node) bool {
				on := c.called(n.Field("containerName").Text())
				return on != nil && on != k && slices.Contains(rest, on)
			})
		})
		next = max(next, 0)
		out, rest = append(out, rest[next]), slices.Delete(rest, next, next+1)
	}
	c.containers = out
}
