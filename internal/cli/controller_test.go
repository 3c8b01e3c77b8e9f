package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/controller"
	"github.com/tranship/tranship/internal/cutover"
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
	}
	if d := cmp.Diff(want, got, cmp.Comparer(func(a, b logr.Logger) bool { return true })); d != "" {
		t.Error(d)
	}
	if s := errs.String(); !strings.Contains(s, `"msg":"hello","n":1`) {
		t.Errorf("the log is %q", s)
	}
}
