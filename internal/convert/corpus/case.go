package corpus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/yaml"

	"github.com/tranship/tranship/internal/convert"
	"github.com/tranship/tranship/internal/inventory"
)

// Case is a service of the corpus.
type Case struct {
	Name    string // of its file
	Text    string // of its file, whole
	About   string // in a sentence
	Web     bool   // one of the Fargate web shapes
	Input   convert.Input
	Options convert.Options
	Ledger  Ledger
	// Objects are the manifests that came out when somebody last looked.
	Objects string
}

// GoString is its input, for a test that failed.
func (c Case) GoString() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %+v\nservice: %s\ntaskDefinition: %s\n", c.Name, c.Options, c.Input.Service.Document, c.Input.Task.Document)
	if s := c.Input.Service.Scaling; s != nil {
		fmt.Fprintf(&b, "target: %s\npolicies: %s\nscheduled: %s\n", s.Target, s.Policies, s.Scheduled)
	}
	return b.String()
}

// written is case.yaml.
type written struct {
	About          string             `json:"about"`
	Web            bool               `json:"web"`
	Service        inventory.Document `json:"service"`
	TaskDefinition inventory.Document `json:"taskDefinition"`
	Scaling        *inventory.Scaling `json:"scaling"`

	Names          []inventory.Name          `json:"names"`
	TargetGroups   []inventory.TargetGroup   `json:"targetGroups"`
	SecurityGroups []inventory.SecurityGroup `json:"securityGroups"`
	Subnets        []inventory.Subnet        `json:"subnets"`
	Roles          []inventory.Role          `json:"roles"`
	Unknown        []inventory.Unknown       `json:"unknown"`

	Options convert.Options `json:"options"`
}

// Read reads the cases of a folder, in order of name.
func Read(dir fs.FS) ([]Case, error) {
	files, err := fs.Glob(dir, "*.txtar")
	if err != nil {
		return nil, fmt.Errorf("list the corpus: %w", err)
	}
	var out []Case
	for _, f := range files {
		data, err := fs.ReadFile(dir, f)
		if err != nil {
			return nil, fmt.Errorf("read the corpus: %w", err)
		}
		c, err := parse(data)
		if err != nil {
			return nil, fmt.Errorf("%s of the corpus: %w", f, err)
		}
		c.Name = strings.TrimSuffix(path.Base(f), ".txtar")
		out = append(out, c)
	}
	return out, nil
}

func parse(data []byte) (Case, error) {
	c := Case{Text: string(data)}
	for _, f := range txtar.Parse(data).Files {
		switch f.Name {
		case "case.yaml":
			if err := c.read(f.Data); err != nil {
				return c, fmt.Errorf("case.yaml: %w", err)
			}
		case "ledger":
			l, err := ParseLedger(string(f.Data))
			if err != nil {
				return c, fmt.Errorf("ledger: %w", err)
			}
			c.Ledger = l
		case "objects.yaml":
			c.Objects = string(f.Data)
		default:
			return c, fmt.Errorf("there is no use for its part %s", f.Name)
		}
	}
	return c, nil
}

func (c *Case) read(data []byte) error {
	var w written
	if err := yaml.UnmarshalStrict(data, &w); err != nil {
		return err
	}
	return c.fill(w)
}

func (c *Case) fill(w written) error {
	in, err := convert.Saved(w.Service, w.TaskDefinition)
	if err != nil {
		return err
	}
	in.Service.Scaling = w.Scaling
	in.Names, in.TargetGroups, in.SecurityGroups = w.Names, w.TargetGroups, w.SecurityGroups
	in.Subnets, in.Roles, in.Unknown = w.Subnets, w.Roles, w.Unknown
	for i := range in.Service.Registries {
		r := &in.Service.Registries[i]
		for _, n := range w.Names {
			if n.ARN != r.ARN {
				continue
			}
			r.Namespace, r.Service, r.TTL, r.RoutingPolicy = n.Settings.Namespace, n.Settings.Name, n.Settings.MaxTTL(), n.Settings.Routing
			for _, record := range n.Settings.Records {
				r.RecordTypes = append(r.RecordTypes, record.Type)
			}
		}
	}
	c.About, c.Web, c.Input, c.Options = w.About, w.Web, in, w.Options
	return nil
}

// Manifests are objects as YAML, one after the other, without what only an API
// server fills in.
func Manifests(objects []convert.Object) (string, error) {
	var b strings.Builder
	for _, o := range objects {
		data, err := json.Marshal(o.Object)
		if err != nil {
			return "", fmt.Errorf("write an object: %w", err)
		}
		var tree map[string]any
		if err := json.Unmarshal(data, &tree); err != nil {
			return "", fmt.Errorf("write an object: %w", err)
		}
		delete(tree, "status")
		if data, err = json.Marshal(tree); err != nil {
			return "", fmt.Errorf("write an object: %w", err)
		}
		// YAML wants this one escaped, JSON does not.
		text, err := yaml.JSONToYAML(bytes.ReplaceAll(data, []byte{0x7f}, []byte(`\u007f`)))
		if err != nil {
			return "", fmt.Errorf("write an object: %w", err)
		}
		b.WriteString("---\n")
		for _, n := range o.Notes {
			fmt.Fprintf(&b, "# %s: %s\n", n.Path, n.Text)
		}
		b.Write(text)
	}
	return b.String(), nil
}
