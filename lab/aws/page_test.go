package aws_test

import (
	"bytes"
	"context"
	"flag"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/lab/aws"
	"github.com/tranship/tranship/lab/cloud"
)

const labPage = "../../docs/lab.md"

// What docs/lab.md shows is run, word for word, with the real aws CLI over the real
// model, and what is printed has to be what the page says. -rewrite puts it there.
func TestLabPage(t *testing.T) {
	if _, err := exec.LookPath("aws"); err != nil {
		t.Skip("SKIPPED: the aws CLI is not on PATH, so the commands of docs/lab.md were not run")
	}
	page, err := os.ReadFile(labPage)
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(page), "```console\n")
	if len(blocks) < 3 {
		t.Fatalf("%s has %d console blocks: is this the page?", labPage, len(blocks)-1)
	}
	sh := newShell(t, serveModel(t))
	got := blocks[0]
	for _, b := range blocks[1:] {
		text, rest, ok := strings.Cut(b, "```\n")
		if !ok {
			t.Fatalf("a console block does not end: %.80s", b)
		}
		got += "```console\n"
		for line := range strings.Lines(text) {
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				got += line + sh.run(strings.TrimSpace(command))
			}
		}
		got += "```\n" + rest
	}
	if f := flag.Lookup("rewrite"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile(labPage, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(strings.Split(string(page), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("%s (-says +printed; -rewrite mends it):\n%s", labPage, d)
	}
}

// serveModel is the endpoint over the model with the lab's fleet, a minute further
// with each call, so that what was begun is done when it is looked at.
func serveModel(t *testing.T) (url string) {
	t.Helper()
	model := cloud.New(cloud.Config{
		Seed: 1, Start: time.Date(2026, 11, 5, 6, 0, 0, 0, time.UTC), Region: "ap-south-1", Account: "123456789012",
	})
	if err := model.SeedFleet(cloud.Fleet{Cluster: "lab", Services: []cloud.FleetService{
		{Name: "svc-001", Tasks: 2}, {Name: "svc-002", Tasks: 2},
	}}); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	h, err := aws.NewHandler(aws.Config{
		Credentials: aws.Credentials{AccessKeyID: "AKIALAB", SecretAccessKey: "s"}, Region: "ap-south-1", Account: "123456789012",
		Services: services(model),
		Do: func(fn func()) {
			mu.Lock()
			defer mu.Unlock()
			model.Advance(model.Now().Add(time.Minute))
			fn()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

// services are those that the lab answers for.
func services(model *cloud.Cloud) []aws.Service {
	return []aws.Service{
		{Name: "servicediscovery", Impl: model.CloudMap()},
		{Name: "ecs", Impl: model.ECS()},
		{Name: "sts", Impl: model.STS()},
		{Name: "ec2", Impl: model.EC2()},
		{Name: "route53", Impl: model.Route53()},
		{Name: "application-autoscaling", Impl: model.AutoScaling()},
	}
}

// shell runs commands one after the other; what one assigns the next has.
type shell struct {
	t    *testing.T
	env  []string
	vars string
}

func newShell(t *testing.T, proxy string) *shell {
	t.Helper()
	dir := t.TempDir()
	conf := filepath.Join(dir, "config")
	if err := os.WriteFile(conf, []byte("[default]\ncli_timestamp_format = iso8601\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &shell{t: t}
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); !strings.HasPrefix(name, "AWS_") && !strings.Contains(strings.ToLower(name), "proxy") {
			s.env = append(s.env, kv)
		}
	}
	s.env = append(s.env,
		"AWS_ENDPOINT_URL=http://aws.lab.internal", "HTTP_PROXY="+proxy, "NO_PROXY=127.0.0.1,localhost",
		"AWS_ACCESS_KEY_ID=AKIALAB", "AWS_SECRET_ACCESS_KEY=s", "AWS_REGION=ap-south-1", "AWS_DEFAULT_REGION=ap-south-1",
		"AWS_MAX_ATTEMPTS=1", "AWS_PAGER=", "AWS_CONFIG_FILE="+conf, "AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(dir, "none"),
		"AWS_EC2_METADATA_DISABLED=true", "TZ=UTC", "LC_ALL=C.UTF-8", "COLUMNS=120")
	return s
}

// run is what a command printed, errors too, without empty lines.
func (s *shell) run(command string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	defer cancel()
	name, value, assigned := strings.Cut(command, "=")
	assigned = assigned && strings.HasPrefix(value, "$(") && name == strings.ToUpper(name)
	script := s.vars + command
	if assigned {
		script += "\nprintf %s \"$" + name + "\""
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", script)
	cmd.Env = s.env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if assigned {
		if err != nil || out.Len() == 0 {
			s.t.Errorf("%s: %v, %q", command, err, out.String())
		}
		s.vars += name + "='" + out.String() + "'\n"
		return ""
	}
	var printed strings.Builder
	for line := range strings.Lines(out.String()) {
		if strings.TrimSpace(line) != "" {
			printed.WriteString(strings.TrimRight(line, " \n") + "\n")
		}
	}
	return printed.String()
}
