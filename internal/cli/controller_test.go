package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/spf13/pflag"

	"github.com/tranship/tranship/internal/controller"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/kube/source"
	"github.com/tranship/tranship/internal/registrar"
)

func TestControllerPassesItsFlagsOn(t *testing.T) {
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(kubeconfig, []byte(`{apiVersion: v1, kind: Config, current-context: a,
		contexts: [{name: a, context: {cluster: c, user: u}}], users: [{name: u, user: {token: x}}],
		clusters: [{name: c, cluster: {server: "https://api.example:6443"}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	var got controller.Options
	var errs bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	env := Env{
		Streams: Streams{Err: &errs}, Build: Build{Version: "v1"},
		Control: func(ctx context.Context, o controller.Options) error {
			got = o
			o.Log.Info("hello", "n", 1)
			cancel()
			return ctx.Err()
		},
	}
	code := Execute(ctx, env, []string{
		"tranship", "controller", "--kubeconfig", kubeconfig, "--install-crds", "--identity", "me", "--allow", "shop=prod/*", "--allow", "post=prod/mail",
		"--owner", "us", "--region", "eu-west-1", "--propagation", "6s", "--operation", "600ms", "--health", "3s", "--task-start", "12s",
		"--client-cache", "jvm=30s", "--client-cache", "coredns=5s", "--busy", "500ms", "--concurrency", "4",
		"--metrics-address", "0", "--health-address", ":8081", "--lease-namespace", "ops", "--log-format", "json",
		"--source", "service,ingress", "--aws-zone-type", "private", "--annotation-prefix", "dns.example/", "--namespace", "shop",
		"--annotation-filter", "a=b", "--label-filter", "team in (shop,post)", "--service-type-filter", "ClusterIP", "--service-type-filter", "LoadBalancer",
		"--ingress-class", "alb", "--gateway-name", "gw", "--gateway-namespace", "infra", "--gateway-label-filter", "x=y",
		"--domain-filter", "shop.internal", "--domain-filter", ".post.internal", "--exclude-domains", "old.shop.internal",
		"--regex-domain-filter", "shop", "--regex-domain-exclusion", "old", "--ignore-hostname-annotation", "--ignore-ingress-tls-spec",
		"--ignore-ingress-rules-spec", "--fqdn-template", "{{.Name}}.shop.internal,{{.Name}}.b", "--combine-fqdn-annotation",
		"--publish-internal-services", "--publish-host-ip", "--always-publish-not-ready-addresses", "--no-exclude-unschedulable", "--expose-internal-ipv6",
		"--default-targets", "10.0.0.1", "--force-default-targets", "--target-net-filter", "10.0.0.0/8", "--exclude-target-net", "10.1.0.0/16",
		"--managed-record-types", "A", "--managed-record-types", "SRV", "--exclude-record-types", "AAAA", "--min-ttl", "30s",
		"--policy", "upsert-only", "--dry-run", "--compare", "1h", "--most-records", "0", "--create", "shop=*.shop.internal",
		"--create-namespace", "shop.internal=vpc-1", "--create-unasked", "--create-ttl", "20s", "--aws-sd-create-tag", "team=shop", "--aws-sd-create-tag", "empty=",
		"--delete-empty", "--gate-timeout", "0", "--webhook-address", ":9443", "--webhook-url", "https://10.0.0.7:9443",
		"--account", "111122223333=arn:aws:iam::111122223333:role/tranship,eu-west-2", "--rate-share", "0.25", "--resolver", "10.0.0.2:53", "--resolver", "10.1.0.2:53",
	})
	if code != CodeFine {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	if got.REST == nil || got.REST.Host != "https://api.example:6443" {
		t.Errorf("configuration %v", got.REST)
	}
	got.REST, got.Log = nil, logr.Logger{}
	want := controller.Options{
		Identity: "me", LeaseNamespace: "ops", Region: "eu-west-1", Owner: "us", Allow: []string{"shop=prod/*", "post=prod/mail"},
		Propagation: 6 * time.Second, Operation: 600 * time.Millisecond, Health: 3 * time.Second, TaskStart: 12 * time.Second,
		Caches: []cutover.Cache{{Name: "jvm", For: 30 * time.Second}, {Name: "coredns", For: 5 * time.Second}},
		Busy:   500 * time.Millisecond, Concurrency: 4, MetricsAddress: "0", HealthAddress: ":8081", InstallCRDs: true, Version: "v1",
		Sources: []string{"service", "ingress"}, ZoneType: "private",
		Filters: source.Options{
			AnnotationPrefix: "dns.example/", Namespace: "shop", AnnotationFilter: "a=b", LabelFilter: "team in (shop,post)",
			ServiceTypes: []string{"ClusterIP", "LoadBalancer"}, IngressClasses: []string{"alb"},
			GatewayName: "gw", GatewayNamespace: "infra", GatewayLabelFilter: "x=y",
			DomainFilter: []string{"shop.internal", ".post.internal"}, ExcludeDomains: []string{"old.shop.internal"},
			RegexDomainFilter: "shop", RegexDomainExclusion: "old", IgnoreHostnameAnnotation: true, IgnoreIngressTLSSpec: true, IgnoreIngressRulesSpec: true,
			FQDNTemplates: []string{"{{.Name}}.shop.internal,{{.Name}}.b"}, CombineFQDN: true,
			PublishInternal: true, PublishHostIP: true, PublishNotReady: true, IncludeUnschedulable: true, ExposeInternalIPv6: true,
			DefaultTargets: []string{"10.0.0.1"}, ForceDefaultTargets: true, TargetNetFilter: []string{"10.0.0.0/8"}, ExcludeTargetNet: []string{"10.1.0.0/16"},
			ManagedRecordTypes: []string{"A", "SRV"}, ExcludeRecordTypes: []string{"AAAA"}, MinTTL: 30 * time.Second,
		},
		Policy: registrar.UpsertOnly, DryRun: true, Compare: time.Hour, MostRecords: -1,
		Create: []string{"shop=*.shop.internal"}, CreateNamespaces: []string{"shop.internal=vpc-1"}, CreateUnasked: true, CreateTTL: 20,
		CreateTags: map[string]string{"team": "shop", "empty": ""}, DeleteEmpty: true, GateTimeout: -1,
		Accounts: []string{"111122223333=arn:aws:iam::111122223333:role/tranship,eu-west-2"}, RateShare: 0.25,
		Resolvers: []string{"10.0.0.2:53", "10.1.0.2:53"}, WebhookAddress: ":9443", WebhookURL: "https://10.0.0.7:9443",
	}
	if d := cmp.Diff(want, got, cmp.Comparer(func(a, b logr.Logger) bool { return true })); d != "" {
		t.Error(d)
	}
	if s := errs.String(); !strings.Contains(s, `"msg":"hello","n":1`) {
		t.Errorf("the log is %q", s)
	}
}

// What nobody says is what the controller does by itself.
func TestControllerDefaults(t *testing.T) {
	code, said, got := controlled(t)
	if code != CodeFine {
		t.Fatalf("exit code %d: %s", code, said)
	}
	got.REST, got.Log = nil, logr.Logger{}
	want := controller.Options{
		Propagation: time.Minute, Operation: 6 * time.Second, Health: 30 * time.Second, TaskStart: 2 * time.Minute,
		Busy: 2 * time.Second, Concurrency: 16, Version: "v1",
		Policy: registrar.Sync, Compare: 24 * time.Hour, MostRecords: 100, CreateTTL: 60, GateTimeout: 5 * time.Minute, RateShare: 0.5,
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(logr.Logger{})); d != "" {
		t.Error(d)
	}
}

// The help shows each flag once, but for those that are there to be refused.
func TestControllerHelp(t *testing.T) {
	code, said, _ := controlled(t, "--help")
	if code != CodeFine {
		t.Fatalf("exit code %d: %s", code, said)
	}
	newController(Env{}).Flags().VisitAll(func(f *pflag.Flag) {
		n := len(regexp.MustCompile("(?m)^ +(-[a-z], )?--"+f.Name+" ").FindAllString(said, -1))
		if n != 1 && !f.Hidden || n != 0 && f.Hidden {
			t.Errorf("--%s is there %d times, hidden: %t", f.Name, n, f.Hidden)
		}
		if f.Usage == "" && !f.Hidden {
			t.Errorf("--%s does not say what it does", f.Name)
		}
	})
	for _, s := range []string{"\nTo begin with:\n      --install-crds ", "\nHelp:\n  -h, --help ", "\nUsage:\n  tranship controller [flags]\n", "\nExamples:\n  tranship controller --install"} {
		if !strings.Contains(said, s) {
			t.Errorf("it does not have %q", s)
		}
	}
}
