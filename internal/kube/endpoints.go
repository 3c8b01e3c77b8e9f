package kube

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
)

// GateRegistered is the readiness gate that itself waits for the name. It is
// left out when readiness is judged, or pod and name would wait for each other.
const GateRegistered corev1.PodConditionType = "tranship.dev/registered"

// target reads a Service and its pods.
func target(ctx context.Context, r client.Reader, key cutover.Key, now time.Time) names.Fact[cutover.Target] {
	var svc corev1.Service
	err := r.Get(ctx, client.ObjectKey{Namespace: key.Namespace, Name: key.Name}, &svc)
	switch {
	case apierrors.IsNotFound(err):
		return names.Known(cutover.Target{}, now)
	case err != nil:
		return names.Unknown[cutover.Target](fmt.Sprintf("Service %s: %v", key, err), now)
	}
	if len(svc.Spec.Selector) == 0 {
		return names.Known(cutover.Target{Found: true, Headless: headless(&svc)}, now)
	}
	var pods corev1.PodList
	if err := r.List(ctx, &pods, client.InNamespace(key.Namespace), client.MatchingLabelsSelector{
		Selector: labels.SelectorFromSet(svc.Spec.Selector),
	}); err != nil {
		return names.Unknown[cutover.Target](fmt.Sprintf("pods of Service %s: %v", key, err), now)
	}
	t := cutover.Target{Found: true, Headless: headless(&svc), Ports: targetPorts(&svc, pods.Items)}
	for i := range pods.Items {
		p := &pods.Items[i]
		if p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed {
			continue
		}
		e := endpoint(p, &svc)
		if e.Zone, err = zone(ctx, r, p.Spec.NodeName); err != nil {
			return names.Unknown[cutover.Target](fmt.Sprintf("node of pod %s: %v", p.Name, err), now)
		}
		t.Endpoints = append(t.Endpoints, e)
	}
	slices.SortFunc(t.Endpoints, func(a, b names.Endpoint) int { return cmp.Compare(a.UID, b.UID) })
	return names.Known(t, now)
}

func headless(s *corev1.Service) bool { return s.Spec.ClusterIP == corev1.ClusterIPNone }

// endpoint is a pod as the registrar sees it.
func endpoint(p *corev1.Pod, svc *corev1.Service) names.Endpoint {
	e := names.Endpoint{
		Namespace: p.Namespace, Service: svc.Name, Pod: p.Name, UID: string(p.UID),
		Ready: ready(p), Leaving: !p.DeletionTimestamp.IsZero(),
	}
	ips := []string{p.Status.PodIP}
	for _, ip := range p.Status.PodIPs {
		ips = append(ips, ip.IP)
	}
	for _, ip := range ips {
		if a, err := netip.ParseAddr(ip); err == nil && a.Is4() {
			e.IPv4 = a
			break
		}
	}
	if ports := targetPorts(svc, []corev1.Pod{*p}); len(ports) == 1 {
		e.Port = ports[0]
	}
	return e
}

// ready: containers ready, and every other readiness gate open.
func ready(p *corev1.Pod) bool {
	is := func(t corev1.PodConditionType) bool {
		return slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
			return c.Type == t && c.Status == corev1.ConditionTrue
		})
	}
	if !is(corev1.ContainersReady) {
		return false
	}
	for _, g := range p.Spec.ReadinessGates {
		if g.ConditionType != GateRegistered && !is(g.ConditionType) {
			return false
		}
	}
	return true
}

// targetPorts are the container ports that a Service leads to, or, where it
// names none, those that the pods declare. Sorted.
func targetPorts(svc *corev1.Service, pods []corev1.Pod) []int32 {
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

// zone is the availability zone of a node.
func zone(ctx context.Context, r client.Reader, node string) (string, error) {
	if node == "" {
		return "", nil
	}
	n := metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Node"}} // its labels alone are worth caching
	if err := r.Get(ctx, client.ObjectKey{Name: node}, &n); err != nil {
		return "", client.IgnoreNotFound(err)
	}
	return n.Labels[corev1.LabelTopologyZone], nil
}
