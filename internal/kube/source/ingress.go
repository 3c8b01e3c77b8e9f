package source

import (
	"cmp"
	"context"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// annotationIngressClass is how a class was chosen before spec.ingressClassName.
// https://kubernetes.io/docs/concepts/services-networking/ingress/#deprecated-annotation
const annotationIngressClass = "kubernetes.io/ingress.class"

// Values of ingress-hostname-source and gateway-hostname-source.
const (
	definedHostsOnly = "defined-hosts-only"
	annotationOnly   = "annotation-only"
)

// Ingress reads what an Ingress asks for: the hosts of its rules and of its TLS,
// and those of its annotations. It leads to the address of its load balancer.
func (s *Source) Ingress(_ context.Context, _ client.Reader, ing *networkingv1.Ingress) ([]Wish, []Problem, error) {
	if !s.admits(ing) || !s.ofClass(ing) {
		return nil, nil, nil
	}
	a := s.about(KindIngress, ing)
	var hosts []said
	mode := a.oneOf(ing.Annotations, keyIngressHosts, "no host of this Ingress is asked for until it is mended", definedHostsOnly, annotationOnly)
	if mode == "" || mode == definedHostsOnly {
		hosts = append(hosts, s.defined(ing)...)
	}
	if mode == "" || mode == annotationOnly {
		hosts = append(hosts, s.hosts(ing.Annotations, keyHostname)...)
	}
	if len(hosts) == 0 || s.opt.CombineFQDN {
		hosts = append(hosts, a.templated(ing.DeepCopy())...)
	}
	if len(hosts) > 0 {
		a.base.TTL = a.ttl(ing.Annotations)
		targets, ok := a.targets(ing.Annotations, "")
		g := given{targets: targets}
		if !ok {
			var at []string
			for _, lb := range ing.Status.LoadBalancer.Ingress {
				at = append(at, lb.IP, lb.Hostname)
			}
			g = addresses(at...)
		}
		for _, h := range hosts {
			a.ask(h, g)
		}
	}
	wishes, problems := a.done()
	return wishes, problems, nil
}

// defined are the hosts of an Ingress' own fields.
func (s *Source) defined(ing *networkingv1.Ingress) []said {
	var out []said
	if !s.opt.IgnoreIngressRulesSpec {
		for _, r := range ing.Spec.Rules {
			out = append(out, said{r.Host, "spec.rules"})
		}
	}
	if !s.opt.IgnoreIngressTLSSpec {
		for _, t := range ing.Spec.TLS {
			for _, h := range t.Hosts {
				out = append(out, said{h, "spec.tls"})
			}
		}
	}
	return slices.DeleteFunc(out, func(h said) bool { return h.value == "" })
}

// ofClass says that --ingress-class lets an Ingress through. Its field counts
// before its annotation.
func (s *Source) ofClass(ing *networkingv1.Ingress) bool {
	if len(s.opt.IngressClasses) == 0 {
		return true
	}
	var field string
	if ing.Spec.IngressClassName != nil {
		field = *ing.Spec.IngressClassName
	}
	class := cmp.Or(field, ing.Annotations[annotationIngressClass])
	return class != "" && slices.Contains(s.opt.IngressClasses, class)
}
