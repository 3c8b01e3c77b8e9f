package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/internal/kube/source"
)

// asker is an object that asks for a name.
type asker struct {
	kind      string
	object    client.Object
	hosts     []string // that it asks for, sorted
	forOthers []string // of them, those that ExternalDNS reads, too
	unread    bool     // named by a person, and not seen to ask for the name
}

// String names it as people do.
func (a *asker) String() string {
	return a.kind + " " + a.object.GetNamespace() + "/" + a.object.GetName()
}

// resource is how ExternalDNS names it.
func (a *asker) resource() string {
	return strings.ToLower(a.kind) + "/" + a.object.GetNamespace() + "/" + a.object.GetName()
}

// find is the one object that asks for the host.
func (o *handover) find(ctx context.Context, c *Cluster, host string) (*asker, error) {
	objects, err := candidates(ctx, c.Client, o.Namespace)
	if err != nil {
		return nil, err
	}
	all, err := source.New(source.Options{})
	if err != nil {
		return nil, err
	}
	var found []*asker
	for _, a := range objects {
		chosen := o.Object != "" && strings.EqualFold(o.Object, a.kind+"/"+a.object.GetName())
		if o.Object != "" && !chosen || !chosen && !mentions(a, host) {
			continue
		}
		if a.hosts, err = asked(ctx, c.Client, all, a.kind, a.object); err != nil {
			return nil, err
		}
		a.unread = !slices.Contains(a.hosts, host)
		if a.unread && !chosen {
			continue
		}
		if a.forOthers, err = asked(ctx, c.Client, all, a.kind, asExternalDNS(a.object)); err != nil {
			return nil, err
		}
		found = append(found, a)
	}
	where := "any Kubernetes namespace"
	if o.Namespace != "" {
		where = "Kubernetes namespace " + o.Namespace
	}
	switch len(found) {
	case 0:
		if o.Object != "" {
			return nil, fmt.Errorf("there is no %s in %s", o.Object, where)
		}
		return nil, fmt.Errorf("no Service, Ingress or route in %s asks for %s: annotate one with %shostname, or name it with --object where the controller's own flags say so", where, host, source.PrefixAlpha)
	case 1:
		return found[0], nil
	}
	var names []string
	for _, a := range found {
		names = append(names, a.String())
	}
	slices.Sort(names)
	return nil, fmt.Errorf("%d objects ask for %s: %s; choose one with --object and -n, and the name is handed over for all of them", len(found), host, strings.Join(names, ", "))
}

// candidates are all objects of the kinds that may ask for names; namespace "": of all.
func candidates(ctx context.Context, r client.Client, namespace string) ([]*asker, error) {
	var out []*asker
	in := client.InNamespace(namespace)
	var services corev1.ServiceList
	if err := r.List(ctx, &services, in); err != nil {
		return nil, fmt.Errorf("list the Services: %w", err)
	}
	for n := range services.Items {
		out = append(out, &asker{kind: source.KindService, object: &services.Items[n]})
	}
	var ingresses networkingv1.IngressList
	if err := r.List(ctx, &ingresses, in); err != nil {
		return nil, fmt.Errorf("list the Ingresses: %w", err)
	}
	for n := range ingresses.Items {
		out = append(out, &asker{kind: source.KindIngress, object: &ingresses.Items[n]})
	}
	routes, err := source.Served(r.RESTMapper())
	if err != nil {
		return nil, err
	}
	for _, gvk := range routes {
		l := &unstructured.UnstructuredList{}
		l.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
		if err := r.List(ctx, l, in); err != nil {
			return nil, fmt.Errorf("list the %ss: %w", gvk.Kind, err)
		}
		for n := range l.Items {
			out = append(out, &asker{kind: gvk.Kind, object: &l.Items[n]})
		}
	}
	return out, nil
}

// mentions saves reading what stands behind each Service of a large cluster. A
// pod's name has one label more than its Service's.
func mentions(a *asker, host string) bool {
	if a.kind != source.KindService {
		return true
	}
	_, parent, _ := strings.Cut(host, ".")
	for _, v := range a.object.GetAnnotations() {
		for _, h := range source.SplitHosts(v) {
			if h == host || h == parent {
				return true
			}
		}
	}
	return false
}

// asked are the hosts that an object asks for.
func asked(ctx context.Context, r client.Reader, s *source.Source, kind string, obj client.Object) ([]string, error) {
	var wishes []source.Wish
	var err error
	switch x := obj.(type) {
	case *corev1.Service:
		wishes, _, err = s.Service(ctx, r, x)
	case *networkingv1.Ingress:
		wishes, _, err = s.Ingress(ctx, r, x)
	default:
		wishes, _, err = s.Route(ctx, r, x)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s/%s: %w", kind, obj.GetNamespace(), obj.GetName(), err)
	}
	var out []string
	for _, w := range wishes {
		out = append(out, w.Host)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// asExternalDNS is the object without what tranship alone reads. One that is
// tranship's own by its controller annotation asks ExternalDNS for nothing.
func asExternalDNS(obj client.Object) client.Object {
	out, ok := obj.DeepCopyObject().(client.Object)
	if !ok {
		return obj
	}
	as := map[string]string{}
	for k, v := range out.GetAnnotations() {
		switch {
		case strings.HasPrefix(k, source.Prefix):
		case strings.HasSuffix(k, "/controller") && v == "tranship":
			as[k] = "somebody-else"
		default:
			as[k] = v
		}
	}
	out.SetAnnotations(as)
	return out
}
