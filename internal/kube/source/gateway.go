package source

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// GatewayGroup is the API group of Gateways and their routes. They are read
// without its Go types: the newest release of those asks for a newer Go than
// this module, each knows only the versions of its day, while clusters serve
// TLSRoutes under three, and a dozen fields are all that is needed. So whichever
// version a cluster serves will do, and a cluster that serves none is fine.
// https://gateway-api.sigs.k8s.io/reference/spec/
const GatewayGroup = "gateway.networking.k8s.io"

// GatewayKind is what routes hang on, in the version since Gateway API 1.0.
var GatewayKind = schema.GroupVersionKind{Group: GatewayGroup, Version: "v1", Kind: "Gateway"}

// routeVersions are the versions of each kind of route, the one we like best first.
var routeVersions = map[string][]string{
	KindHTTPRoute: {"v1", "v1beta1"},
	KindGRPCRoute: {"v1", "v1alpha2"},
	KindTLSRoute:  {"v1", "v1alpha3", "v1alpha2"},
}

// Served are the kinds of routes that a cluster has, each in the version to
// read it in; none where it does not have Gateways.
func Served(m meta.RESTMapper) ([]schema.GroupVersionKind, error) {
	if _, err := m.RESTMapping(GatewayKind.GroupKind(), GatewayKind.Version); err != nil {
		if meta.IsNoMatchError(err) {
			return nil, nil
		}
		return nil, fmt.Errorf("whether the cluster has Gateways: %w", err)
	}
	var out []schema.GroupVersionKind
	for _, kind := range []string{KindHTTPRoute, KindGRPCRoute, KindTLSRoute} {
		for _, v := range routeVersions[kind] {
			gvk := schema.GroupVersionKind{Group: GatewayGroup, Version: v, Kind: kind}
			_, err := m.RESTMapping(gvk.GroupKind(), v)
			if err == nil {
				out = append(out, gvk)
				break
			}
			if !meta.IsNoMatchError(err) {
				return nil, fmt.Errorf("whether the cluster has %ss: %w", kind, err)
			}
		}
	}
	return out, nil
}

// gateway is what is read of a Gateway.
type gateway struct {
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		Listeners []listener `json:"listeners"`
	} `json:"spec"`
	Status struct {
		Addresses []struct {
			Type  string `json:"type"`
			Value string `json:"value"`
		} `json:"addresses"`
	} `json:"status"`
}

type listener struct {
	Name          string `json:"name"`
	Hostname      string `json:"hostname"`
	Port          int32  `json:"port"`
	Protocol      string `json:"protocol"`
	AllowedRoutes struct {
		Namespaces struct {
			From     string                `json:"from"`
			Selector *metav1.LabelSelector `json:"selector"`
		} `json:"namespaces"`
		Kinds []struct {
			Group *string `json:"group"`
			Kind  string  `json:"kind"`
		} `json:"kinds"`
	} `json:"allowedRoutes"`
}

// gateway reads one; nil where it is not there, or is not one to look at.
func (a *about) gateway(ctx context.Context, r client.Reader, k client.ObjectKey) (*gateway, error) {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(GatewayKind)
	switch err := r.Get(ctx, k, u); {
	case apierrors.IsNotFound(err) || meta.IsNoMatchError(err):
		a.problem(ReasonNoGateway, "Gateway %s is not there, though it once accepted this route: create it, or name another in spec.parentRefs", k)
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("Gateway %s: %w", k, err)
	}
	g := &gateway{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, g); err != nil {
		return nil, fmt.Errorf("Gateway %s: %w", k, err)
	}
	if a.s.others(g.Annotations) || !a.s.gateways.Matches(labels.Set(g.Labels)) {
		return nil, nil
	}
	return g, nil
}

// leads are the targets of a Gateway: its annotation's or its addresses.
func (a *about) leads(g *gateway) given {
	if targets, ok := a.targets(g.Annotations, fmt.Sprintf("Gateway %s/%s: ", g.Namespace, g.Name)); ok {
		return given{targets: targets}
	}
	var at []string
	for _, x := range g.Status.Addresses {
		if x.Type == "" || x.Type == "IPAddress" || x.Type == "Hostname" {
			at = append(at, x.Value)
		}
	}
	return addresses(at...)
}

// takes says that a Gateway's listener lets the route hang on it.
func (a *about) takes(ctx context.Context, r client.Reader, g *gateway, l *listener) (bool, error) {
	kind, namespace := a.base.Kind, a.base.Namespace
	protocols := []string{"HTTP", "HTTPS"}
	if kind == KindTLSRoute {
		protocols = []string{"TLS"}
	}
	if !slices.Contains(protocols, l.Protocol) {
		return false, nil
	}
	if ks := l.AllowedRoutes.Kinds; len(ks) > 0 {
		ok := false
		for _, k := range ks {
			ok = ok || k.Kind == kind && (k.Group == nil || *k.Group == GatewayGroup)
		}
		if !ok {
			return false, nil
		}
	}
	switch n := l.AllowedRoutes.Namespaces; n.From {
	case "All":
		return true, nil
	case "", "Same":
		return namespace == g.Namespace, nil
	case "Selector":
		sel, err := metav1.LabelSelectorAsSelector(n.Selector)
		if err != nil {
			a.problem(ReasonInvalidGateway, "Gateway %s/%s: listener %s: the selector of namespaces does not read: %v; mend it, until then no route hangs on it", g.Namespace, g.Name, l.Name, err)
			return false, nil
		}
		ns := metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"}}
		if err := r.Get(ctx, client.ObjectKey{Name: namespace}, &ns); err != nil {
			if apierrors.IsNotFound(err) {
				return false, nil
			}
			return false, fmt.Errorf("namespace %s: %w", namespace, err)
		}
		return sel.Matches(labels.Set(ns.Labels)), nil
	}
	return false, nil
}

// meet is the narrower of a listener's and a route's host names, where they have
// hosts in common. "" stands for every host, *.x for those below x.
func meet(a, b string) (string, bool) {
	switch {
	case a == "" || a == b:
		return b, true
	case b == "":
		return a, true
	}
	within := func(wide, narrow string) bool {
		w, ok := strings.CutPrefix(wide, "*")
		return ok && strings.HasPrefix(w, ".") && strings.HasSuffix(narrow, w)
	}
	switch {
	case within(a, b):
		return b, true
	case within(b, a):
		return a, true
	}
	return "", false
}
