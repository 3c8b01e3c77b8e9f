package cutover_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// TestScenarios leads crossings through a tiny town, step by step. The files
// are the transcripts; -rewrite writes them anew. Every step also calls Check.
//
//	new tasks=2 pods=2 ttl=60 …   a town, before the crossing
//	next                          one step, told in full
//	run until=Hold [max=30m]      a step every 2 s, told where something changes,
//	                              until the phase, the wait or the end; quiet
//	                              tells only where it came to
//	advance 10s | land            time passes; what is under way arrives
//	name | ecs | state            what there is
//	pods add=1 ready=… unready=… leave=… gone=…
//	task start=1 stop=… replace=… deploy=… ill=… well=…
//	set name=… key=value          what people, programs and outages do
//	command pause|resume|halt|rollback|approve
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			p := &play{}
			datadriven.RunTest(t, path, p.do)
		})
	}
}

// play is one scenario under way.
type play struct {
	town *town
	told string // the last intent that was told
	at   string // the last place that was told
}

func (p *play) do(t *testing.T, d *datadriven.TestData) string {
	t.Helper()
	if d.Cmd == "new" {
		p.town = newTown(planOf(t, d))
		return fmt.Sprintf("%d tasks, %d pods, TTL %d s\n", p.town.svc.Running, len(p.town.pods), p.town.settings.MaxTTL())
	}
	w := p.town
	w.log = nil
	switch d.Cmd {
	case "next":
		return p.next(d)
	case "run":
		return p.run(t, d)
	case "advance":
		w.advance(duration(t, d, d.CmdArgs[0].Key))
	case "land":
		w.land()
	case "name":
		return p.name()
	case "ecs":
		return p.ecs()
	case "state":
		return p.state(t, d)
	case "command":
		gate := ""
		d.MaybeScanArgs(t, "gate", &gate)
		w.say(cutover.Verb(d.CmdArgs[0].Key), gate)
	case "pods":
		p.pods(t, d)
	case "task":
		p.task(t, d)
	case "set":
		for _, a := range d.CmdArgs {
			p.set(t, d, a.Key, strings.Join(a.Vals, " "))
		}
	default:
		d.Fatalf(t, "no command %q", d.Cmd)
	}
	return p.lines()
}

func planOf(t *testing.T, d *datadriven.TestData) plan {
	p := basic()
	var withdrawal, kind, soak, overdue string
	var caches, stage string
	var share []int
	d.MaybeScanArgs(t, "tasks", &p.tasks)
	d.MaybeScanArgs(t, "pods", &p.pods)
	d.MaybeScanArgs(t, "ttl", &p.ttl)
	d.MaybeScanArgs(t, "floor", &p.floor)
	d.MaybeScanArgs(t, "port", &p.port)
	d.MaybeScanArgs(t, "target-port", &p.targetPort)
	d.MaybeScanArgs(t, "max-percent", &p.maxPercent)
	p.customHealth = d.HasArg("custom-health")
	if d.MaybeScanArgs(t, "withdrawal", &withdrawal) {
		p.withdrawal = registrar.Way(withdrawal)
	}
	if d.MaybeScanArgs(t, "overdue", &overdue) {
		p.overdue = cutover.Overdue(overdue)
	}
	if d.MaybeScanArgs(t, "kind", &kind) {
		p.kind = cutover.Kind(strings.TrimPrefix(kind, "auto"))
	}
	if d.MaybeScanArgs(t, "caches", &caches) {
		p.caches = duration(t, d, caches)
	}
	if d.MaybeScanArgs(t, "stage-for", &stage) {
		p.stageFor = duration(t, d, stage)
	}
	if d.MaybeScanArgs(t, "soak", &soak) {
		p.steps[0].Soak = duration(t, d, soak)
	}
	if a, ok := d.Arg("steps"); ok {
		each := p.steps[0].Soak
		p.steps = nil
		for k := range a.Vals {
			share = append(share, 0)
			a.Scan(t, k, &share[k])
			p.steps = append(p.steps, cutover.Step{Share: share[k], Soak: each})
		}
	}
	return p
}

func duration(t *testing.T, d *datadriven.TestData, s string) time.Duration {
	v, err := time.ParseDuration(s)
	if err != nil {
		d.Fatalf(t, "%v", err)
	}
	return v
}

// next makes one step and tells all of it.
func (p *play) next(d *datadriven.TestData) string {
	w := p.town
	dec, batch, err := w.step()
	if err != nil {
		return err.Error() + "\n"
	}
	p.at, p.told = place(w, dec), intent(w, dec)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", p.at, p.told)
	if batch.Stage != "" {
		fmt.Fprintf(&b, "  batch: %s\n", batch.Stage)
	}
	for _, e := range dec.Events {
		fmt.Fprintf(&b, "  %s\n", event(e))
	}
	if d.HasArg("checks") {
		for _, r := range dec.Checks {
			fmt.Fprintf(&b, "  check %s: %s %s\n", r.ID, r.Outcome, r.Value)
		}
	}
	if len(dec.Poll) > 0 {
		fmt.Fprintf(&b, "  poll: %s\n", strings.Join(dec.Poll, " "))
	}
	if dec.Release {
		b.WriteString("  released\n")
	}
	return b.String() + p.lines()
}

// run makes steps until something is reached, and tells what changes.
func (p *play) run(t *testing.T, d *datadriven.TestData) string {
	w := p.town
	var until, wait, limit string
	d.MaybeScanArgs(t, "until", &until)
	d.MaybeScanArgs(t, "wait", &wait)
	most := 30 * time.Minute
	if d.MaybeScanArgs(t, "max", &limit) {
		most = duration(t, d, limit)
	}
	var b strings.Builder
	for end := w.now.Add(most); ; w.advance(2 * time.Second) {
		dec, _, err := w.step()
		for _, l := range w.log {
			fmt.Fprintf(&b, "%s\n", l)
		}
		w.log = nil
		if err != nil {
			return b.String() + err.Error() + "\n"
		}
		for _, e := range dec.Events {
			fmt.Fprintf(&b, "%s  %s\n", w.clock(w.now), event(e))
		}
		if s := place(w, dec); s != p.at {
			p.at = s
			fmt.Fprintf(&b, "%s  %s\n", w.clock(w.now), s)
		}
		if s := intent(w, dec); s != p.told {
			p.told = s
			b.WriteString(s + "\n")
		}
		if d.HasArg("quiet") {
			b.Reset()
			fmt.Fprintf(&b, "%s  %s\n%s\n", w.clock(w.now), p.at, p.told)
		}
		switch {
		case dec.Release:
			fmt.Fprintf(&b, "%s  released\n", w.clock(w.now))
			return b.String()
		case until != "" && string(dec.State.Phase) == until && (wait == "" || string(dec.Wait.Reason) == wait),
			until == "" && wait != "" && string(dec.Wait.Reason) == wait:
			return b.String()
		case !w.now.Before(end):
			fmt.Fprintf(&b, "%s  still: %s\n", w.clock(w.now), place(w, dec))
			return b.String()
		}
	}
}

func (p *play) lines() string {
	var b strings.Builder
	for _, l := range p.town.log {
		b.WriteString("  " + l + "\n")
	}
	return b.String()
}

// place is where a crossing stands, in a line.
func place(w *town, d cutover.Decision) string {
	s := string(d.State.Phase)
	if d.State.Phase == cutover.Shift {
		s += fmt.Sprintf("/%d", d.State.Step+1)
	}
	s += fmt.Sprintf(" — %s (%s): %s", d.Wait.Reason, d.Wait.Object, d.Wait.Text)
	if !d.Wait.Until.IsZero() {
		s += ", until " + w.clock(d.Wait.Until)
	}
	return s
}

// intent is what the crossing wants of the name, in a line.
func intent(_ *town, d cutover.Decision) string {
	in := d.Intent
	if in.Hold != "" {
		return "  held: " + in.Hold
	}
	s := "  ours " + string(in.Ours.Mode)
	if in.Ours.Mode == registrar.AdmitMost {
		s += fmt.Sprintf(" %d", in.Ours.Max)
	}
	for _, o := range in.Out {
		s += fmt.Sprintf(", out %s by %s", o.ID, o.Way)
	}
	for _, i := range in.Back {
		s += fmt.Sprintf(", back %s", i.ID)
	}
	switch {
	case in.Records != nil:
		s += fmt.Sprintf(", records %v", in.Records)
	case in.TTL != nil:
		s += fmt.Sprintf(", TTL %d", *in.TTL)
	}
	return s + fmt.Sprintf(", floor %d", in.Floor)
}

func event(e cutover.Event) string {
	if e.Warning {
		return "WARNING " + e.Reason + ": " + e.Message
	}
	return "event " + e.Reason + ": " + e.Message
}

func (p *play) name() string {
	v := p.town.view()
	var b strings.Builder
	fmt.Fprintf(&b, "%s TTL %d\n", v.Settings.DNSName(), v.Settings.MaxTTL())
	for _, i := range v.Instances {
		fmt.Fprintf(&b, "  %s %s %s %s\n", i.ID, names.SideOf(i, owner, &p.town.spec.Source), i.Attributes[names.AttrIPv4], i.Health)
	}
	return b.String()
}

func (p *play) ecs() string {
	s := p.town.svc
	var b strings.Builder
	fmt.Fprintf(&b, "desired %d, running %d\n", s.Desired, s.Running)
	for _, k := range s.Tasks {
		fmt.Fprintf(&b, "  %s %s stopping=%t\n", k.ID, k.Zone, k.Stop)
	}
	return b.String()
}

// state tells parts of what is stored.
func (p *play) state(t *testing.T, d *datadriven.TestData) string {
	s, err := p.town.load()
	if err != nil {
		d.Fatalf(t, "%v", err)
	}
	w := p.town
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s, wrote %t, halt %q\n", s.Direction, s.Phase, s.Wrote, s.Halt)
	if s.Original != nil {
		fmt.Fprintf(&b, "  original %v, desired %d, capacity %d\n", s.Original.Records, s.Original.Desired, s.Original.Capacity)
	}
	for _, x := range s.Out {
		fmt.Fprintf(&b, "  out %s by %s, came back %d times, %v\n", x.Instance.ID, x.Way, x.Returned, x.Instance.Attributes)
	}
	for _, x := range s.Gone {
		fmt.Fprintf(&b, "  gone %s since %s\n", x.ID, w.clock(x.Since))
	}
	for _, x := range s.TTLSeen {
		until := "now"
		if !x.Until.IsZero() {
			until = w.clock(x.Until)
		}
		fmt.Fprintf(&b, "  TTL %d until %s\n", x.TTL, until)
	}
	for _, x := range s.Sent {
		fmt.Fprintf(&b, "  sent %s %s op=%q attempt %d at %s failed=%t\n", x.Kind, x.ID, x.Op, x.Attempt, w.clock(x.At), x.Failed)
	}
	for _, x := range s.Findings {
		fmt.Fprintf(&b, "  finding %s %s\n", x.Way, x.Reaction)
	}
	for _, x := range s.Grants {
		fmt.Fprintf(&b, "  granted %s, %s, generation %d\n", x.Gate, x.Direction, x.Generation)
	}
	if s.Returned != "" {
		fmt.Fprintf(&b, "  returned %s\n", s.Returned)
	}
	return b.String()
}

func (p *play) pods(t *testing.T, d *datadriven.TestData) {
	w := p.town
	for _, a := range d.CmdArgs {
		for _, v := range a.Vals {
			if a.Key == "add" {
				n, err := strconv.Atoi(v)
				if err != nil {
					d.Fatalf(t, "%v", err)
				}
				for range n {
					w.addPod(!d.HasArg("not-ready"))
				}
				continue
			}
			k := slices.IndexFunc(w.pods, func(e names.Endpoint) bool { return e.UID == v })
			if k < 0 {
				d.Fatalf(t, "no pod %s", v)
			}
			switch a.Key {
			case "ready":
				w.pods[k].Ready = true
			case "unready":
				w.pods[k].Ready = false
			case "leave":
				w.pods[k].Leaving = true
			case "gone":
				w.pods = slices.Delete(w.pods, k, k+1)
			default:
				d.Fatalf(t, "no %q for pods", a.Key)
			}
		}
	}
}

func (p *play) task(t *testing.T, d *datadriven.TestData) {
	w := p.town
	for _, a := range d.CmdArgs {
		for _, v := range a.Vals {
			switch a.Key {
			case "start":
				w.svc.Desired++
				w.startTask()
			case "stop":
				w.stopTask(names.ID(v))
			case "replace":
				w.stopTask(names.ID(v))
				w.startTask()
			case "ill": // whoever watches the tasks says so
				w.flip(names.ID(v), names.Unhealthy)
			case "well":
				w.flip(names.ID(v), names.Healthy)
			case "deploy":
				w.svc.TaskDefinition = "arn:aws:ecs:ap-south-1:123456789012:task-definition/orders:" + v
			default:
				d.Fatalf(t, "no %q for tasks", a.Key)
			}
		}
	}
}

func (p *play) set(t *testing.T, d *datadriven.TestData, key, v string) {
	w := p.town
	number := func() int {
		n, err := strconv.Atoi(v)
		if err != nil {
			d.Fatalf(t, "%s: %v", key, err)
		}
		return n
	}
	switch key {
	case "name-unknown":
		w.nameUnknown = v
	case "revision-unknown":
		w.revisionUnknown = true
	case "ecs-unknown":
		w.ecsUnknown = v
	case "pods-unknown":
		w.podsUnknown = v
	case "name-gone":
		w.nameUnknown, w.nameGone = "ServiceNotFound", true
	case "known":
		w.nameGone, w.revisionUnknown = false, false
		w.nameUnknown, w.ecsUnknown, w.podsUnknown = "", "", ""
	case "denied":
		w.denied = v
	case "goal":
		w.spec.Goal = cutover.Goal(v)
		w.spec.Generation++
	case "paused":
		w.spec.Paused = v == "true"
	case "ttl":
		w.expose()
		w.settings = w.settings.WithTTL(int64(number()))
	case "foreign":
		w.put(names.Instance{ID: names.ID(v), Attributes: map[string]string{names.AttrIPv4: "10.9.9.9"}})
	case "registry":
		w.svc.RegistryID = v
	case "status":
		w.state = nil
	case "schema":
		s, err := w.load()
		if err != nil {
			d.Fatalf(t, "%v", err)
		}
		s.Schema = number()
		w.state = mustJSON(s)
	case "deleting":
		w.deleting = true
	case "terminating":
		w.deleting, w.terminating = true, true
	case "writes":
		w.writes = writeMode(v)
	case "undo-deregister":
		w.react[registrar.Remove] = duration(t, d, v)
	case "undo-health":
		w.react[registrar.SetUnhealthy] = duration(t, d, v)
	case "finding":
		way, reaction, _ := strings.Cut(v, " ")
		w.findings = append(w.findings, cutover.Finding{Way: registrar.Way(way), Reaction: reaction, At: w.now})
	default:
		d.Fatalf(t, "no setting %q", key)
	}
}
