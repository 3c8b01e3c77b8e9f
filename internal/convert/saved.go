package convert

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/tranship/tranship/internal/inventory"
	"github.com/tranship/tranship/internal/names"
)

// said are the fields of a service's document that lead to other documents.
type said struct {
	ServiceName, ServiceArn, ClusterArn, TaskDefinition, LaunchType string

	DesiredCount, RunningCount int
	ServiceRegistries          []struct {
		RegistryArn, ContainerName string
		ContainerPort, Port        int
	}
	LoadBalancers []struct{ TargetGroupArn string }
}

// Saved makes an Input of two documents as AWS prints them: the service and its task
// definition. service may be empty: then there is one of the family's name, with one task.
// Errors: names.ErrInvalid for what is neither.
func Saved(service, task inventory.Document) (Input, error) {
	var t struct {
		Family, TaskDefinitionArn, Status string
		Revision                          int
	}
	if err := json.Unmarshal(task, &t); len(task) > 0 && err != nil {
		return Input{}, fmt.Errorf("%w: the task definition: %w", names.ErrInvalid, err)
	}
	if len(service) == 0 {
		if t.Family == "" {
			return Input{}, fmt.Errorf("%w: a task definition without a service needs a family: that is what the service is called", names.ErrInvalid)
		}
		var err error
		if service, err = json.Marshal(map[string]any{"serviceName": t.Family, "desiredCount": 1}); err != nil {
			return Input{}, fmt.Errorf("make a service of the task definition %s: %w", t.Family, err)
		}
	}
	var s said
	if err := json.Unmarshal(service, &s); err != nil {
		return Input{}, fmt.Errorf("%w: the service: %w", names.ErrInvalid, err)
	}
	if s.ServiceName == "" {
		return Input{}, fmt.Errorf("%w: the service: %w", names.ErrInvalid, errors.New("it has no serviceName"))
	}
	v := inventory.Service{
		Place: placeOf(s.ServiceArn), Cluster: clusterOf(s.ClusterArn), Name: s.ServiceName, ARN: s.ServiceArn,
		DesiredCount: s.DesiredCount, RunningCount: s.RunningCount, LaunchType: s.LaunchType,
		TaskDefinition: s.TaskDefinition, Document: service,
	}
	for _, r := range s.ServiceRegistries {
		v.Registries = append(v.Registries, inventory.Registry{
			ARN: r.RegistryArn, ContainerName: r.ContainerName, ContainerPort: r.ContainerPort, Port: r.Port,
		})
	}
	for _, l := range s.LoadBalancers {
		if l.TargetGroupArn != "" {
			v.TargetGroups = append(v.TargetGroups, l.TargetGroupArn)
		}
	}
	return Input{Service: v, Task: inventory.TaskDefinition{
		Place: placeOf(t.TaskDefinitionArn), ARN: t.TaskDefinitionArn, Family: t.Family,
		Revision: t.Revision, Status: t.Status, Document: task,
	}}, nil
}

// placeOf reads account and region out of an ARN.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func placeOf(arn string) inventory.Place {
	if p := strings.SplitN(arn, ":", 6); len(p) == 6 && p[0] == "arn" {
		return inventory.Place{Region: p[3], Account: p[4]}
	}
	return inventory.Place{}
}

// clusterOf is the name of a cluster that is given by its ARN, by its name, or not:
// then it is the one called default.
func clusterOf(arn string) string {
	if arn == "" {
		return "default"
	}
	return arn[strings.LastIndexByte(arn, '/')+1:]
}
