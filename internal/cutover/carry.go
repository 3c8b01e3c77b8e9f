package cutover

import (
	"maps"
	"slices"
	"strings"

	"github.com/tranship/tranship/internal/names"
)

// What is carried over is bounded, because the original has to fit an annotation.
const (
	mostCarried  = 10
	carriedBytes = 1024
)

// notCarried are the attributes that tell one task, or who registered it: on a
// pod they would be wrong.
var notCarried = map[string]bool{
	names.AttrZone: true, names.AttrECSCluster: true, names.AttrECSService: true, "EC2_INSTANCE_ID": true,
}

// carried are the attributes that all instances of the ECS service have alike.
// Callers of DiscoverInstances may filter on them, and would not see a pod that
// has them not. What Cloud Map itself gives a meaning is the endpoint's own.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_DiscoverInstances.html
func carried(v names.View, owner string, src names.Source) map[string]string {
	var common map[string]string
	for _, i := range v.Instances {
		if names.SideOf(i, owner, &src) != names.FromSource {
			continue
		}
		if common == nil {
			common = maps.Clone(i.Attributes)
			continue
		}
		maps.DeleteFunc(common, func(k, v string) bool {
			have, ok := i.Attributes[k]
			return !ok || have != v
		})
	}
	var out map[string]string
	size := 0
	for _, k := range slices.Sorted(maps.Keys(common)) {
		if notCarried[k] || strings.HasPrefix(k, "AWS_") || strings.HasPrefix(k, "tranship.dev/") {
			continue
		}
		if size += len(k) + len(common[k]); len(out) == mostCarried || size > carriedBytes {
			break
		}
		if out == nil {
			out = map[string]string{}
		}
		out[k] = common[k]
	}
	return out
}
