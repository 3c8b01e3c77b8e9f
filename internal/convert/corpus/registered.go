package corpus

// registered makes a generated task definition one that ECS would register: what it
// wants to be there is there, what it wants to be told apart is.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
func registered(task map[string]any) {
	volumes := map[any]bool{}
	task["volumes"] = filtered(task["volumes"], func(v map[string]any) bool {
		name := v["name"]
		if name == nil || volumes[name] {
			return false
		}
		volumes[name] = true
		if efs, ok := v["efsVolumeConfiguration"].(map[string]any); ok && efs["fileSystemId"] == nil {
			efs["fileSystemId"] = "fs-0123456789abcdef0"
		}
		return true
	})
	called := map[any]bool{}
	names := []string{"app", "proxy", "My_App", "init"}
	containers := filtered(task["containerDefinitions"], func(k map[string]any) bool {
		k["name"] = names[len(called)]
		called[k["name"]] = true
		return true
	})
	if len(containers) == 0 {
		containers = append(containers, map[string]any{"name": "app"})
		called["app"] = true
	}
	before := map[any]bool{}
	for n, k := range containers {
		k := k.(map[string]any)
		if n == 0 {
			k["essential"] = true
		}
		if k["image"] == nil || k["image"] == "" {
			k["image"] = "nginx:1.27"
		}
		paths := map[any]bool{}
		k["mountPoints"] = filtered(k["mountPoints"], func(m map[string]any) bool {
			path := m["containerPath"]
			ok := path != nil && !paths[path] && volumes[m["sourceVolume"]]
			paths[path] = true
			return ok
		})
		k["dependsOn"] = filtered(k["dependsOn"], func(d map[string]any) bool { return before[d["containerName"]] && d["condition"] != nil })
		k["volumesFrom"] = filtered(k["volumesFrom"], func(v map[string]any) bool { return before[v["sourceContainer"]] })
		k["portMappings"] = filtered(k["portMappings"], func(p map[string]any) bool { return p["containerPort"] != nil || p["containerPortRange"] != nil })
		for field, wants := range map[string][]string{
			"environment": {"name", "value"}, "secrets": {"name", "valueFrom"}, "environmentFiles": {"type", "value"}, "extraHosts": {"hostname", "ipAddress"},
			"ulimits": {"name", "softLimit", "hardLimit"}, "systemControls": {"namespace", "value"},
		} {
			k[field] = filtered(k[field], func(m map[string]any) bool { return has(m, wants) })
		}
		before[k["name"]] = true
	}
	task["containerDefinitions"] = containers
}

func has(m map[string]any, fields []string) bool {
	for _, f := range fields {
		if m[f] == nil {
			return false
		}
	}
	return true
}

func filtered(list any, keep func(map[string]any) bool) []any {
	var out []any
	items, _ := list.([]any)
	for _, v := range items {
		if m, ok := v.(map[string]any); ok && keep(m) {
			out = append(out, m)
		}
	}
	return out
}
