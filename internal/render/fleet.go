package render

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/tranship/tranship/internal/convert"
)

// ErrCollision says that two services would make different objects of one name.
var ErrCollision = errors.New("two services would make the same object")

// service is one that is rendered.
type service struct {
	namespace, name string
	from            string // which ECS service it was
	objects         []*object
}

// path is the folder of a service in every form.
func (s *service) path() string { return "services/" + s.namespace + "/" + s.name }

// fleet is everything that is rendered: the services in order, and what belongs to
// none of them alone: Namespaces first, then objects that several have alike.
type fleet struct {
	services []*service
	objects  []*object
}

// gather sorts results by namespace and name, and finds what several have.
// Errors: ErrCollision; what can't be written as JSON.
func gather(results []convert.Result, o Options) (*fleet, error) {
	// In their order, so that also errors are the same whatever the order they come in.
	results = slices.Clone(results)
	slices.SortStableFunc(results, func(a, b convert.Result) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region), cmp.Compare(a.Cluster, b.Cluster), cmp.Compare(a.Service, b.Service))
	})
	f := &fleet{}
	owners := map[string][]*service{}
	found := map[string]*object{}
	for _, r := range results {
		s := &service{namespace: r.Namespace, name: r.Name, from: fmt.Sprintf("the ECS service %s/%s (account %s, %s)",
			r.Cluster, r.Service, cmp.Or(r.Account, "unknown"), cmp.Or(r.Region, "region unknown"))}
		if !named(r.Namespace) || !named(r.Name) {
			return nil, fmt.Errorf("%s: %q in %q is no name of Kubernetes", s.from, r.Name, r.Namespace)
		}
		for _, x := range r.Objects {
			y, err := newObject(x)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.from, err)
			}
			k := y.key()
			if other := found[k]; other != nil && !same(other, y) {
				return nil, fmt.Errorf("%w: %s %s of %s and of %s differ", ErrCollision, y.kind, y.name, owners[k][0].from, s.from)
			}
			if found[k] == nil {
				found[k] = y
			}
			owners[k] = append(owners[k], s)
			s.objects = append(s.objects, y)
		}
		f.services = append(f.services, s)
	}
	for i, s := range f.services {
		if i > 0 && f.services[i-1].path() == s.path() {
			return nil, fmt.Errorf("%w: %s and %s are both called %s in the namespace %s: give one of them another namespace",
				ErrCollision, f.services[i-1].from, s.from, s.name, s.namespace)
		}
	}
	// Objects of the whole cluster are nobody's alone, however many services have them
	// in this run.
	f.share(func(x *object) bool { return x.namespace == "" || len(owners[x.key()]) > 1 })
	f.namespaces(o)
	f.services = slices.DeleteFunc(f.services, func(s *service) bool { return len(s.objects) == 0 })
	return f, nil
}

// share moves what belongs to no service alone out of the services.
func (f *fleet) share(common func(*object) bool) {
	seen := map[string]bool{}
	for _, s := range f.services {
		s.objects = slices.DeleteFunc(s.objects, func(x *object) bool {
			if !common(x) {
				return false
			}
			if !seen[x.key()] {
				seen[x.key()] = true
				f.objects = append(f.objects, x)
			}
			return true
		})
	}
}

// given are the namespaces that every cluster has.
var given = []string{"default", "kube-system", "kube-public", "kube-node-lease"}

// namespaces adds those that no result states, and puts them first.
func (f *fleet) namespaces(o Options) {
	if o.WithoutNamespaces {
		f.objects = slices.DeleteFunc(f.objects, (*object).isNamespace)
		return
	}
	seen := map[string]bool{}
	for _, x := range f.objects {
		if x.isNamespace() {
			seen[x.name] = true
		}
	}
	for _, s := range f.services {
		if seen[s.namespace] || slices.Contains(given, s.namespace) {
			continue
		}
		seen[s.namespace] = true
		f.objects = append(f.objects, &object{apiVersion: "v1", kind: "Namespace", name: s.namespace, tree: map[string]any{
			"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": s.namespace},
		}})
	}
	slices.SortStableFunc(f.objects, func(a, b *object) int {
		if a.isNamespace() != b.isNamespace() {
			if a.isNamespace() {
				return -1
			}
			return 1
		}
		if a.isNamespace() {
			return cmp.Compare(a.name, b.name)
		}
		return 0
	})
}

func same(a, b *object) bool {
	x, errA := json.Marshal(a.tree)
	y, errB := json.Marshal(b.tree)
	return errA == nil && errB == nil && bytes.Equal(x, y)
}

// named says that a text can be a folder, and is what Kubernetes takes as a label.
func named(s string) bool {
	if s == "" || len(s) > 63 {
		return false
	}
	for i, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' && i > 0 && i < len(s)-1) {
			return false
		}
	}
	return true
}
