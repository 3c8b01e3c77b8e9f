package source

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

const (
	lb       = corev1.ServiceTypeLoadBalancer
	cluster  = corev1.ServiceTypeClusterIP
	nodePort = corev1.ServiceTypeNodePort
	external = corev1.ServiceTypeExternalName

	host  = "orders.shop.internal"
	toLB  = "10.1.0.9,k8s-1.elb.eu-central-1.amazonaws.com"
	pods1 = host + " → pods"
)

// What each annotation and each type of Service gives. The numbers are those of
// the cases in docs/externaldns.md.
func TestService(t *testing.T) {
	for name, c := range map[string]struct {
		svc      *corev1.Service
		opt      func(*Options)
		want     []string
		problems []string
	}{
		"nothing said":                            {svc: headless()},
		"61 old prefix":                           {svc: headless(alpha+"hostname", host), want: []string{pods1}},
		"61 new prefix":                           {svc: headless(newer+"hostname", host), want: []string{pods1}},
		"61 our own":                              {svc: headless(Prefix+"hostname", host), want: []string{pods1}},
		"61 all of them":                          {svc: headless(alpha+"hostname", "a.shop.internal", newer+"hostname", "b.shop.internal", Prefix+"hostname", "c.shop.internal"), want: []string{"a.shop.internal → pods", "b.shop.internal → pods", "c.shop.internal → pods"}},
		"61 a prefix by flag":                     {svc: headless("dns.example.com/hostname", host), opt: func(o *Options) { o.AnnotationPrefix = "dns.example.com/" }, want: []string{pods1}},
		"61 a prefix that is nobody's":            {svc: headless("dns.example.com/hostname", host)},
		"61 ours before the newer before the old": {svc: headless(alpha+"hostname", host, alpha+"ttl", "1", newer+"ttl", "2", Prefix+"ttl", "3"), want: []string{pods1 + " for 3 s"}},
		"61 the newer before the old":             {svc: headless(alpha+"hostname", host, alpha+"ttl", "1", newer+"ttl", "2"), want: []string{pods1 + " for 2 s"}},
		"62 list, spaces, dots, empty entries":    {svc: headless(alpha+"hostname", " b.shop.internal. ,,a. shop.internal ,"), want: []string{"a.shop.internal → pods", "b.shop.internal → pods"}},
		"33 upper case":                           {svc: headless(alpha+"hostname", "Orders.SHOP.internal"), want: []string{pods1}},
		"33 equal after folding":                  {svc: headless(alpha+"hostname", "Orders.SHOP.internal,orders.shop.internal.", newer+"hostname", host), want: []string{pods1}},
		"57 several labels":                       {svc: headless(alpha+"hostname", "v1.api.orders.shop.internal"), want: []string{"v1.api.orders.shop.internal → pods"}},
		"57 the apex is for the resolver":         {svc: headless(alpha+"hostname", "shop.internal"), want: []string{"shop.internal → pods"}},
		"58 wildcard":                             {svc: headless(alpha+"hostname", "*.shop.internal,"+host), want: []string{pods1}, problems: []string{ReasonWildcard}},
		"62 invalid names":                        {svc: headless(alpha+"hostname", "a..shop.internal,ö.shop.internal,-a.shop.internal,10.0.0.1,"+host), want: []string{pods1}, problems: []string{ReasonInvalidHost, ReasonInvalidHost, ReasonInvalidHost, ReasonInvalidHost}},
		"62 ttl in seconds":                       {svc: headless(alpha+"hostname", host, alpha+"ttl", "60"), want: []string{pods1 + " for 60 s"}},
		"62 ttl as duration":                      {svc: headless(alpha+"hostname", host, alpha+"ttl", "1m30s"), want: []string{pods1 + " for 90 s"}},
		"62 bad ttl":                              {svc: headless(alpha+"hostname", host, alpha+"ttl", "soon"), want: []string{pods1}, problems: []string{ReasonInvalidTTL}},
		"62 bad ttl, with a default":              {svc: headless(alpha+"hostname", host, alpha+"ttl", "soon"), opt: func(o *Options) { o.MinTTL = time.Minute }, want: []string{pods1 + " for 60 s"}, problems: []string{ReasonInvalidTTL}},
		"62 ttl 0 is none":                        {svc: headless(alpha+"hostname", host, alpha+"ttl", "0"), want: []string{pods1}},
		"62 ttl above the default of --min-ttl":   {svc: headless(alpha+"hostname", host, alpha+"ttl", "5"), opt: func(o *Options) { o.MinTTL = time.Minute }, want: []string{pods1 + " for 5 s"}},
		"62 target":                               {svc: headless(alpha+"hostname", host, alpha+"target", "B.example.com., 10.0.0.9,::ffff:10.0.0.9"), want: []string{host + " → 10.0.0.9,b.example.com"}},
		"62 a target that is none":                {svc: headless(alpha+"hostname", host, alpha+"target", "a_b*,10.0.0.9"), want: []string{host + " → 10.0.0.9"}, problems: []string{ReasonInvalidTarget}},
		"62 no target left":                       {svc: headless(alpha+"hostname", host, alpha+"target", "*"), want: []string{pods1}, problems: []string{ReasonInvalidTarget}},
		"63 controller: ours":                     {svc: headless(alpha+"hostname", host, alpha+"controller", "dns-controller"), want: []string{pods1}},
		"63 controller: tranship":                 {svc: headless(alpha+"hostname", host, newer+"controller", "tranship"), want: []string{pods1}},
		"63 controller: another's":                {svc: headless(alpha+"hostname", host, alpha+"controller", "mate")},
		"64 internal-hostname, headless":          {svc: headless(alpha+"internal-hostname", host), want: []string{pods1}},
		"64 internal-hostname, both":              {svc: kinded(lb, alpha+"hostname", host, alpha+"internal-hostname", "in.shop.internal"), want: []string{"in.shop.internal → 10.96.0.7", host + " → " + toLB}},
		"64 internal-hostname, cluster":           {svc: kinded(cluster, alpha+"internal-hostname", host), want: []string{host + " → 10.96.0.7"}},
		"64 cluster address not published":        {svc: kinded(cluster, alpha+"hostname", host), problems: []string{ReasonNotPublished}},
		"64 cluster address of a foreign domain":  {svc: kinded(cluster, alpha+"hostname", "orders.example.com"), opt: func(o *Options) { o.DomainFilter = []string{"shop.internal"} }},
		"64 publish-internal-services":            {svc: kinded(cluster, alpha+"hostname", host), opt: func(o *Options) { o.PublishInternal = true }, want: []string{host + " → 10.96.0.7"}},
		"64 endpoints-type unknown":               {svc: headless(alpha+"hostname", host, alpha+"endpoints-type", "Mars"), want: []string{pods1}, problems: []string{ReasonInvalidValue}},
		"headless without selector":               {svc: func() *corev1.Service { s := headless(alpha+"hostname", host); s.Spec.Selector = nil; return s }(), want: []string{pods1}, problems: []string{ReasonNoSelector}},
		"52 load balancer":                        {svc: kinded(lb, alpha+"hostname", host), want: []string{host + " → " + toLB}},
		"52 load balancer without address": {svc: func() *corev1.Service {
			s := kinded(lb, alpha+"hostname", host)
			s.Status = corev1.ServiceStatus{}
			return s
		}(), want: []string{host + " → nothing yet"}},
		"52 load balancer with externalIPs": {svc: func() *corev1.Service {
			s := kinded(lb, alpha+"hostname", host)
			s.Spec.ExternalIPs = []string{"10.9.9.9"}
			return s
		}(), want: []string{host + " → 10.9.9.9"}},
		"52 external name": {svc: kinded(external, alpha+"hostname", host), want: []string{host + " → old.example.com"}},
		"52 external name with externalIPs": {svc: func() *corev1.Service {
			s := kinded(external, alpha+"hostname", host)
			s.Spec.ExternalIPs = []string{"fd00:0::9"}
			return s
		}(), want: []string{host + " → fd00::9"}},
		"65 set-identifier, alias, aws-*, record": {svc: headless(alpha+"hostname", host, alpha+"set-identifier", "x", alpha+"alias", "true", alpha+"aws-weight", "10", alpha+"record-type", "ptr"), want: []string{pods1}},
		"68 the filter names the host itself":     {svc: headless(alpha+"hostname", host), opt: func(o *Options) { o.DomainFilter = []string{host} }, want: []string{pods1}},
		"68 outside, wildcard and all":            {svc: headless(alpha+"hostname", "*.example.com,b..example.com"), opt: func(o *Options) { o.DomainFilter = []string{"shop.internal"} }},
		"managed types without A and CNAME":       {svc: kinded(lb, alpha+"hostname", host), opt: func(o *Options) { o.ManagedRecordTypes = []string{"aaaa"} }},
		"excluded type":                           {svc: kinded(lb, alpha+"hostname", host), opt: func(o *Options) { o.ExcludeRecordTypes = []string{"CNAME", "TXT"} }, want: []string{host + " → 10.1.0.9"}},
		"target nets leave host names out":        {svc: kinded(lb, alpha+"hostname", host), opt: func(o *Options) { o.TargetNetFilter = []string{"10.0.0.0/8"} }, want: []string{host + " → 10.1.0.9"}},
		"excluded target nets":                    {svc: kinded(lb, alpha+"hostname", host), opt: func(o *Options) { o.ExcludeTargetNet = []string{"10.0.0.0/8"} }, want: []string{host + " → k8s-1.elb.eu-central-1.amazonaws.com"}},
		"every target filtered out":               {svc: kinded(lb, alpha+"hostname", host), opt: func(o *Options) { o.TargetNetFilter = []string{"192.168.0.0/16"} }},
		"default targets, where it has its own":   {svc: kinded(lb, alpha+"hostname", host), opt: func(o *Options) { o.DefaultTargets = []string{"Edge.example.com"} }, want: []string{host + " → " + toLB}},
		"default targets, where it has none": {svc: func() *corev1.Service {
			s := kinded(lb, alpha+"hostname", host)
			s.Status = corev1.ServiceStatus{}
			return s
		}(), opt: func(o *Options) { o.DefaultTargets = []string{"Edge.example.com"} }, want: []string{host + " → edge.example.com"}},
		"default targets, forced":                  {svc: headless(alpha+"hostname", host), opt: func(o *Options) { o.DefaultTargets, o.ForceDefaultTargets = []string{"10.5.5.5"}, true }, want: []string{host + " → 10.5.5.5"}},
		"default targets never for pods":           {svc: headless(alpha+"hostname", host), opt: func(o *Options) { o.DefaultTargets = []string{"10.5.5.5"} }, want: []string{pods1}},
		"service type filtered":                    {svc: kinded(lb, alpha+"hostname", host), opt: func(o *Options) { o.ServiceTypes = []string{"ClusterIP"} }},
		"service type wanted":                      {svc: headless(alpha+"hostname", host), opt: func(o *Options) { o.ServiceTypes = []string{"ClusterIP"} }, want: []string{pods1}},
		"namespace":                                {svc: headless(alpha+"hostname", host), opt: func(o *Options) { o.Namespace = "attic" }},
		"label filter":                             {svc: headless(alpha+"hostname", host), opt: func(o *Options) { o.LabelFilter = "team in (a,b)" }},
		"label filter, turned round":               {svc: headless(alpha+"hostname", host), opt: func(o *Options) { o.LabelFilter = "team notin (a,b)" }, want: []string{pods1}},
		"annotation filter":                        {svc: headless(alpha+"hostname", host, "zone", "inner"), opt: func(o *Options) { o.AnnotationFilter = "zone=outer" }},
		"annotation filter, met":                   {svc: headless(alpha+"hostname", host, "zone", "inner"), opt: func(o *Options) { o.AnnotationFilter = "zone=inner" }, want: []string{pods1}},
		"template":                                 {svc: headless(), opt: templates("{{.Name}}.{{.Namespace}}.internal, {{ toLower .Kind }}.shop.internal"), want: []string{pods1, "service.shop.internal → pods"}},
		"template unused where an annotation is":   {svc: headless(alpha+"hostname", "a.shop.internal"), opt: templates("{{.Name}}.shop.internal"), want: []string{"a.shop.internal → pods"}},
		"template combined":                        {svc: headless(alpha+"hostname", "a.shop.internal"), opt: func(o *Options) { templates("{{.Name}}.shop.internal")(o); o.CombineFQDN = true }, want: []string{"a.shop.internal → pods", pods1}},
		"template instead of annotations":          {svc: headless(alpha+"hostname", "a.shop.internal", alpha+"internal-hostname", "b.shop.internal"), opt: func(o *Options) { templates("{{.Name}}.shop.internal")(o); o.IgnoreHostnameAnnotation = true }, want: []string{pods1}},
		"our own annotation is never ignored":      {svc: headless(Prefix+"hostname", "a.shop.internal"), opt: func(o *Options) { templates("{{.Name}}.shop.internal")(o); o.IgnoreHostnameAnnotation = true }, want: []string{"a.shop.internal → pods"}},
		"template that fails":                      {svc: headless(), opt: templates("{{.Spec.Nonsense}}"), problems: []string{ReasonTemplate}},
		"template by the kind of source":           {svc: headless(), opt: templates(`{{if isSource "service"}}{{.Name}}.shop.internal{{end}}`), want: []string{pods1}},
		"template with functions":                  {svc: headless("x", `{"a":"q"}`), opt: templates(`{{if hasKey .Annotations "x"}}{{index (fromJson (index .Annotations "x")) "a"}}{{end}}.{{replace "a" "b" "aa"}}.{{if isIPv4 "10.0.0.1"}}v4{{end}}{{if isIPv6 "::1"}}v6{{end}}`), want: []string{"q.bb.v4v6 → pods"}},
		"one name by two annotations, two targets": {svc: kinded(lb, alpha+"hostname", host, alpha+"internal-hostname", host), want: []string{host + " → 10.1.0.9,10.96.0.7,k8s-1.elb.eu-central-1.amazonaws.com"}},
	} {
		t.Run(name, func(t *testing.T) {
			var opts []func(*Options)
			if c.opt != nil {
				opts = append(opts, c.opt)
			}
			before := c.svc.DeepCopy()
			ws, ps, err := with(t, opts...).Service(t.Context(), reader(), c.svc)
			expect(t, ws, ps, err, c.want, c.problems...)
			if diff := gocmp.Diff(before, c.svc); diff != "" {
				t.Errorf("the cached object was changed: %s", diff)
			}
		})
	}
}

func templates(texts ...string) func(*Options) {
	return func(o *Options) { o.FQDNTemplates = texts }
}

// What a wish carries beside its host and targets.
func TestWish(t *testing.T) {
	ws, _, err := with(t).Service(t.Context(), reader(), kinded(lb, alpha+"hostname", host))
	if err != nil {
		t.Fatal(err)
	}
	want := Wish{
		Kind: KindService, Namespace: "shop", Object: "orders", UID: "uid-1", Created: epoch, Host: host,
		Targets: []string{"10.1.0.9", "k8s-1.elb.eu-central-1.amazonaws.com"}, Ports: []Port{{"http", "TCP", 80}},
	}
	if diff := gocmp.Diff([]Wish{want}, ws); diff != "" {
		t.Error(diff)
	}
	ws, _, err = with(t).Service(t.Context(), reader(), kinded(nodePort, alpha+"hostname", host))
	if err != nil || len(ws) != 1 || ws[0].Ports[0].Port != 30080 {
		t.Errorf("51 behind nodes: %+v, %v", ws, err)
	}
	ws, _, err = with(t, func(o *Options) { o.ManagedRecordTypes = []string{"A", "CNAME"} }).Service(t.Context(), reader(), headless(alpha+"hostname", host))
	if err != nil || len(ws) != 1 || ws[0].Ports != nil {
		t.Errorf("51 SRV not managed: %+v, %v", ws, err)
	}
}

// 64: spec.hostname of a pod gives it a name of its own.
func TestSinglePods(t *testing.T) {
	named := func(h string) func(*corev1.Pod) { return func(p *corev1.Pod) { p.Spec.Hostname = h } }
	r := reader(podOf("a", named("first")), podOf("b"), podOf("c", named("third"), func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed }),
		podOf("d", named("fourth"), func(p *corev1.Pod) { p.Labels["app"] = "payments" }))
	ws, ps, err := with(t).Service(t.Context(), r, headless(alpha+"hostname", host+",x.shop.internal"))
	expect(t, ws, ps, err, []string{
		"first.orders.shop.internal → pods of a", "first.x.shop.internal → pods of a", pods1, "x.shop.internal → pods",
	})
	ws, ps, err = with(t, func(o *Options) {
		o.DomainFilter = []string{host}
		o.ExcludeDomains = []string{".orders.shop.internal"}
	}).
		Service(t.Context(), r, headless(alpha+"hostname", host))
	expect(t, ws, ps, err, []string{pods1})
	ws, ps, err = with(t).Service(t.Context(), r, kinded(lb, alpha+"hostname", host))
	expect(t, ws, ps, err, []string{host + " → " + toLB})
}

// 64: NodePort Services lead to nodes.
func TestNodePort(t *testing.T) {
	local := func(s *corev1.Service) *corev1.Service {
		s.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
		return s
	}
	on := func(node string, change ...func(*corev1.Pod)) *corev1.Pod {
		return podOf("on-"+node, append(change, func(p *corev1.Pod) { p.Spec.NodeName = node })...)
	}
	unready := func(p *corev1.Pod) { p.Status.Conditions = nil }
	leaving := func(p *corev1.Pod) {
		now := metav1.NewTime(epoch)
		p.DeletionTimestamp, p.Finalizers = &now, []string{"x/y"}
	}
	pending := func(p *corev1.Pod) { p.Status.Phase = corev1.PodPending }
	cordoned := node("c", "InternalIP", "10.0.0.3", "ExternalIP", "203.0.113.3")
	cordoned.Spec.Unschedulable = true
	both := []client.Object{node("a", "InternalIP", "10.0.0.1", "ExternalIP", "203.0.113.1", "Hostname", "a"), node("b", "InternalIP", "10.0.0.2", "InternalIP", "fd00::2"), cordoned}
	inner := []client.Object{node("a", "InternalIP", "10.0.0.1"), node("b", "InternalIP", "10.0.0.2")}
	for name, c := range map[string]struct {
		svc      *corev1.Service
		nodes    []client.Object
		pods     []client.Object
		opt      func(*Options)
		want     string
		problems []string
	}{
		"external ones if there are":      {svc: kinded(nodePort, alpha+"hostname", host), nodes: both, want: "203.0.113.1"},
		"internal ones else":              {svc: kinded(nodePort, alpha+"hostname", host), nodes: inner, want: "10.0.0.1,10.0.0.2"},
		"no node":                         {svc: kinded(nodePort, alpha+"hostname", host), want: "nothing yet"},
		"access public":                   {svc: kinded(nodePort, alpha+"hostname", host, alpha+"access", "public"), nodes: inner, want: "nothing yet"},
		"access private":                  {svc: kinded(nodePort, alpha+"hostname", host, newer+"access", "private"), nodes: both, want: "10.0.0.1,10.0.0.2,fd00::2"},
		"access unknown":                  {svc: kinded(nodePort, alpha+"hostname", host, alpha+"access", "all"), nodes: both, want: "203.0.113.1", problems: []string{ReasonInvalidValue}},
		"internal IPv6 exposed":           {svc: kinded(nodePort, alpha+"hostname", host), nodes: both, opt: func(o *Options) { o.ExposeInternalIPv6 = true }, want: "203.0.113.1,fd00::2"},
		"unschedulable ones included":     {svc: kinded(nodePort, alpha+"hostname", host), nodes: both, opt: func(o *Options) { o.IncludeUnschedulable = true }, want: "203.0.113.1,203.0.113.3"},
		"local: with a ready pod":         {svc: local(kinded(nodePort, alpha+"hostname", host)), nodes: inner, pods: []client.Object{on("a", unready), on("b")}, want: "10.0.0.2"},
		"local: ready but leaving":        {svc: local(kinded(nodePort, alpha+"hostname", host)), nodes: inner, pods: []client.Object{on("a", unready), on("b", leaving)}, want: "10.0.0.2"},
		"local: ready before leaving":     {svc: local(kinded(nodePort, alpha+"hostname", host)), nodes: inner, pods: []client.Object{on("a"), on("b", leaving)}, want: "10.0.0.1"},
		"local: running will do":          {svc: local(kinded(nodePort, alpha+"hostname", host)), nodes: inner, pods: []client.Object{on("a", unready), on("b", unready, pending)}, want: "10.0.0.1"},
		"local: none":                     {svc: local(kinded(nodePort, alpha+"hostname", host)), nodes: inner, want: "nothing yet"},
		"internal-hostname: the same":     {svc: kinded(nodePort, alpha+"internal-hostname", host), nodes: inner, want: "10.0.0.1,10.0.0.2"},
		"target instead":                  {svc: kinded(nodePort, alpha+"hostname", host, alpha+"target", "10.8.8.8"), nodes: inner, want: "10.8.8.8"},
		"what is filtered is not pending": {svc: kinded(nodePort, alpha+"hostname", host), nodes: inner, opt: func(o *Options) { o.ExcludeTargetNet = []string{"10.0.0.2/32"} }, want: "10.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			var opts []func(*Options)
			if c.opt != nil {
				opts = append(opts, c.opt)
			}
			ws, ps, err := with(t, opts...).Service(t.Context(), reader(append(c.nodes, c.pods...)...), c.svc)
			expect(t, ws, ps, err, []string{host + " → " + c.want}, c.problems...)
		})
	}
}

// 19: what cannot be read is an error, not an empty answer.
func TestServiceUnreadable(t *testing.T) {
	broken := fake.NewClientBuilder().WithScheme(scheme.Scheme).WithInterceptorFuncs(interceptor.Funcs{
		List: func(context.Context, client.WithWatch, client.ObjectList, ...client.ListOption) error {
			return errors.New("broken pipe")
		},
	}).Build()
	for name, svc := range map[string]*corev1.Service{"pods": headless(alpha+"hostname", host), "nodes": kinded(nodePort, alpha+"hostname", host)} {
		ws, ps, err := with(t).Service(t.Context(), broken, svc)
		if err == nil || !strings.Contains(err.Error(), "Service shop/orders: ") || ws != nil || ps != nil {
			t.Errorf("%s: %v, %v, %v", name, ws, ps, err)
		}
	}
}
