package source

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// route is what is read of an HTTPRoute, GRPCRoute or TLSRoute.
type route struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		ParentRefs []parentRef `json:"parentRefs"`
		Hostnames  []string    `json:"hostnames"`
	} `json:"spec"`
	Status struct {
		Parents []struct {
			ParentRef  parentRef          `json:"parentRef"`
			Conditions []metav1.Condition `json:"conditions"`
		} `json:"parents"`
	} `json:"status"`
}

type parentRef struct {
	Group       string `json:"group"`
	Kind        string `json:"kind"`
	Namespace   string `json:"namespace"`
	Name        string `json:"name"`
	SectionName string `json:"sectionName"`
	Port        int32  `json:"port"`
}

// gateway is the key of the Gateway that a reference leads to, if it leads to one.
func (p parentRef) gateway(namespace string) (client.ObjectKey, bool) {
	return client.ObjectKey{Namespace: cmp.Or(p.Namespace, namespace), Name: p.Name},
		cmp.Or(p.Group, GatewayGroup) == GatewayGroup && cmp.Or(p.Kind, GatewayKind.Kind) == GatewayKind.Kind
}

// Gateways are those that a route names as its parents, for finding the routes
// that an event of a Gateway is about. Sorted.
func Gateways(o client.Object) ([]client.ObjectKey, error) {
	rt, err := readRoute(o)
	if err != nil {
		return nil, err
	}
	var out []client.ObjectKey
	for _, p := range rt.Spec.ParentRefs {
		if k, ok := p.gateway(rt.Namespace); ok {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b client.ObjectKey) int { return cmp.Compare(a.String(), b.String()) })
	return slices.Compact(out), nil
}

func readRoute(o client.Object) (*route, error) {
	var m map[string]any
	if u, ok := o.(*unstructured.Unstructured); ok {
		m = u.Object
	} else {
		var err error
		if m, err = runtime.DefaultUnstructuredConverter.ToUnstructured(o); err != nil {
			return nil, fmt.Errorf("route %s/%s: %w", o.GetNamespace(), o.GetName(), err)
		}
	}
	rt := &route{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(m, rt); err != nil {
		return nil, fmt.Errorf("route %s/%s: %w", o.GetNamespace(), o.GetName(), err)
	}
	if _, ok := routeVersions[rt.Kind]; !ok {
		return nil, fmt.Errorf("route %s/%s is a %q, not an HTTPRoute, GRPCRoute or TLSRoute", o.GetNamespace(), o.GetName(), rt.Kind)
	}
	return rt, nil
}

// Route reads what an HTTPRoute, GRPCRoute or TLSRoute asks for: the hosts that
// it has in common with the listeners of the Gateways that accepted it. They
// lead to the Gateways' addresses.
func (s *Source) Route(ctx context.Context, r client.Reader, o client.Object) ([]Wish, []Problem, error) {
	if !s.admits(o) {
		return nil, nil, nil
	}
	rt, err := readRoute(o)
	if err != nil {
		return nil, nil, err
	}
	a := s.about(rt.Kind, o)
	hosts, annotated := a.routeHosts(rt)
	if len(hosts) > 0 {
		a.base.TTL = a.ttl(rt.Annotations)
	}
	accepted, met := false, map[said]bool{}
	for _, p := range rt.Status.Parents {
		k, ok := p.ParentRef.gateway(rt.Namespace)
		if !ok || !s.wants(k) || !rt.names(k) || !accepts(p.Conditions) {
			continue
		}
		g, err := a.gateway(ctx, r, k)
		if err != nil {
			return nil, nil, fmt.Errorf("%s %s/%s: %w", rt.Kind, rt.Namespace, rt.Name, err)
		}
		if g == nil {
			continue
		}
		accepted = true
		leads := a.leads(g)
		for i := range g.Spec.Listeners {
			l := &g.Spec.Listeners[i]
			if p.ParentRef.SectionName != "" && p.ParentRef.SectionName != l.Name || p.ParentRef.Port != 0 && p.ParentRef.Port != l.Port {
				continue
			}
			ok, err := a.takes(ctx, r, g, l)
			if err != nil {
				return nil, nil, fmt.Errorf("%s %s/%s: %w", rt.Kind, rt.Namespace, rt.Name, err)
			}
			if !ok {
				continue
			}
			for _, h := range hosts {
				if host, ok := meet(fold(l.Hostname), fold(h.value)); ok && host != "" {
					met[h] = true
					a.ask(said{host, h.at}, leads)
				}
			}
		}
	}
	for _, h := range annotated {
		if accepted && !met[h] && s.domains.Match(fold(h.value)) {
			a.problem(ReasonNoListener, "%s: host name %.300q is on no listener that takes this route: add a listener with it to the Gateway, or take it out", h.at, h.value)
		}
	}
	wishes, problems := a.done()
	return wishes, problems, nil
}

// routeHosts are the hosts of a route; "" stands for those of its listeners.
func (a *about) routeHosts(rt *route) (hosts, annotated []said) {
	for _, h := range rt.Spec.Hostnames {
		hosts = append(hosts, said{h, "spec.hostnames"})
	}
	if len(hosts) == 0 || a.s.opt.CombineFQDN {
		c := *rt
		hosts = append(hosts, a.templated(&c)...)
	}
	annotated = a.s.hosts(rt.Annotations, keyHostname)
	switch a.oneOf(rt.Annotations, keyGatewayHosts, "", annotationOnly, definedHostsOnly) {
	case annotationOnly:
		return annotated, annotated
	case definedHostsOnly:
		return hosts, nil
	}
	if len(rt.Spec.Hostnames) == 0 {
		hosts = append(hosts, said{"", "the Gateway's listener"})
	}
	return append(hosts, annotated...), annotated
}

// wants says that the flags let a Gateway be looked at.
func (s *Source) wants(k client.ObjectKey) bool {
	return (s.opt.GatewayName == "" || s.opt.GatewayName == k.Name) &&
		(s.opt.GatewayNamespace == "" || s.opt.GatewayNamespace == k.Namespace)
}

// names says that a route's spec still names the Gateway, which its status may
// outlive.
func (rt *route) names(k client.ObjectKey) bool {
	return slices.ContainsFunc(rt.Spec.ParentRefs, func(p parentRef) bool {
		x, ok := p.gateway(rt.Namespace)
		return ok && x == k
	})
}

func accepts(conditions []metav1.Condition) bool {
	return slices.ContainsFunc(conditions, func(c metav1.Condition) bool {
		return c.Type == "Accepted" && c.Status == metav1.ConditionTrue
	})
}
