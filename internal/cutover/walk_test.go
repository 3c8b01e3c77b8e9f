package cutover_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// TestRandomWalk lets everything happen to a town in any order. Whatever
// happens, every state that is reached passes Check, the floor holds, nothing
// foreign is touched, no task is stopped that a client may hold; and once the
// town is left in peace, the crossing comes to an end.
func TestRandomWalk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newTown(drawPlan(t))
		w.put(names.Instance{ID: "static-1", Attributes: map[string]string{names.AttrIPv4: "10.9.9.9"}})
		w.say(cutover.VerbApprove, "foreign-instances")
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			mishap(t, w)
			w.advance(time.Duration(rapid.IntRange(1, 40).Draw(t, "pause")) * time.Second)
			walk(t, w)
			if w.released {
				return
			}
		}
		calm(t, w)
	})
}

func drawPlan(t *rapid.T) plan {
	p := basic()
	p.tasks = rapid.IntRange(1, 4).Draw(t, "tasks")
	p.pods = p.tasks + rapid.IntRange(0, 2).Draw(t, "more pods")
	p.ttl = rapid.SampledFrom([]int64{5, 10, 60}).Draw(t, "ttl")
	p.customHealth = rapid.Bool().Draw(t, "custom health")
	p.withdrawal = registrar.Auto
	if p.customHealth && rapid.Bool().Draw(t, "by health") {
		p.withdrawal = registrar.CustomHealth
	}
	p.caches = rapid.SampledFrom([]time.Duration{0, 30 * time.Second}).Draw(t, "caches")
	p.floor = rapid.SampledFrom([]int{0, 0, 1, p.tasks}).Draw(t, "floor")
	p.steps = nil
	for range rapid.IntRange(0, 3).Draw(t, "shift steps") {
		p.steps = append(p.steps, cutover.Step{Share: rapid.IntRange(0, 100).Draw(t, "share"), Soak: 10 * time.Second})
	}
	return p
}

// walk makes one step and fails on whatever must never be.
func walk(t *rapid.T, w *town) cutover.Decision {
	t.Helper()
	stranger, before := w.inst["static-1"], len(w.state)
	s, err := w.load()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprint(w.view())
	w.log = nil
	d, _, err := w.step()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", w.clock(w.now), d.State.Phase, err, w.state)
	}
	t.Logf("%s %s %s %s %v %v", w.clock(w.now), d.State.Phase, d.Wait.Reason, d.Wait.Text, d.Events, w.log)
	if _, ok := w.inst["static-1"]; !ok || w.inst["static-1"].Attributes[names.AttrIPv4] != stranger.Attributes[names.AttrIPv4] {
		t.Fatal("a foreign instance was touched")
	}
	if !d.State.Wrote && before > 0 && !s.Wrote && fmt.Sprint(w.view()) != name {
		t.Fatalf("%s: the name was changed before anything was recorded as written", d.State.Phase)
	}
	var back cutover.State
	if err := json.Unmarshal(mustJSON(d.State), &back); err != nil || !bytes.Equal(mustJSON(back), mustJSON(d.State)) {
		t.Fatalf("the state does not survive being stored: %v", err)
	}
	if d.State.Phase == cutover.RolledBack && s.Phase == cutover.Settle {
		w.expose()
		for id, until := range w.held {
			if until.After(w.now) && slices.ContainsFunc(w.pods, func(e names.Endpoint) bool { return e.ID() == id && e.Serves() }) {
				t.Fatalf("rolled back, and %s may be held until %s", id, w.clock(until))
			}
		}
	}
	return d
}

// mishap is something that people, programs, Kubernetes, ECS and AWS do.
func mishap(t *rapid.T, w *town) {
	pod := func() *names.Endpoint {
		if len(w.pods) == 0 {
			w.addPod(true)
		}
		return &w.pods[rapid.IntRange(0, len(w.pods)-1).Draw(t, "pod")]
	}
	switch rapid.SampledFrom([]string{
		"", "", "", "", "", "", "unready", "leave", "gone", "add", "start", "stop", "name", "ecs", "pods", "known", "known",
		"ttl", "writes", "land", "well", "well", "status", "command", "resume", "resume", "deploy", "old",
		"react", "goal", "denied", "allowed", "paused", "deleting", "stranger",
	}).Draw(t, "mishap") {
	case "unready":
		pod().Ready = false
	case "leave":
		pod().Leaving = true
	case "gone":
		id := pod().ID()
		w.pods = slices.DeleteFunc(w.pods, func(e names.Endpoint) bool { return e.ID() == id })
	case "add":
		w.addPod(true)
	case "start":
		w.svc.Desired++
		w.startTask()
	case "stop":
		// ECS replaces a task by itself.
		if len(w.svc.Tasks) > 0 {
			w.stopTask(w.svc.Tasks[rapid.IntRange(0, len(w.svc.Tasks)-1).Draw(t, "task")].ID)
			_ = w.schedule()
		}
	case "name":
		w.nameUnknown = "throttled"
	case "ecs":
		w.ecsUnknown = "throttled"
	case "pods":
		w.podsUnknown = "not synced"
	case "known":
		w.nameUnknown, w.ecsUnknown, w.podsUnknown, w.nameAge = "", "", "", 0
	case "old":
		w.nameAge = 5 * time.Second
	case "ttl":
		w.expose()
		w.settings = w.settings.WithTTL(rapid.SampledFrom([]int64{5, 10, 60}).Draw(t, "to"))
	case "writes":
		w.writes = rapid.SampledFrom([]writeMode{writesMute, writesLost, writesSlow, writesFail}).Draw(t, "writes")
	case "well":
		w.writes = writesLand
	case "land":
		w.land()
	case "status":
		w.state = nil
	case "command":
		w.say(rapid.SampledFrom([]cutover.Verb{cutover.VerbPause, cutover.VerbHalt, cutover.VerbRollback, cutover.VerbResume}).Draw(t, "verb"), "")
	case "resume":
		w.say(cutover.VerbResume, "")
	case "deploy":
		w.svc.TaskDefinition += "0"
	case "react":
		after := time.Duration(rapid.IntRange(1, 60).Draw(t, "after")) * time.Second
		w.react[rapid.SampledFrom([]registrar.Kind{registrar.Remove, registrar.SetUnhealthy}).Draw(t, "reaction")] = after
	case "goal":
		w.spec.Goal = rapid.SampledFrom([]cutover.Goal{cutover.GoalSource, cutover.GoalTarget}).Draw(t, "goal")
		w.spec.Generation++
	case "denied":
		w.denied = "not allowed"
	case "allowed":
		w.denied = ""
	case "paused":
		w.spec.Paused = !w.spec.Paused
	case "deleting":
		w.deleting = rapid.IntRange(0, 3).Draw(t, "deleted") == 0
	case "stranger":
		w.put(names.Instance{ID: "static-2", Attributes: map[string]string{names.AttrOwner: "cluster-b"}})
	}
}

// calm leaves the town in peace and sees the crossing to its end.
func calm(t *rapid.T, w *town) {
	w.nameUnknown, w.ecsUnknown, w.podsUnknown, w.writes, w.nameAge, w.denied, w.spec.Paused = "", "", "", writesLand, 0, "", false
	w.land()
	for n := range w.pods {
		w.pods[n].Ready, w.pods[n].Leaving = true, false
	}
	for len(w.pods) < 12 {
		w.addPod(true)
	}
	if w.svc.Desired == 0 {
		if s, err := w.load(); err != nil || !s.Wrote {
			return // nothing to move, which Preflight says
		}
	}
	_ = w.schedule()
	for range 3000 {
		d := walk(t, w)
		switch {
		case len(d.State.Findings) > 0 && d.Wait.Reason == cutover.WaitPerson:
			return // no way is left, until a person finds one
		case w.released, d.State.Phase == cutover.RolledBack, d.State.Phase == cutover.Migrated && d.Wait.Reason == cutover.WaitNothing:
			return
		case d.State.Returned != "":
			return // said, not fought
		case d.Wait.Reason == cutover.WaitPaused, d.Wait.Reason == cutover.WaitPerson:
			w.say(cutover.VerbResume, "")
		case d.Wait.Reason == cutover.WaitChecks:
			w.say(cutover.VerbApprove, "foreign-instances")
		}
		w.advance(5 * time.Second)
	}
	t.Fatalf("no end: %s", w.state)
}
