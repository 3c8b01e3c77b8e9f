package source

import (
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
)

func ingress(change func(*networkingv1.Ingress), kv ...string) *networkingv1.Ingress {
	i := &networkingv1.Ingress{ObjectMeta: annotated(kv...)}
	i.Spec.Rules = []networkingv1.IngressRule{{Host: "Rule.shop.internal"}, {}}
	i.Spec.TLS = []networkingv1.IngressTLS{{Hosts: []string{"tls.shop.internal", "rule.shop.internal", ""}}}
	i.Status.LoadBalancer.Ingress = []networkingv1.IngressLoadBalancerIngress{{Hostname: "alb-1.eu-central-1.elb.amazonaws.com"}, {IP: "10.2.0.1"}}
	if change != nil {
		change(i)
	}
	return i
}

func TestIngress(t *testing.T) {
	const to = " → 10.2.0.1,alb-1.eu-central-1.elb.amazonaws.com"
	rule, tls, note := "rule.shop.internal"+to, "tls.shop.internal"+to, "note.shop.internal"+to
	annotation := []string{newer + "hostname", "note.shop.internal"}
	class := func(field, annotation string) *networkingv1.Ingress {
		return ingress(func(i *networkingv1.Ingress) {
			if field != "" {
				i.Spec.IngressClassName = &field
			}
			if annotation != "" {
				i.Annotations[annotationIngressClass] = annotation
			}
		})
	}
	inner := func(o *Options) { o.IngressClasses = []string{"inner", "lab"} }
	source := func(prefix, v string) []string {
		return append([]string{prefix + "ingress-hostname-source", v}, annotation...)
	}
	for name, c := range map[string]struct {
		ing      *networkingv1.Ingress
		opt      func(*Options)
		want     []string
		problems []string
	}{
		"rules and TLS":                     {ing: ingress(nil), want: []string{rule, tls}},
		"and the annotation":                {ing: ingress(nil, annotation...), want: []string{note, rule, tls}},
		"62 ttl":                            {ing: ingress(nil, alpha+"ttl", "20s", alpha+"ingress-hostname-source", "defined-hosts-only"), opt: func(o *Options) { o.IgnoreIngressTLSSpec = true }, want: []string{rule + " for 20 s"}},
		"62 target":                         {ing: ingress(nil, Prefix+"target", "10.3.0.1"), want: []string{"rule.shop.internal → 10.3.0.1", "tls.shop.internal → 10.3.0.1"}},
		"58 wildcard":                       {ing: ingress(func(i *networkingv1.Ingress) { i.Spec.Rules[0].Host, i.Spec.TLS = "*.shop.internal", nil }), problems: []string{ReasonWildcard}},
		"63 controller":                     {ing: ingress(nil, alpha+"controller", "other")},
		"66 no address yet":                 {ing: ingress(func(i *networkingv1.Ingress) { i.Status, i.Spec.TLS = networkingv1.IngressStatus{}, nil }), want: []string{"rule.shop.internal → nothing yet"}},
		"66 another address":                {ing: ingress(func(i *networkingv1.Ingress) { i.Status.LoadBalancer.Ingress[0].Hostname, i.Spec.TLS = "", nil }), want: []string{"rule.shop.internal → 10.2.0.1"}},
		"65 alias and set-identifier":       {ing: ingress(nil, alpha+"alias", "true", alpha+"set-identifier", "a"), want: []string{rule, tls}},
		"defined hosts only":                {ing: ingress(nil, source(alpha, "Defined-Hosts-Only")...), want: []string{rule, tls}},
		"annotation only":                   {ing: ingress(nil, source(newer, "annotation-only")...), want: []string{note}},
		"hosts from somewhere else":         {ing: ingress(nil, source(alpha, "dns")...), problems: []string{ReasonInvalidValue}},
		"rules ignored":                     {ing: ingress(nil), opt: func(o *Options) { o.IgnoreIngressRulesSpec = true }, want: []string{rule, tls}},
		"rules and TLS ignored":             {ing: ingress(nil, annotation...), opt: func(o *Options) { o.IgnoreIngressRulesSpec, o.IgnoreIngressTLSSpec = true, true }, want: []string{note}},
		"class by field":                    {ing: class("inner", ""), opt: inner, want: []string{rule, tls}},
		"class by annotation":               {ing: class("", "lab"), opt: inner, want: []string{rule, tls}},
		"class by field before annotation":  {ing: class("outer", "lab"), opt: inner},
		"no class":                          {ing: class("", ""), opt: inner},
		"template where no host is":         {ing: ingress(func(i *networkingv1.Ingress) { i.Spec = networkingv1.IngressSpec{} }), opt: templates("{{.Name}}.shop.internal"), want: []string{host + to}},
		"template unused":                   {ing: ingress(nil), opt: templates("{{.Name}}.shop.internal"), want: []string{rule, tls}},
		"template of another kind's source": {ing: ingress(func(i *networkingv1.Ingress) { i.Spec = networkingv1.IngressSpec{} }), opt: templates(`{{if isSource "service"}}a.shop.internal{{end}}`)},
		"outside of the domains":            {ing: ingress(nil), opt: func(o *Options) { o.DomainFilter = []string{"example.com"} }},
		"one domain left out":               {ing: ingress(nil), opt: func(o *Options) { o.ExcludeDomains = []string{"tls.shop.internal"} }, want: []string{rule}},
		"domains by expression":             {ing: ingress(nil), opt: func(o *Options) { o.RegexDomainFilter, o.RegexDomainExclusion = `\.shop\.internal$`, "^rule" }, want: []string{tls}},
		"expressions win over lists":        {ing: ingress(nil), opt: func(o *Options) { o.RegexDomainFilter, o.DomainFilter = "^rule", []string{"example.com"} }, want: []string{rule}},
		"an expression that leaves out":     {ing: ingress(nil), opt: func(o *Options) { o.RegexDomainExclusion = "^rule" }, want: []string{tls}},
	} {
		t.Run(name, func(t *testing.T) {
			var opts []func(*Options)
			if c.opt != nil {
				opts = append(opts, c.opt)
			}
			ws, ps, err := with(t, opts...).Ingress(t.Context(), reader(), c.ing)
			expect(t, ws, ps, err, c.want, c.problems...)
			for _, w := range ws {
				if w.Kind != KindIngress || w.Pods || w.Ports != nil {
					t.Errorf("%+v", w)
				}
			}
		})
	}
}
