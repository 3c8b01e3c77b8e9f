package convert

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/tranship/tranship/internal/inventory"
)

// Input is one ECS service with what of a Snapshot concerns it. What could not be
// read is in Unknown, never an empty list that looks like nothing.
type Input struct {
	Service inventory.Service
	// Task is what it runs; the zero value if the Snapshot does not have it.
	Task           inventory.TaskDefinition
	Names          []inventory.Name // that its registries lead to
	TargetGroups   []inventory.TargetGroup
	Roles          []inventory.Role // its task's and its execution role
	SecurityGroups []inventory.SecurityGroup
	Subnets        []inventory.Subnet  // of its account and region
	Unknown        []inventory.Unknown // of its account and region

	// Chosen has what people decided for this service, by ledger.Decision.ID; it comes
	// before Options.Chosen.
	Chosen map[string]string

	called *called // what Named gave it
}

// Inputs takes a Snapshot apart: its services for which want says yes (nil: all), in
// their order.
func Inputs(s *inventory.Snapshot, want func(inventory.Service) bool) []Input {
	tasks := index(s.TaskDefinitions, func(t inventory.TaskDefinition) string { return t.ARN })
	names := index(s.Names, func(n inventory.Name) string { return n.ARN })
	groups := index(s.TargetGroups, func(t inventory.TargetGroup) string { return t.ARN })
	var out []Input
	for _, v := range s.Services {
		if want != nil && !want(v) {
			continue
		}
		in := Input{Service: v, Roles: s.Roles, SecurityGroups: s.SecurityGroups}
		in.Task = tasks[cmp.Or(v.TaskDefinition, primary(v.Document))]
		for _, r := range v.Registries {
			if n, ok := names[r.ARN]; ok {
				in.Names = append(in.Names, n)
			}
		}
		for _, arn := range v.TargetGroups {
			if g, ok := groups[arn]; ok {
				in.TargetGroups = append(in.TargetGroups, g)
			}
		}
		in.Subnets = slices.DeleteFunc(slices.Clone(s.Subnets), func(n inventory.Subnet) bool { return n.Place != v.Place })
		in.Unknown = slices.DeleteFunc(slices.Clone(s.Unknown), func(u inventory.Unknown) bool { return u.Place != v.Place })
		out = append(out, in)
	}
	return out
}

// primary is the task definition of the PRIMARY task set, which a service has whose
// deployments others control.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html
func primary(d inventory.Document) string {
	var s struct {
		TaskSets []struct{ Status, TaskDefinition string }
	}
	if json.Unmarshal(d, &s) != nil {
		return ""
	}
	for _, t := range s.TaskSets {
		if t.Status == "PRIMARY" {
			return t.TaskDefinition
		}
	}
	return ""
}

func index[T any](list []T, key func(T) string) map[string]T {
	m := make(map[string]T, len(list))
	for _, v := range list {
		m[key(v)] = v
	}
	return m
}
