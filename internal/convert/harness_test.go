package convert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/yaml"

	"github.com/tranship/tranship/internal/inventory"
)

// TestScenarios converts what the files in testdata/scenarios hold.
//
//	convert [kinds=(Service,Deployment)] [at=spec.replicas] [fields=(service desiredCount)]
//	-- service --            JSON as AWS prints it; so are task, target, policy, scheduled
//	-- name --               an inventory.Name; so are targetGroup, securityGroup, subnet, role
//	-- options --            convert.Options, with Chosen
//
// kinds are those that are printed: all, if none is said. at prints of each object that
// part alone, with the notes on it. fields are beginnings of ledger lines that are printed: none without it.
func TestScenarios(t *testing.T) {
	datadriven.Walk(t, "testdata/scenarios", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd != "convert" {
				t.Fatalf("%s: no command %s", d.Pos, d.Cmd)
			}
			in, opts := scenario(t, d)
			r, err := Convert(in, opts)
			if err != nil {
				return "error: " + err.Error() + "\n"
			}
			return printed(t, d, r)
		})
	})
}

// scenario reads an input.
func scenario(t *testing.T, d *datadriven.TestData) (Input, Options) {
	t.Helper()
	var opts Options
	service, task := inventory.Document(`{"serviceName":"orders","clusterArn":"prod","desiredCount":2}`),
		inventory.Document(`{"family":"orders","containerDefinitions":[{"name":"app","image":"orders:1","portMappings":[{"containerPort":8080}]}]}`)
	var rest Input
	scaling := &inventory.Scaling{}
	read := func(data []byte, into any) {
		t.Helper()
		if err := json.Unmarshal(data, into); err != nil {
			t.Fatalf("%s: %v", d.Pos, err)
		}
	}
	for _, f := range txtar.Parse([]byte(d.Input)).Files {
		data := bytes.TrimSpace(f.Data)
		switch f.Name {
		case "service":
			service = data
		case "task":
			task = data
		case "target":
			scaling.Target = data
		case "policy":
			scaling.Policies = append(scaling.Policies, data)
		case "scheduled":
			scaling.Scheduled = append(scaling.Scheduled, data)
		case "name":
			rest.Names = append(rest.Names, inventory.Name{})
			read(data, &rest.Names[len(rest.Names)-1])
		case "targetGroup":
			rest.TargetGroups = append(rest.TargetGroups, inventory.TargetGroup{})
			read(data, &rest.TargetGroups[len(rest.TargetGroups)-1])
		case "securityGroup":
			rest.SecurityGroups = append(rest.SecurityGroups, inventory.SecurityGroup{})
			read(data, &rest.SecurityGroups[len(rest.SecurityGroups)-1])
		case "subnet":
			rest.Subnets = append(rest.Subnets, inventory.Subnet{})
			read(data, &rest.Subnets[len(rest.Subnets)-1])
		case "role":
			rest.Roles = append(rest.Roles, inventory.Role{})
			read(data, &rest.Roles[len(rest.Roles)-1])
		case "options":
			read(data, &opts)
		default:
			t.Fatalf("%s: no section %s", d.Pos, f.Name)
		}
	}
	in, err := Saved(service, task)
	if err != nil {
		t.Fatalf("%s: %v", d.Pos, err)
	}
	in.Names, in.TargetGroups, in.SecurityGroups, in.Subnets = rest.Names, rest.TargetGroups, rest.SecurityGroups, rest.Subnets
	in.Roles = rest.Roles
	if scaling.Target != nil {
		in.Service.Scaling = scaling
	}
	return in, opts
}

// printed is what came out, as far as the command asks for it.
func printed(t *testing.T, d *datadriven.TestData, r Result) string {
	t.Helper()
	var b strings.Builder
	many := func(key string) []string {
		for _, a := range d.CmdArgs {
			if a.Key == key {
				return a.Vals
			}
		}
		return nil
	}
	kinds, fields := many("kinds"), many("fields")
	for _, o := range r.Objects {
		kind := o.GetObjectKind().GroupVersionKind().Kind
		if kinds != nil && !slices.Contains(kinds, kind) {
			continue
		}
		tree := treeOf(t, o)
		var part any = tree
		head := fmt.Sprintf("%s %s", kind, tree["metadata"].(map[string]any)["name"])
		if at := many("at"); at != nil {
			for key := range strings.SplitSeq(at[0], ".") {
				switch p := part.(type) {
				case map[string]any:
					part = p[key]
				case []any:
					if n, err := strconv.Atoi(key); err == nil && n < len(p) {
						part = p[n]
					}
				}
			}
			head += " " + at[0]
		}
		text, err := yaml.Marshal(part)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s:\n%s", head, indent(string(text)))
		for _, n := range o.Notes {
			if at := many("at"); at != nil && !strings.HasPrefix(n.Path, at[0]) {
				continue
			}
			fmt.Fprintf(&b, "  # %s: %s\n", n.Path, n.Text)
		}
	}
	for _, e := range r.Entries {
		if slices.ContainsFunc(fields, func(f string) bool { return strings.HasPrefix(e.String(), f) }) {
			fmt.Fprintln(&b, e)
		}
	}
	for _, q := range r.Decisions {
		if !slices.ContainsFunc(fields, func(f string) bool { return strings.HasPrefix(q.Document+" "+q.Path, f) }) {
			continue
		}
		fmt.Fprintf(&b, "? %s = %q\n", q.ID, q.Chosen)
		for _, a := range q.Answers {
			fmt.Fprintf(&b, "    %s: %s\n", a.Word, a.Then)
		}
	}
	return b.String()
}

// treeOf is an object as JSON has it, without what only an API server fills in.
func treeOf(t *testing.T, o Object) map[string]any {
	t.Helper()
	data, err := json.Marshal(o.Object)
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(data, &tree); err != nil {
		t.Fatal(err)
	}
	delete(tree, "status")
	return tree
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n  ") + "\n"
}
