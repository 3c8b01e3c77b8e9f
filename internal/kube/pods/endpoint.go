package pods

import (
	"cmp"
	"context"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/internal/names"
)

// GateRegistered is the readiness gate that itself waits for the name. It is
// left out when readiness is judged, or pod and name would wait for each other.
const GateRegistered corev1.PodConditionType = "tranship.dev/registered"

// Headless says that a Service has no address of its own.
func Headless(s *corev1.Service) bool { return s.Spec.ClusterIP == corev1.ClusterIPNone }

// Of lists the pods behind a Service that have not finished, sorted by UID. A
// Service without a selector has none.
func Of(ctx context.Context, r client.Reader, l *Lister, svc *corev1.Service) ([]corev1.Pod, error) {
	if len(svc.Spec.Selector) == 0 {
		return nil, nil
	}
	pods, err := l.List(ctx, r, svc.Namespace, svc.Spec.Selector)
	if err != nil {
		return nil, err
	}
	pods = slices.DeleteFunc(pods, func(p corev1.Pod) bool {
		return p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
	})
	slices.SortFunc(pods, func(a, b corev1.Pod) int { return cmp.Compare(a.UID, b.UID) })
	return pods, nil
}

// Endpoint is a pod as the registrar sees it, without its zone.
func Endpoint(p *corev1.Pod, svc *corev1.Service) names.Endpoint {
	e := names.Endpoint{
		Namespace: p.Namespace, Service: svc.Name, Pod: p.Name, UID: string(p.UID),
		Ready: Ready(p), Leaving: !p.DeletionTimestamp.IsZero(), Gated: gated(p),
	}
	if c := condition(p, corev1.ContainersReady); c.Status == corev1.ConditionTrue {
		e.ReadyAt = c.LastTransitionTime.Time
	}
	e.IPv4, e.IPv6 = Pair(Addresses(p))
	if ports := TargetPorts(svc, []corev1.Pod{*p}); len(ports) == 1 {
		e.Port = ports[0]
	}
	return e
}

// Pair is the first address of each family.
func Pair(all []netip.Addr) (v4, v6 netip.Addr) {
	for _, a := range all {
		if a.Is4() && !v4.IsValid() {
			v4 = a
		}
		if a.Is6() && !v6.IsValid() {
			v6 = a
		}
	}
	return v4, v6
}

// Addresses are a pod's own, in its order, as far as it has any yet.
func Addresses(p *corev1.Pod) []netip.Addr {
	all := []string{p.Status.PodIP}
	for _, ip := range p.Status.PodIPs {
		all = append(all, ip.IP)
	}
	return parse(all)
}

// HostAddresses are those of the node that a pod runs on.
func HostAddresses(p *corev1.Pod) []netip.Addr {
	all := []string{p.Status.HostIP}
	for _, ip := range p.Status.HostIPs {
		all = append(all, ip.IP)
	}
	return parse(all)
}

func parse(all []string) []netip.Addr {
	var out []netip.Addr
	for _, s := range all {
		a, err := netip.ParseAddr(s)
		if a = a.Unmap(); err == nil && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

// Ready says that the containers are ready, and every other readiness gate open.
func Ready(p *corev1.Pod) bool {
	if !is(p, corev1.ContainersReady) {
		return false
	}
	for _, g := range p.Spec.ReadinessGates {
		if g.ConditionType != GateRegistered && !is(p, g.ConditionType) {
			return false
		}
	}
	return true
}

// gated: our own gate is there and not open yet.
func gated(p *corev1.Pod) bool {
	return !is(p, GateRegistered) && slices.ContainsFunc(p.Spec.ReadinessGates, func(g corev1.PodReadinessGate) bool {
		return g.ConditionType == GateRegistered
	})
}

func is(p *corev1.Pod, t corev1.PodConditionType) bool {
	return condition(p, t).Status == corev1.ConditionTrue
}

func condition(p *corev1.Pod, t corev1.PodConditionType) corev1.PodCondition {
	for _, c := range p.Status.Conditions {
		if c.Type == t {
			return c
		}
	}
	return corev1.PodCondition{}
}

// TargetPorts are the container ports that a Service leads to, or, where it
// names none, those that the pods declare. Sorted.
func TargetPorts(svc *corev1.Service, pods []corev1.Pod) []int32 {
	var ports []int32
	add := func(n int32) {
		if n > 0 && !slices.Contains(ports, n) {
			ports = append(ports, n)
		}
	}
	for _, sp := range svc.Spec.Ports {
		switch {
		case sp.TargetPort.Type == intstr.String && sp.TargetPort.StrVal != "":
			for i := range pods {
				add(namedPort(&pods[i], sp.TargetPort.StrVal, sp.Protocol))
			}
		case sp.TargetPort.IntVal > 0:
			add(sp.TargetPort.IntVal)
		default:
			add(sp.Port)
		}
	}
	if len(svc.Spec.Ports) == 0 {
		for i := range pods {
			for _, c := range pods[i].Spec.Containers {
				for _, cp := range c.Ports {
					add(cp.ContainerPort)
				}
			}
		}
	}
	slices.Sort(ports)
	return ports
}

// namedPort finds a container port by its name, as EndpointSlices do.
func namedPort(p *corev1.Pod, name string, protocol corev1.Protocol) int32 {
	protocol = cmp.Or(protocol, corev1.ProtocolTCP)
	for _, c := range slices.Concat(p.Spec.Containers, p.Spec.InitContainers) { // sidecars are init containers
		for _, cp := range c.Ports {
			if cp.Name == name && cmp.Or(cp.Protocol, corev1.ProtocolTCP) == protocol {
				return cp.ContainerPort
			}
		}
	}
	return 0
}

// Zone is the availability zone of a node, "" where it has none or is gone.
func Zone(ctx context.Context, r client.Reader, node string) (string, error) {
	if node == "" {
		return "", nil
	}
	n := metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Node"}} // its labels alone are worth caching
	if err := r.Get(ctx, client.ObjectKey{Name: node}, &n); err != nil {
		return "", client.IgnoreNotFound(err)
	}
	return n.Labels[corev1.LabelTopologyZone], nil
}
