package render

import (
	"fmt"
	"strconv"
	"strings"
)

// values are a chart's values.yaml while its templates are made: each template takes
// what people change out of its object and leaves it here.
type values struct {
	tree  map[string]any
	notes []note
	// said are the notes on the object at hand, by path: they go with what is taken.
	said map[string]string
}

// set puts a value where a path of keys leads, and returns the expression for it.
// Above it stands a comment, if one is given.
func (v *values) set(value any, about string, path ...string) string {
	m := v.tree
	for _, k := range path[:len(path)-1] {
		next, ok := m[k].(map[string]any)
		if !ok {
			next = map[string]any{}
			m[k] = next
		}
		m = next
	}
	last := path[len(path)-1]
	if _, there := m[last]; !there && about != "" {
		v.notes = append(v.notes, note{strings.Join(path, "."), about})
	}
	m[last] = value
	return expression(path)
}

// expression reads a path of keys, which may be any text, from the values.
func expression(path []string) string {
	plain := true
	for _, k := range path {
		for i, r := range k {
			plain = plain && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || i > 0 && r >= '0' && r <= '9')
		}
	}
	if plain {
		return ".Values." + strings.Join(path, ".")
	}
	words := make([]string, len(path))
	for i, k := range path {
		words[i] = strconv.Quote(k)
	}
	return "(index .Values " + strings.Join(words, " ") + ")"
}

// take moves what people change of an object into the values.
func (v *values) take(o *object, f *slots) {
	v.said = map[string]string{}
	for _, n := range o.notes {
		v.said[n.Path] = strings.TrimPrefix(v.said[n.Path]+"\n"+n.Text, "\n")
	}
	spec, _ := o.tree["spec"].(map[string]any)
	switch o.kind {
	case "Deployment", "DaemonSet", "StatefulSet":
		v.workload(spec, f)
	case "ConfigMap":
		data, _ := o.tree["data"].(map[string]any)
		for _, k := range keysOf(data, "data") {
			data[k] = f.text(v.set(data[k], v.said["data."+k], "config", o.name, k))
		}
	case "ServiceAccount":
		v.notes = append(v.notes, note{"serviceAccount", "more annotations of the ServiceAccount"})
		v.entries(o.tree["metadata"].(map[string]any), "annotations", f, "serviceAccount", "annotations")
	case "HorizontalPodAutoscaler":
		for _, k := range []string{"minReplicas", "maxReplicas"} {
			if x, ok := spec[k]; ok {
				spec[k] = f.value("int " + v.set(x, v.said["spec."+k], "autoscaling", k))
			}
		}
	case "PodDisruptionBudget":
		for _, k := range []string{"minAvailable", "maxUnavailable"} {
			if x, ok := spec[k]; ok {
				spec[k] = f.value(v.set(x, v.said["spec."+k], "disruption", k) + " | toJson")
			}
		}
	case "ServiceMigration":
		if goal, ok := spec["goal"]; ok {
			spec["goal"] = f.text(v.set(goal, "Target moves the name to EKS, Source brings it back.", "migration", "goal"))
		}
	}
}

// entries lets the values add to a map that may not be there.
func (v *values) entries(m map[string]any, key string, f *slots, path ...string) {
	e := v.set(map[string]any{}, "", path...)
	if have, ok := m[key].(map[string]any); ok && len(have) > 0 {
		f.more(have, e)
		return
	}
	delete(m, key)
	f.optional(m, key, e)
}

// whole lets the values have all of a map or list, which may not be there. at is where
// the object has it.
func (v *values) whole(m map[string]any, at string, empty any, f *slots, path ...string) {
	key := at[strings.LastIndexByte(at, '.')+1:]
	if have, ok := m[key]; ok {
		m[key] = f.block(v.set(have, v.said[at], path...))
		return
	}
	f.optional(m, key, v.set(empty, v.said[at], path...))
}

// podAt is where a workload has its pods.
const podAt = "spec.template.spec."

func (v *values) workload(spec map[string]any, f *slots) {
	if n, ok := spec["replicas"]; ok {
		spec["replicas"] = f.value("int " + v.set(n, v.said["spec.replicas"], "replicas"))
	}
	template, _ := spec["template"].(map[string]any)
	meta, ok := template["metadata"].(map[string]any)
	if !ok {
		meta = map[string]any{}
		template["metadata"] = meta
	}
	pod, _ := template["spec"].(map[string]any)
	for _, list := range []string{"initContainers", "containers"} {
		items, _ := pod[list].([]any)
		for i, x := range items {
			if k, ok := x.(map[string]any); ok {
				v.container(k, podAt+list+"."+strconv.Itoa(i)+".", f)
			}
		}
	}
	v.notes = append(v.notes, note{"pod", "what else the pods get"})
	v.entries(meta, "annotations", f, "pod", "annotations")
	v.entries(meta, "labels", f, "pod", "labels")
	v.whole(pod, podAt+"nodeSelector", map[string]any{}, f, "pod", "nodeSelector")
	v.whole(pod, podAt+"tolerations", []any{}, f, "pod", "tolerations")
	v.whole(pod, podAt+"affinity", map[string]any{}, f, "pod", "affinity")
	v.whole(pod, podAt+"topologySpreadConstraints", []any{}, f, "pod", "topologySpreadConstraints")
	if n, ok := pod["terminationGracePeriodSeconds"]; ok {
		pod["terminationGracePeriodSeconds"] = f.value("int " + v.set(n, v.said[podAt+"terminationGracePeriodSeconds"], "pod", "terminationGracePeriodSeconds"))
	}
}

// container leaves the order of variables as it is, for later ones may refer to
// earlier ones; one that comes from elsewhere, such as a secret, stays there.
func (v *values) container(k map[string]any, at string, f *slots) {
	name := fmt.Sprint(k["name"])
	if image, ok := k["image"]; ok {
		k["image"] = f.text(v.set(image, v.said[at+"image"], "containers", name, "image"))
	}
	v.whole(k, at+"resources", map[string]any{}, f, "containers", name, "resources")
	v.notes = append(v.notes, note{"containers." + name, v.said[strings.TrimSuffix(at, ".")]})
	env, _ := k["env"].([]any)
	last := map[any]int{} // of several with one name the last counts
	for i, x := range env {
		e, _ := x.(map[string]any)
		last[e["name"]] = i
	}
	for i, x := range env {
		e, _ := x.(map[string]any)
		if value, ok := e["value"]; ok && last[e["name"]] == i {
			e["value"] = f.text(v.set(value, v.said[at+"env."+strconv.Itoa(i)+".value"], "containers", name, "env", fmt.Sprint(e["name"])))
		}
	}
	more := v.set([]any{}, "", "containers", name, "extraEnv")
	if len(env) > 0 {
		k["env"] = f.moreItems(env, more)
		return
	}
	f.optional(k, "env", more)
}
