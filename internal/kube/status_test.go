package kube

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/check"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

var view = names.View{Settings: names.Settings{Name: "orders", Namespace: "shop.internal"}}

// outcome is that of a step in this phase, everything read.
func outcome(p cutover.Phase, r cutover.Reason, change ...func(*cutover.Outcome)) cutover.Outcome {
	o := cutover.Outcome{
		Decision: cutover.Decision{
			State: cutover.State{Schema: 1, Direction: cutover.Forward, Phase: p, Wrote: p != cutover.Preflight && p != cutover.Stage},
			Wait:  cutover.Wait{Reason: r, Object: "it", Text: "a text"},
		},
		View:   names.Known(view, epoch),
		Source: names.Known(cutover.ECSService{Desired: 2, Running: 2}, epoch),
		Target: names.Known(cutover.Target{Found: true}, epoch),
	}
	for _, f := range change {
		f(&o)
	}
	return o
}

func back(o *cutover.Outcome)    { o.Decision.State.Direction = cutover.Back }
func unread(o *cutover.Outcome)  { o.View = names.Unknown[names.View]("throttled", epoch) }
func holder(o *cutover.Outcome)  { o.Holder = "shop/older"; o.View = names.Fact[names.View]{} }
func steady(o *cutover.Outcome)  { o.Decision.Wait.Object = "check ecs-steady" }
func halted(o *cutover.Outcome)  { o.Decision.State.Halt = "why" }
func stopped(o *cutover.Outcome) { o.Decision.State.Latched = &cutover.Command{Verb: cutover.VerbHalt} }

func TestConditions(t *testing.T) {
	all := []string{
		v1alpha1.ConditionClaimed, v1alpha1.ConditionPreflightPassed, v1alpha1.ConditionShifted, v1alpha1.ConditionQuiet, v1alpha1.ConditionDrained,
		v1alpha1.ConditionSourceReturned, v1alpha1.ConditionReady, v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled,
	}
	src := v1alpha1.GoalSource
	for name, c := range map[string]struct {
		goal v1alpha1.Goal
		o    cutover.Outcome
		want string // in the order of all: + true, - false, ? unknown
	}{
		"checks failed":                   {"", outcome(cutover.Preflight, cutover.WaitChecks), "+-----" + "--+"},
		"a deployment is under way":       {"", outcome(cutover.Preflight, cutover.WaitChecks, steady), "+-----" + "-+-"},
		"denied":                          {"", outcome(cutover.Preflight, cutover.WaitDenied), "------" + "--+"},
		"held by another":                 {"", outcome(cutover.Preflight, cutover.WaitPerson, holder), "-?????" + "--+"},
		"name not found":                  {"", outcome(cutover.Preflight, cutover.WaitUnknown, unread), "?????" + "?-+-"},
		"stage":                           {"", outcome(cutover.Stage, cutover.WaitWorkload), "++----" + "-+-"},
		"paused":                          {"", outcome(cutover.Shift, cutover.WaitPaused), "++----" + "---"},
		"halted by a person":              {"", outcome(cutover.Shift, cutover.WaitPaused, stopped), "++----" + "--+"},
		"halted":                          {"", outcome(cutover.Shift, cutover.WaitPerson, halted), "++----" + "--+"},
		"hold":                            {"", outcome(cutover.Hold, cutover.WaitCaches), "+++---" + "-+-"},
		"drain":                           {"", outcome(cutover.Drain, cutover.WaitTasks), "++++--" + "-+-"},
		"drain, throttled":                {"", outcome(cutover.Drain, cutover.WaitUnknown, unread), "++++??" + "-+-"},
		"records go back":                 {"", outcome(cutover.Migrated, cutover.WaitWrite), "+++++-" + "-+-"},
		"migrated":                        {"", outcome(cutover.Migrated, cutover.WaitNothing), "+++++-" + "+--"},
		"a task returned":                 {"", outcome(cutover.Migrated, cutover.WaitPerson, func(o *cutover.Outcome) { o.Decision.State.Returned = "task-1" }), "++++++" + "--+"},
		"going back":                      {src, outcome(cutover.Readmit, cutover.WaitWrite, back), "++----" + "-+-"},
		"rolled back, as the spec wants":  {src, outcome(cutover.RolledBack, cutover.WaitNothing, back), "++----" + "+--"},
		"rolled back by a person's word":  {"", outcome(cutover.RolledBack, cutover.WaitNothing, back), "++----" + "--+"},
		"migrated while ECS is wanted":    {src, outcome(cutover.Migrated, cutover.WaitNothing), "+++++-" + "--+"},
		"an explicit goal is the default": {v1alpha1.GoalTarget, outcome(cutover.Migrated, cutover.WaitNothing), "+++++-" + "+--"},
	} {
		t.Run(name, func(t *testing.T) {
			got := map[string]string{}
			for _, x := range conditions(c.goal, c.o) {
				got[x.Type] = map[string]string{"True": "+", "False": "-", "Unknown": "?"}[string(x.Status)]
				if x.Reason == "" || strings.ContainsAny(x.Reason, " -") {
					t.Errorf("%s: reason %q", x.Type, x.Reason)
				}
			}
			want := map[string]string{}
			for n, typ := range all {
				want[typ] = c.want[n : n+1]
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestStatusOf(t *testing.T) {
	o := outcome(cutover.Shift, cutover.WaitSoak, func(o *cutover.Outcome) {
		o.Decision.State.Step = 1
		o.Decision.Wait.Until = epoch
		o.Decision.Checks = []check.Result{{ID: "b", Outcome: check.Pass}, {ID: "a", Value: "two\nlines"}}
		o.Decision.State.History = []cutover.Mark{{Phase: cutover.Shift, At: epoch}}
		o.In, o.Left, o.Foreign = 1, 2, 3
		o.Rollback = []cutover.Term{{For: 1500 * time.Millisecond}}
		o.Target.V.Endpoints = []names.Endpoint{{Ready: true}}
	})
	st, err := statusOf(v1alpha1.ServiceMigrationStatus{}, 7, "", o, epoch)
	if err != nil {
		t.Fatal(err)
	}
	if st.ObservedGeneration != 7 || st.Phase != "Shift" || st.DNSName != "orders.shop.internal" || st.Step != 2 || st.ForeignInstances != 3 || st.RollbackBoundSeconds != 2 {
		t.Errorf("status %+v", st)
	}
	if st.EKS.Share != 33 || st.ECS.Share != 67 || st.EKS.InName != 1 || st.ECS.InName != 2 || st.ECS.Running != 2 || st.ECS.Desired != 2 {
		t.Errorf("sides %+v %+v", st.ECS, st.EKS)
	}
	if u := st.Waiting.Until; u == nil || u.Time.Before(epoch) || u.Sub(epoch) > time.Second {
		t.Errorf("until %v, want %v rounded up", u, epoch)
	}
	if len(st.Checks) != 1 || st.Checks[0].Outcome != "unknown" || st.Checks[0].Value != "two lines" {
		t.Errorf("checks %+v", st.Checks)
	}

	// What could not be read keeps its last value.
	o.View, o.Source, o.Target = names.Unknown[names.View]("x", epoch), names.Unknown[cutover.ECSService]("x", epoch), names.Unknown[cutover.Target]("x", epoch)
	o.In, o.Left, o.Rollback = 0, 0, nil
	next, err := statusOf(st, 7, "", o, epoch.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if next.ECS != st.ECS || next.EKS != st.EKS || next.DNSName != st.DNSName || next.RollbackBoundSeconds != 2 {
		t.Errorf("status %+v", next)
	}
	for n, c := range next.Conditions {
		if same := c.Status == st.Conditions[n].Status; same != c.LastTransitionTime.Equal(&st.Conditions[n].LastTransitionTime) {
			t.Errorf("%s: %s since %s, was %s since %s", c.Type, c.Status, c.LastTransitionTime, st.Conditions[n].Status, st.Conditions[n].LastTransitionTime)
		}
	}
}

// full is the largest state that is to be stored.
func full(tasks int) cutover.State {
	arn := "arn:aws:ecs:ap-southeast-1:123456789012:task-definition/a-service-with-a-rather-long-name-of-fifty-letters:12345"
	s := cutover.State{
		Schema: 1, Direction: cutover.Forward, Phase: cutover.Shift, Wrote: true, Entered: epoch, Command: "n1", Halt: strings.Repeat("why ", 60),
		For:      cutover.Pin{UID: "uid-1", Ref: ref.String(), ServiceARN: arn, TaskDefinition: arn},
		Original: &cutover.Original{Records: []names.Record{{Type: "A", TTL: 300}}, Desired: tasks, Capacity: tasks},
	}
	for k := range tasks {
		// As random as ids are: packing cannot be helped by counting.
		id := names.ID(fmt.Sprintf("%016x%016x", uint64(k+1)*0x9e3779b97f4a7c15, uint64(k+1)*0xbf58476d1ce4e5b9))
		s.Out = append(s.Out, cutover.Withdrawn{Way: registrar.CustomHealth, At: epoch.Add(time.Duration(k) * 12345678), Returned: 2, Instance: names.Instance{
			ID: id, Health: names.Healthy, Attributes: map[string]string{
				names.AttrIPv4: fmt.Sprintf("10.%d.%d.%d", k%7, k*37%256, k*91%256), names.AttrPort: "8080", names.AttrZone: "ap-southeast-1" + string(rune('a'+k%3)),
				names.AttrRegion: "ap-southeast-1", names.AttrECSCluster: "a-cluster-with-a-rather-long-name", names.AttrInitHealth: "HEALTHY",
				names.AttrECSService: "a-service-with-a-rather-long-name-of-fifty-letters", names.AttrECSFamily: "a-service-with-a-rather-long-name-of-fifty-letters",
			},
		}})
		s.Gone = append(s.Gone, cutover.Absence{ID: id, Since: epoch.Add(time.Duration(k) * 23456789), Revision: int64(k), Same: epoch.Add(time.Duration(k) * 12345678)})
		s.Present = append(s.Present, cutover.Presence{ID: names.ID(fmt.Sprintf("eks-%s-%s", id[:20], id[20:])), Since: epoch})
		s.Sent = append(s.Sent, registrar.Sent{ID: id, Kind: registrar.SetUnhealthy, Attempt: 12, At: epoch})
	}
	for k := range 30 {
		s.History = append(s.History, cutover.Mark{Phase: cutover.Shift, At: epoch.Add(time.Duration(k) * time.Hour), Note: strings.Repeat("note ", 40)})
	}
	for range 10 {
		s.Findings = append(s.Findings, cutover.Finding{Way: registrar.CustomHealth, Reaction: "reassert", Watched: time.Hour, At: epoch})
	}
	return s
}

func TestStatusAtTheLimit(t *testing.T) {
	for _, tasks := range []int{0, 2, 30, 200} {
		o := outcome(cutover.Shift, cutover.WaitPerson)
		o.Decision.State = full(tasks)
		o.Decision.Wait.Text = strings.Repeat("é", 5000)
		for n := range 30 {
			o.Decision.Checks = append(o.Decision.Checks, check.Result{ID: fmt.Sprint("check-", n), Outcome: check.Fail,
				Value: strings.Repeat("v", 5000), Limit: strings.Repeat("l", 5000), Remedy: strings.Repeat("r", 5000)})
		}
		st, err := statusOf(v1alpha1.ServiceMigrationStatus{}, 1, "", o, epoch)
		if err != nil {
			t.Fatalf("%d tasks: %v", tasks, err)
		}
		b, err := json.Marshal(st)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > MaxStatus {
			t.Errorf("%d tasks: %d bytes", tasks, len(b))
		}
		got, err := decodeState(st.Crossing)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(o.Decision.State, got); diff != "" {
			t.Errorf("%d tasks: the state is not what was stored:\n%s", tasks, diff)
		}
		// Whoever waits for a command reads it without unpacking.
		var told struct{ Command string }
		if err := json.Unmarshal(st.Crossing.Raw, &told); err != nil || told.Command != "n1" {
			t.Errorf("%d tasks: command %q, %v", tasks, told.Command, err)
		}
	}
	o := outcome(cutover.Shift, cutover.WaitPerson)
	o.Decision.State = full(3000)
	if _, err := statusOf(v1alpha1.ServiceMigrationStatus{}, 1, "", o, epoch); err == nil {
		t.Error("what does not fit is stored")
	}
}

// The API server sorts keys and cuts times: what comes back says the same.
func TestStatusThatComesBackIsTheSame(t *testing.T) {
	for _, tasks := range []int{3, 60} {
		o := outcome(cutover.Shift, cutover.WaitSoak)
		o.Decision.State = full(tasks)
		o.Decision.Wait.Until = epoch
		first, err := statusOf(v1alpha1.ServiceMigrationStatus{}, 1, "", o, epoch)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(first)
		if err != nil {
			t.Fatal(err)
		}
		var tree map[string]any
		if err := json.Unmarshal(b, &tree); err != nil {
			t.Fatal(err)
		}
		if b, err = json.Marshal(tree); err != nil {
			t.Fatal(err)
		}
		var stored v1alpha1.ServiceMigrationStatus
		if err := json.Unmarshal(b, &stored); err != nil {
			t.Fatal(err)
		}
		second, err := statusOf(stored, 1, "", o, epoch.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if !equality.Semantic.DeepEqual(stored, second) {
			t.Errorf("%d tasks: it would be written again:\n%s", tasks, cmp.Diff(stored, second))
		}
	}
}

// A state that this version does not understand is held and never overwritten.
func TestStatesOfOthers(t *testing.T) {
	for name, raw := range map[string]string{
		"newer":             `{"schema":99,"surprise":{"a":1}}`,
		"newer, reshaped":   `{"schema":99,"out":"packed otherwise"}`,
		"no JSON of ours":   `[1,2]`,
		"broken package":    `{"schema":1,"gzip":"AAAA"}`,
		"half a package":    `{"schema":1,"gzip":"H4sIAAAAAAAA/w=="}`,
		"of another nature": `{"schema":1,"out":"everything"}`,
	} {
		t.Run(name, func(t *testing.T) {
			before := &runtime.RawExtension{Raw: []byte(raw)}
			s, err := decodeState(before)
			if s.Schema <= cutover.Schema {
				t.Fatalf("it counts as a state of ours: %+v", s)
			}
			if newer := strings.HasPrefix(name, "newer"); newer != (err == nil) {
				t.Errorf("error %v", err)
			}
			d := cutover.Next(s, cutover.Observed{Now: epoch, Spec: specOf(migration(), home)})
			if d.Intent.Hold == "" {
				t.Error("it is not held")
			}
			after, err := encodeState(before, d.State)
			if err != nil || string(after.Raw) != raw {
				t.Errorf("overwritten by %s, %v", after.Raw, err)
			}
		})
	}
	for _, raw := range []string{"", "null", "{}"} {
		if s, err := decodeState(&runtime.RawExtension{Raw: []byte(raw)}); err != nil || s.Schema != 0 {
			t.Errorf("%q: %+v, %v", raw, s, err)
		}
	}
}

func TestClip(t *testing.T) {
	for in, want := range map[string]string{"": "", "a\n b": "a b", "0123456789": "0123456789", "01234567890": "0123456…", "éééééé": "ééé…", "a\xffb": "ab"} {
		if got := clip(in, 10); got != want || len(got) > 10 {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
