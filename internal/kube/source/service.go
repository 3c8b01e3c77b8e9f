package source

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/internal/kube/pods"
)

// Service reads what a Service asks for. An error says that something it depends
// on could not be read: it is no reason to let go of anything.
func (s *Source) Service(ctx context.Context, r client.Reader, svc *corev1.Service) ([]Wish, []Problem, error) {
	if !s.admits(svc) || !s.serviceTypes[serviceType(svc)] {
		return nil, nil, nil
	}
	a := s.about(KindService, svc)
	public, internal := s.hosts(svc.Annotations, keyHostname), s.hosts(svc.Annotations, keyInternalHostname)
	if len(public)+len(internal) == 0 || s.opt.CombineFQDN {
		public = append(public, a.templated(svc.DeepCopy())...)
	}
	if len(public)+len(internal) == 0 {
		_, problems := a.done()
		return nil, problems, nil
	}
	a.base.TTL = a.ttl(svc.Annotations)
	if s.types["SRV"] {
		a.base.Ports = ports(svc)
	}
	for _, x := range []struct {
		hosts    []said
		internal bool
	}{{public, false}, {internal, true}} {
		if len(x.hosts) == 0 {
			continue
		}
		g, err := a.behind(ctx, r, svc, x.internal)
		if err != nil {
			return nil, nil, fmt.Errorf("Service %s/%s: %w", svc.Namespace, svc.Name, err)
		}
		for _, h := range x.hosts {
			a.ask(h, g)
		}
	}
	if err := a.single(ctx, r, svc); err != nil {
		return nil, nil, fmt.Errorf("Service %s/%s: %w", svc.Namespace, svc.Name, err)
	}
	wishes, problems := a.done()
	return wishes, problems, nil
}

func serviceType(svc *corev1.Service) corev1.ServiceType {
	return cmp.Or(svc.Spec.Type, corev1.ServiceTypeClusterIP)
}

func ports(svc *corev1.Service) []Port {
	var out []Port
	for _, p := range svc.Spec.Ports {
		n := p.Port
		if serviceType(svc) == corev1.ServiceTypeNodePort && p.NodePort > 0 {
			n = p.NodePort // the nodes are what the name leads to
		}
		out = append(out, Port{p.Name, string(cmp.Or(p.Protocol, corev1.ProtocolTCP)), n})
	}
	slices.SortFunc(out, func(a, b Port) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// behind is what stands behind a Service, seen from outside of the cluster or,
// for internal-hostname, from inside.
func (a *about) behind(ctx context.Context, r client.Reader, svc *corev1.Service, internal bool) (given, error) {
	if targets, ok := a.targets(svc.Annotations, ""); ok {
		return given{targets: targets}, nil
	}
	switch serviceType(svc) {
	case corev1.ServiceTypeLoadBalancer:
		if internal {
			return clusterIP(svc), nil
		}
		if len(svc.Spec.ExternalIPs) > 0 {
			return addresses(svc.Spec.ExternalIPs...), nil
		}
		var at []string
		for _, lb := range svc.Status.LoadBalancer.Ingress {
			at = append(at, lb.IP, lb.Hostname)
		}
		return addresses(at...), nil
	case corev1.ServiceTypeNodePort:
		at, err := a.nodes(ctx, r, svc)
		return addresses(at...), err
	case corev1.ServiceTypeExternalName:
		if len(svc.Spec.ExternalIPs) > 0 {
			return addresses(svc.Spec.ExternalIPs...), nil
		}
		return addresses(svc.Spec.ExternalName), nil
	}
	switch {
	case pods.Headless(svc):
		g := given{pods: true}
		a.oneOf(svc.Annotations, keyEndpointsType, "", typeHostIP, typeNodeExternalIP) // Endpoints acts on it
		if len(svc.Spec.Selector) == 0 {
			g.why = &Problem{ReasonNoSelector, "a headless Service without a selector has no pods: give it a selector, or say with the target annotation where it leads"}
		}
		return g, nil
	case internal || a.s.opt.PublishInternal:
		return clusterIP(svc), nil
	}
	return given{nothing: true, why: &Problem{ReasonNotPublished,
		"the Service has an address inside of the cluster only, which is not published: make it headless (clusterIP: None) to register its pods, " +
			"name the host with internal-hostname to register the address, or set --publish-internal-services"}}, nil
}

func clusterIP(svc *corev1.Service) given {
	if pods.Headless(svc) {
		return given{nothing: true}
	}
	return addresses(svc.Spec.ClusterIP)
}

// addresses are targets as Kubernetes has them; empty ones are not there yet.
func addresses(at ...string) given {
	var g given
	for _, t := range at {
		if t = spell(t); t != "" {
			g.targets = append(g.targets, t)
		}
	}
	return g
}

// single asks for the names of single pods, which spec.hostname gives them below
// each name of their Service.
func (a *about) single(ctx context.Context, r client.Reader, svc *corev1.Service) error {
	var hosts []string
	for k, w := range a.wishes {
		if w.Pods {
			hosts = append(hosts, k.host)
		}
	}
	if len(hosts) == 0 {
		return nil
	}
	all, err := pods.Of(ctx, r, a.s.pods, svc)
	if err != nil {
		return fmt.Errorf("its pods: %w", err)
	}
	for i := range all {
		p := &all[i]
		if p.Spec.Hostname == "" {
			continue
		}
		for _, h := range hosts {
			if name, ok := a.host(said{p.Spec.Hostname + "." + h, "spec.hostname of pod " + p.Name}); ok {
				a.add(key{name, p.Name}, true, nil)
			}
		}
	}
	return nil
}
