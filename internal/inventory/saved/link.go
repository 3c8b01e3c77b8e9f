package saved

import (
	"cmp"
	"slices"

	"github.com/tranship/tranship/internal/inventory"
)

// link joins what came from different files: services with their task definitions
// and their names. A task definition that no service runs gets a service.
func (r *reading) link() error {
	missing := &MissingError{}
	used := map[string]bool{}
	for i := range r.s.Services {
		s := &r.s.Services[i]
		td := r.runs(s)
		if td == nil {
			if !r.excused(s) {
				missing.Services = append(missing.Services, s.Cluster+"/"+s.Name)
				missing.TaskDefinitions = append(missing.TaskDefinitions, last(s.TaskDefinition))
			}
			continue
		}
		if td.Place == (inventory.Place{Account: NoAccount, Region: NoRegion}) && td.Place != s.Place {
			td.Place = s.Place
			td.ARN = arn(s.Place, "ecs", "task-definition/"+last(td.ARN))
		}
		s.TaskDefinition = td.ARN
		used[td.ARN] = true
		r.describe(s)
	}
	if len(missing.Services) > 0 {
		return missing
	}
	for _, td := range slices.Clone(r.s.TaskDefinitions) {
		if used[td.ARN] {
			continue
		}
		used[td.ARN] = true
		if err := r.assume(td); err != nil {
			return err
		}
	}
	for _, s := range r.s.Services {
		if !slices.ContainsFunc(r.s.Clusters, func(c inventory.Cluster) bool { return c.Name == s.Cluster && c.Place == s.Place }) {
			r.s.Clusters = append(r.s.Clusters, inventory.Cluster{
				Place: s.Place, Name: s.Cluster, ARN: arn(s.Place, "ecs", "cluster/"+s.Cluster), Document: inventory.Document("{}"),
			})
		}
		r.s.Places = append(r.s.Places, s.Place)
	}
	if slices.ContainsFunc(r.s.Services, func(s inventory.Service) bool { return s.Account == NoAccount || s.Region == NoRegion }) {
		r.warn("the files", "none says the account and region of everything: where it does not, %s and %s stand for them", NoAccount, NoRegion)
	}
	return nil
}

// runs finds what a service runs: by ARN, by family and revision, by family where the
// file does not say which revision it is, or, where nothing is known, by its own name.
func (r *reading) runs(s *inventory.Service) *inventory.TaskDefinition {
	ref, all := s.TaskDefinition, r.s.TaskDefinitions
	if ref == "" {
		i := slices.IndexFunc(all, func(td inventory.TaskDefinition) bool { return td.Family == s.Name })
		if i < 0 {
			return nil
		}
		r.warn(s.Cluster+"/"+s.Name, "the file does not tell what it runs: the family of the same name is taken")
		return &all[i]
	}
	for _, same := range []func(inventory.TaskDefinition) bool{
		func(td inventory.TaskDefinition) bool { return td.ARN == ref },
		func(td inventory.TaskDefinition) bool { return last(td.ARN) == last(ref) },
		func(td inventory.TaskDefinition) bool {
			return td.Family == familyOf(ref) && (td.Revision == 0 || last(ref) == td.Family)
		},
	} {
		if i := slices.IndexFunc(all, same); i >= 0 {
			if all[i].Revision == 0 && familyOf(ref) != last(ref) && last(ref) != last(all[i].ARN) {
				r.warn(s.Cluster+"/"+s.Name, "it runs %s, and the file of %s does not say which revision it is", last(ref), all[i].Family)
			}
			return &all[i]
		}
	}
	return nil
}

// excused: it is said already why the task definition of a service is not there.
func (r *reading) excused(s *inventory.Service) bool {
	return slices.ContainsFunc(r.s.Unknown, func(u inventory.Unknown) bool {
		return u.Part == "taskDefinitions" && u.Object == last(s.TaskDefinition)
	})
}

// describe tells the service's registries what is known of their names.
func (r *reading) describe(s *inventory.Service) {
	for n := range s.Registries {
		reg := &s.Registries[n]
		i := slices.IndexFunc(r.s.Names, func(name inventory.Name) bool { return name.ARN == reg.ARN })
		switch {
		case i >= 0:
			reg.Describe(r.s.Names[i])
		case reg.Service == "" && !slices.ContainsFunc(r.s.Unknown, func(u inventory.Unknown) bool { return u.Part == "names" && u.Place == s.Place }):
			r.s.Unknown = append(r.s.Unknown, inventory.Unknown{
				Place: s.Place, Part: "names", Object: s.Cluster + "/" + s.Name,
				Why: "the file does not say which name its registry " + cmp.Or(reg.ARN, "(unresolved)") + " is; `tranship inventory` reads it",
			})
		}
	}
}

// assume makes a service of a task definition that comes without one.
func (r *reading) assume(td inventory.TaskDefinition) error {
	doc, err := documentOf(object{"desiredCount": 1, "serviceName": td.Family})
	if err != nil {
		return err
	}
	r.warn(td.Family, "no file has a service that runs it: one of the same name with one task is assumed; give what `aws ecs describe-services` prints, too, for what it really has")
	r.s.Services = append(r.s.Services, inventory.Service{
		Place: td.Place, Cluster: "default", Name: td.Family, ARN: arn(td.Place, "ecs", "service/default/"+td.Family), DesiredCount: 1,
		TaskDefinition: td.ARN, Document: doc,
	})
	return nil
}
