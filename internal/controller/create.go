package controller

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/kube/source"
	"github.com/tranship/tranship/internal/names"
)

// DefaultTTL of a service that we create, in seconds, where nobody says another.
// ECS' own default, and not ExternalDNS' 300: pods come and go.
const DefaultTTL = 60

// creating makes Cloud Map services where an object asks for it and an
// administrator allows it.
type creating struct {
	engine     *engine.Engine
	rules      []mayCreate
	namespaces []engine.NewNamespace
	unasked    bool  // every object with a name asks for it, as with ExternalDNS
	ttl        int64 // seconds
}

// mayCreate is one word of an administrator: who may create which names.
type mayCreate struct{ namespace, hosts string }

// parseCreate reads NAMESPACE=GLOB of host names, such as shop=*.shop.internal.
func parseCreate(list []string) ([]mayCreate, error) {
	var out []mayCreate
	for _, w := range list {
		ns, glob, ok := strings.Cut(w, "=")
		if !ok || ns == "" || glob == "" {
			return nil, fmt.Errorf("--create %s: it is NAMESPACE=HOSTS, such as shop=*.shop.internal", w)
		}
		for _, p := range []string{ns, glob} {
			if _, err := path.Match(p, ""); err != nil {
				return nil, fmt.Errorf("--create %s: %q is no pattern: %w", w, p, err)
			}
		}
		out = append(out, mayCreate{ns, strings.ToLower(strings.TrimSuffix(glob, "."))})
	}
	return out, nil
}

// parseCreateNamespaces reads NAME=vpc-ID, NAME=public or NAME=http.
func parseCreateNamespaces(list []string) ([]engine.NewNamespace, error) {
	var out []engine.NewNamespace
	for _, w := range list {
		name, what, ok := strings.Cut(w, "=")
		ns := engine.NewNamespace{Name: strings.ToLower(strings.TrimSuffix(name, ".")), Kind: names.PrivateZone, VPC: what}
		switch {
		case !ok || ns.Name == "":
			return nil, fmt.Errorf("--create-namespace %s: it is NAME=vpc-ID, NAME=public or NAME=http", w)
		case what == "public":
			ns.Kind, ns.VPC = names.PublicZone, ""
		case what == "http":
			ns.Kind, ns.VPC = names.HTTPZone, ""
		case !strings.HasPrefix(what, "vpc-"):
			return nil, fmt.Errorf("--create-namespace %s: %q is neither a VPC's id, nor public, nor http", w, what)
		}
		out = append(out, ns)
	}
	return out, nil
}

// service creates the service of a name that was not found, or says why not:
// missing is how the look-up ended.
func (c creating) service(ctx context.Context, obj client.Object, w source.Wish, missing error) (ref names.Ref, created bool, err error) {
	asked := obj.GetAnnotations()[v1alpha1.AnnotationCreate] == "true"
	switch {
	case !asked && !(c.unasked && len(c.rules) > 0):
		return ref, false, fmt.Errorf("%w: create it with aws servicediscovery create-service, or let tranship do it with the annotation %s: \"true\"", missing, v1alpha1.AnnotationCreate)
	case !slices.ContainsFunc(c.rules, func(r mayCreate) bool { return match(r.namespace, w.Namespace) && match(r.hosts, w.Host) }):
		return ref, false, fmt.Errorf("%w: namespace %s may not create it: an administrator allows it with --create %s=%s on the controller", missing, w.Namespace, w.Namespace, w.Host)
	case !w.Pods && len(w.Targets) == 0:
		return ref, false, fmt.Errorf("%w: it is created once %s %s/%s has an address", missing, w.Kind, w.Namespace, w.Object)
	}
	want, err := settingsOf(obj, w, c.ttl)
	if err != nil {
		return ref, false, fmt.Errorf("%w: %w", names.ErrInvalid, err)
	}
	var ns *engine.NewNamespace
	for n := range c.namespaces {
		if strings.HasSuffix(w.Host, "."+c.namespaces[n].Name) && (ns == nil || len(c.namespaces[n].Name) > len(ns.Name)) {
			ns = &c.namespaces[n]
		}
	}
	ref, err = c.engine.Create(ctx, w.Host, want, ns)
	return ref, err == nil, err
}

func match(pattern, s string) bool {
	ok, err := path.Match(pattern, s)
	return ok && err == nil
}

// settingsOf is what a new service is made with: what annotations say, else what
// the endpoints need.
func settingsOf(obj client.Object, w source.Wish, ttl int64) (names.Settings, error) {
	a := obj.GetAnnotations()
	if w.TTL != nil {
		ttl = *w.TTL
	}
	s := names.Settings{Routing: names.Multivalue, CustomHealth: a[v1alpha1.AnnotationCustomHealth] == "true"}
	types, routing := naturally(w)
	if t := a[v1alpha1.AnnotationRecordTypes]; t != "" {
		types = strings.FieldsFunc(strings.ToUpper(t), func(r rune) bool { return r == ',' || r == ' ' })
	}
	switch r := strings.ToUpper(a[v1alpha1.AnnotationRoutingPolicy]); r {
	case "":
		s.Routing = routing
	case names.Multivalue, names.Weighted:
		s.Routing = r
	default:
		return s, fmt.Errorf("annotation %s: %q is neither MULTIVALUE nor WEIGHTED", v1alpha1.AnnotationRoutingPolicy, r)
	}
	if slices.Contains(types, names.TypeHTTP) {
		if len(types) > 1 {
			return s, errors.New("annotation " + v1alpha1.AnnotationRecordTypes + ": HTTP stands alone: callers of the API find the name, DNS does not")
		}
		s.Type, types = names.TypeHTTP, nil
	}
	slices.Sort(types)
	for _, t := range slices.Compact(types) {
		s.Records = append(s.Records, names.Record{Type: t, TTL: ttl})
	}
	return s, nil
}

// naturally are the record types and the routing policy that endpoints need.
func naturally(w source.Wish) (types []string, routing string) {
	if w.Pods {
		return []string{"A"}, names.Multivalue
	}
	hosts, v6 := 0, 0
	for _, t := range w.Targets {
		switch a, err := netip.ParseAddr(t); {
		case err != nil:
			hosts++
			if !names.LoadBalancer(t) {
				return []string{"CNAME"}, names.Weighted
			}
		case a.Is6():
			v6++
		}
	}
	switch {
	case hosts > 0:
		return []string{"A"}, names.Weighted
	case v6 == len(w.Targets) && v6 > 0:
		return []string{"AAAA"}, names.Multivalue
	}
	return []string{"A"}, names.Multivalue
}
