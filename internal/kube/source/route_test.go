package source

import (
	"context"
	"errors"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/yaml"
)

// object reads a manifest.
func object(t *testing.T, manifest string) *unstructured.Unstructured {
	t.Helper()
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(manifest), &u.Object); err != nil {
		t.Fatal(err)
	}
	return u
}

const theGateway = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {namespace: edge, name: gw, labels: {tier: inner}}
spec:
  gatewayClassName: lab
  listeners:
  - {name: web, port: 80, protocol: HTTP, hostname: "*.shop.internal", allowedRoutes: {namespaces: {from: All}}}
  - {name: tls, port: 443, protocol: TLS, hostname: "Tls.shop.internal", allowedRoutes: {namespaces: {from: All}}}
status:
  addresses:
  - {type: Hostname, value: nlb-1.elb.eu-central-1.amazonaws.com}
  - {value: 10.4.0.1}
  - {type: example.com/named, value: some-thing}
`

const theRoute = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {namespace: shop, name: orders, uid: uid-1, creationTimestamp: "2026-01-05T09:00:00Z"}
spec:
  parentRefs: [{namespace: edge, name: gw}]
  hostnames: [Orders.shop.internal, orders.example.com]
  rules: [{backendRefs: [{name: orders, port: 80}]}]
status:
  parents:
  - parentRef: {namespace: edge, name: gw}
    controllerName: lab
    conditions: [{type: Accepted, status: "True", reason: Accepted, message: "", lastTransitionTime: "2026-01-05T09:00:00Z"}]
`

// set changes a field of a manifest.
func set(v any, at ...string) func(*unstructured.Unstructured) {
	return func(u *unstructured.Unstructured) {
		if err := unstructured.SetNestedField(u.Object, v, at...); err != nil {
			panic(err)
		}
	}
}

// listener changes a field of the first listener.
func webListener(v any, at ...string) func(*unstructured.Unstructured) {
	return func(u *unstructured.Unstructured) {
		ls, _, _ := unstructured.NestedSlice(u.Object, "spec", "listeners")
		if err := unstructured.SetNestedField(ls[0].(map[string]any), v, at...); err != nil {
			panic(err)
		}
		set(ls, "spec", "listeners")(u)
	}
}

func note(kv ...string) func(*unstructured.Unstructured) {
	return func(u *unstructured.Unstructured) { u.SetAnnotations(annotated(kv...).Annotations) }
}

func all(fs ...func(*unstructured.Unstructured)) func(*unstructured.Unstructured) {
	return func(u *unstructured.Unstructured) {
		for _, f := range fs {
			f(u)
		}
	}
}

func TestRoute(t *testing.T) {
	const to = " → 10.4.0.1,nlb-1.elb.eu-central-1.amazonaws.com"
	orders, other := host+to, "other.shop.internal"+to
	ref := func(kv ...any) map[string]any {
		m := map[string]any{"namespace": "edge", "name": "gw"}
		for n := 0; n < len(kv); n += 2 {
			m[kv[n].(string)] = kv[n+1]
		}
		return m
	}
	parents := func(p map[string]any, status string) []any {
		return []any{map[string]any{"parentRef": p, "conditions": []any{map[string]any{"type": "Accepted", "status": status}}}}
	}
	via := func(p map[string]any) func(*unstructured.Unstructured) {
		return all(set([]any{p}, "spec", "parentRefs"), set(parents(p, "True"), "status", "parents"))
	}
	none := set([]any{}, "spec", "hostnames")
	for name, c := range map[string]struct {
		route, gateway func(*unstructured.Unstructured)
		opt            func(*Options)
		want           []string
		problems       []string
	}{
		"hosts in common with the listener":       {want: []string{orders}},
		"not accepted":                            {route: set(parents(ref(), "False"), "status", "parents")},
		"nobody has said yet":                     {route: set([]any{}, "status", "parents")},
		"accepted by what the spec names no more": {route: set([]any{ref("name", "new")}, "spec", "parentRefs")},
		"a parent that is no Gateway":             {route: via(ref("kind", "Service", "group", ""))},
		"the Gateway is gone":                     {route: via(ref("name", "gone")), problems: []string{ReasonNoGateway}},
		"the listener by name":                    {route: via(ref("sectionName", "web")), want: []string{orders}},
		"another listener by name":                {route: via(ref("sectionName", "tls"))},
		"the listener by port":                    {route: via(ref("port", int64(80))), want: []string{orders}},
		"another listener by port":                {route: via(ref("port", int64(81)))},
		"no hosts: those of the listener":         {route: none, gateway: webListener("api.shop.internal", "hostname"), want: []string{"api.shop.internal" + to}},
		"58 no hosts: a listener with a wildcard": {route: none, problems: []string{ReasonWildcard}},
		"58 a route with a wildcard":              {route: set([]any{"*.shop.internal"}, "spec", "hostnames"), gateway: webListener("a.shop.internal", "hostname"), want: []string{"a.shop.internal" + to}},
		"no hosts on either side":                 {route: none, gateway: webListener("", "hostname")},
		"a listener for every host":               {gateway: webListener("", "hostname"), want: []string{"orders.example.com" + to, orders}},
		"allowed: same namespace":                 {gateway: webListener("Same", "allowedRoutes", "namespaces", "from")},
		"allowed: not said":                       {gateway: webListener(map[string]any{}, "allowedRoutes")},
		"allowed: none":                           {gateway: webListener("None", "allowedRoutes", "namespaces", "from")},
		"allowed: by label":                       {gateway: webListener(map[string]any{"from": "Selector", "selector": map[string]any{"matchLabels": map[string]any{"team": "shop"}}}, "allowedRoutes", "namespaces"), want: []string{orders}},
		"allowed: by another label":               {gateway: webListener(map[string]any{"from": "Selector", "selector": map[string]any{"matchLabels": map[string]any{"team": "ops"}}}, "allowedRoutes", "namespaces")},
		"allowed: by a selector that is none":     {gateway: webListener(map[string]any{"from": "Selector", "selector": map[string]any{"matchExpressions": []any{map[string]any{"key": "a", "operator": "Near"}}}}, "allowedRoutes", "namespaces"), problems: []string{ReasonInvalidGateway}},
		"allowed: kinds":                          {gateway: webListener([]any{map[string]any{"kind": "GRPCRoute"}}, "allowedRoutes", "kinds")},
		"allowed: kinds with ours":                {gateway: webListener([]any{map[string]any{"kind": "GRPCRoute"}, map[string]any{"group": GatewayGroup, "kind": "HTTPRoute"}}, "allowedRoutes", "kinds"), want: []string{orders}},
		"allowed: our kind of another group":      {gateway: webListener([]any{map[string]any{"group": "example.com", "kind": "HTTPRoute"}}, "allowedRoutes", "kinds")},
		"HTTPS is HTTP":                           {gateway: webListener("HTTPS", "protocol"), want: []string{orders}},
		"TCP is not":                              {gateway: webListener("TCP", "protocol")},
		"GRPCRoute":                               {route: set("GRPCRoute", "kind"), want: []string{orders}},
		"TLSRoute of an older version":            {route: all(set("TLSRoute", "kind"), set(GatewayGroup+"/v1alpha2", "apiVersion"), none), want: []string{"tls.shop.internal" + to}},
		"66 no address yet":                       {gateway: set([]any{}, "status", "addresses"), want: []string{host + " → nothing yet"}},
		"62 target of the Gateway":                {gateway: note(alpha+"target", "edge.example.com"), want: []string{host + " → edge.example.com"}},
		"62 a target that is none":                {gateway: note(newer+"target", "edge!"), want: []string{orders}, problems: []string{ReasonInvalidTarget}},
		"62 target of the route says nothing":     {route: note(alpha+"target", "10.9.9.9"), want: []string{orders}},
		"62 ttl":                                  {route: note(alpha+"ttl", "30"), want: []string{orders + " for 30 s"}},
		"63 controller":                           {route: note(alpha+"controller", "other")},
		"63 controller of the Gateway":            {gateway: note(alpha+"controller", "other")},
		"an annotation beside the spec":           {route: note(newer+"hostname", "other.shop.internal"), want: []string{orders, other}},
		"an annotation instead of hosts":          {route: all(none, note(newer+"hostname", "other.shop.internal")), gateway: webListener("", "hostname"), want: []string{other}},
		"an annotation on no listener":            {route: note(newer+"hostname", "other.example.com"), want: []string{orders}, problems: []string{ReasonNoListener}},
		"68 an annotation outside of the domains": {route: note(newer+"hostname", "other.example.com"), opt: func(o *Options) { o.DomainFilter = []string{"shop.internal"} }, want: []string{orders}},
		"annotation only":                         {route: note(newer+"hostname", "other.shop.internal", newer+"gateway-hostname-source", "annotation-only"), want: []string{other}},
		"defined hosts only":                      {route: note(newer+"hostname", "other.shop.internal", alpha+"gateway-hostname-source", "Defined-Hosts-Only"), want: []string{orders}},
		"hosts from somewhere else":               {route: note(newer+"hostname", "other.shop.internal", alpha+"gateway-hostname-source", "dns"), want: []string{orders, other}, problems: []string{ReasonInvalidValue}},
		"template":                                {route: none, gateway: webListener("", "hostname"), opt: templates("{{.Name}}-{{.Kind}}.shop.internal"), want: []string{"orders-httproute.shop.internal" + to}},
		"template combined": {opt: func(o *Options) {
			templates("{{index .Spec.Hostnames 0 | replace `Orders` `x`}}")(o)
			o.CombineFQDN = true
		}, want: []string{orders, "x.shop.internal" + to}},
		"Gateway by name":              {opt: func(o *Options) { o.GatewayName = "gw" }, want: []string{orders}},
		"another Gateway by name":      {opt: func(o *Options) { o.GatewayName = "x" }},
		"another Gateway by namespace": {opt: func(o *Options) { o.GatewayNamespace = "shop" }},
		"Gateway by label":             {opt: func(o *Options) { o.GatewayLabelFilter = "tier=inner" }, want: []string{orders}},
		"another Gateway by label":     {opt: func(o *Options) { o.GatewayLabelFilter = "tier=outer" }},
		"namespace":                    {opt: func(o *Options) { o.Namespace = "attic" }},
	} {
		t.Run(name, func(t *testing.T) {
			rt, gw := object(t, theRoute), object(t, theGateway)
			if c.route != nil {
				c.route(rt)
			}
			if c.gateway != nil {
				c.gateway(gw)
			}
			var opts []func(*Options)
			if c.opt != nil {
				opts = append(opts, c.opt)
			}
			before := rt.DeepCopy()
			r := reader(gw, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop", Labels: map[string]string{"team": "shop"}}})
			ws, ps, err := with(t, opts...).Route(t.Context(), r, rt)
			expect(t, ws, ps, err, c.want, c.problems...)
			for _, w := range ws {
				if w.Kind != rt.GetKind() || w.Namespace != "shop" || w.Object != "orders" || w.UID != "uid-1" || !w.Created.Equal(epoch) || w.Pods {
					t.Errorf("%+v", w)
				}
			}
			if diff := gocmp.Diff(before, rt); diff != "" {
				t.Errorf("the cached object was changed: %s", diff)
			}
		})
	}
}

// What cannot be read is an error, except a Gateway that is not there.
func TestRouteUnreadable(t *testing.T) {
	broken := errors.New("broken pipe")
	r := fake.NewClientBuilder().WithScheme(scheme.Scheme).WithInterceptorFuncs(interceptor.Funcs{
		Get: func(_ context.Context, _ client.WithWatch, _ client.ObjectKey, o client.Object, _ ...client.GetOption) error {
			return broken
		},
	}).Build()
	if ws, _, err := with(t).Route(t.Context(), r, object(t, theRoute)); !errors.Is(err, broken) || ws != nil {
		t.Errorf("%v, %v", ws, err)
	}
	odd := object(t, theRoute)
	odd.SetKind("TCPRoute")
	if _, _, err := with(t).Route(t.Context(), r, odd); err == nil || !strings.Contains(err.Error(), `"TCPRoute"`) {
		t.Error(err)
	}
	set("everywhere", "spec", "hostnames")(odd)
	if _, _, err := with(t).Route(t.Context(), r, odd); err == nil {
		t.Error("hostnames that are no list are read")
	}
}

func TestGateways(t *testing.T) {
	rt := object(t, theRoute)
	set([]any{map[string]any{"name": "z"}, map[string]any{"name": "gw", "namespace": "edge"}, map[string]any{"name": "gw", "namespace": "edge", "port": int64(80)}, map[string]any{"name": "s", "kind": "Service", "group": "core"}}, "spec", "parentRefs")(rt)
	got, err := Gateways(rt)
	if diff := gocmp.Diff([]client.ObjectKey{{Namespace: "edge", Name: "gw"}, {Namespace: "shop", Name: "z"}}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// Whichever versions a cluster serves, each kind is read in one; without
// Gateways none is.
func TestServed(t *testing.T) {
	for name, c := range map[string]struct{ has, want []string }{
		"nothing":             {},
		"routes alone":        {has: []string{"v1 HTTPRoute"}},
		"standard channel":    {has: []string{"v1 Gateway", "v1 HTTPRoute", "v1 GRPCRoute"}, want: []string{"v1 HTTPRoute", "v1 GRPCRoute"}},
		"everything":          {has: []string{"v1 Gateway", "v1beta1 HTTPRoute", "v1 HTTPRoute", "v1 GRPCRoute", "v1alpha2 TLSRoute", "v1alpha3 TLSRoute"}, want: []string{"v1 HTTPRoute", "v1 GRPCRoute", "v1alpha3 TLSRoute"}},
		"an older TLSRoute":   {has: []string{"v1 Gateway", "v1alpha2 TLSRoute"}, want: []string{"v1alpha2 TLSRoute"}},
		"the newest TLSRoute": {has: []string{"v1 Gateway", "v1alpha2 TLSRoute", "v1 TLSRoute"}, want: []string{"v1 TLSRoute"}},
	} {
		t.Run(name, func(t *testing.T) {
			m := meta.NewDefaultRESTMapper(nil)
			for _, x := range c.has {
				v, kind, _ := strings.Cut(x, " ")
				m.Add(schema.GroupVersionKind{Group: GatewayGroup, Version: v, Kind: kind}, meta.RESTScopeNamespace)
			}
			gvks, err := Served(m)
			var got []string
			for _, g := range gvks {
				got = append(got, g.Version+" "+g.Kind)
			}
			if diff := gocmp.Diff(c.want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
	}
	if _, err := Served(brokenMapper{}); err == nil {
		t.Error("a cluster that does not answer has no routes")
	}
}

type brokenMapper struct{ meta.RESTMapper }

func (brokenMapper) RESTMapping(schema.GroupKind, ...string) (*meta.RESTMapping, error) {
	return nil, errors.New("no answer")
}
