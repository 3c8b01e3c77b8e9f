package source

import (
	"strings"
	"testing"
	"time"
)

// Every flag that is wrong is named.
func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		opt  Options
		want string
	}{
		"label filter":            {Options{LabelFilter: "a in ("}, "--label-filter"},
		"annotation filter":       {Options{AnnotationFilter: "=="}, "--annotation-filter"},
		"gateway labels":          {Options{GatewayLabelFilter: "a=b=c"}, "--gateway-label-filter"},
		"prefix without a slash":  {Options{AnnotationPrefix: "x.example.com"}, "--annotation-prefix"},
		"prefix of a slash":       {Options{AnnotationPrefix: "/"}, "--annotation-prefix"},
		"expression":              {Options{RegexDomainFilter: "("}, "--regex-domain-filter"},
		"expression, leaving out": {Options{RegexDomainExclusion: "("}, "--regex-domain-exclusion"},
		"service type":            {Options{ServiceTypes: []string{"Headless"}}, "--service-type-filter"},
		"class twice":             {Options{IngressClasses: []string{"a"}, AnnotationFilter: "kubernetes.io/ingress.class=a"}, "--ingress-class"},
		"template":                {Options{FQDNTemplates: []string{"{{.Name"}}, "--fqdn-template"},
		"template function":       {Options{FQDNTemplates: []string{"{{shout .Name}}"}}, "--fqdn-template"},
		"nothing to name by":      {Options{IgnoreHostnameAnnotation: true}, "--ignore-hostname-annotation"},
		"resolving":               {Options{ResolveLoadBalancerHostname: true}, "--resolve-service-load-balancer-hostname is not supported"},
		"nothing to force":        {Options{ForceDefaultTargets: true}, "--force-default-targets"},
		"default target":          {Options{DefaultTargets: []string{"a b!"}}, "--default-targets"},
		"net":                     {Options{TargetNetFilter: []string{"10.0.0.0"}}, "--target-net-filter"},
		"net left out":            {Options{ExcludeTargetNet: []string{"10.0.0.0/33"}}, "--exclude-target-net"},
		"type":                    {Options{ManagedRecordTypes: []string{"B"}}, "--managed-record-types"},
		"type left out":           {Options{ExcludeRecordTypes: []string{"B"}}, "--exclude-record-types"},
		"negative TTL":            {Options{MinTTL: -time.Second}, "--min-ttl"},
		"TTL below a second":      {Options{MinTTL: time.Millisecond}, "--min-ttl"},
		"TTL of centuries":        {Options{MinTTL: 100 * 365 * 24 * time.Hour}, "--min-ttl"},
	} {
		t.Run(name, func(t *testing.T) {
			if s, err := New(c.opt); err == nil || s != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
	_, err := New(Options{LabelFilter: "a in (", MinTTL: -1, ServiceTypes: []string{"x"}})
	for _, flag := range []string{"--label-filter", "--min-ttl", "--service-type-filter"} {
		if err == nil || !strings.Contains(err.Error(), flag) {
			t.Errorf("all at once: %v lacks %s", err, flag)
		}
	}
	if _, err := New(Options{ManagedRecordTypes: []string{"A", "TXT"}, DomainFilter: []string{"a.example, .b.example."}, TargetNetFilter: []string{"10.0.0.0/8,fd00::/8"}}); err != nil {
		t.Error(err)
	}
}

func TestDomains(t *testing.T) {
	for _, c := range []struct {
		include, exclude []string
		host             string
		want             bool
	}{
		{nil, nil, "a.b", true},
		{[]string{"shop.internal"}, nil, "shop.internal", true},
		{[]string{"shop.internal"}, nil, "a.shop.internal", true},
		{[]string{"shop.internal"}, nil, "workshop.internal", false},
		{[]string{".shop.internal"}, nil, "a.shop.internal", true},
		{[]string{".shop.internal"}, nil, "b.a.shop.internal", true},
		{[]string{"Shop.Internal.", "x"}, nil, "a.shop.internal", true},
		{[]string{"x, shop.internal"}, nil, "a.shop.internal", true},
		{[]string{"", " "}, nil, "a.b", true},
		{[]string{"shop.internal"}, []string{"a.shop.internal"}, "b.a.shop.internal", false},
		{nil, []string{".a.b"}, "x.a.b", false},
	} {
		d, err := NewDomains(c.include, c.exclude, "", "")
		if err != nil || d.Match(c.host) != c.want {
			t.Errorf("%q but %q on %s: %t, %v", c.include, c.exclude, c.host, !c.want, err)
		}
	}
	d, err := NewDomains([]string{".shop.internal"}, nil, "", "")
	if err != nil || d.Match("shop.internal") {
		t.Error("a leading dot stands for what is below alone", err)
	}
}
