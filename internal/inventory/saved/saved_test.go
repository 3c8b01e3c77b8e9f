package saved

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/inventory"
	"github.com/tranship/tranship/internal/names"
)

// Each file holds files as people have them, and what comes of them. Files of one
// reading are divided by a line of dashes and a name.
func TestRead(t *testing.T) {
	datadriven.Walk(t, "testdata/read", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			o := Options{Parameters: map[string]string{}}
			for _, a := range d.CmdArgs {
				switch a.Key {
				case "account":
					o.Account = a.Vals[0]
				case "region":
					o.Region = a.Vals[0]
				default:
					o.Parameters[a.Key] = a.Vals[0]
				}
			}
			var files []File
			for i, part := range strings.Split(d.Input, "\n-- next --\n") {
				files = append(files, File{fmt.Sprintf("file-%d", i+1), []byte(part)})
			}
			r, err := Read(files, o)
			if err != nil {
				return "error: " + err.Error() + "\n"
			}
			return show(t, r)
		})
	})
}

// show is a result as a person would want to read it.
func show(t *testing.T, r *Result) string {
	t.Helper()
	var b strings.Builder
	for _, k := range r.Kinds {
		fmt.Fprintf(&b, "%s\n", k)
	}
	for _, s := range r.Snapshot.Services {
		fmt.Fprintf(&b, "service %s %s %s/%s %d/%d runs %s\n", s.Account, s.Region, s.Cluster, s.Name, s.RunningCount, s.DesiredCount, s.TaskDefinition)
		for _, g := range s.Registries {
			fmt.Fprintf(&b, "  registry %s: %s.%s %v %ds %s %s:%d\n", g.ARN, g.Service, g.Namespace, g.RecordTypes, g.TTL, g.RoutingPolicy, g.ContainerName, g.ContainerPort)
		}
		if len(s.TargetGroups)+len(s.Subnets)+len(s.SecurityGroups) > 0 {
			fmt.Fprintf(&b, "  target groups %v, subnets %v, security groups %v\n", s.TargetGroups, s.Subnets, s.SecurityGroups)
		}
		fmt.Fprintf(&b, "  %s\n", s.Document)
		if s.Scaling != nil {
			fmt.Fprintf(&b, "  target %s\n", s.Scaling.Target)
			for _, p := range s.Scaling.Policies {
				fmt.Fprintf(&b, "  policy %s\n", p)
			}
			for _, p := range s.Scaling.Scheduled {
				fmt.Fprintf(&b, "  scheduled %s\n", p)
			}
		}
	}
	for _, d := range r.Snapshot.TaskDefinitions {
		fmt.Fprintf(&b, "task definition %s %s %s\n  %s\n", d.Place.Account, d.ARN, d.Status, d.Document)
	}
	for _, n := range r.Snapshot.Names {
		fmt.Fprintf(&b, "name %s %s\n", n.DNSName, n.ARN)
	}
	for _, u := range r.Snapshot.Unknown {
		fmt.Fprintf(&b, "unknown %s %s: %s\n", u.Part, u.Object, u.Why)
	}
	for _, u := range r.Unresolved {
		fmt.Fprintf(&b, "unresolved %s %s: %s\n", u.Object, u.Path, u.What)
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(&b, "warning %s: %s\n", w.Object, w.Text)
	}
	return b.String()
}

// What is none of the kinds says what was expected.
func TestReadRefuses(t *testing.T) {
	for text, want := range map[string]struct {
		err  error
		says string
	}{
		"":                                     {ErrKind, "expected is what `aws ecs describe-task-definition`"},
		"hello":                                {ErrKind, "it is no JSON"},
		"{}":                                   {ErrKind, "expected is"},
		"[]":                                   {ErrKind, "the list is empty"},
		"[3]":                                  {ErrKind, "expected is"},
		`{"a":1}`:                              {ErrKind, "expected is"},
		`{"a":1} {}`:                           {names.ErrInvalid, "there is more behind"},
		`{"a":`:                                {names.ErrInvalid, "unexpected EOF"},
		"Resources:\n A":                       {ErrKind, "--use-json"},
		"---\na: 1":                            {ErrKind, "it is YAML"},
		"\xff\xfe{\x00}\x00":                   {ErrKind, "it is UTF-16"},
		`{"serviceName":"a","serviceArn":"b"}`: {names.ErrNotFound, "the service default/a runs what the file does not tell; `aws ecs describe-task-definition --include TAGS --task-definition FAMILY`"},
		`{"apiVersion":"tranship.dev/snapshot/v9","takenAt":"x"}`:                                        {ErrKind, "tranship.dev/snapshot/v9, and this is"},
		`{"apiVersion":"tranship.dev/snapshot/v1","services":3}`:                                         {names.ErrInvalid, "read a snapshot"},
		`{"containerDefinitions":[{}]}`:                                                                  {names.ErrInvalid, "neither a family"},
		`{"family":"a","containerDefinitions":[]}`:                                                       {names.ErrInvalid, "a has no containerDefinitions"},
		`{"services":[],"failures":[{"reason":"MISSING"}]}`:                                              {names.ErrInvalid, "it has no service"},
		`{"Resources":{"A":{"Type":"AWS::S3::Bucket"}}}`:                                                 {names.ErrInvalid, "neither AWS::ECS::TaskDefinition"},
		`{"format_version":"1.2","planned_values":{"root_module":{}}}`:                                   {names.ErrInvalid, "neither aws_ecs_task_definition"},
		`{"serviceName":"a","taskDefinition":"b:1"}`:                                                     {names.ErrNotFound, "no file has the task definition: the service default/a runs b:1; `aws ecs describe-task-definition --include TAGS --task-definition b:1`"},
		`{"TemplateBody":"Resources:\n  A: 1\n"}`:                                                        {ErrKind, "it is YAML"},
		`{"Resources":{"A":{"Type":"AWS::ECS::TaskDefinition","Properties":{"Family":{"Ref":"None"}}}}}`: {names.ErrInvalid, "A: invalid: its Family is not known"},
	} {
		r, err := Read([]File{{"f.json", []byte(text)}}, Options{})
		if !errors.Is(err, want.err) || r != nil || !strings.Contains(fmt.Sprint(err), want.says) || !strings.Contains(fmt.Sprint(err), "f.json") && !errors.Is(err, names.ErrNotFound) {
			t.Errorf("%s: %v; want %q", text, err, want.says)
		}
	}
	if missing := (*MissingError)(nil); !errors.As(func() error {
		_, err := Read([]File{{"f", []byte(`{"serviceName":"a","taskDefinition":"b:1"}`)}}, Options{})
		return err
	}(), &missing) || missing.TaskDefinitions[0] != "b:1" {
		t.Error("no MissingError")
	}
}

// A template that would make more of itself than there is room for ends soon.
func TestReadIsBounded(t *testing.T) {
	resources := []string{`"T":{"Type":"AWS::ECS::TaskDefinition","Properties":{"Family":"f","ContainerDefinitions":[{"Name":"a","Image":{"Ref":"C60"}}]}}`}
	name := `"` + strings.Repeat("x", 1000) + `"`
	for i := range 61 {
		resources = append(resources, fmt.Sprintf(`"C%d":{"Type":"AWS::ECS::Cluster","Properties":{"ClusterName":%s}}`, i, name))
		name = fmt.Sprintf(`{"Fn::Sub":"${C%d}${C%d}"}`, i, i)
	}
	r, err := Read([]File{{"f", []byte(`{"Resources":{` + strings.Join(resources, ",") + `}}`)}}, Options{})
	if err != nil || len(r.Unresolved) != 1 || r.Unresolved[0].Path != "containerDefinitions[0].image" {
		t.Errorf("%+v, %v", r, err)
	}
}

// A saved inventory comes out as it is.
func TestReadSnapshot(t *testing.T) {
	p := inventory.Place{Account: "123456789012", Region: "eu-central-1"}
	s := &inventory.Snapshot{
		Places: []inventory.Place{p}, Clusters: []inventory.Cluster{{Place: p, Name: "prod", Document: inventory.Document("{}")}},
		Services:        []inventory.Service{{Place: p, Cluster: "prod", Name: "orders", TaskDefinition: "arn:td/orders:1", Document: inventory.Document(`{"serviceName":"orders"}`)}},
		TaskDefinitions: []inventory.TaskDefinition{{Place: p, ARN: "arn:td/orders:1", Family: "orders", Document: inventory.Document(`{"family":"orders"}`)}},
	}
	if err := s.Seal(s.TakenAt); err != nil {
		t.Fatal(err)
	}
	data, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	r, err := Read([]File{{"fleet.json", data}}, Options{})
	if err != nil || len(r.Warnings) != 0 || r.Kinds[0] != Snapshot {
		t.Fatalf("%+v, %v", r, err)
	}
	if err := r.Snapshot.Seal(s.TakenAt); err != nil || r.Snapshot.Digest != s.Digest {
		t.Errorf("%v: another digest", err)
	}
	r, err = Read([]File{{"fleet.json", bytes.Replace(data, []byte(`"desiredCount": 0`), []byte(`"desiredCount": 4`), 1)}}, Options{})
	if err != nil || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0].Text, "was changed") {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestSpelling(t *testing.T) {
	for property, want := range map[string]string{
		"ContainerDefinitions": "containerDefinitions", "EFSVolumeConfiguration": "efsVolumeConfiguration", "FSxWindowsFileServerVolumeConfiguration": "fsxWindowsFileServerVolumeConfiguration",
		"IAM": "iam", "EnableECSManagedTags": "enableECSManagedTags", "SizeInGiB": "sizeInGiB", "FilesystemId": "fileSystemId", "S3FilesVolumeConfiguration": "s3FilesVolumeConfiguration",
		"Cpu": "cpu", "a": "a", "": "",
	} {
		if got := asECS(property); got != want {
			t.Errorf("%s: %s, want %s", property, got, want)
		}
	}
	for word, want := range map[string]string{"efs_volume_configuration": "efsVolumeConfiguration", "cpu": "cpu", "_a__b_": "AB", "": ""} {
		if got := camel(word); got != want {
			t.Errorf("%s: %s, want %s", word, got, want)
		}
	}
}

// Whatever is read: no panic, what comes out is sorted, JSON and the same each time, and
// of what AWS describes no field is lost.
func FuzzRead(f *testing.F) {
	inputs, err := filepath.Glob("testdata/read/*")
	if err != nil || len(inputs) == 0 {
		f.Fatal(inputs, err)
	}
	for _, path := range inputs {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for part := range strings.SplitSeq(string(data), "\nread") {
			_, input, _ := strings.Cut(part, "\n")
			input, _, _ = strings.Cut(input, "\n----\n")
			for one := range strings.SplitSeq(input, "\n-- next --\n") {
				f.Add([]byte(one))
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Read([]File{{"f", data}}, Options{Account: "123456789012", Region: "eu-central-1"})
		if err != nil {
			if r != nil || !errors.Is(err, ErrKind) && !errors.Is(err, names.ErrInvalid) && !errors.Is(err, names.ErrNotFound) {
				t.Fatalf("%v: an error that nobody can decide by", err)
			}
			return
		}
		once, err := r.Snapshot.Encode()
		if err != nil {
			t.Fatalf("no JSON: %v", err)
		}
		r.Snapshot.Sort()
		if sorted, err := r.Snapshot.Encode(); err != nil || !bytes.Equal(once, sorted) {
			t.Fatal("not sorted")
		}
		again, err := Read([]File{{"f", data}}, Options{Account: "123456789012", Region: "eu-central-1"})
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := again.Snapshot.Encode(); err != nil || !bytes.Equal(once, twice) || !slices.Equal(r.Warnings, again.Warnings) || !slices.Equal(r.Unresolved, again.Unresolved) {
			t.Fatal("another result")
		}
		if r.Kinds[0] == TaskDefinition && len(r.Snapshot.TaskDefinitions) == 1 {
			lossless(t, data, r.Snapshot.TaskDefinitions[0].Document)
		}
	})
}

// lossless compares a task definition that was described with its document.
func lossless(t *testing.T, data []byte, doc inventory.Document) {
	t.Helper()
	v, err := decode(bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	if err != nil {
		t.Fatal(err)
	}
	if list, ok := v.([]any); ok {
		v = list[0]
	}
	want, _ := v.(object)
	if td := child(want, "taskDefinition"); td != nil {
		want, td = td, want
		if _, own := want["tags"]; !own && isList(td, "tags") {
			want = maps.Clone(want)
			want["tags"] = td["tags"]
		}
	}
	got, err := decode(doc)
	if err != nil {
		t.Fatal(err)
	}
	a, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(a), string(b)); d != "" {
		t.Fatalf("-described +document:\n%s", d)
	}
}
