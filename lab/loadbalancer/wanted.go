package loadbalancer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// What marks an object as ours. Both classes are what the AWS controller is
// given by default; an object without any class is ours, too, because the lab
// has no other controller.
// https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/nlb/
// https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/ingress_class/
const (
	serviceClass = "service.k8s.aws/nlb"
	ingressClass = "alb"

	ingressClassAnnotation = "kubernetes.io/ingress.class"
	listenPortsAnnotation  = "alb.ingress.kubernetes.io/listen-ports"
)

// wanted is what a balancer should be.
type wanted struct {
	kind      kind
	dns       string
	listeners map[uint16]router
}

// ready says that there is an endpoint to send to.
func (w *wanted) ready() bool {
	for _, rules := range w.listeners {
		for _, r := range rules {
			if len(r.targets) > 0 {
				return true
			}
		}
	}
	return false
}

// router is what stands behind a port: of a network load balancer one rule that
// takes everything.
type router []rule

// rule sends what it matches to its targets, in turn.
type rule struct {
	host    string // "" any; *.example.com
	path    string
	exact   bool
	targets []netip.AddrPort // sorted
}

// ofService works out the balancer of a Service; nil if it wants none.
func ofService(s *corev1.Service, endpoints []*discoveryv1.EndpointSlice, region string) *wanted {
	if s.Spec.Type != corev1.ServiceTypeLoadBalancer || s.DeletionTimestamp != nil {
		return nil
	}
	if c := s.Spec.LoadBalancerClass; c != nil && *c != serviceClass {
		return nil
	}
	w := &wanted{kind: network, dns: dnsName(network, s.Namespace, s.Name, region), listeners: map[uint16]router{}}
	for _, p := range s.Spec.Ports {
		if p.Protocol == "" || p.Protocol == corev1.ProtocolTCP {
			w.listeners[uint16(p.Port)] = router{{targets: targets(endpoints, p.Name)}} //nolint:gosec // validated by the API server
		}
	}
	return w
}

// ofIngress works out the balancer of an Ingress; nil if it is not ours. A rule
// whose Service or port is not there has no targets. An annotation that can't be
// read is an error, as it is for the AWS controller.
func ofIngress(in *networkingv1.Ingress, region string, find func(service string) (*corev1.Service, []*discoveryv1.EndpointSlice)) (*wanted, error) {
	class := in.Annotations[ingressClassAnnotation]
	if in.Spec.IngressClassName != nil {
		class = *in.Spec.IngressClassName
	}
	if class != "" && class != ingressClass || in.DeletionTimestamp != nil {
		return nil, nil
	}
	ports, err := listenPorts(in.Annotations[listenPortsAnnotation])
	if err != nil {
		return nil, err
	}
	behind := func(b *networkingv1.IngressBackend) []netip.AddrPort {
		if b.Service == nil {
			return nil
		}
		s, endpoints := find(b.Service.Name)
		if s == nil {
			return nil
		}
		for _, p := range s.Spec.Ports {
			if b.Service.Port.Name != "" && p.Name == b.Service.Port.Name || b.Service.Port.Number == p.Port {
				return targets(endpoints, p.Name)
			}
		}
		return nil
	}
	var all router
	for _, r := range in.Spec.Rules {
		if r.HTTP == nil {
			continue
		}
		for _, p := range r.HTTP.Paths {
			all = append(all, rule{
				host: r.Host, path: cmp.Or(p.Path, "/"), targets: behind(&p.Backend),
				exact: p.PathType != nil && *p.PathType == networkingv1.PathTypeExact,
			})
		}
	}
	all.sort()
	if in.Spec.DefaultBackend != nil {
		all = append(all, rule{path: "/", targets: behind(in.Spec.DefaultBackend)})
	}
	w := &wanted{kind: application, dns: dnsName(application, in.Namespace, in.Name, region), listeners: map[uint16]router{}}
	for _, p := range ports {
		w.listeners[p] = all
	}
	return w, nil
}

// listenPorts reads [{"HTTP": 80}, {"HTTP": 8080}]; without the annotation it is 80.
// https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/
func listenPorts(text string) ([]uint16, error) {
	if text == "" {
		return []uint16{80}, nil
	}
	var list []map[string]uint16
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("annotation %s: %w", listenPortsAnnotation, err)
	}
	var out []uint16
	for _, m := range list {
		for protocol, p := range m {
			if protocol != "HTTP" || p == 0 {
				return nil, fmt.Errorf("annotation %s: %s %d: the lab has HTTP alone", listenPortsAnnotation, protocol, p)
			}
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("annotation %s: no port", listenPortsAnnotation)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// targets are the ready endpoints behind a port of a Service.
func targets(endpoints []*discoveryv1.EndpointSlice, port string) []netip.AddrPort {
	var out []netip.AddrPort
	for _, s := range endpoints {
		if s.AddressType != discoveryv1.AddressTypeIPv4 {
			continue
		}
		for _, p := range s.Ports {
			if p.Port == nil || (p.Name != nil && *p.Name != port) || (p.Name == nil && port != "") {
				continue
			}
			for _, e := range s.Endpoints {
				if e.Conditions.Ready != nil && !*e.Conditions.Ready {
					continue
				}
				for _, a := range e.Addresses {
					if ip, err := netip.ParseAddr(a); err == nil {
						out = append(out, netip.AddrPortFrom(ip, uint16(*p.Port))) //nolint:gosec // validated by the API server
					}
				}
			}
		}
	}
	slices.SortFunc(out, netip.AddrPort.Compare)
	return slices.Compact(out)
}

// backends are the Services that an Ingress leads to.
func backends(in *networkingv1.Ingress) []string {
	var out []string
	add := func(b *networkingv1.IngressBackend) {
		if b != nil && b.Service != nil {
			out = append(out, b.Service.Name)
		}
	}
	add(in.Spec.DefaultBackend)
	for _, r := range in.Spec.Rules {
		if r.HTTP != nil {
			for n := range r.HTTP.Paths {
				add(&r.HTTP.Paths[n].Backend)
			}
		}
	}
	return out
}
