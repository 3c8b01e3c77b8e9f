package saved

import (
	"cmp"
	"slices"

	"github.com/tranship/tranship/internal/inventory"
)

// scaled gives a service its scalable target, a policy or scheduled actions, in
// Application Auto Scaling's spelling.
func (r *reading) scaled(by, resource string, target, policy object, scheduled []object) error {
	i := slices.IndexFunc(r.s.Services, func(s inventory.Service) bool { return "service/"+s.Cluster+"/"+s.Name == resource })
	if i < 0 {
		r.warn(by, "no service of the files is %q, which it scales: left out", resource)
		return nil
	}
	s := &r.s.Services[i]
	for _, doc := range append([]object{target, policy}, scheduled...) {
		if doc != nil {
			r.unresolved(s.Name+" "+by, doc)
		}
	}
	if s.Scaling == nil {
		s.Scaling = &inventory.Scaling{Target: inventory.Document("{}")}
	}
	if target != nil {
		doc, err := documentOf(target)
		if err != nil {
			return err
		}
		s.Scaling.Target = doc
	}
	if policy != nil {
		set(policy, "PolicyName", by)
		doc, err := documentOf(policy)
		if err != nil {
			return err
		}
		s.Scaling.Policies = append(s.Scaling.Policies, doc)
	}
	for _, a := range scheduled {
		doc, err := documentOf(a)
		if err != nil {
			return err
		}
		s.Scaling.Scheduled = append(s.Scaling.Scheduled, doc)
	}
	byName(s.Scaling.Policies, "PolicyName")
	byName(s.Scaling.Scheduled, "ScheduledActionName")
	return nil
}

// byName sorts documents by a field.
func byName(docs []inventory.Document, key string) {
	name := func(d inventory.Document) string {
		v, err := decode(d)
		if err != nil {
			return ""
		}
		o, _ := v.(object)
		return text(o, key)
	}
	slices.SortStableFunc(docs, func(a, b inventory.Document) int { return cmp.Compare(name(a), name(b)) })
}
