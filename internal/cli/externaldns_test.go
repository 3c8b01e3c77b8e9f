package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/controller"
)

// controlled runs tranship controller up to the point where it would begin, and
// returns what it would begin with.
func controlled(t *testing.T, args ...string) (code Code, said string, got controller.Options) {
	t.Helper()
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(kubeconfig, []byte(`{apiVersion: v1, kind: Config, current-context: a,
		contexts: [{name: a, context: {cluster: c, user: u}}], users: [{name: u, user: {token: x}}],
		clusters: [{name: c, cluster: {server: "https://api.example:6443"}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECONFIG", kubeconfig)
	var errs bytes.Buffer
	env := Env{
		Streams: Streams{Err: &errs, Out: &errs}, Build: Build{Version: "v1"},
		Control: func(_ context.Context, o controller.Options) error { got = o; return nil },
	}
	code = Execute(t.Context(), env, append([]string{"tranship", "controller"}, args...))
	return code, errs.String(), got
}

// Every flag of ExternalDNS has its answer, and none is taken for something else.
func TestExternalDNSFlags(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", "externaldns-flags.txt"))
	if err != nil {
		t.Fatal(err)
	}
	with := map[string][]string{ // what a flag needs beside it
		"--force-default-targets":      {"--default-targets=10.0.0.1"},
		"--ignore-hostname-annotation": {"--fqdn-template=x"},
	}
	n := 0
	for line := range strings.Lines(string(b)) {
		flag, answer, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || flag == "#" {
			continue
		}
		n++
		t.Run(flag, func(t *testing.T) {
			name, _, _ := strings.Cut(flag, "=")
			code, said, _ := controlled(t, append([]string{flag}, with[flag]...)...)
			switch {
			case answer == "served":
				if code != CodeFine || said != "" {
					t.Errorf("exit code %d: %s", code, said)
				}
			case code != CodeUsage, !strings.Contains(said, "--"+strings.TrimPrefix(strings.TrimPrefix(name, "--"), "no-")) && !strings.Contains(said, name):
				t.Errorf("exit code %d, and it does not name the flag: %s", code, said)
			case strings.Contains(said, "unknown flag"):
				t.Errorf("it does not say why: %s", said)
			case (answer == "other") != strings.Contains(said, "a provider of ExternalDNS other than aws-sd"):
				t.Errorf("%s: %s", answer, said)
			}
		})
	}
	if n < 170 {
		t.Errorf("%d flags were read", n)
	}
}

// The arguments of a Deployment of ExternalDNS move over, but for its owner id.
func TestExternalDNSDeployment(t *testing.T) {
	args := []string{
		"--source=service", "--source=ingress", "--domain-filter=shop.internal", "--provider=aws-sd", "--aws-zone-type=private", "--log-level=debug",
	}
	code, said, got := controlled(t, args...)
	if code != CodeFine {
		t.Fatalf("exit code %d: %s", code, said)
	}
	if d := cmp.Diff([]string{"service", "ingress"}, got.Sources); d != "" {
		t.Error(d)
	}
	if got.ZoneType != "private" || !cmp.Equal(got.Filters.DomainFilter, []string{"shop.internal"}) || got.Filters.IncludeUnschedulable {
		t.Errorf("%+v", got)
	}
	code, said, _ = controlled(t, append(args, "--txt-owner-id=mine", "--interval=1m", "--events", "--registry=txt", "--policy=everything")...)
	if code != CodeUsage || strings.Count(said, "\n") != 1 {
		t.Errorf("exit code %d: %s", code, said)
	}
	for _, want := range []string{
		"leave out --txt-owner-id: tranship marks its own instances with --owner", "`tranship handover NAME --from external-dns --owner ID`",
		"leave out --interval, --events: objects and pods are followed as they change",
		"leave out --registry: each instance carries the mark of whoever registered it",
		"--policy everything: it is sync, upsert-only, create-only",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q: %s", want, said)
		}
	}
	if code, said, _ := controlled(t, "--provider=aws"); code != CodeUsage || !strings.Contains(said, "--provider aws: tranship speaks to AWS Cloud Map alone") {
		t.Errorf("exit code %d: %s", code, said)
	}
}
