package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tranship/tranship/internal/aws/conformance"
	"github.com/tranship/tranship/internal/check"
	labaws "github.com/tranship/tranship/lab/aws"
	"github.com/tranship/tranship/lab/cloud"
)

// amazon is the lab's AWS behind the environment that a user has.
type amazon struct {
	t     *testing.T
	mu    sync.Mutex
	cloud *cloud.Cloud
	// called hears of every call before it is carried out.
	called func(operation string)
}

func newAmazon(t *testing.T) *amazon {
	t.Helper()
	z := &amazon{t: t, cloud: cloud.New(cloud.Config{Account: "987654321098"})}
	cfg := z.cloud.Config()
	h, err := labaws.NewHandler(labaws.Config{
		Credentials: labaws.Credentials{AccessKeyID: "AKIADOCTOR", SecretAccessKey: "s"}, Region: cfg.Region, Account: cfg.Account,
		Services: []labaws.Service{
			{Name: "servicediscovery", Impl: z.cloud.CloudMap()}, {Name: "ecs", Impl: z.cloud.ECS()}, {Name: "sts", Impl: z.cloud.STS()},
		},
		Do: func(fn func()) { z.mu.Lock(); defer z.mu.Unlock(); fn() },
		Record: func(c labaws.Call) {
			if z.called != nil {
				z.called(c.Operation)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv, done := labaws.NewServer(h), make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(ln) }()
	t.Cleanup(func() { _ = srv.Close(); <-done })
	for k, v := range map[string]string{
		"AWS_ENDPOINT_URL": "http://" + ln.Addr().String(), "AWS_ACCESS_KEY_ID": "AKIADOCTOR", "AWS_SECRET_ACCESS_KEY": "s",
		"AWS_REGION": cfg.Region, "AWS_CONFIG_FILE": filepath.Join(t.TempDir(), "none"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(t.TempDir(), "none"),
		"AWS_EC2_METADATA_DISABLED": "true", "KUBECONFIG": filepath.Join(t.TempDir(), "none"),
	} {
		t.Setenv(k, v)
	}
	return z
}

// wait moves the model's clock.
func (z *amazon) wait(ctx context.Context, d time.Duration) error {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.cloud.Advance(z.cloud.Now().Add(d))
	return ctx.Err()
}

// doctor runs the verb.
func (z *amazon) doctor(ctx context.Context, args ...string) (code Code, out, errs string) {
	z.t.Helper()
	var o, e bytes.Buffer
	code = Execute(ctx, Env{
		Streams: Streams{In: strings.NewReader(""), Out: &o, Err: &e}, Now: time.Now,
		Nonce: func() string { return "n1" }, Wait: z.wait, Connect: Connect,
	}, append([]string{"tranship", "doctor"}, args...))
	return code, o.String(), e.String()
}

// empty wants that nothing of a run is left.
func (z *amazon) empty() {
	z.t.Helper()
	z.mu.Lock()
	defer z.mu.Unlock()
	left, err := (&conformance.Account{API: z.cloud.CloudMap(), Scratch: "conformance.tranship.internal", Wait: z.wait}).Left(z.t.Context())
	if err != nil || len(left) > 0 {
		z.t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestDoctorLooks(t *testing.T) {
	z := newAmazon(t)
	code, out, errs := z.doctor(t.Context(), "-o", "json")
	var got struct{ Checks []check.Result }
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != CodeFine {
		t.Fatalf("%d %s %s %v", code, out, errs, err)
	}
	outcomes := map[string]check.Outcome{}
	for _, r := range got.Checks {
		outcomes[r.ID] = r.Outcome
	}
	for id, want := range map[string]check.Outcome{
		"aws-credentials": check.Pass, "may-servicediscovery-GetService": check.Pass, "may-ecs-DescribeTaskDefinition": check.Pass,
		"may-servicediscovery-DiscoverInstancesRevision": check.Pass, "kubernetes-cluster": check.Unknown,
	} {
		if o, ok := outcomes[id]; !ok || o != want {
			t.Errorf("%s: %q (there: %v), want %q", id, o, ok, want)
		}
	}
	t.Setenv("AWS_SECRET_ACCESS_KEY", "wrong")
	if code, out, errs = z.doctor(t.Context()); code != CodePreflightFailed || !strings.Contains(out, "aws-credentials") || !strings.Contains(errs, "does not accept the credentials") {
		t.Errorf("a wrong key: %d %s %s", code, out, errs)
	}
}

// The lab's AWS agrees with itself, and the transcript can be shared.
func TestDoctorConformance(t *testing.T) {
	z := newAmazon(t)
	file := filepath.Join(t.TempDir(), "transcript.jsonl")
	args := []string{"--conformance", "--vpc", z.cloud.Config().VPC.ID, "--transcript", file}
	if code, _, errs := z.doctor(t.Context(), args...); code != CodeUsage || !strings.Contains(errs, "it costs") || !strings.Contains(errs, "add --yes") {
		t.Fatalf("without a word: %d %s", code, errs)
	}
	code, out, errs := z.doctor(t.Context(), append(args, "--yes")...)
	if code != CodeFine || !strings.Contains(out, ", 0 differ,") || !strings.Contains(errs, "Nothing is left.") {
		t.Fatalf("%d\n%s\n%s", code, out, errs)
	}
	z.empty()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cases, err := conformance.Cases()
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(b, []byte("\n")); n != len(cases)+1 {
		t.Errorf("%d lines in the transcript, want one for each of %d cases and a head", n, len(cases))
	}
	for _, secret := range []string{z.cloud.Config().Account, z.cloud.Config().VPC.ID, "AKIADOCTOR"} {
		if bytes.Contains(b, []byte(secret)) {
			t.Errorf("the transcript says %s", secret)
		}
	}
}

// An interrupt in the middle ends the run, not the clean-up.
func TestDoctorConformanceInterrupted(t *testing.T) {
	z := newAmazon(t)
	ctx, stop := context.WithCancel(t.Context())
	z.called = func(operation string) {
		if operation == "RegisterInstance" {
			stop()
		}
	}
	code, _, errs := z.doctor(ctx, "--conformance", "--vpc", z.cloud.Config().VPC.ID, "--yes")
	if code != CodeInterrupted || !strings.Contains(errs, "Cleaning up") || !strings.Contains(errs, "Nothing is left.") {
		t.Fatalf("%d\n%s", code, errs)
	}
	z.empty()
}
