package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/tranship/tranship/internal/names"
)

// served writes endpoints in one line each.
func served(f names.Fact[[]names.Endpoint]) []string {
	if !f.OK() {
		return []string{"unknown: " + f.Unknown}
	}
	var out []string
	for _, e := range f.V {
		line := cmp.Or(e.Pod, "target")
		for _, x := range []string{e.Target, e.Zone} {
			if x != "" {
				line += " " + x
			}
		}
		if e.IPv4.IsValid() {
			line += " " + e.IPv4.String()
		}
		if e.IPv6.IsValid() {
			line += " " + e.IPv6.String()
		}
		if !e.Serves() {
			line += " not serving"
		}
		out = append(out, fmt.Sprintf("%s :%d", line, e.Port))
	}
	return out
}

func TestEndpoints(t *testing.T) {
	unready := func(p *corev1.Pod) { p.Status.Conditions = nil }
	leaving := func(p *corev1.Pod) {
		now := metav1.NewTime(epoch)
		p.DeletionTimestamp, p.Finalizers = &now, []string{"x/y"}
	}
	notYet := func(p *corev1.Pod) { p.Status.PodIP, p.Status.PodIPs, p.Status.Phase = "", nil, corev1.PodPending }
	targeted := func(v string) func(*corev1.Pod) {
		return func(p *corev1.Pod) { p.Annotations = map[string]string{newer + "target": v} }
	}
	second := func(p *corev1.Pod) { p.Status.PodIP, p.Status.PodIPs = "10.0.0.2", nil }
	n := node("a", "InternalIP", "10.0.9.1", "ExternalIP", "203.0.113.1", "InternalIP", "fd00::9")
	pod := Wish{Kind: KindService, Namespace: "shop", Object: "orders", UID: "uid-1", Pods: true}
	for name, c := range map[string]struct {
		svc  *corev1.Service
		wish func(*Wish)
		pods []client.Object
		opt  func(*Options)
		want []string
	}{
		"50 both families":                 {pods: []client.Object{podOf("p")}, want: []string{"p eu-central-1a 10.0.0.1 fd00::1 :80"}},
		"50 without AAAA":                  {pods: []client.Object{podOf("p")}, opt: func(o *Options) { o.ExcludeRecordTypes = []string{"AAAA"} }, want: []string{"p eu-central-1a 10.0.0.1 :80"}},
		"34 no address yet":                {pods: []client.Object{podOf("p", notYet)}, want: []string{"p eu-central-1a not serving :80"}},
		"34 no address, published unready": {svc: func() *corev1.Service { s := headless(); s.Spec.PublishNotReadyAddresses = true; return s }(), pods: []client.Object{podOf("p", notYet)}, want: []string{"p eu-central-1a not serving :80"}},
		"18 nothing is ready":              {pods: []client.Object{podOf("p", unready), podOf("q", leaving)}, want: []string{"p eu-central-1a 10.0.0.1 fd00::1 not serving :80", "q eu-central-1a 10.0.0.1 fd00::1 not serving :80"}},
		"64 publishNotReadyAddresses":      {svc: func() *corev1.Service { s := headless(); s.Spec.PublishNotReadyAddresses = true; return s }(), pods: []client.Object{podOf("p", unready), podOf("q", leaving)}, want: []string{"p eu-central-1a 10.0.0.1 fd00::1 :80", "q eu-central-1a 10.0.0.1 fd00::1 not serving :80"}},
		"64 publishNotReady by flag":       {pods: []client.Object{podOf("p", unready)}, opt: func(o *Options) { o.PublishNotReady = true }, want: []string{"p eu-central-1a 10.0.0.1 fd00::1 :80"}},
		"64 HostIP":                        {svc: headless(alpha+"endpoints-type", "HostIP"), pods: []client.Object{podOf("p")}, want: []string{"p eu-central-1a 10.0.9.1 :80"}},
		"64 HostIP by flag":                {pods: []client.Object{podOf("p")}, opt: func(o *Options) { o.PublishHostIP = true }, want: []string{"p eu-central-1a 10.0.9.1 :80"}},
		"64 NodeExternalIP":                {svc: headless(newer+"endpoints-type", "NodeExternalIP"), pods: []client.Object{podOf("p")}, want: []string{"p eu-central-1a 203.0.113.1 :80"}},
		"64 NodeExternalIP and IPv6":       {svc: headless(newer+"endpoints-type", "NodeExternalIP"), pods: []client.Object{podOf("p")}, opt: func(o *Options) { o.ExposeInternalIPv6 = true }, want: []string{"p eu-central-1a 203.0.113.1 fd00::9 :80"}},
		"64 NodeExternalIP, node gone":     {svc: headless(newer+"endpoints-type", "NodeExternalIP"), pods: []client.Object{podOf("p", func(p *corev1.Pod) { p.Spec.NodeName = "z" })}, want: []string{"p not serving :80"}},
		"64 the single pod":                {wish: func(w *Wish) { w.OnlyPod = "q" }, pods: []client.Object{podOf("p"), podOf("q", second)}, want: []string{"q eu-central-1a 10.0.0.2 :80"}},
		"62 target of a pod":               {pods: []client.Object{podOf("p", targeted("9.9.9.9,x.example.com"))}, want: []string{"p 9.9.9.9 eu-central-1a :80", "p x.example.com eu-central-1a :80"}},
		"62 target of two pods: the ready": {pods: []client.Object{podOf("p", targeted("9.9.9.9"), unready), podOf("q", targeted("9.9.9.9"))}, want: []string{"q 9.9.9.9 eu-central-1a :80"}},
		"62 target of a pod, filtered":     {pods: []client.Object{podOf("p", targeted("9.9.9.9")), podOf("q", second)}, opt: func(o *Options) { o.TargetNetFilter = []string{"10.0.0.0/8"} }, want: []string{"q eu-central-1a 10.0.0.2 :80"}},
		"every address filtered":           {pods: []client.Object{podOf("p")}, opt: func(o *Options) { o.ExcludeTargetNet = []string{"10.0.0.0/8", "fd00::/8"} }},
		"finished, other, none":            {pods: []client.Object{podOf("p", func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded }), podOf("q", func(p *corev1.Pod) { p.Labels = nil })}},
		"51 several ports": {svc: func() *corev1.Service {
			s := headless()
			s.Spec.Ports = append(s.Spec.Ports, corev1.ServicePort{Port: 81})
			return s
		}(), pods: []client.Object{podOf("p")}, want: []string{"p eu-central-1a 10.0.0.1 fd00::1 :0"}},
		"the Service is gone":         {wish: func(w *Wish) { w.Object = "gone" }},
		"19 the Service was replaced": {wish: func(w *Wish) { w.UID = "uid-0" }, pods: []client.Object{podOf("p")}, want: []string{"unknown: Service shop/orders: it was replaced by another one of its name, which is still to be read"}},
		"52 targets": {wish: func(w *Wish) {
			*w = Wish{Kind: KindIngress, Namespace: "shop", Object: "web", Targets: []string{"10.2.0.1", "x.example.com"}}
		}, want: []string{"target 10.2.0.1 :0", "target x.example.com :0"}},
		"51 targets with one port":     {wish: func(w *Wish) { w.Pods, w.Targets, w.Ports = false, []string{"10.2.0.1"}, []Port{{"http", "TCP", 80}} }, want: []string{"target 10.2.0.1 :80"}},
		"pods and targets of one name": {wish: func(w *Wish) { w.Targets = []string{"10.2.0.1"} }, pods: []client.Object{podOf("p", second)}, want: []string{"target 10.2.0.1 :0", "p eu-central-1a 10.0.0.2 :80"}},
		"nothing yet":                  {wish: func(w *Wish) { w.Pods = false }},
	} {
		t.Run(name, func(t *testing.T) {
			svc, w := c.svc, pod
			if svc == nil {
				svc = headless()
			}
			if c.wish != nil {
				c.wish(&w)
			}
			var opts []func(*Options)
			if c.opt != nil {
				opts = append(opts, c.opt)
			}
			f := with(t, opts...).Endpoints(t.Context(), reader(append(c.pods, svc, n)...), w, epoch)
			if diff := gocmp.Diff(c.want, served(f)); diff != "" {
				t.Error(diff)
			}
			if !f.At.Equal(epoch) {
				t.Errorf("read at %v", f.At)
			}
			for _, e := range f.V {
				kind := ""
				if w.Kind != KindService {
					kind = w.Kind
				}
				if e.Namespace != "shop" || e.Service != w.Object || e.Kind != kind || (e.Pod == "") != (e.UID == "") {
					t.Errorf("%+v", e)
				}
			}
		})
	}
}

// 19: what could not be read is unknown, never an empty list.
func TestEndpointsUnreadable(t *testing.T) {
	broken := errors.New("broken pipe")
	for name, c := range map[string]struct {
		get  func(client.Object) bool
		list bool
		want string
	}{
		"Service": {get: func(o client.Object) bool { _, ok := o.(*corev1.Service); return ok }, want: "Service shop/orders: broken pipe"},
		"pods":    {list: true, want: "its pods: broken pipe"},
		"zone":    {get: func(o client.Object) bool { _, ok := o.(*metav1.PartialObjectMetadata); return ok }, want: "node of pod p: broken pipe"},
		"node":    {get: func(o client.Object) bool { _, ok := o.(*corev1.Node); return ok }, want: "node of pod p: broken pipe"},
	} {
		t.Run(name, func(t *testing.T) {
			r := fake.NewClientBuilder().WithScheme(scheme.Scheme).WithObjects(headless(alpha+"endpoints-type", "NodeExternalIP"), podOf("p"), node("a")).
				WithInterceptorFuncs(interceptor.Funcs{
					Get: func(ctx context.Context, cl client.WithWatch, k client.ObjectKey, o client.Object, opts ...client.GetOption) error {
						if c.get != nil && c.get(o) {
							return broken
						}
						return cl.Get(ctx, k, o, opts...)
					},
					List: func(ctx context.Context, cl client.WithWatch, l client.ObjectList, opts ...client.ListOption) error {
						if c.list {
							return broken
						}
						return cl.List(ctx, l, opts...)
					},
				}).Build()
			f := with(t).Endpoints(t.Context(), r, Wish{Kind: KindService, Namespace: "shop", Object: "orders", UID: "uid-1", Pods: true}, epoch)
			if f.OK() || !strings.Contains(f.Unknown, c.want) {
				t.Errorf("%+v", f)
			}
		})
	}
}
