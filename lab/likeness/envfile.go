package likeness

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tranship/tranship/lab/likeness/fleet"
)

// configMaps are the ConfigMaps that a workload's containers take all variables from.
func configMaps(u *unstructured.Unstructured) (out []string) {
	for _, list := range []string{"initContainers", "containers"} {
		all, _, _ := unstructured.NestedSlice(u.Object, "spec", "template", "spec", list)
		for _, c := range all {
			m, _ := c.(map[string]any)
			from, _, _ := unstructured.NestedSlice(m, "envFrom")
			for _, f := range from {
				m, _ := f.(map[string]any)
				if name, ok, _ := unstructured.NestedString(m, "configMapRef", "name"); ok {
					out = append(out, name)
				}
			}
		}
	}
	return out
}

// fileOf is what `kubectl create configmap --from-env-file` makes of the environment
// file that a ConfigMap is named after: …env-1 is the first one, and so on.
func fileOf(name string) map[string]string {
	n, _ := strconv.Atoi(name[strings.LastIndexByte(name, '-')+1:])
	order := slices.Sorted(maps.Keys(fleet.Files())) // common.env, own.env
	slices.Reverse(order)                            // as the definition names them
	if n < 1 || n > len(order) {
		return nil
	}
	out := map[string]string{}
	for line := range strings.Lines(fleet.Files()[order[n-1]]) {
		line = strings.TrimRight(line, "\n")
		if k, v, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			out[k] = v
		}
	}
	return out
}
