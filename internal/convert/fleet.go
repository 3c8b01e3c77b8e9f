package convert

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tranship/tranship/internal/inventory"
)

// tagNamespace is the tag of an ECS service that names the Kubernetes namespace which
// may take it; api/v1alpha1 has it as TagNamespace.
const tagNamespace = "tranship.dev/namespace"

// called is what a service, and what is made of it, is called on Kubernetes.
type called struct {
	name, namespace string
	why             string // it is not called as on ECS
	others          *taken // the names of the fleet
}

// taken are names that are in use, by namespace/name, and whose they are.
type taken map[string]string

// take gives the first of the names that nobody has to owner, and the last of them in
// any case.
func (t taken) take(owner, namespace string, names ...string) string {
	for n, name := range names {
		key := namespace + "/" + name
		if had, ok := t[key]; !ok || had == owner || n == len(names)-1 {
			t[key] = owner
			return name
		}
	}
	return ""
}

// free takes the name for owner, unless another has it.
func (t taken) free(owner, namespace, name string) bool {
	key := namespace + "/" + name
	if had, ok := t[key]; ok && had != owner {
		return false
	}
	t[key] = owner
	return true
}

// Named gives each of several services its name on Kubernetes: its own, in lower
// case. Of those that would have the same, one that has it on ECS already keeps it, else
// the first; another has its cluster's name appended, or letters of a digest. A fleet is named
// whole, also if only some of it is converted: then the names are the same each time.
func Named(inputs []Input, opts Options) []Input {
	out := make([]Input, len(inputs))
	used := taken{}
	name := func(i int, exact bool) {
		s := inputs[i].Service
		namespace, l := namespaceOf(s, opts), serviceLabel(s.Name)
		if (l == s.Name) != exact {
			return
		}
		owner := ownerOf(s)
		n := used.take(owner, namespace, l, serviceLabel(s.Name+"-"+s.Cluster), marked(l, owner))
		c := &called{name: n, namespace: namespace, others: &used}
		switch {
		case n != l:
			c.why = fmt.Sprintf("it is called %s: another service of the namespace %s is called %s", n, namespace, l)
		case n != s.Name:
			c.why = "Kubernetes takes no such name: it is called " + n
		}
		out[i], out[i].called = inputs[i], c
	}
	for i := range inputs {
		name(i, true)
	}
	for i := range inputs {
		name(i, false)
	}
	return out
}

// ownerOf tells services of several accounts apart.
func ownerOf(s inventory.Service) string {
	return s.Account + "/" + s.Region + "/" + s.Cluster + "/" + s.Name
}

// namespaceOf is the Kubernetes namespace of a service: that of its tag, that of the
// options, or the name of its ECS cluster.
func namespaceOf(s inventory.Service, opts Options) string {
	var d struct {
		Tags []struct{ Key, Value string }
	}
	if json.Unmarshal(s.Document, &d) == nil {
		for _, t := range d.Tags {
			if t.Key == tagNamespace && t.Value != "" && label(t.Value) == t.Value {
				return t.Value
			}
		}
	}
	return cmp.Or(opts.Namespace, plain(s.Cluster))
}

// spare is a name for one more Service: the first of these that nobody else in the
// fleet has.
func (c *conversion) spare(name string) string {
	owner := ownerOf(c.in.Service)
	return c.in.called.others.take(owner, c.namespace, name, marked(name, owner))
}

// Fleet converts several services, named together. One that can't be converted stops
// none of the others: it has an error, which names it. Results and errors are in the order of the
// inputs.
func Fleet(inputs []Input, opts Options) ([]Result, []error) {
	var (
		out  []Result
		errs []error
	)
	if slices.ContainsFunc(inputs, func(in Input) bool { return in.called == nil }) {
		inputs = Named(inputs, opts)
	}
	for _, in := range inputs {
		r, err := Convert(in, opts)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out = append(out, r)
	}
	return out, errs
}
