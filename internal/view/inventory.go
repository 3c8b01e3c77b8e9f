package view

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/tranship/tranship/internal/inventory"
)

// InventoryLegend says how the columns of the inventory are read.
const InventoryLegend = "TASKS: running / desired. TTL: the longest of the name's records. SCALING: least to most tasks. LB: target groups."

// Inventory writes one line for each ECS service, and below it what is unknown.
func Inventory(w io.Writer, s *inventory.Snapshot, st Style) error {
	cols := []string{"CLUSTER", "SERVICE", ">TASKS", "LAUNCH", "NAME", ">TTL", "SCALING", ">LB", "TASK DEFINITION"}
	if len(s.Places) > 1 {
		cols = append([]string{"ACCOUNT", "REGION"}, cols...)
	}
	return writeInventory(w, s, st, cols)
}

// InventoryWide writes all that fits on a line; it is never cut.
func InventoryWide(w io.Writer, s *inventory.Snapshot, st Style) error {
	st.Width = 0
	return writeInventory(w, s, st, []string{
		"ACCOUNT", "REGION", "CLUSTER", "SERVICE", ">TASKS", "LAUNCH", "NAME", "RECORDS", ">TTL", "SCALING", ">LB", "IN THE NAME", "TASK DEFINITION", "STATUS",
	})
}

func writeInventory(w io.Writer, s *inventory.Snapshot, st Style, cols []string) error {
	g := grid{cols: heads(cols...)}
	status, in := map[string]string{}, map[string]string{}
	for _, td := range s.TaskDefinitions {
		status[td.ARN] = td.Status
	}
	for _, n := range s.Names {
		in[n.ARN] = instances(n.Instances)
	}
	for _, v := range s.Services {
		cells := map[string]string{
			"ACCOUNT": v.Account, "REGION": v.Region, "CLUSTER": v.Cluster, "SERVICE": v.Name,
			"TASKS": fmt.Sprintf("%d/%d", v.RunningCount, v.DesiredCount), "LAUNCH": v.LaunchType, "SCALING": scaling(v.Scaling),
			"TASK DEFINITION": family(v.TaskDefinition), "STATUS": cmp.Or(status[v.TaskDefinition], "unknown"),
		}
		if len(v.TargetGroups) > 0 {
			cells["LB"] = strconv.Itoa(len(v.TargetGroups))
		}
		var names, records, ttls, held []string
		for _, r := range v.Registries {
			if r.Service == "" {
				names = append(names, "unknown")
				continue
			}
			names = append(names, r.Service+"."+r.Namespace)
			records = append(records, strings.Join(r.RecordTypes, "+"))
			if r.TTL > 0 {
				ttls = append(ttls, fmt.Sprintf("%ds", r.TTL))
			}
			held = append(held, in[r.ARN])
		}
		cells["NAME"], cells["RECORDS"], cells["TTL"], cells["IN THE NAME"] =
			strings.Join(names, " "), strings.Join(records, " "), strings.Join(ttls, " "), strings.Join(held, " ")
		row := make([]string, 0, len(g.cols))
		for _, c := range g.cols {
			row = append(row, cells[c.head])
		}
		g.add(row...)
	}
	var b strings.Builder
	if len(g.rows) > 0 {
		g.write(&b, st)
	}
	unknown(&b, s, st)
	_, err := io.WriteString(w, b.String())
	return err
}

// family is a task definition as people call it: orders:7.
func family(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// instances are counts of who is in a name: 3 ecs:prod/orders, 1 other.
func instances(all []inventory.Instances) string {
	var parts []string
	for _, i := range all {
		parts = append(parts, fmt.Sprintf("%d %s", i.Count, i.Of))
	}
	return strings.Join(parts, ", ")
}

// scaling is the range that autoscaling keeps the service in.
func scaling(s *inventory.Scaling) string {
	if s == nil {
		return ""
	}
	var t struct{ MinCapacity, MaxCapacity int }
	if err := json.Unmarshal(s.Target, &t); err != nil {
		return "unknown"
	}
	return fmt.Sprintf("%d-%d", t.MinCapacity, t.MaxCapacity)
}

// unknown lists what could not be read, alike things in one line.
func unknown(b *strings.Builder, s *inventory.Snapshot, st Style) {
	if len(s.Unknown) == 0 {
		return
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	type like struct{ place, part, permission, why string }
	type group struct {
		like
		first inventory.Unknown
		count int
	}
	var groups []*group
	for _, u := range s.Unknown {
		l := like{u.Account + " " + u.Region, u.Part, u.Permission, u.Why}
		if u.Permission != "" {
			l.why = "" // differs by the object alone
		}
		i := slices.IndexFunc(groups, func(g *group) bool { return g.like == l })
		if i < 0 {
			i, groups = len(groups), append(groups, &group{like: l, first: u})
		}
		groups[i].count++
	}
	several := len(s.Places) > 1
	cols := []string{"UNKNOWN", "OF", "MISSING PERMISSION", "WHY"}
	if several {
		cols = append([]string{"ACCOUNT AND REGION"}, cols...)
	}
	g := grid{cols: heads(cols...)}
	missing := false
	for _, one := range groups {
		of := cmp.Or(one.first.Object, "all")
		if one.count > 1 {
			of += fmt.Sprintf(" and %d more", one.count-1)
		}
		row := []string{one.part, of, one.permission, one.first.Why}
		if several {
			row = append([]string{one.place}, row...)
		}
		g.add(row...)
		missing = missing || one.permission != ""
	}
	st.Width = 0 // somebody has to act on it
	g.write(b, st)
	b.WriteString("Unknown is not the same as not there: whatever reads this inventory keeps them apart.\n")
	if missing {
		b.WriteString("`tranship iam inventory` prints a policy with all that this verb reads.\n")
	}
}

// InventorySummary counts what there is: "23 services in 2 clusters; 24 names in 2 namespaces".
func InventorySummary(s *inventory.Snapshot) string {
	text := fmt.Sprintf("%s in %s; %s in %s", several(len(s.Services), "service"), several(len(s.Clusters), "cluster"),
		several(len(s.Names), "name"), several(len(s.Namespaces), "namespace"))
	if alone := namesAlone(s); alone > 0 {
		text += fmt.Sprintf(", %d of them of no ECS service", alone)
	}
	if len(s.Unknown) > 0 {
		text += fmt.Sprintf("; %s unknown", several(len(s.Unknown), "thing"))
	}
	return text
}

// namesAlone counts the names that no ECS service has as its registry.
func namesAlone(s *inventory.Snapshot) int {
	used := map[string]bool{}
	for _, v := range s.Services {
		for _, r := range v.Registries {
			used[r.ARN] = true
		}
	}
	n := 0
	for _, name := range s.Names {
		if !used[name.ARN] {
			n++
		}
	}
	return n
}

func several(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// InventoryYAML writes the same as the Snapshot's JSON.
func InventoryYAML(w io.Writer, s *inventory.Snapshot) error {
	data, err := s.Encode()
	if err != nil {
		return err
	}
	text, err := yaml.JSONToYAML(data)
	if err != nil {
		return fmt.Errorf("write a snapshot as YAML: %w", err)
	}
	_, err = w.Write(text)
	return err
}
