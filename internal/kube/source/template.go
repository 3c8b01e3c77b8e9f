package source

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"text/template"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// hostTemplate makes host names of an object: Go templates, as --fqdn-template
// has them. nil makes none.
type hostTemplate struct{ t *template.Template }

// sources are ExternalDNS' names of the kinds.
var sources = map[string]string{
	KindService: "service", KindIngress: "ingress",
	KindHTTPRoute: "gateway-httproute", KindGRPCRoute: "gateway-grpcroute", KindTLSRoute: "gateway-tlsroute",
}

// ExternalDNSSource is the value of ExternalDNS' --source that reads a kind.
func ExternalDNSSource(kind string) (string, bool) {
	s, ok := sources[kind]
	return s, ok
}

// newTemplates parses the flag once for each kind.
func newTemplates(texts []string) (map[string]*hostTemplate, error) {
	text := strings.Join(texts, ",")
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	out := map[string]*hostTemplate{}
	for kind, source := range sources {
		t, err := template.New("--fqdn-template").Funcs(functions(source)).Parse(text)
		if err != nil {
			return nil, fmt.Errorf("--fqdn-template %q: %w", text, err)
		}
		out[kind] = &hostTemplate{t}
	}
	return out, nil
}

// functions are those that ExternalDNS gives its templates.
func functions(source string) template.FuncMap {
	address := func(is func(netip.Addr) bool) func(string) bool {
		return func(s string) bool {
			a, err := netip.ParseAddr(s)
			return err == nil && is(a)
		}
	}
	return template.FuncMap{
		"contains": strings.Contains, "trimPrefix": strings.TrimPrefix, "trimSuffix": strings.TrimSuffix,
		"trim": strings.TrimSpace, "toLower": strings.ToLower,
		"replace":  func(old, with, s string) string { return strings.ReplaceAll(s, old, with) },
		"isIPv4":   address(netip.Addr.Is4),
		"isIPv6":   address(netip.Addr.Is6),
		"isSource": func(s string) bool { return strings.EqualFold(s, source) },
		"hasKey":   func(m map[string]string, k string) bool { _, ok := m[k]; return ok },
		"fromJson": func(s string) any {
			var v any
			if json.Unmarshal([]byte(s), &v) != nil {
				return nil
			}
			return v
		},
	}
}

// templated are the hosts that --fqdn-template gives an object, of which it gets
// a copy: a template may call what changes it.
func (a *about) templated(o any) []said {
	h := a.s.templates[a.base.Kind]
	if h == nil {
		return nil
	}
	if k, ok := o.(schema.ObjectKind); ok {
		gvk := k.GroupVersionKind() // caches leave it out
		gvk.Kind = a.base.Kind
		k.SetGroupVersionKind(gvk)
	}
	var b strings.Builder
	if err := h.t.Execute(&b, o); err != nil {
		a.problem(ReasonTemplate, "--fqdn-template does not fit this %s: %v; mend the template, or name the host by annotation", a.base.Kind, err)
		return nil
	}
	hosts := list(b.String())
	slices.Sort(hosts)
	var out []said
	for _, h := range slices.Compact(hosts) {
		out = append(out, said{h, "--fqdn-template"})
	}
	return out
}
