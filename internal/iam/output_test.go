package iam

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
	sigsyaml "sigs.k8s.io/yaml"
)

// TestOutputs runs the scenarios of testdata/outputs: what is asked for, and the text
// that comes out.
//
//	policy VERB form=json|terraform|cloudformation account=… region=… […]
//	task-role form=… role=… subject=NAMESPACE/NAME… irsa=… | pod-identity=…
//	execution form=… reader=external-secrets|csi [kms-key=…]
//
// The input of task-role is its trust policy; that of execution, task definitions.
func TestOutputs(t *testing.T) {
	datadriven.Walk(t, "testdata/outputs", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			b, err := scenario(d)
			if err != nil {
				return "error: " + err.Error() + "\n"
			}
			form := value1(d, "form", "json")
			text, err := b.Text(form)
			if err != nil {
				t.Fatal(err)
			}
			readsBack(t, b, form, text)
			return string(text)
		})
	})
}

func value1(d *datadriven.TestData, key, otherwise string) string {
	if v := values(d, key); len(v) > 0 {
		return v[0]
	}
	return otherwise
}

func values(d *datadriven.TestData, key string) []string {
	var out []string
	for _, a := range d.CmdArgs {
		if a.Key == key {
			out = append(out, a.Vals...)
		}
	}
	return out
}

func scenario(d *datadriven.TestData) (Bundle, error) {
	b := Bundle{Attach: value1(d, "attach", "")}
	switch d.Cmd {
	case "policy":
		s := Scope{
			Account: value1(d, "account", "111122223333"), Regions: values(d, "region"), Namespaces: values(d, "namespace"),
			Services: values(d, "service"), HostedZones: values(d, "zone"), ECSServices: values(d, "ecs"), Assume: values(d, "assume"),
			VPCs: values(d, "vpc"), Owner: value1(d, "owner", ""), Tag: value1(d, "tag", ""),
		}
		for _, f := range values(d, "with") {
			s.Features = append(s.Features, Feature(f))
		}
		ps, err := Of(d.CmdArgs[0].Key, s)
		b.Policies = ps
		return b, err
	case "task-role":
		r := Role{Trust: Trust{Role: value1(d, "role", ordersRole), Issuer: value1(d, "irsa", ""), Cluster: value1(d, "pod-identity", "")}}
		for _, s := range values(d, "subject") {
			n, a, _ := strings.Cut(s, "/")
			r.Subjects = append(r.Subjects, Subject{n, a})
		}
		if err := r.Check(); err != nil {
			return b, err
		}
		if d.Input != "" {
			m, err := Merge([]byte(d.Input), r.Trust)
			if err != nil {
				return b, err
			}
			r.Merged = &m
		}
		b.Roles = []Role{r}
		return b, nil
	case "execution":
		var tasks []Task
		for line := range strings.Lines(d.Input) {
			task, err := ReadTask([]byte(line), "111122223333", value1(d, "region", "eu-west-1"))
			if err != nil {
				return b, err
			}
			tasks = append(tasks, task)
		}
		ps, err := Execution(tasks, SecretReader(value1(d, "reader", "external-secrets")), values(d, "kms-key"))
		b.Policies = ps
		return b, err
	}
	return b, fmt.Errorf("unknown command %s", d.Cmd)
}

// readsBack says that a text means what the bundle does.
func readsBack(t *testing.T, b Bundle, form string, text []byte) {
	t.Helper()
	var documents []any
	for _, p := range b.Policies {
		d, err := p.Document()
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, value(t, d))
	}
	switch form {
	case "json":
		var got struct{ Policies []struct{ Document any } }
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		for i, p := range got.Policies {
			if d := cmp.Diff(documents[i], p.Document); d != "" {
				t.Errorf("policy %d in JSON (-is +reads)\n%s", i, d)
			}
		}
	case "cloudformation":
		var got struct {
			Resources map[string]struct {
				Type       string
				Properties struct {
					PolicyDocument    any
					ManagedPolicyName string
				}
			}
		}
		if err := sigsyaml.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		for i, p := range b.Policies {
			if d := cmp.Diff(documents[i], got.Resources[logicalID(p.Name)].Properties.PolicyDocument); d != "" {
				t.Errorf("policy %s in CloudFormation (-is +reads)\n%s", p.Name, d)
			}
		}
	case "terraform":
		formatted(t, text)
	}
}

// formatted says that terraform itself would leave the text as it is, where there is
// a terraform.
func formatted(t *testing.T, text []byte) {
	t.Helper()
	terraform, err := exec.LookPath("terraform")
	if err != nil {
		t.Log("NOT CHECKED: no terraform on PATH, so nobody else has read this HCL")
		return
	}
	cmd := exec.CommandContext(t.Context(), terraform, "fmt", "-")
	cmd.Stdin, cmd.Env = bytes.NewReader(text), append(os.Environ(), "TF_CLI_CONFIG_FILE="+os.DevNull)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("terraform fmt: %v\n%s\n%s", err, errs.String(), text)
	}
	if d := cmp.Diff(string(out), string(text)); d != "" {
		t.Errorf("terraform fmt changes it (-fmt +ours)\n%s", d)
	}
}

// TestTerraformMeansTheSame asks terraform what documents the HCL makes.
func TestTerraformMeansTheSame(t *testing.T) {
	terraform, err := exec.LookPath("terraform")
	if err != nil {
		t.Skip("NOT CHECKED: no terraform on PATH")
	}
	odd := Policy{Name: "odd", Statements: []Statement{{
		Sid: "Odd", Actions: []string{"s3:GetObject"}, Resources: []string{"arn:aws:s3:::${aws:PrincipalTag/team}/%{x}/\"\\\n\t$${y}ü", "$", "%"},
		Conditions: []Condition{{"StringLike", "aws:PrincipalTag/a b", []string{"${*}"}}, {"Bool", "aws:SecureTransport", []string{"true"}}},
	}}}
	ps, err := Of("controller", narrow())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range append(ps, odd) {
		v, err := p.value()
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		b.WriteString("output \"document\" {\n")
		hclFields(&b, "  ", object{{name: "value", value: call{"jsonencode", v}}})
		b.WriteString("}\n")
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		run := func(args ...string) []byte {
			cmd := exec.CommandContext(t.Context(), terraform, args...)
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "TF_CLI_CONFIG_FILE="+os.DevNull)
			var errs bytes.Buffer
			cmd.Stderr = &errs
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("terraform %v: %v\n%s\n%s", args, err, errs.String(), b.String())
			}
			return out
		}
		run("apply", "-auto-approve", "-no-color")
		got := run("output", "-raw", "document")
		want, err := p.Document()
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(value(t, want), value(t, got)); d != "" {
			t.Errorf("%s (-is +terraform)\n%s", p.Name, d)
		}
	}
}

// Whatever strings a document has, YAML reads them back.
func TestYAMLReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var draw func(depth int) any
		text := rapid.String()
		draw = func(depth int) any {
			n := 0
			if depth < 3 {
				n = rapid.IntRange(0, 3).Draw(t, "kind")
			}
			switch n {
			case 1:
				o := map[string]any{}
				for range rapid.IntRange(0, 3).Draw(t, "fields") {
					o[text.Draw(t, "key")] = draw(depth + 1)
				}
				return o
			case 2:
				l := []any{}
				for range rapid.IntRange(0, 3).Draw(t, "items") {
					l = append(l, draw(depth+1))
				}
				return l
			}
			return text.Draw(t, "text")
		}
		doc, err := encode(map[string]any{"Statement": draw(0)})
		if err != nil {
			t.Fatal(err)
		}
		v, err := valueOf(doc)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		yaml(&b, "", v)
		back, err := sigsyaml.YAMLToJSON([]byte(b.String()))
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		if d := cmp.Diff(value(t, doc), value(t, back)); d != "" {
			t.Fatalf("(-is +reads)\n%s\n%s", d, b.String())
		}
	})
}

func TestIdentifiers(t *testing.T) {
	for in, want := range map[string][2]string{
		"tranship-controller-2": {"tranship_controller_2", "TranshipController2"},
		"9lives":                {"_9lives", "9lives"},
		"":                      {"_", "X"},
		"ä/b":                   {"__b", "B"},
	} {
		if got := [2]string{identifier(in), logicalID(in)}; got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
