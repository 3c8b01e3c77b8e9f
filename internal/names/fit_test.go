package names_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/names"
)

// What fits which service, and what a person is told where it does not.
func TestFit(t *testing.T) {
	v4, v6 := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("2001:db8::1")
	const alb, nlb, cn = "web-1.eu-central-1.elb.amazonaws.com", "net-1.elb.eu-central-1.amazonaws.com", "a.cn-north-1.elb.amazonaws.com.cn"
	type m = map[string]string
	for what, c := range map[string]struct {
		e       names.Endpoint
		records string // types, and the routing policy where it is not MULTIVALUE
		want    m
		why     string
	}{
		"pod, A":                     {names.Endpoint{IPv4: v4, Port: 80}, "A", m{"AWS_INSTANCE_IPV4": "10.0.0.1", "AWS_INSTANCE_PORT": "80"}, ""},
		"pod, AAAA":                  {names.Endpoint{IPv6: v6}, "AAAA", m{"AWS_INSTANCE_IPV6": "2001:db8::1"}, ""},
		"pod with both, A and AAAA":  {names.Endpoint{IPv4: v4, IPv6: v6}, "A AAAA", m{"AWS_INSTANCE_IPV4": "10.0.0.1", "AWS_INSTANCE_IPV6": "2001:db8::1"}, ""},
		"pod, SRV":                   {names.Endpoint{IPv4: v4, Port: 80}, "SRV", m{"AWS_INSTANCE_IPV4": "10.0.0.1", "AWS_INSTANCE_PORT": "80"}, ""},
		"pod without a port, SRV":    {names.Endpoint{IPv4: v4}, "A SRV", nil, "SRV records, which need a port"},
		"pod with one, A and AAAA":   {names.Endpoint{IPv4: v4}, "A AAAA", nil, "no IPv6 address"},
		"IPv6 pod, A":                {names.Endpoint{IPv6: v6, Pod: "p", Namespace: "shop"}, "A", nil, "no IPv4 address (pod shop/p)"},
		"pod, CNAME":                 {names.Endpoint{IPv4: v4}, "CNAME WEIGHTED", nil, "service with A records would do"},
		"pod, HTTP":                  {names.Endpoint{IPv4: v4, Port: 80}, "HTTP", m{"AWS_INSTANCE_IPV4": "10.0.0.1", "AWS_INSTANCE_PORT": "80"}, ""},
		"host, HTTP":                 {names.Endpoint{Target: "x.example.com"}, "HTTP", m{"AWS_INSTANCE_CNAME": "x.example.com"}, ""},
		"nothing":                    {names.Endpoint{}, "SRV", nil, "need a port"},
		"address":                    {names.Endpoint{Target: "10.0.0.9"}, "A", m{"AWS_INSTANCE_IPV4": "10.0.0.9"}, ""},
		"IPv6 address, A":            {names.Endpoint{Target: "2001:db8::9"}, "A", nil, "no IPv4 address"},
		"host, CNAME":                {names.Endpoint{Target: "x.example.com"}, "CNAME WEIGHTED", m{"AWS_INSTANCE_CNAME": "x.example.com"}, ""},
		"host, A":                    {names.Endpoint{Target: "x.example.com"}, "A WEIGHTED", nil, "one CNAME record and WEIGHTED routing"},
		"application balancer":       {names.Endpoint{Target: alb}, "A WEIGHTED", m{"AWS_ALIAS_DNS_NAME": alb}, ""},
		"network balancer":           {names.Endpoint{Target: nlb}, "A AAAA WEIGHTED", m{"AWS_ALIAS_DNS_NAME": nlb}, ""},
		"balancer in China":          {names.Endpoint{Target: cn}, "A WEIGHTED", m{"AWS_ALIAS_DNS_NAME": cn}, ""},
		"balancer, MULTIVALUE":       {names.Endpoint{Target: alb}, "A", nil, "pods behind a headless Service fit this name"},
		"balancer, CNAME":            {names.Endpoint{Target: alb}, "CNAME WEIGHTED", m{"AWS_INSTANCE_CNAME": alb}, ""},
		"Cloud Map's words as extra": {names.Endpoint{IPv4: v4, Extra: m{"AWS_EC2_INSTANCE_ID": "i-1", "stage": "blue"}}, "A", m{"AWS_INSTANCE_IPV4": "10.0.0.1", "stage": "blue"}, ""},
	} {
		s := names.Settings{Name: "orders", Namespace: "shop.internal", Routing: names.Multivalue}
		for f := range strings.FieldsSeq(c.records) {
			switch f {
			case names.Weighted:
				s.Routing = f
			case names.TypeHTTP:
				s.Type = f
			default:
				s.Records = append(s.Records, names.Record{Type: f, TTL: 60})
			}
		}
		i, err := names.Fit(c.e, s, "a")
		if c.why != "" {
			if !errors.Is(err, names.ErrNoFit) || !strings.Contains(err.Error(), c.why) {
				t.Errorf("%s: %v, want %q", what, err, c.why)
			}
			continue
		}
		for k := range i.Attributes {
			if strings.HasPrefix(k, "tranship.dev/") {
				delete(i.Attributes, k)
			}
		}
		if diff := cmp.Diff(c.want, i.Attributes); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", what, err, diff)
		}
	}
}

// ExternalDNS' own registrations: an id that is the target, and one attribute.
func TestFitPlain(t *testing.T) {
	a := names.Settings{Name: "orders", Namespace: "shop.internal", Records: []names.Record{{Type: "A", TTL: 60}}}
	pod := names.Endpoint{UID: "u", Pod: "p", IPv4: netip.MustParseAddr("10.0.0.1"), Port: 8080, Zone: "z"}
	got, err := names.FitPlain(pod, a)
	want := names.Instance{ID: "10.0.0.1", Attributes: map[string]string{"AWS_INSTANCE_IPV4": "10.0.0.1"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	pod.IPv6 = netip.MustParseAddr("2001:db8::1")
	a.Records[0].Type = "AAAA"
	if got, err := names.FitPlain(pod, a); err != nil || got.ID != "2001:db8::1" || len(got.Attributes) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	a.Records = []names.Record{{Type: "A", TTL: 60}, {Type: "SRV", TTL: 60}}
	if _, err := names.FitPlain(pod, a); !errors.Is(err, names.ErrNoFit) {
		t.Errorf("two record types: %v", err)
	}
	if _, err := names.FitPlain(names.Endpoint{Pod: "p"}, names.Settings{}); !errors.Is(err, names.ErrNoFit) {
		t.Errorf("no address: %v", err)
	}
}

func TestTargetID(t *testing.T) {
	long := strings.Repeat("x", 60) + ".example.com"
	for target, want := range map[string]names.ID{
		"LB.Example.com": "lb.example.com", "10.0.0.1": "10.0.0.1", strings.Repeat("x", 64): names.ID(strings.Repeat("x", 64)),
		long: "e8e2ec1a", strings.ToUpper(long): "e8e2ec1a",
	} {
		got := names.TargetID(target)
		if len(target) > names.MaxID {
			if got != names.TargetID(long) || len(got) != names.MaxID || got == want {
				t.Errorf("%s: %s", target, got)
			}
		} else if got != want {
			t.Errorf("%s: %s, want %s", target, got, want)
		}
	}
}

func TestHeritage(t *testing.T) {
	for text, want := range map[string]names.Heritage{
		"heritage=external-dns,external-dns/owner=me,external-dns/resource=service/shop/orders": {Owner: "me", Resource: "service/shop/orders"},
		`"heritage=external-dns, external-dns/owner=me2"`:                                       {Owner: "me2"},
		"external-dns/owner=me":           {},
		"orders of the shop":              {},
		"heritage=other":                  {},
		"":                                {},
		"heritage=external-dns,heritage=": {},
	} {
		got, ok := names.ParseHeritage(text)
		if got != want || ok != (want != names.Heritage{}) {
			t.Errorf("%q: %+v %t", text, got, ok)
		}
	}
	h := names.Heritage{Owner: "me", Resource: "service/shop/orders"}
	if back, ok := names.ParseHeritage(h.String()); !ok || back != h {
		t.Errorf("%q is read back as %+v", h, back)
	}
}
