package cutover_test

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// TestNextIsTotal: whatever was stored and whatever is observed, also what can
// never be, Next answers: no panic, a Wait that a person can read, the same
// bytes for the same input, and nothing of what it was given is changed.
func TestNextIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, o := drawState(t), drawObserved(t)
		before := mustJSON(struct {
			S cutover.State
			O cutover.Observed
		}{s, o})
		d := cutover.Next(s, o)
		if d.Wait.Reason == "" || d.Wait.Text == "" {
			t.Fatalf("%s: nothing is waited for: %+v", d.State.Phase, d.Wait)
		}
		if again := cutover.Next(s, o); !bytes.Equal(mustJSON(d), mustJSON(again)) {
			t.Fatalf("not the same bytes:\n%s", cmp.Diff(d, again))
		}
		after := mustJSON(struct {
			S cutover.State
			O cutover.Observed
		}{s, o})
		if !bytes.Equal(before, after) {
			t.Fatalf("the input was changed:\n%s\n%s", before, after)
		}
		var back cutover.State
		if err := json.Unmarshal(mustJSON(d.State), &back); err != nil {
			t.Fatal(err)
		}
		// What comes back from the store decides as what was stored.
		o.Now = o.Now.Add(time.Second)
		if diff := cmp.Diff(cutover.Next(d.State, o), cutover.Next(back, o), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("stored and read back it decides otherwise:\n%s", diff)
		}
	})
}

// TestStateSurvivesTheStore: nothing of a state is lost in JSON.
func TestStateSurvivesTheStore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawState(t)
		b := mustJSON(s)
		var back cutover.State
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, back, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("lost in %s:\n%s", b, diff)
		}
	})
}

var (
	ids    = []names.ID{"task-01", "task-02", "task-03", "eks-pod-1", "eks-pod-2", "static-1", ""}
	phases = []cutover.Phase{
		"", cutover.Preflight, cutover.Stage, cutover.Prepare, cutover.Shift, cutover.Hold, cutover.Drain, cutover.Migrated,
		cutover.Recall, cutover.Readmit, cutover.Withdraw, cutover.Settle, cutover.RolledBack, "Nowhere",
	}
	kinds = []registrar.Kind{
		registrar.Register, registrar.Remove, registrar.SetUnhealthy, registrar.SetHealthy, registrar.SetRecords, registrar.ScaleSource, "Nothing",
	}
	ways  = []registrar.Way{registrar.Auto, registrar.Deregister, registrar.CustomHealth, "", "Magic"}
	verbs = []cutover.Verb{cutover.VerbPause, cutover.VerbResume, cutover.VerbHalt, cutover.VerbRollback, cutover.VerbApprove, "dance"}
)

func drawID(t *rapid.T) names.ID { return rapid.SampledFrom(ids).Draw(t, "id") }

// drawTime is near the epoch, mostly, or no time at all.
func drawTime(t *rapid.T) time.Time {
	n := rapid.IntRange(-3700, 3700).Draw(t, "second")
	if n%7 == 0 {
		return time.Time{}
	}
	return epoch.Add(time.Duration(n) * time.Second)
}

func drawList[T any](t *rapid.T, most int, draw func(*rapid.T) T) []T {
	var out []T
	for range rapid.IntRange(0, most).Draw(t, "many") {
		out = append(out, draw(t))
	}
	return out
}

func drawInstance(t *rapid.T) names.Instance {
	i := names.Instance{ID: drawID(t), Health: rapid.SampledFrom([]names.Health{names.Healthy, names.Unhealthy, names.HealthUnknown, ""}).Draw(t, "health")}
	switch rapid.IntRange(0, 3).Draw(t, "side") {
	case 0:
		i.Attributes = map[string]string{names.AttrECSCluster: "prod", names.AttrECSService: "orders"}
	case 1:
		i.Attributes = map[string]string{names.AttrOwner: owner, names.AttrSince: "1767600000"}
	case 2:
		i.Attributes = map[string]string{names.AttrOwner: "another", names.AttrIPv4: "no address"}
	}
	return i
}

func drawRecords(t *rapid.T) []names.Record {
	return drawList(t, 2, func(t *rapid.T) names.Record {
		return names.Record{Type: rapid.SampledFrom([]string{"A", "SRV"}).Draw(t, "type"), TTL: rapid.Int64Range(-1, 1<<31).Draw(t, "ttl")}
	})
}

func drawState(t *rapid.T) cutover.State {
	s := cutover.State{
		Schema:     rapid.SampledFrom([]int{0, 1, 1, 1, 1, 2, -1}).Draw(t, "schema"),
		For:        cutover.Pin{UID: rapid.SampledFrom([]string{"", "uid-1", "uid-2"}).Draw(t, "uid"), TaskDefinition: rapid.SampledFrom([]string{"", "orders:7"}).Draw(t, "pinned")},
		Direction:  rapid.SampledFrom([]cutover.Direction{cutover.Forward, cutover.Back, "", "Up"}).Draw(t, "direction"),
		Phase:      rapid.SampledFrom(phases).Draw(t, "phase"),
		Step:       rapid.IntRange(-2, 9).Draw(t, "step"),
		Entered:    drawTime(t),
		Wrote:      rapid.Bool().Draw(t, "wrote"),
		ReadySince: drawTime(t), Reached: drawTime(t), BackSince: drawTime(t), OursGone: drawTime(t), LastRead: drawTime(t),
		Settled: rapid.Bool().Draw(t, "settled"),
		Carried: rapid.IntRange(-1, 4).Draw(t, "carried"),
		Halt:    rapid.SampledFrom([]string{"", "", "for a reason"}).Draw(t, "halt"),
		Command: rapid.SampledFrom([]string{"", "1"}).Draw(t, "nonce"),
		Present: drawList(t, 3, func(t *rapid.T) cutover.Presence { return cutover.Presence{ID: drawID(t), Since: drawTime(t)} }),
		Out: drawList(t, 3, func(t *rapid.T) cutover.Withdrawn {
			return cutover.Withdrawn{Instance: drawInstance(t), Way: rapid.SampledFrom(ways).Draw(t, "way"), At: drawTime(t), Returned: rapid.IntRange(0, 5).Draw(t, "again")}
		}),
		Gone: drawList(t, 3, func(t *rapid.T) cutover.Absence {
			return cutover.Absence{ID: drawID(t), Since: drawTime(t), Revision: rapid.Int64Range(0, 3).Draw(t, "revision"), Same: drawTime(t)}
		}),
		TTLSeen: drawList(t, 3, func(t *rapid.T) cutover.TTLSpan {
			return cutover.TTLSpan{TTL: rapid.Int64Range(-1, 1<<31).Draw(t, "ttl"), Until: drawTime(t)}
		}),
		Sent: drawList(t, 4, func(t *rapid.T) registrar.Sent {
			return registrar.Sent{
				ID: drawID(t), Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), At: drawTime(t), Attempt: rapid.IntRange(0, 9).Draw(t, "attempt"),
				Op: rapid.SampledFrom([]string{"", "op-1", "op-2"}).Draw(t, "op"), Value: rapid.IntRange(0, 3).Draw(t, "value"), Failed: rapid.Bool().Draw(t, "failed"),
			}
		}),
	}
	if rapid.Bool().Draw(t, "with original") {
		s.Original = &cutover.Original{Records: drawRecords(t), Desired: rapid.IntRange(-1, 3).Draw(t, "desired"), Capacity: rapid.IntRange(-1, 3).Draw(t, "capacity")}
	}
	if rapid.Bool().Draw(t, "latched") {
		s.Latched = &cutover.Command{Verb: rapid.SampledFrom(verbs).Draw(t, "verb"), Generation: 1}
		s.Beneath = &cutover.Command{Verb: rapid.SampledFrom(verbs).Draw(t, "beneath"), Generation: 1}
	}
	return s
}

func drawObserved(t *rapid.T) cutover.Observed {
	p := basic()
	p.tasks, p.pods = rapid.IntRange(0, 3).Draw(t, "tasks"), rapid.IntRange(0, 3).Draw(t, "pods")
	p.customHealth = rapid.Bool().Draw(t, "custom health")
	p.withdrawal = rapid.SampledFrom(ways).Draw(t, "withdrawal")
	p.kind = rapid.SampledFrom([]cutover.Kind{cutover.KindAuto, cutover.KindRequest, "worker"}).Draw(t, "kind")
	p.steps = drawList(t, 3, func(t *rapid.T) cutover.Step {
		return cutover.Step{Share: rapid.IntRange(-10, 200).Draw(t, "share"), Soak: time.Duration(rapid.IntRange(-9, 99).Draw(t, "soak")) * time.Second}
	})
	w := newTown(p)
	o := w.observe()
	o.Now = drawTime(t)
	o.Spec.Goal = rapid.SampledFrom([]cutover.Goal{cutover.GoalTarget, cutover.GoalTarget, cutover.GoalSource, "", "Retired"}).Draw(t, "goal")
	o.Spec.Floor, o.Spec.RecordTTL = rapid.IntRange(-1, 9).Draw(t, "floor"), rapid.Int64Range(-1, 99).Draw(t, "record TTL")
	o.Spec.Paused = rapid.IntRange(0, 4).Draw(t, "paused") == 0
	o.Name.V.Settings.Records = drawRecords(t)
	o.Name.V.Instances = append(o.Name.V.Instances, drawList(t, 3, drawInstance)...)
	names.SortInstances(o.Name.V.Instances)
	o.Name.V.Instances = slices.CompactFunc(o.Name.V.Instances, func(a, b names.Instance) bool { return a.ID == b.ID })
	for n := range o.Source.V.Tasks {
		o.Source.V.Tasks[n].Stop = rapid.Bool().Draw(t, "stop")
		o.Source.V.Tasks[n].Status = rapid.SampledFrom([]string{"RUNNING", "PENDING", "STOPPING", ""}).Draw(t, "status")
	}
	o.Source.V.Desired = rapid.IntRange(0, 4).Draw(t, "desired")
	o.Source.V.TaskDefinition = rapid.SampledFrom([]string{"", "orders:7", "a/orders:8"}).Draw(t, "task definition")
	for n := range o.Target.V.Endpoints {
		e := &o.Target.V.Endpoints[n]
		e.Ready, e.Leaving = rapid.Bool().Draw(t, "ready"), rapid.Bool().Draw(t, "leaving")
		if rapid.IntRange(0, 5).Draw(t, "no address") == 0 {
			e.IPv4 = netip.Addr{}
		}
	}
	why := func(at *time.Time, unknown *string) {
		switch rapid.IntRange(0, 9).Draw(t, "known") {
		case 0:
			*unknown = "throttled"
		case 1:
			*at, *unknown = time.Time{}, "never read"
		}
	}
	why(&o.Name.At, &o.Name.Unknown)
	why(&o.Source.At, &o.Source.Unknown)
	why(&o.Target.At, &o.Target.Unknown)
	for _, op := range []string{"op-1", "op-2"} {
		if st := rapid.SampledFrom([]cutover.OpStatus{"", cutover.OpPending, cutover.OpSuccess, cutover.OpFail, "LOST"}).Draw(t, "operation"); st != "" {
			o.Ops[op] = st
		}
	}
	if rapid.Bool().Draw(t, "with a command") {
		o.Command = &cutover.Command{Verb: rapid.SampledFrom(verbs).Draw(t, "verb"), Nonce: rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "command nonce")}
	}
	if rapid.Bool().Draw(t, "with a saved original") {
		o.Saved = &cutover.Saved{Schema: 1, For: cutover.Pin{UID: rapid.SampledFrom([]string{"uid-1", "uid-2"}).Draw(t, "saved uid")}}
	}
	o.Denied = rapid.SampledFrom([]string{"", "", "", "not allowed"}).Draw(t, "denied")
	o.Deleting = rapid.IntRange(0, 5).Draw(t, "deleting") == 0
	o.Terminating = o.Deleting && rapid.Bool().Draw(t, "terminating")
	o.Findings = drawList(t, 2, func(t *rapid.T) cutover.Finding {
		return cutover.Finding{Way: rapid.SampledFrom(ways).Draw(t, "way"), Reaction: rapid.SampledFrom([]string{"ignore", "replace", ""}).Draw(t, "reaction"), At: drawTime(t)}
	})
	return o
}
