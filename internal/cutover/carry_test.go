package cutover

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/names"
)

// What all tasks have alike is carried, but for what tells one of them or who
// registered it.
func TestCarried(t *testing.T) {
	src := names.Source{Cluster: "prod", Service: "orders"}
	task := func(id string, kv ...string) names.Instance {
		i := names.Instance{ID: names.ID(id), Attributes: map[string]string{
			names.AttrECSCluster: "prod", names.AttrECSService: "orders", names.AttrECSFamily: "orders", names.AttrRegion: "eu-central-1",
			names.AttrIPv4: "10.0.0.1", names.AttrPort: "8080", names.AttrZone: "a",
		}}
		for n := 0; n < len(kv); n += 2 {
			i.Attributes[kv[n]] = kv[n+1]
		}
		return i
	}
	view := func(is ...names.Instance) names.View { return names.View{Instances: is} }
	base := map[string]string{names.AttrECSFamily: "orders", names.AttrRegion: "eu-central-1"}
	with := map[string]string{names.AttrECSFamily: "orders", names.AttrRegion: "eu-central-1", "stage": "blue"}
	many, all := task("m"), map[string]string{}
	for n := range 20 {
		many.Attributes[fmt.Sprintf("%02d", n)] = "x"
		if n < mostCarried {
			all[fmt.Sprintf("%02d", n)] = "x"
		}
	}
	for what, c := range map[string]struct {
		view names.View
		want map[string]string
	}{
		"nobody":        {view(), nil},
		"one":           {view(task("a", "stage", "blue")), with},
		"two alike":     {view(task("a", "stage", "blue"), task("b", "stage", "blue")), with},
		"two unlike":    {view(task("a", "stage", "blue"), task("b", "stage", "green")), base},
		"one without":   {view(task("a", "stage", "blue"), task("b")), base},
		"beside others": {view(task("a"), names.Instance{ID: "static", Attributes: map[string]string{"stage": "red"}}), base},
		"too long":      {view(task("a", "A", strings.Repeat("x", 1024), "stage", "blue")), nil},
		"too many":      {view(many), all},
	} {
		if diff := cmp.Diff(c.want, carried(c.view, "cluster-a", src)); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
}
