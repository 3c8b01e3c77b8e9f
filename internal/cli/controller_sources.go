package cli

import (
	"strings"

	"github.com/spf13/pflag"

	"github.com/tranship/tranship/internal/controller"
	"github.com/tranship/tranship/internal/kube/source"
)

// sources are the flags that say which objects ask for names, how they are read,
// and which targets count. Their names and meanings are ExternalDNS'.
// https://kubernetes-sigs.github.io/external-dns/latest/docs/flags/
type sources struct {
	kinds       []string
	read        source.Options
	schedulable bool // --exclude-unschedulable
	zoneType    string
}

// objects adds those that say which objects ask, and for which names.
func (o *sources) objects(f *pflag.FlagSet) {
	r := &o.read
	f.StringSliceVar(&o.kinds, "source", nil, "`KIND` of objects that ask for names: "+strings.Join(controller.Sources, ", ")+"; may be repeated (default: all that the cluster has)")
	f.StringArrayVar(&r.DomainFilter, "domain-filter", nil, "`domain`: it and what is below it may be asked for, with a leading dot only what is below; may be repeated (default: all)")
	f.StringArrayVar(&r.ExcludeDomains, "exclude-domains", nil, "`domain` that may not; may be repeated")
	f.StringVar(&r.RegexDomainFilter, "regex-domain-filter", "", "`expression` that names must match; the two flags above count no more")
	f.StringVar(&r.RegexDomainExclusion, "regex-domain-exclusion", "", "`expression` that names must not match")
	f.StringVar(&o.zoneType, "aws-zone-type", "", "`type`, private or public: only names in such Cloud Map namespaces (default: both)")
	f.StringVar(&r.Namespace, "namespace", "", "Kubernetes `namespace` whose objects are read (default: all)")
	f.StringVar(&r.AnnotationFilter, "annotation-filter", "", "`selector` on annotations, such as 'team in (shop)'")
	f.StringVar(&r.LabelFilter, "label-filter", "", "`selector` on labels")
	f.StringSliceVar(&r.ServiceTypes, "service-type-filter", nil, "`type` of Services: ClusterIP, NodePort, LoadBalancer or ExternalName; may be repeated (default: all)")
	f.StringSliceVar(&r.IngressClasses, "ingress-class", nil, "`class` of Ingresses; may be repeated (default: all)")
	f.StringVar(&r.GatewayName, "gateway-name", "", "`name` of the Gateways whose routes are read (default: all)")
	f.StringVar(&r.GatewayNamespace, "gateway-namespace", "", "`namespace` of those Gateways (default: all)")
	f.StringVar(&r.GatewayLabelFilter, "gateway-label-filter", "", "`selector` on labels of those Gateways")
	f.StringVar(&r.AnnotationPrefix, "annotation-prefix", "", "`prefix` of annotations, read beside "+strings.Join([]string{source.Prefix, source.PrefixExternalDNS, source.PrefixAlpha}, ", "))
	f.StringArrayVar(&r.FQDNTemplates, "fqdn-template", nil, "Go `template` of the names of objects that name none, such as '{{.Name}}.shop.internal'; may be repeated")
	toggle(f, &r.CombineFQDN, "combine-fqdn-annotation", false, "use the template for objects that do name some, too")
	toggle(f, &r.IgnoreHostnameAnnotation, "ignore-hostname-annotation", false, "use the template alone; tranship.dev/hostname counts still")
	toggle(f, &r.IgnoreIngressRulesSpec, "ignore-ingress-rules-spec", false, "do not read the hosts of an Ingress' rules")
	toggle(f, &r.IgnoreIngressTLSSpec, "ignore-ingress-tls-spec", false, "do not read the hosts of an Ingress' TLS section")
}

// targets adds those that say what stands behind a name.
func (o *sources) targets(f *pflag.FlagSet) {
	r := &o.read
	toggle(f, &r.PublishInternal, "publish-internal-services", false, "cluster addresses for Services of type ClusterIP, too")
	toggle(f, &r.PublishHostIP, "publish-host-ip", false, "the node's address instead of the pod's, for headless Services")
	toggle(f, &r.PublishNotReady, "always-publish-not-ready-addresses", false, "pods of headless Services that are not ready, too")
	toggle(f, &o.schedulable, "exclude-unschedulable", true, "no nodes on which nothing is scheduled, for Services of type NodePort")
	toggle(f, &r.ExposeInternalIPv6, "expose-internal-ipv6", false, "internal IPv6 addresses of nodes, too")
	f.StringArrayVar(&r.DefaultTargets, "default-targets", nil, "`target` of objects that have none; may be repeated")
	toggle(f, &r.ForceDefaultTargets, "force-default-targets", false, "the default targets for objects that have their own, too")
	f.StringArrayVar(&r.TargetNetFilter, "target-net-filter", nil, "`net` that target addresses must be in, such as 10.0.0.0/8; may be repeated")
	f.StringArrayVar(&r.ExcludeTargetNet, "exclude-target-net", nil, "`net` that they must not be in; may be repeated")
	f.StringSliceVar(&r.ManagedRecordTypes, "managed-record-types", nil, "`type` of records: A, AAAA, CNAME or SRV; may be repeated (default: all four)")
	f.StringSliceVar(&r.ExcludeRecordTypes, "exclude-record-types", nil, "`type` of records that is left out; may be repeated")
	f.DurationVar(&r.MinTTL, "min-ttl", 0, "TTL that objects ask for which say none (default: none)")
	toggle(f, &r.ResolveLoadBalancerHostname, "resolve-service-load-balancer-hostname", false, "")
	f.Lookup("resolve-service-load-balancer-hostname").Hidden = true // refused, with the reason
}

// into fills the controller's options.
func (o *sources) into(to *controller.Options) {
	to.Sources, to.ZoneType, to.Filters = o.kinds, o.zoneType, o.read
	to.Filters.IncludeUnschedulable = !o.schedulable
}
