package manifests

import (
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/tranship/tranship/internal/render"
)

// judged runs what Argo CD would run, as it does: the object is the global obj, and
// nothing but base, table, string and math is there.
func judged(t testing.TB, obj map[string]any) (status, message string) {
	t.Helper()
	f := rendered(t, render.Options{Forms: []render.Form{render.YAML, render.ArgoCD}}, samples(t)[:1])
	list, err := read(f.Get("argocd/argocd-cm.yaml").Data)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	script, _ := list[0].Object["data"].(map[string]any)["resource.customizations.health.tranship.dev_ServiceMigration"].(string)
	l := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer l.Close()
	for name, open := range map[string]lua.LGFunction{
		lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable, lua.StringLibName: lua.OpenString, lua.MathLibName: lua.OpenMath,
	} {
		if err := l.CallByParam(lua.P{Fn: l.NewFunction(open), Protect: true}, lua.LString(name)); err != nil {
			t.Fatal(err)
		}
	}
	l.SetGlobal("obj", luaOf(l, obj))
	if err := l.DoString(script); err != nil {
		t.Fatal(err)
	}
	answer, ok := l.Get(-1).(*lua.LTable)
	if !ok {
		t.Fatalf("it returns %v", l.Get(-1))
	}
	return answer.RawGetString("status").String(), answer.RawGetString("message").String()
}

func luaOf(l *lua.LState, v any) lua.LValue {
	switch v := v.(type) {
	case map[string]any:
		t := l.NewTable()
		for k, x := range v {
			t.RawSetString(k, luaOf(l, x))
		}
		return t
	case []any:
		t := l.NewTable()
		for _, x := range v {
			t.Append(luaOf(l, x))
		}
		return t
	case string:
		return lua.LString(v)
	case int:
		return lua.LNumber(v)
	}
	return lua.LNil
}

func TestHealth(t *testing.T) {
	type m = map[string]any
	// conditions: type, status, reason, message.
	conditions := func(list ...[4]string) []any {
		var out []any
		for _, c := range list {
			out = append(out, m{"type": c[0], "status": c[1], "reason": c[2], "message": c[3]})
		}
		return out
	}
	target := m{"goal": "Target"}
	for name, c := range map[string]struct {
		spec, status    m
		health, message string
	}{
		"nobody saw it":            {target, nil, "Progressing", "the controller has not seen it yet"},
		"nothing is in its status": {target, m{}, "Progressing", "the controller has not seen it yet"},
		"the spec is newer": {target, m{"observedGeneration": 1, "conditions": conditions([4]string{"Ready", "True", "Done", ""})},
			"Progressing", "the controller has not seen the change yet"},
		"it crosses": {target, m{"observedGeneration": 2, "phase": "Shift", "waiting": m{"text": "1 of 2 EKS endpoints are in the name"},
			"conditions": conditions([4]string{"Ready", "False", "Propagating", ""}, [4]string{"Reconciling", "True", "Propagating", ""}, [4]string{"Stalled", "False", "GoingOn", ""})},
			"Progressing", "Shift: 1 of 2 EKS endpoints are in the name"},
		"it has crossed": {target, m{"observedGeneration": 2, "phase": "Migrated", "waiting": m{"text": ""},
			"conditions": conditions([4]string{"Ready", "True", "Migrated", ""}, [4]string{"Reconciling", "False", "Migrated", ""}, [4]string{"SourceReturned", "False", "NoTaskInName", ""})},
			"Healthy", "Migrated"},
		"it is where it began": {m{"goal": "Source"}, m{"observedGeneration": 2, "phase": "RolledBack",
			"conditions": conditions([4]string{"Ready", "True", "RolledBack", ""}, [4]string{"SourceReturned", "True", "TaskInName", "10.0.0.1"})},
			"Healthy", "RolledBack"},
		"ECS came back": {target, m{"observedGeneration": 2, "phase": "Migrated",
			"conditions": conditions([4]string{"Ready", "True", "Migrated", ""}, [4]string{"SourceReturned", "True", "TaskInName", "task abc"})},
			"Degraded", "an ECS task is in the name again: task abc"},
		"a person must decide": {target, m{"observedGeneration": 2, "phase": "Hold", "waiting": m{"text": "connections are still open: approve or wait"},
			"conditions": conditions([4]string{"Stalled", "True", "NeedsDecision", "x"}, [4]string{"Ready", "False", "NeedsDecision", ""})},
			"Suspended", "Hold: connections are still open: approve or wait"},
		"a person halted it": {target, m{"observedGeneration": 2, "phase": "Shift",
			"conditions": conditions([4]string{"Stalled", "True", "Paused", "halted by alice"})}, "Suspended", "Shift: halted by alice"},
		"it may not": {target, m{"observedGeneration": 2, "phase": "Preflight", "waiting": m{"text": "the namespace may not take it"},
			"conditions": conditions([4]string{"Stalled", "True", "NotAllowed", ""})}, "Degraded", "Preflight: the namespace may not take it"},
		"a check fails": {target, m{"observedGeneration": 2, "phase": "Preflight",
			"conditions": conditions([4]string{"Stalled", "True", "ChecksNotPassed", "ecs-deployment"})}, "Degraded", "Preflight: ecs-deployment"},
		"it is paused": {target, m{"observedGeneration": 2, "phase": "Shift", "waiting": m{"text": "paused"},
			"conditions": conditions([4]string{"Ready", "False", "Paused", ""}, [4]string{"Reconciling", "False", "Paused", ""}, [4]string{"Stalled", "False", "GoingOn", ""})},
			"Suspended", "Shift: paused"},
	} {
		t.Run(name, func(t *testing.T) {
			obj := m{"metadata": m{"generation": 2}, "spec": c.spec}
			if c.status != nil {
				obj["status"] = c.status
			}
			health, message := judged(t, obj)
			if health != c.health || message != c.message {
				t.Errorf("%s: %q", health, message)
			}
		})
	}
}
