package rival

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/tranship/tranship/internal/kube/source"
)

const image = "registry.k8s.io/external-dns/external-dns:v0.14.0"

func deployment(name string, replicas int32, image string, args ...string) *appsv1.Deployment {
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "dns", Name: name}}
	d.Spec.Replicas = &replicas
	d.Spec.Template.Spec.Containers = []corev1.Container{{Image: "example.com/side:1"}, {Image: image, Args: args}}
	return d
}

func TestFind(t *testing.T) {
	set := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: "dns", Name: "set"}}
	set.Spec.Template.Spec.Containers = []corev1.Container{{Image: "localhost:5000/mine@sha256:1", Command: []string{"/dns", "--provider", "aws-sd"}}}
	daemon := &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "daemon"}}
	daemon.Spec.Template.Spec.Containers = []corev1.Container{{Image: image, Env: []corev1.EnvVar{{Name: "EXTERNAL_DNS_PROVIDER", Value: "aws"}}}}
	r := fake.NewClientBuilder().WithScheme(scheme.Scheme).WithObjects(set, daemon,
		deployment("poc", 1, image, "--provider=aws-sd", "--txt-owner-id=prod"), deployment("asleep", 0, image, "--provider=aws-sd"),
		deployment("web", 1, "example.com/external-dns/web:1", "--provider=aws"), deployment("else", 1, "example.com/web:1", "--provider=x")).Build()
	got, err := Find(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, x := range got {
		told = append(told, x.String()+" "+x.Provider)
	}
	if diff := cmp.Diff([]string{
		`ExternalDNS (DaemonSet a/daemon, owner id "default") aws`,
		`ExternalDNS (Deployment dns/poc, owner id "prod") aws-sd`,
		`ExternalDNS (StatefulSet dns/set, owner id "default") aws-sd`,
	}, told); diff != "" {
		t.Error(diff)
	}
	for kind, list := range map[string]client.ObjectList{"Deployments": &appsv1.DeploymentList{}, "StatefulSets": &appsv1.StatefulSetList{}, "DaemonSets": &appsv1.DaemonSetList{}} {
		denied := fake.NewClientBuilder().WithScheme(scheme.Scheme).WithInterceptorFuncs(interceptor.Funcs{
			List: func(ctx context.Context, c client.WithWatch, l client.ObjectList, opts ...client.ListOption) error {
				if sameType(l, list) {
					return errors.New("forbidden")
				}
				return c.List(ctx, l, opts...)
			},
		}).Build()
		if got, err := Find(t.Context(), denied); err == nil || got != nil || !strings.Contains(err.Error(), kind) {
			t.Errorf("%s: %v, %v", kind, got, err)
		}
	}
}

func sameType(a, b client.ObjectList) bool {
	_, x := a.(*appsv1.DeploymentList)
	_, y := b.(*appsv1.DeploymentList)
	_, u := a.(*appsv1.StatefulSetList)
	_, v := b.(*appsv1.StatefulSetList)
	return x == y && u == v
}

func TestClaims(t *testing.T) {
	const host = "orders.shop.internal"
	poc := []string{"--source=service", "--source=ingress", "--provider=aws-sd", "--domain-filter=shop.internal", "--aws-zone-type=private", "--txt-owner-id=1"}
	old, newer := map[string]string{source.PrefixAlpha + "hostname": "Orders.shop.internal."}, map[string]string{source.PrefixExternalDNS + "internal-hostname": "x.shop.internal, " + host}
	and := func(m map[string]string, kv ...string) map[string]string {
		out := map[string]string{}
		for k, v := range m {
			out[k] = v
		}
		out[kv[0]] = kv[1]
		return out
	}
	args := func(more ...string) []string { return append(append([]string{}, poc...), more...) }
	for name, c := range map[string]struct {
		args        []string
		env         []corev1.EnvVar
		kind        string
		annotations map[string]string
		want        bool
	}{
		"the proof of concept":             {args: poc, annotations: old, want: true},
		"the newer prefix":                 {args: poc, annotations: newer, want: true},
		"our own annotation is not read":   {args: poc, annotations: map[string]string{source.Prefix + "hostname": host}},
		"another host":                     {args: poc, annotations: map[string]string{source.PrefixAlpha + "hostname": "x.shop.internal"}},
		"an Ingress, by its rules":         {args: poc, kind: source.KindIngress, want: true},
		"a route, which it does not read":  {args: poc, kind: source.KindHTTPRoute},
		"a route, which it reads":          {args: args("--source=gateway-httproute"), kind: source.KindHTTPRoute, want: true},
		"a kind that nobody reads":         {args: poc, kind: "Pod"},
		"another controller":               {args: poc, annotations: and(old, source.PrefixAlpha+"controller", "tranship")},
		"its own controller":               {args: poc, annotations: and(old, source.PrefixAlpha+"controller", "dns-controller"), want: true},
		"another domain":                   {args: []string{"--provider=aws-sd", "--domain-filter=example.com"}, annotations: old},
		"one of two domains":               {args: args("--domain-filter", "example.com"), annotations: old, want: true},
		"a domain left out":                {args: args("--exclude-domains=" + host), annotations: old},
		"by expression":                    {args: args("--regex-domain-filter=^payments"), annotations: old},
		"an expression that does not read": {args: args("--regex-domain-filter=("), annotations: old, want: true},
		"another namespace":                {args: args("--namespace=attic"), annotations: old},
		"this namespace":                   {args: args("--namespace", "shop"), annotations: old, want: true},
		"an annotation filter":             {args: args("--annotation-filter=team=a"), annotations: old},
		"an annotation filter, met":        {args: args("--annotation-filter=team=a"), annotations: and(old, "team", "a"), want: true},
		"a label filter":                   {args: args("--label-filter=app=payments"), annotations: old},
		"a label filter, met":              {args: args("--label-filter=app in (orders)"), annotations: old, want: true},
		"a filter that does not read":      {args: args("--label-filter=app in ("), annotations: old, want: true},
		"another prefix":                   {args: args("--annotation-prefix=x.example/"), annotations: old},
		"another prefix, used":             {args: args("--annotation-prefix=x.example/"), annotations: map[string]string{"x.example/hostname": host}, want: true},
		"a template may say anything":      {args: args("--fqdn-template={{.Name}}.shop.internal"), want: true},
		"another provider":                 {args: []string{"--provider=aws", "--source=service"}, annotations: old},
		"a provider that cannot be told":   {args: []string{"--source=service"}, annotations: old, want: true},
		"dry-run":                          {args: args("--dry-run"), annotations: old},
		"dry-run before another flag":      {args: args("--dry-run", "positional"), annotations: old},
		"no dry-run":                       {args: args("--no-dry-run"), annotations: old, want: true},
		"dry-run said to be off":           {args: args("--dry-run=false"), annotations: old, want: true},
		"by environment":                   {env: []corev1.EnvVar{{Name: "EXTERNAL_DNS_PROVIDER", Value: "aws-sd"}, {Name: "EXTERNAL_DNS_DOMAIN_FILTER", Value: "example.com\nshop.internal"}}, annotations: old, want: true},
		"by environment, another domain":   {env: []corev1.EnvVar{{Name: "EXTERNAL_DNS_DOMAIN_FILTER", Value: "example.com"}}, annotations: old},
		"an argument goes before it":       {args: poc, env: []corev1.EnvVar{{Name: "EXTERNAL_DNS_DOMAIN_FILTER", Value: "example.com"}}, annotations: old, want: true},
		"an argument that is not known":    {args: []string{"--provider=aws-sd", "--source=$(A)", "--domain-filter=$(A)"}, env: []corev1.EnvVar{{Name: "A", ValueFrom: &corev1.EnvVarSource{}}}, annotations: old, want: true},
		"an argument made of it":           {args: []string{"--provider=aws-sd", "--domain-filter=$(ZONE)"}, env: []corev1.EnvVar{{Name: "ZONE", Value: "example.com"}}, annotations: old},
	} {
		t.Run(name, func(t *testing.T) {
			kind := c.kind
			if kind == "" {
				kind = source.KindService
			}
			r, ok := read(&corev1.Container{Image: image, Args: c.args, Env: c.env})
			if !ok {
				t.Fatal("not taken for ExternalDNS")
			}
			if got := r.Claims(host, kind, "shop", map[string]string{"app": "orders"}, c.annotations); got != c.want {
				t.Errorf("claims: %t", got)
			}
		})
	}
}
