package sim

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/load/exposure"
)

// Result is how a run came out.
type Result struct {
	Scenario   Scenario
	End        cutover.Phase
	Halt       string
	After      time.Duration
	Writes     int
	Broken     []string // invariants, with the time
	Transcript string
}

// Run runs a scenario to its end and judges it.
func Run(sc Scenario, verbose bool) (Result, error) {
	w, err := newWorld(sc, verbose)
	if err != nil {
		return Result{}, err
	}
	defer w.close()
	w.run(w.done)
	st := w.state()
	r := Result{Scenario: sc, End: st.Phase, Halt: st.Halt, After: w.now.Sub(w.start), Writes: w.writes}
	w.judge(st)
	r.Broken = w.broken
	r.Transcript = w.transcript.String()
	return r, nil
}

// state decodes what is stored, once per version of it.
func (w *world) state() cutover.State {
	if w.decoded.version != w.obj.version {
		w.decoded.version, w.decoded.state = w.obj.version, cutover.State{}
		if len(w.obj.state) > 0 {
			if err := json.Unmarshal(w.obj.state, &w.decoded.state); err != nil {
				w.violation("state: %v", err)
			}
		}
	}
	return w.decoded.state
}

// done: faults are over, everybody has done their deed, and the crossing rests.
func (w *world) done() bool {
	at := w.now.Sub(w.start)
	if len(w.broken) > 0 {
		return true
	}
	if at < w.sc.FaultsUntil && w.sc.Faults != (Faults{}) {
		return false
	}
	for _, d := range w.sc.Script {
		if at < d.At+5*time.Minute {
			return false
		}
	}
	if len(w.obj.state) == 0 || w.kubeBusy() {
		return false
	}
	st := w.state()
	switch st.Phase {
	case cutover.Migrated, cutover.RolledBack:
		return w.now.Sub(st.Entered) > 10*time.Minute
	case cutover.Stage, cutover.Preflight:
		return w.now.Sub(st.Entered) > time.Hour
	default:
		return st.Halt != "" && w.now.Sub(st.Entered) > 30*time.Minute
	}
}

// kubeBusy: a pod is still on its way out.
func (w *world) kubeBusy() bool {
	return slices.ContainsFunc(w.kube.pods, func(p *pod) bool { return p.e.Leaving && !p.gone })
}

// judge compares the end with what must be, and the whole history with what
// clients may have seen.
func (w *world) judge(st cutover.State) {
	w.judgeEnd(st)
	w.judgeClients()
}

func (w *world) judgeEnd(st cutover.State) {
	out, err := w.cloud.CloudMap().ListInstances(context.Background(), &servicediscovery.ListInstancesInput{ServiceId: &w.ref.ServiceID})
	if err != nil {
		w.violation("the end cannot be read: %v", err)
		return
	}
	ecs, eks, strangers := 0, 0, 0
	for _, i := range out.Instances {
		switch {
		case *i.Id == strangerID:
			strangers++
		case i.Attributes["ECS_SERVICE_NAME"] != "":
			ecs++
		default:
			eks++
		}
	}
	if _, joined := w.open[strangerIP]; joined && strangers == 0 {
		w.violation("foreign: %s is not in the name any more", strangerID)
	}
	svc, err := w.cloud.CloudMap().GetService(context.Background(), &servicediscovery.GetServiceInput{Id: &w.ref.ServiceID})
	if err != nil {
		w.violation("the end cannot be read: %v", err)
		return
	}
	ttl := *svc.Service.DnsConfig.DnsRecords[0].TTL
	serving := 0
	for _, p := range w.kube.pods {
		if p.e.Serves() {
			serving++
		}
	}
	wantBack := false
	for _, d := range w.sc.Script {
		switch d.What {
		case "rollback":
			wantBack = true
		case "forward", "resume":
			wantBack = false
		}
	}
	wantBack = wantBack || w.ambushed
	switch {
	case st.Phase == cutover.Migrated && !wantBack:
		if ecs != 0 || eks != serving || ttl != w.sc.TTL {
			w.violation("end: migrated, but %d ECS and %d of %d EKS instances are in the name, TTL %d", ecs, eks, serving, ttl)
		}
	case st.Phase == cutover.RolledBack && wantBack:
		if ecs < w.sc.Tasks || eks != 0 || ttl != w.sc.TTL {
			w.violation("end: rolled back, but %d of %d ECS and %d EKS instances are in the name, TTL %d", ecs, w.sc.Tasks, eks, ttl)
		}
	case st.Phase == cutover.Stage && !wantBack && serving < st.Original.Capacity:
		// Rolled back in mid-rollout, ECS carries more than the pods do now: it waits for them.
	case st.Phase == cutover.Preflight && !st.Wrote && !wantBack && w.sc.Reactions != (cloud.Reactions{}):
		// No way is left to take a task out of the name: refused before anything was written.
	case st.Halt != "" && !wantBack:
		// A person decides; nothing may have been lost until then.
	default:
		w.violation("end: %s (step %d, halt %q) after %s, the wish was rollback=%t", st.Phase, st.Step, st.Halt, w.now.Sub(w.start), wantBack)
	}
}

// judgeClients asks the oracle.
func (w *world) judgeClients() {
	in := exposure.Input{
		Serving: w.serving,
		Habits:  []exposure.Habit{{Name: "ttl"}},
		From:    w.start, To: w.now,
	}
	if w.sc.Caches > 0 {
		in.Habits = append(in.Habits, exposure.Habit{Name: "jvm", Extra: w.sc.Caches})
	}
	for _, v := range w.cloud.Views(w.ref.ServiceID) {
		in.Views = append(in.Views, exposure.View{At: v.At, Server: v.Server, TTL: v.TTL, Addrs: v.Addrs})
	}
	rep := exposure.Find(in)
	if len(rep.Empty) > 0 {
		e := rep.Empty[0]
		w.violation("empty: server %d has no address from %s to %s", e.Server, w.clock(e.From), w.clock(e.To))
	}
	for _, x := range rep.Exposures {
		if w.excused(x) {
			continue
		}
		w.violation("exposed: %s may be held by habit %s from %s to %s, answered %s by server %d",
			x.Addr, x.Habit, w.clock(x.From), w.clock(x.To), w.clock(x.AnsweredAt), x.Server)
		break
	}
}

// excused: ECS itself stopped the task, as it does when it replaces one, and
// nobody had told us that it would.
func (w *world) excused(exposure.Witness) bool {
	return !w.sc.Told && (w.sc.Reactions.Deregister == 3 || w.sc.Reactions.Health == 3)
}

// String is what a failing seed prints first.
func (r Result) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nend %s (halt %q) after %s, %d writes\n", r.Scenario, r.End, r.Halt, r.After, r.Writes)
	for _, x := range r.Broken {
		fmt.Fprintf(&b, "broken: %s\n", x)
	}
	return b.String()
}
