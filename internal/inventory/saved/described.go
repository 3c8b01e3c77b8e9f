package saved

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tranship/tranship/internal/inventory"
	"github.com/tranship/tranship/internal/names"
)

// taskDefinition takes one over, in ECS' spelling.
func (r *reading) taskDefinition(o object) error {
	td := inventory.TaskDefinition{
		ARN: text(o, "taskDefinitionArn"), Family: text(o, "family"), Revision: number(o, "revision"), Status: text(o, "status"),
	}
	switch {
	case td.Family == "" && td.ARN == "":
		return fmt.Errorf("%w: the task definition has neither a family nor a taskDefinitionArn", names.ErrInvalid)
	case len(children(o, "containerDefinitions")) == 0:
		return fmt.Errorf("%w: the task definition %s has no containerDefinitions", names.ErrInvalid, cmp.Or(td.Family, last(td.ARN)))
	}
	td.Family = cmp.Or(td.Family, familyOf(td.ARN))
	td.Place = r.placeOf(td.ARN)
	if td.ARN == "" {
		// Not registered yet, or not said under which revision.
		td.ARN = arn(td.Place, "ecs", "task-definition/"+td.Family+":"+strconv.Itoa(td.Revision))
	}
	if td.Revision == 0 {
		_, rev, _ := strings.Cut(last(td.ARN), ":")
		td.Revision, _ = strconv.Atoi(rev)
	}
	if td.Status != "" && td.Status != "ACTIVE" {
		r.warn(last(td.ARN), "the revision is %s: services that run it go on, and no new one can be made of it", td.Status)
	}
	td.Status = cmp.Or(td.Status, "ACTIVE")
	var err error
	if td.Document, err = documentOf(o); err != nil {
		return err
	}
	r.s.TaskDefinitions = append(r.s.TaskDefinitions, td)
	return nil
}

// familyOf is the family of an ARN or of family:revision.
func familyOf(ref string) string {
	family, _, _ := strings.Cut(last(ref), ":")
	return family
}

const primary = "PRIMARY"

// service takes one over, in ECS' spelling: without its events, and of its
// deployments only the PRIMARY one, as in every Snapshot.
func (r *reading) service(o object) error {
	s := inventory.Service{
		Name: text(o, "serviceName"), ARN: text(o, "serviceArn"), Cluster: last(cmp.Or(text(o, "clusterArn"), text(o, "cluster"))),
		DesiredCount: number(o, "desiredCount"), RunningCount: number(o, "runningCount"), LaunchType: text(o, "launchType"),
		TaskDefinition: text(o, "taskDefinition"),
	}
	if s.Name == "" {
		s.Name = last(s.ARN)
	}
	if s.Name == "" {
		return fmt.Errorf("%w: a service has no serviceName", names.ErrInvalid)
	}
	s.Place = r.placeOf(s.ARN)
	if part := strings.Split(s.ARN, "/"); s.Cluster == "" && len(part) == 3 {
		s.Cluster = part[1] // of the long form
	}
	s.Cluster = cmp.Or(s.Cluster, "default")
	if s.ARN == "" {
		s.ARN = arn(s.Place, "ecs", "service/"+s.Cluster+"/"+s.Name)
	}
	delete(o, "events")
	if list, ok := o["deployments"].([]any); ok {
		o["deployments"] = slices.DeleteFunc(list, func(v any) bool {
			d, ok := v.(object)
			return ok && text(d, "status") != "" && text(d, "status") != primary
		})
	}
	sets := []object{o}
	for _, t := range children(o, "taskSets") {
		if text(t, "status") == primary {
			sets = append(sets, t)
			s.TaskDefinition = cmp.Or(s.TaskDefinition, text(t, "taskDefinition"))
			s.LaunchType = cmp.Or(s.LaunchType, text(t, "launchType"))
		}
	}
	for _, d := range children(o, "deployments") {
		sets = append(sets, object{"networkConfiguration": d["networkConfiguration"]})
	}
	for _, of := range sets {
		for _, g := range children(of, "serviceRegistries") {
			s.Registries = append(s.Registries, inventory.Registry{
				ARN: text(g, "registryArn"), ContainerName: text(g, "containerName"), ContainerPort: number(g, "containerPort"), Port: number(g, "port"),
			})
		}
		for _, b := range children(of, "loadBalancers") {
			s.TargetGroups = append(s.TargetGroups, given(text(b, "targetGroupArn"), text(child(b, "advancedConfiguration"), "alternateTargetGroupArn"))...)
		}
		vpc := child(child(of, "networkConfiguration"), "awsvpcConfiguration")
		s.Subnets = append(s.Subnets, texts(vpc, "subnets")...)
		s.SecurityGroups = append(s.SecurityGroups, texts(vpc, "securityGroups")...)
	}
	var err error
	if s.Document, err = documentOf(o); err != nil {
		return err
	}
	r.s.Services = append(r.s.Services, s)
	return nil
}

// given are those that are not empty.
func given(all ...string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}
