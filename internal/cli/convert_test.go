package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/tranship/tranship/internal/convert"
	"github.com/tranship/tranship/internal/convert/ledger"
	"github.com/tranship/tranship/internal/inventory"
)

// A fleet is read from AWS, converted whole and in part, and its names stay the same.
func TestConvert(t *testing.T) {
	labAccount(t)
	b := newBench(t)
	dir := filepath.Join(t.TempDir(), "manifests")
	b.want(b.run("convert", "--all", "--out", dir, "--format", "kustomize"), CodeFine, "prod       orders  prod/orders", "3 of 3 services have nothing left to decide")
	for _, f := range []string{"report/summary.html", "report/services/prod/orders.json", "report/services/test/probe.json"} {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(f))); err != nil {
			t.Error(err)
		}
	}
	b.want(b.run("convert", "test/probe", "--out", dir, "--format", "kustomize"), CodeFine, "1 of 1 services have nothing left to decide", "not converted now left alone")
	if _, err := os.Stat(filepath.Join(dir, "report", "services", "prod", "orders.json")); err != nil {
		t.Error(err)
	}
	b.want(b.run("convert", "nobody", "--out", dir), CodeFailed, "no ECS service nobody: `tranship inventory` lists those there are")
}

// What is written can be read, answers survive, and text of others can't become YAML.
func TestDecisions(t *testing.T) {
	evil := "why?\n# all: {x: y}\n\u2028 \"quoted\""
	result := func(ids ...string) convert.Result {
		r := convert.Result{Place: inventory.Place{Account: "1", Region: "eu"}, Cluster: "c", Service: "s"}
		for _, id := range ids {
			r.Decisions = append(r.Decisions, ledger.Decision{ID: id, Question: evil, Answers: []ledger.Answer{{Word: "yes", Then: evil}}})
		}
		return r
	}
	name := filepath.Join(t.TempDir(), "decisions.yaml")
	d, err := readDecisions(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.after(nil).save(name); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(name); !os.IsNotExist(err) {
		t.Errorf("a file without questions: %v", err)
	}
	d.All = answers{"t:x[a \"b\"]": "yes"}
	d.Services = map[string]answers{"1/eu/c/other": {"q": "no"}, "1/eu/c/s": {"t:x[a \"b\"]": "", "gone": "yes", "asked": "yes"}}
	next := d.after([]convert.Result{result("t:x[a \"b\"]", "asked")})
	if err := next.save(name); err != nil {
		t.Fatal(err)
	}
	got, err := readDecisions(name)
	if err != nil {
		data, _ := os.ReadFile(name)
		t.Fatalf("%v\n%s", err, data)
	}
	want := decisions{
		APIVersion: decisionsVersion, All: d.All,
		Services: map[string]answers{"1/eu/c/other": {"q": "no"}, "1/eu/c/s": {"t:x[a \"b\"]": "", "asked": "yes"}},
		Stale:    map[string]answers{"1/eu/c/s": {"gone": "yes"}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(decisions{})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"asked": "yes"}, got.of("1/eu/c/s")); diff != "" {
		t.Error(diff)
	}
	// One that is asked again has its answer again.
	again := got.after([]convert.Result{result("gone")})
	if again.Services["1/eu/c/s"]["gone"] != "yes" {
		t.Errorf("%+v", again)
	}
	if !strings.Contains(string(next.encode()), "# Decided for all: yes") {
		t.Errorf("%s", next.encode())
	}
	for _, text := range []string{"apiVersion: x", "services: []", "unknown: 1", "{"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readDecisions(name); err == nil {
			t.Errorf("%q was taken for decisions", text)
		}
	}
}

func TestQuoted(t *testing.T) {
	for _, text := range []string{"", "yes", "rolling", "-", "-a", "a: b", "null", "on", "1", "ä", "a\"b", "karpenter-spot", "~"} {
		var got string
		if err := yaml.Unmarshal([]byte(quoted(text)), &got); err != nil || got != text {
			t.Errorf("%q: %q %v", text, got, err)
		}
	}
}
