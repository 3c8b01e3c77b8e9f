package render

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/tranship/tranship/internal/convert"
)

// object is a Kubernetes object as it is rendered: what JSON says of it, without
// what only a cluster writes.
type object struct {
	apiVersion, kind, namespace, name string
	tree                              map[string]any // strings, bools, json.Numbers, lists, maps
	notes                             []convert.Note
}

// key tells objects of a cluster apart. The version is not in it: an object has one
// name whatever version is spoken.
func (o *object) key() string {
	group, _, found := bytes.Cut([]byte(o.apiVersion), []byte("/"))
	if !found {
		group = nil
	}
	return fmt.Sprintf("%s/%s/%s/%s", group, o.kind, o.namespace, o.name)
}

func (o *object) isNamespace() bool { return o.kind == "Namespace" && o.apiVersion == "v1" }

func newObject(o convert.Object) (*object, error) {
	if o.Object == nil {
		return nil, fmt.Errorf("an object is nil")
	}
	data, err := json.Marshal(o.Object)
	if err != nil {
		return nil, fmt.Errorf("%T as JSON: %w", o.Object, err)
	}
	tree, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("%T as JSON: %w", o.Object, err)
	}
	out := &object{tree: tree, notes: o.Notes}
	meta, _ := tree["metadata"].(map[string]any)
	out.apiVersion, _ = tree["apiVersion"].(string)
	out.kind, _ = tree["kind"].(string)
	out.name, _ = meta["name"].(string)
	out.namespace, _ = meta["namespace"].(string)
	if out.apiVersion == "" || out.kind == "" || out.name == "" {
		return nil, fmt.Errorf("%T %q has no apiVersion, kind or name", o.Object, out.name)
	}
	out.clean()
	return out, nil
}

func decode(data []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var tree map[string]any
	if err := d.Decode(&tree); err != nil {
		return nil, err
	}
	return tree, nil
}

// clean takes out what a manifest does not say: the status, times of creation, and
// the empty structs that Go's types print where nothing was set.
func (o *object) clean() {
	delete(o.tree, "status")
	dropNull(o.tree)
	switch o.kind {
	case "Deployment", "DaemonSet", "StatefulSet":
		spec, _ := o.tree["spec"].(map[string]any)
		dropEmpty(spec, "strategy", "updateStrategy")
		template, _ := spec["template"].(map[string]any)
		pod, _ := template["spec"].(map[string]any)
		for _, list := range []string{"initContainers", "containers"} {
			items, _ := pod[list].([]any)
			for _, k := range items {
				if k, ok := k.(map[string]any); ok {
					dropEmpty(k, "resources")
				}
			}
		}
	}
}

func dropEmpty(m map[string]any, keys ...string) {
	for _, k := range keys {
		if v, ok := m[k].(map[string]any); ok && len(v) == 0 {
			delete(m, k)
		}
	}
}

// dropNull takes keys without a value out: the API server reads them as not set.
func dropNull(v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if x == nil {
				delete(v, k)
				continue
			}
			dropNull(x)
		}
	case []any:
		for _, x := range v {
			dropNull(x)
		}
	}
}
