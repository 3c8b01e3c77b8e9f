package source

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/tranship/tranship/internal/kube/pods"
)

// Options are the flags of ExternalDNS that say which objects are read and how.
// The zero value is what ExternalDNS does without any flag.
// https://kubernetes-sigs.github.io/external-dns/latest/docs/flags/
type Options struct {
	// Which objects.
	AnnotationPrefix   string // --annotation-prefix; beside the well-known ones
	Namespace          string // --namespace
	AnnotationFilter   string // --annotation-filter
	LabelFilter        string // --label-filter
	ServiceTypes       []string
	IngressClasses     []string // --ingress-class
	GatewayName        string   // --gateway-name
	GatewayNamespace   string   // --gateway-namespace
	GatewayLabelFilter string   // --gateway-label-filter

	// Which hosts.
	DomainFilter             []string // --domain-filter
	ExcludeDomains           []string // --exclude-domains
	RegexDomainFilter        string   // --regex-domain-filter
	RegexDomainExclusion     string   // --regex-domain-exclusion
	IgnoreHostnameAnnotation bool     // --ignore-hostname-annotation; our own is honoured still
	IgnoreIngressTLSSpec     bool     // --ignore-ingress-tls-spec
	IgnoreIngressRulesSpec   bool     // --ignore-ingress-rules-spec
	FQDNTemplates            []string // --fqdn-template
	CombineFQDN              bool     // --combine-fqdn-annotation

	// Which targets.
	PublishInternal             bool          // --publish-internal-services
	PublishHostIP               bool          // --publish-host-ip
	PublishNotReady             bool          // --always-publish-not-ready-addresses
	IncludeUnschedulable        bool          // --no-exclude-unschedulable
	ExposeInternalIPv6          bool          // --expose-internal-ipv6
	ResolveLoadBalancerHostname bool          // --resolve-service-load-balancer-hostname: refused
	DefaultTargets              []string      // --default-targets; for objects that give none
	ForceDefaultTargets         bool          // --force-default-targets
	TargetNetFilter             []string      // --target-net-filter
	ExcludeTargetNet            []string      // --exclude-target-net
	ManagedRecordTypes          []string      // --managed-record-types; none: A, AAAA, CNAME, SRV
	ExcludeRecordTypes          []string      // --exclude-record-types
	MinTTL                      time.Duration // --min-ttl

	// Pods finds pods by an index of the reader's cache; nil looks through the
	// whole namespace.
	Pods *pods.Lister
}

// Source reads objects. It may be used by several goroutines at once.
type Source struct {
	opt             Options
	prefixes        []string
	namespace       string
	labels          labels.Selector
	annotations     labels.Selector
	gateways        labels.Selector
	domains         Domains
	ignoreHostnames bool
	templates       map[string]*hostTemplate // by kind
	serviceTypes    map[corev1.ServiceType]bool
	defaultTargets  []string
	forceDefaults   bool
	nets, notNets   []netip.Prefix
	types           map[string]bool // of records
	minTTL          int64
	pods            *pods.Lister
}

var serviceTypes = []corev1.ServiceType{
	corev1.ServiceTypeClusterIP, corev1.ServiceTypeExternalName, corev1.ServiceTypeLoadBalancer, corev1.ServiceTypeNodePort,
}

// New checks the flags. Every flag that is wrong is named in the error.
func New(o Options) (*Source, error) {
	s := &Source{
		opt: o, prefixes: []string{Prefix}, namespace: o.Namespace, ignoreHostnames: o.IgnoreHostnameAnnotation,
		forceDefaults: o.ForceDefaultTargets && len(o.DefaultTargets) > 0, pods: o.Pods,
	}
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	sel := func(flag, text string) labels.Selector {
		l, err := selector(flag, text)
		if err != nil {
			errs = append(errs, err)
		}
		return l
	}
	s.labels, s.annotations, s.gateways = sel("--label-filter", o.LabelFilter), sel("--annotation-filter", o.AnnotationFilter), sel("--gateway-label-filter", o.GatewayLabelFilter)

	if p := o.AnnotationPrefix; p != "" {
		if !strings.HasSuffix(p, "/") || len(p) == 1 {
			wrong("--annotation-prefix %q: it ends with a slash, as %s does", p, PrefixExternalDNS)
		}
		s.prefixes = append(s.prefixes, p)
	}
	s.prefixes = append(s.prefixes, PrefixExternalDNS, PrefixAlpha)

	var err error
	if s.domains, err = NewDomains(o.DomainFilter, o.ExcludeDomains, o.RegexDomainFilter, o.RegexDomainExclusion); err != nil {
		errs = append(errs, err)
	}
	s.serviceTypes = map[corev1.ServiceType]bool{}
	for _, t := range o.ServiceTypes {
		if t == "" {
			continue
		}
		if !slices.Contains(serviceTypes, corev1.ServiceType(t)) {
			wrong("--service-type-filter %q: the types are %v", t, serviceTypes)
		}
		s.serviceTypes[corev1.ServiceType(t)] = true
	}
	if len(s.serviceTypes) == 0 {
		for _, t := range serviceTypes {
			s.serviceTypes[t] = true
		}
	}
	if s.annotations != nil && len(o.IngressClasses) > 0 {
		reqs, _ := s.annotations.Requirements()
		if slices.ContainsFunc(reqs, func(r labels.Requirement) bool { return r.Key() == annotationIngressClass }) {
			wrong("--ingress-class and an --annotation-filter on %s exclude each other", annotationIngressClass)
		}
	}
	if s.templates, err = newTemplates(o.FQDNTemplates); err != nil {
		errs = append(errs, err)
	}
	if o.IgnoreHostnameAnnotation && len(s.templates) == 0 {
		wrong("--ignore-hostname-annotation: only with --fqdn-template, as nothing else would name Services")
	}
	if o.ResolveLoadBalancerHostname {
		wrong("--resolve-service-load-balancer-hostname is not supported: a load balancer's addresses change without an event; " +
			"its host name is registered as an alias or CNAME instead")
	}
	if o.ForceDefaultTargets && len(o.DefaultTargets) == 0 {
		wrong("--force-default-targets: without --default-targets there are none to force")
	}
	for _, t := range folded(o.DefaultTargets) {
		t = spell(t)
		if _, err := netip.ParseAddr(t); err != nil {
			if err := valid(t); err != nil {
				wrong("--default-targets %q: %w", t, err)
			}
		}
		s.defaultTargets = append(s.defaultTargets, t)
	}
	nets := func(flag string, in []string) (out []netip.Prefix) {
		for _, n := range in {
			for _, n := range list(n) {
				p, err := netip.ParsePrefix(n)
				if err != nil {
					wrong("%s %q: not a net such as 10.0.0.0/8", flag, n)
				}
				out = append(out, p.Masked())
			}
		}
		return out
	}
	s.nets, s.notNets = nets("--target-net-filter", o.TargetNetFilter), nets("--exclude-target-net", o.ExcludeTargetNet)

	known := map[string]bool{"A": true, "AAAA": true, "CNAME": true, "SRV": true}
	elsewhere := []string{"TXT", "NS", "PTR", "DNAME", "MX", "NAPTR"} // nothing that is read here gives one
	s.types = map[string]bool{}
	types := func(flag string, in []string, do func(string)) {
		for _, t := range in {
			switch t = strings.ToUpper(strings.TrimSpace(t)); {
			case known[t]:
				do(t)
			case !slices.Contains(elsewhere, t):
				wrong("%s %q: the types are %v", flag, t, slices.Sorted(maps.Keys(known)))
			}
		}
	}
	if len(o.ManagedRecordTypes) == 0 {
		s.types = known
	}
	types("--managed-record-types", o.ManagedRecordTypes, func(t string) { s.types[t] = true })
	s.types = maps.Clone(s.types)
	types("--exclude-record-types", o.ExcludeRecordTypes, func(t string) { delete(s.types, t) })

	if o.MinTTL < 0 || o.MinTTL > maxTTL*time.Second || o.MinTTL != 0 && o.MinTTL < time.Second {
		wrong("--min-ttl %v: between 1s and %ds", o.MinTTL, maxTTL)
	}
	s.minTTL = int64(o.MinTTL / time.Second)
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s, nil
}
