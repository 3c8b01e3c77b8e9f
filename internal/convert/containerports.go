package convert

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// mostPorts is how many ports of a range are listed. Whether a port is listed makes no
// difference to who can reach it.
const mostPorts = 100

// expose lists the ports that the containers listen on. What they speak there, appProtocol,
// is said by whoever leads to them.
func (c *conversion) expose() {
	names := map[string]bool{}
	for _, k := range c.containers {
		for _, n := range k.ecs.Field("portMappings").Items() {
			c.exposeOne(k, n, names)
		}
	}
}

func (c *conversion) exposeOne(k *container, n ledger.Node, names map[string]bool) {
	to := k.to("ports[]")
	protocol := corev1.ProtocolTCP
	if n.Field("protocol").Text() == "udp" {
		protocol = corev1.ProtocolUDP
	}
	n.Field("protocol").Mapped(to)
	list := func(port int64) *corev1.ContainerPort {
		p := corev1.ContainerPort{ContainerPort: int32(port), Protocol: protocol}
		at := slices.IndexFunc(k.Ports, func(o corev1.ContainerPort) bool {
			return o.ContainerPort == p.ContainerPort && o.Protocol == p.Protocol
		})
		if at < 0 {
			k.Ports, at = append(k.Ports, p), len(k.Ports)
		}
		return &k.Ports[at]
	}

	had := len(k.Ports)
	if r := n.Field("containerPortRange"); r.Set() {
		first, last, ok := rangeOf(r.Text())
		switch {
		case !ok:
			r.Unsupported("no range of ports")
		case last-first >= mostPorts:
			list(first)
			r.Approximated(to, "only the first is listed; the others are reached just the same")
		default:
			for p := first; p <= last; p++ {
				list(p)
			}
			r.Mapped(to)
		}
	}
	port := n.Field("containerPort")
	number, ok := port.Int()
	if !ok || number < 1 || number > 65535 {
		port.Unsupported("no port")
		if name := n.Field("name"); name.Set() && len(k.Ports) > had {
			k.Ports[had].Name = portName(name.Text(), names)
			name.Mapped(to, "that of the first of them")
		}
		n.Field("hostPort").Dropped("without a port it says nothing")
		return
	}
	p := list(number)
	port.Mapped(to)
	c.hostPort(p, n.Field("hostPort"), to)
	if name := n.Field("name"); name.Set() {
		if p.Name == "" {
			p.Name = portName(name.Text(), names)
		}
		if p.Name == name.Text() {
			name.Mapped(to)
		} else {
			name.Mapped(to, "as "+p.Name+": a port's name has at most 15 letters and no _. Who refers to it knows")
		}
	}
}

// hostPort says what becomes of a port of the host. Where a task has an address of its
// own, or its host's, it is the container's port. On a bridge it is how others reach it.
func (c *conversion) hostPort(p *corev1.ContainerPort, n ledger.Node, to string) {
	number, _ := n.Int()
	switch mode := c.task.Field("networkMode").Text(); {
	case !n.Set():
	case mode == "awsvpc" || mode == "host" || number == int64(p.ContainerPort) && c.onFargate():
		n.Mapped(to)
	case number < 1 || number > 65535:
		n.Mapped(to, "Docker chose a port of the host at each start; a pod has an address of its own, and is reached at the container's port")
	case number == int64(p.ContainerPort):
		n.Approximated(to, "the port of the pod's own address, not of its node's")
	default:
		switch n.Decide("", fmt.Sprintf("Clients reach the task at port %d of its host. A pod has an address of its own and is reached at its port %d. Does anybody use the host's port but for names and load balancers, which change with the move?", number, p.ContainerPort),
			ledger.Answer{Word: "container-port", Then: "nobody does: the host's port is left out"},
			ledger.Answer{Word: "host-port", Then: "the pod takes that port of its node, so that a node has at most one of them"}) {
		case "container-port":
			n.Dropped("it was decided that nobody uses it")
		case "host-port":
			p.HostPort = int32(number)
			n.Mapped(to)
		}
	}
}

func rangeOf(text string) (first, last int64, ok bool) {
	a, b, found := strings.Cut(text, "-")
	first, err := strconv.ParseInt(a, 10, 32)
	if err != nil || !found {
		return 0, 0, false
	}
	last, err = strconv.ParseInt(b, 10, 32)
	return first, last, err == nil && first >= 1 && first <= last && last <= 65535
}

// portName makes a port's name of ECS' one, another one for each in the pod.
// https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/#containerport-v1-core
func portName(text string, used map[string]bool) string {
	const most = 15
	name := labelOf(strings.ReplaceAll(text, "--", "-"), most)
	if len(validation.IsValidPortName(name)) > 0 {
		name = "p-" + labelOf(name, most-2)
	}
	for i := 2; used[name]; i++ {
		name = fmt.Sprintf("%s-%d", strings.TrimRight(name[:min(len(name), most-4)], "-"), i)
	}
	used[name] = true
	return name
}
