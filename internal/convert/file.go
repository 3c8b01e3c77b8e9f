package convert

import (
	"encoding/json"
	"fmt"

	"github.com/tranship/tranship/internal/inventory"
	"github.com/tranship/tranship/internal/names"
)

// file is whatever people save of ECS: what `aws ecs describe-services` and
// `aws ecs describe-task-definition` print, or one object of it.
type file struct {
	Services       []inventory.Document
	TaskDefinition json.RawMessage // an object, or in a service the ARN
	Tags           json.RawMessage

	ServiceName, Family  string
	ContainerDefinitions json.RawMessage

	// Other programs' files, which are told apart to say what to do.
	Resources     json.RawMessage // CloudFormation
	PlannedValues json.RawMessage `json:"planned_values"` // Terraform
}

// Files reads what people saved of ECS with AWS' own command line: services, and task
// definitions. A service finds its task definition by ARN; a task definition that no service
// names is taken for a service of its family's name.
// Errors: names.ErrInvalid, for what is none of these.
func Files(data ...[]byte) ([]Input, error) {
	var services, tasks []inventory.Document
	for i, d := range data {
		s, t, err := split(d)
		if err != nil {
			return nil, fmt.Errorf("file %d: %w", i+1, err)
		}
		services, tasks = append(services, s...), append(tasks, t...)
	}
	byARN, used := map[string]inventory.Document{}, map[string]bool{}
	arnOf := func(t inventory.Document) string {
		var x struct{ TaskDefinitionArn string }
		_ = json.Unmarshal(t, &x) // split has read it
		return x.TaskDefinitionArn
	}
	for _, t := range tasks {
		byARN[arnOf(t)] = t
	}
	var out []Input
	for _, s := range services {
		var x struct{ TaskDefinition string }
		_ = json.Unmarshal(s, &x) // split has read it
		t := byARN[x.TaskDefinition]
		if t == nil && len(services) == 1 && len(tasks) == 1 {
			t = tasks[0] // what else
		}
		if t != nil {
			used[arnOf(t)] = true
		}
		in, err := Saved(s, t)
		if err != nil {
			return nil, err
		}
		out = append(out, in)
	}
	for _, t := range tasks {
		if used[arnOf(t)] {
			continue
		}
		in, err := Saved(nil, t)
		if err != nil {
			return nil, err
		}
		out = append(out, in)
	}
	return out, nil
}

// split takes a file apart into services and task definitions.
func split(data []byte) (services, tasks []inventory.Document, err error) {
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, nil, fmt.Errorf("%w: no JSON object: %w", names.ErrInvalid, err)
	}
	switch {
	case f.Services != nil:
		return f.Services, nil, nil
	case f.ServiceName != "":
		return []inventory.Document{data}, nil, nil
	case f.ContainerDefinitions != nil:
		return nil, []inventory.Document{data}, nil
	case len(f.TaskDefinition) > 0 && f.TaskDefinition[0] == '{':
		t, err := tagged(f.TaskDefinition, f.Tags)
		return nil, []inventory.Document{t}, err
	case f.Resources != nil:
		return nil, nil, fmt.Errorf("%w: it is a template of CloudFormation, whose values are known once it is deployed: save what runs with `tranship inventory --save FILE`, or `aws ecs describe-services` and `aws ecs describe-task-definition --include TAGS`", names.ErrInvalid)
	case f.PlannedValues != nil:
		return nil, nil, fmt.Errorf("%w: it is a plan of Terraform, whose values are known once it is applied: save what runs with `tranship inventory --save FILE`, or `aws ecs describe-services` and `aws ecs describe-task-definition --include TAGS`", names.ErrInvalid)
	}
	return nil, nil, fmt.Errorf("%w: neither a service nor a task definition of ECS, nor what `tranship inventory --save FILE` writes", names.ErrInvalid)
}

// tagged puts the tags that AWS prints beside a task definition into it.
func tagged(task, tags json.RawMessage) (inventory.Document, error) {
	if len(tags) == 0 {
		return task, nil
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(task, &m); err != nil {
		return nil, fmt.Errorf("%w: the task definition: %w", names.ErrInvalid, err)
	}
	m["tags"] = tags
	return json.Marshal(m)
}
