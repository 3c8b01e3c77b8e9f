package cloud

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// inputs are the types of the inputs of a facade's operations.
func inputs(facade reflect.Type) map[string]reflect.Type {
	all := map[string]reflect.Type{}
	for m := range facade.Methods() {
		if m.Type.NumIn() >= 3 && m.Type.In(1) == reflect.TypeFor[context.Context]() {
			all[m.Name] = m.Type.In(2).Elem()
		}
	}
	return all
}

// member follows a path through the types.
func member(t reflect.Type, path string) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case path == "":
		switch t.Kind() {
		case reflect.String, reflect.Int32, reflect.Int64, reflect.Slice, reflect.Map:
			return true
		}
		return false
	case strings.HasPrefix(path, "[]"):
		return t.Kind() == reflect.Slice && member(t.Elem(), path[2:])
	case path == "{key}", path == "{value}":
		return t == reflect.TypeFor[map[string]string]()
	}
	path = strings.TrimPrefix(path, ".")
	end := strings.IndexAny(path, ".[{")
	if end < 0 {
		end = len(path)
	}
	if t.Kind() != reflect.Struct {
		return false
	}
	f, ok := t.FieldByName(path[:end])
	return ok && member(f.Type, path[end:])
}

// Every operation of Cloud Map is in the table, and every path leads to a member.
func TestConstraintsLeadToMembers(t *testing.T) {
	for _, service := range []struct {
		facade reflect.Type
		table  map[string][]constraint
		whole  bool
	}{
		{reflect.TypeFor[*CloudMap](), cloudMapConstraints, true},
		{reflect.TypeFor[*ECS](), ecsConstraints, false},
		{reflect.TypeFor[*STS](), stsConstraints, false},
	} {
		known := inputs(service.facade)
		for operation, all := range service.table {
			in, ok := known[operation]
			if !ok {
				if service.whole {
					t.Errorf("%s is no operation", operation)
				}
				continue
			}
			for _, c := range all {
				if !member(in, c.path) {
					t.Errorf("%s: %s leads to no member", operation, c.path)
				}
			}
		}
		for operation := range known {
			if _, ok := service.table[operation]; !ok && service.whole {
				t.Errorf("%s is not in the table", operation)
			}
		}
	}
}

// The words are those of AWS's own validation, whatever the service.
func TestViolations(t *testing.T) {
	long := strings.Repeat("x", 129)
	for _, c := range []struct {
		table     map[string][]constraint
		operation string
		in        any
		want      string
	}{
		{
			cloudMapConstraints, "CreateHttpNamespace",
			&servicediscovery.CreateHttpNamespaceInput{Name: ptr("a b"), Tags: []types.Tag{{Key: &long, Value: ptr("")}}},
			"2 validation errors detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[!-~]{1,1024}$; " +
				"Value '" + long + "' at 'tags.1.member.key' failed to satisfy constraint: Member must have length less than or equal to 128",
		},
		{
			ecsConstraints, "DescribeServices", &ecs.DescribeServicesInput{Services: make([]string, 11)},
			"1 validation error detected: Value '[11]' at 'services' failed to satisfy constraint: Member must have length less than or equal to 10",
		},
		{ecsConstraints, "ListTasks", &ecs.ListTasksInput{}, ""},
		{
			ecsConstraints, "ListTasks", &ecs.ListTasksInput{DesiredStatus: "GONE"},
			"1 validation error detected: Value 'GONE' at 'desiredStatus' failed to satisfy constraint: Member must satisfy enum value set: [RUNNING, PENDING, STOPPED]",
		},
		{ecsConstraints, "CreateService", &ecs.CreateServiceInput{ServiceName: ptr("a"), LaunchType: ecstypes.LaunchTypeFargate}, ""},
	} {
		if got := violations(c.table[c.operation], c.in); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.operation, got, c.want)
		}
	}
}
