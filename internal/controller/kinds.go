package controller

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	ctrlsource "sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/tranship/tranship/internal/kube/source"
)

// kind is one kind of objects that may ask for names.
type kind struct {
	name string
	make func() client.Object
	read func(context.Context, client.Object) ([]source.Wish, []source.Problem, error)
	list func(context.Context) ([]client.Object, error)
	// also are events of other objects that change what these ask for.
	also []ctrlsource.Source
}

// Sources are the kinds that may ask for names, as --source names them.
var Sources = []string{"service", "ingress", "gateway-httproute", "gateway-grpcroute", "gateway-tlsroute"}

var routeSources = map[string]string{
	source.KindHTTPRoute: "gateway-httproute", source.KindGRPCRoute: "gateway-grpcroute", source.KindTLSRoute: "gateway-tlsroute",
}

// CheckSources refuses a source that there is not.
func CheckSources(list []string) error {
	for _, s := range list {
		if !slices.Contains(Sources, s) {
			return fmt.Errorf("--source %s: it is one of %s", s, strings.Join(Sources, ", "))
		}
	}
	return nil
}

// kinds are those that were asked for and that the cluster has; without a wish
// all that it has.
func kinds(mgr manager.Manager, src *source.Source, wanted []string) ([]kind, error) {
	r := mgr.GetClient()
	want := func(s string) bool { return len(wanted) == 0 || slices.Contains(wanted, s) }
	var out []kind
	if want("service") {
		out = append(out, services(r, src))
	}
	if want("ingress") {
		out = append(out, ingresses(r, src))
	}
	if !slices.ContainsFunc(Sources[2:], want) {
		return out, nil
	}
	served, err := source.Served(mgr.GetRESTMapper())
	if err != nil {
		return nil, err
	}
	for _, gvk := range served {
		if want(routeSources[gvk.Kind]) {
			out = append(out, routes(mgr, src, gvk))
		}
	}
	return out, nil
}

func services(r client.Reader, src *source.Source) kind {
	return kind{
		name: source.KindService, make: func() client.Object { return &corev1.Service{} },
		read: func(ctx context.Context, o client.Object) ([]source.Wish, []source.Problem, error) {
			svc, ok := o.(*corev1.Service)
			if !ok {
				return nil, nil, fmt.Errorf("%T is no Service", o)
			}
			return src.Service(ctx, r, svc)
		},
		list: func(ctx context.Context) ([]client.Object, error) {
			var l corev1.ServiceList
			err := r.List(ctx, &l, client.UnsafeDisableDeepCopy)
			return objects(l.Items, err)
		},
	}
}

func ingresses(r client.Reader, src *source.Source) kind {
	return kind{
		name: source.KindIngress, make: func() client.Object { return &networkingv1.Ingress{} },
		read: func(ctx context.Context, o client.Object) ([]source.Wish, []source.Problem, error) {
			ing, ok := o.(*networkingv1.Ingress)
			if !ok {
				return nil, nil, fmt.Errorf("%T is no Ingress", o)
			}
			return src.Ingress(ctx, r, ing)
		},
		list: func(ctx context.Context) ([]client.Object, error) {
			var l networkingv1.IngressList
			err := r.List(ctx, &l, client.UnsafeDisableDeepCopy)
			return objects(l.Items, err)
		},
	}
}

// routes are those of one kind; a Gateway's address and listeners are theirs, too.
func routes(mgr manager.Manager, src *source.Source, gvk schema.GroupVersionKind) kind {
	r := mgr.GetClient()
	blank := func(g schema.GroupVersionKind) *unstructured.Unstructured {
		u := &unstructured.Unstructured{}
		u.SetGroupVersionKind(g)
		return u
	}
	list := func(ctx context.Context) ([]client.Object, error) {
		l := &unstructured.UnstructuredList{}
		l.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
		err := r.List(ctx, l)
		return objects(l.Items, err)
	}
	all := func(ctx context.Context, _ client.Object) []reconcile.Request {
		routes, err := list(ctx)
		if err != nil {
			return nil // the cache ends; whoever comes next lists anew
		}
		var out []reconcile.Request
		for _, o := range routes {
			out = append(out, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(o)})
		}
		return out
	}
	return kind{
		name: gvk.Kind, make: func() client.Object { return blank(gvk) }, list: list,
		read: func(ctx context.Context, o client.Object) ([]source.Wish, []source.Problem, error) {
			return src.Route(ctx, r, o)
		},
		also: []ctrlsource.Source{
			ctrlsource.Kind(mgr.GetCache(), client.Object(blank(source.GatewayKind)), handler.EnqueueRequestsFromMapFunc(all)),
		},
	}
}

// objects are the items of a list, as pointers.
func objects[T any, P interface {
	*T
	client.Object
}](items []T, err error) ([]client.Object, error) {
	out := make([]client.Object, 0, len(items))
	for n := range items {
		out = append(out, P(&items[n]))
	}
	return out, err
}
