package saved

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/tranship/tranship/internal/inventory"
	"github.com/tranship/tranship/internal/names"
)

const expected = "expected is what `aws ecs describe-task-definition` or `aws ecs describe-services` prints, " +
	"the input file of `aws ecs register-task-definition`, a CloudFormation template as JSON, what `terraform show -json` prints of a plan, " +
	"or what `tranship inventory --save` wrote"

// yaml looks like a file of YAML: a comment, a document's begin or a key.
var yaml = regexp.MustCompile(`^(#.*\n|---|[A-Za-z][A-Za-z0-9_-]*:(\s|$))`)

// file reads one file of whatever kind.
func (r *reading) file(f File) (Kind, error) {
	data := bytes.TrimSpace(bytes.TrimPrefix(f.Data, []byte("\xef\xbb\xbf")))
	if yaml.Match(data) {
		return "", fmt.Errorf("%w: it is YAML; a template as JSON is what `aws cloudformation package --template-file FILE --s3-bucket ANY --use-json` prints, "+
			"or `cdk synth --json`; of a stack that is there, `aws cloudformation get-template --template-stage Processed`", ErrKind)
	}
	if bytes.HasPrefix(data, []byte("\xff\xfe")) {
		return "", fmt.Errorf("%w: it is UTF-16, as some shells write what they redirect; save it as UTF-8", ErrKind)
	}
	if len(data) == 0 || data[0] != '{' && data[0] != '[' {
		return "", fmt.Errorf("%w: it is no JSON; %s", ErrKind, expected)
	}
	v, err := decode(data)
	if err != nil {
		return "", fmt.Errorf("%w; %s", err, expected)
	}
	return r.value(v, data)
}

// value reads a JSON value.
func (r *reading) value(v any, data []byte) (Kind, error) {
	if list, ok := v.([]any); ok {
		return r.list(list)
	}
	o, _ := v.(object)
	switch {
	case text(o, "apiVersion") == inventory.APIVersion:
		return Snapshot, r.snapshot(data)
	case o["taskDefinition"] != nil && child(o, "taskDefinition") != nil:
		td := child(o, "taskDefinition")
		if tags, ok := o["tags"].([]any); ok {
			set(td, "tags", tags) // AWS prints them beside it
		}
		return TaskDefinition, r.taskDefinition(td)
	case isList(o, "containerDefinitions"):
		return TaskDefinition, r.taskDefinition(o)
	case isList(o, "services") && (len(children(o, "services")) == 0 || isService(children(o, "services")[0])):
		for _, s := range children(o, "services") {
			if err := r.service(s); err != nil {
				return Services, err
			}
		}
		return Services, r.failures(o)
	case isService(o):
		return Services, r.service(o)
	case child(o, "Resources") != nil:
		return CloudFormation, r.template(o)
	case o["TemplateBody"] != nil: // of get-template
		if body, ok := o["TemplateBody"].(string); ok {
			return r.file(File{Data: []byte(body)})
		}
		return r.value(o["TemplateBody"], nil)
	case text(o, "format_version") != "" && (child(o, "planned_values") != nil || child(o, "values") != nil):
		return Terraform, r.plan(o)
	case text(o, "apiVersion") != "" && text(o, "takenAt") != "":
		return "", fmt.Errorf("%w: an inventory of apiVersion %s, and this is %s", ErrKind, text(o, "apiVersion"), inventory.APIVersion)
	}
	return "", fmt.Errorf("%w; %s", ErrKind, expected)
}

// list reads several values of one file, such as those that jq -s made.
func (r *reading) list(list []any) (kind Kind, err error) {
	for _, v := range list {
		o, ok := v.(object)
		if !ok || text(o, "apiVersion") != "" {
			return "", fmt.Errorf("%w; %s", ErrKind, expected)
		}
		if kind, err = r.value(o, nil); err != nil {
			return "", err
		}
	}
	if kind == "" {
		return "", fmt.Errorf("%w: the list is empty; %s", ErrKind, expected)
	}
	return kind, nil
}

// failures are services that AWS could not describe.
func (r *reading) failures(o object) error {
	for _, f := range children(o, "failures") {
		r.warn(last(text(f, "arn")), "AWS did not describe it: %s", strings.Join(given(text(f, "reason"), text(f, "detail")), " "))
	}
	if len(children(o, "services")) == 0 {
		return fmt.Errorf("%w: it has no service", names.ErrInvalid)
	}
	return nil
}

func isList(o object, key string) bool {
	_, ok := o[key].([]any)
	return ok
}

func isService(o object) bool {
	return text(o, "serviceName") != "" && (text(o, "taskDefinition") != "" || text(o, "serviceArn") != "" || isList(o, "taskSets"))
}

// snapshot takes over a saved inventory.
func (r *reading) snapshot(data []byte) error {
	s, err := inventory.Decode(data)
	if errors.Is(err, inventory.ErrChanged) {
		r.warn("the inventory", "it was changed after it was saved, or is of a later version: %v", err)
		err = nil
	}
	if err != nil {
		return err
	}
	for _, td := range s.TaskDefinitions {
		if !json.Valid(td.Document) {
			return fmt.Errorf("%w: the task definition %s has no document", names.ErrInvalid, last(td.ARN))
		}
	}
	r.s.Add(s)
	return nil
}
