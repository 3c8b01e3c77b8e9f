package cutover_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

var epoch = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

const owner = "cluster-a"

// town is one tiny name with an ECS service and a few pods, in memory: just
// enough of a world to lead a crossing through it. What is sent has its effect
// at once, unless writes says otherwise.
type town struct {
	now    time.Time
	spec   cutover.Spec
	bounds cutover.Bounds
	ref    names.Ref

	settings names.Settings
	inst     map[names.ID]names.Instance
	revision int64
	svc      cutover.ECSService
	tasks    int // started so far
	pods     []names.Endpoint
	podsMade int
	target   cutover.Target

	state    []byte // as it would be stored
	saved    *cutover.Saved
	command  *cutover.Command
	nonce    int
	findings []cutover.Finding
	denied   string

	deleting, terminating, released bool
	nameUnknown, ecsUnknown         string
	nameGone, revisionUnknown       bool
	podsUnknown                     string
	nameAge                         time.Duration // how old the read of the name is

	writes writeMode
	ops    map[string]cutover.OpStatus
	opSeq  int
	late   []late
	react  map[registrar.Kind]time.Duration // ECS undoes the write after that long
	flips  map[names.ID]int                 // the latest call for custom health wins
	held   map[names.ID]time.Time           // until when a client may hold the address
	log    []string
}

// writeMode is how a write to the name ends.
type writeMode string

const (
	writesLand writeMode = ""     // at once, with SUCCESS
	writesMute writeMode = "mute" // they have their effect, the reply is lost
	writesLost writeMode = "lost" // no effect, no reply
	writesSlow writeMode = "slow" // PENDING until landed
	writesFail writeMode = "fail" // the operation ends in FAIL
)

// late is something that happens by itself at a time.
type late struct {
	at   time.Time
	what string
	do   func()
}

// plan of a town.
type plan struct {
	tasks, pods  int
	ttl          int64
	customHealth bool
	withdrawal   registrar.Way
	steps        []cutover.Step
	floor        int
	caches       time.Duration
	stageFor     time.Duration
	kind         cutover.Kind
	port         int32
	targetPort   int32
	maxPercent   int
	overdue      cutover.Overdue
}

func basic() plan {
	return plan{
		tasks: 2, pods: 2, ttl: 60, withdrawal: registrar.Deregister, kind: cutover.KindRequest,
		steps: []cutover.Step{{Share: 50, Soak: 10 * time.Second}}, stageFor: 15 * time.Second,
		targetPort: 8080, maxPercent: 200,
	}
}

func newTown(p plan) *town {
	t := &town{
		now: epoch,
		ref: names.Ref{Account: "123456789012", Region: "ap-south-1", NamespaceID: "ns-1", ServiceID: "srv-1"},
		spec: cutover.Spec{
			UID: "uid-1", Generation: 1, Goal: cutover.GoalTarget,
			Source:  names.Source{Account: "123456789012", Region: "ap-south-1", Cluster: "prod", Service: "orders"},
			Service: "shop/orders", Port: p.port, Kind: p.kind, Withdrawal: p.withdrawal, Steps: p.steps,
			RecordTTL: 10, Floor: p.floor, StageFor: p.stageFor, StageBy: 30 * time.Minute, Overdue: p.overdue,
		},
		bounds: cutover.Bounds{
			Owner: owner, Propagation: time.Minute, Operation: 6 * time.Second, Health: 30 * time.Second,
			TaskStart: time.Minute, Flight: 18 * time.Second, Fresh: 2 * time.Second,
		},
		settings: names.Settings{
			Name: "orders", Namespace: "shop.internal", Type: "DNS_HTTP", Routing: "MULTIVALUE",
			Records: []names.Record{{Type: "A", TTL: p.ttl}}, CustomHealth: p.customHealth,
		},
		inst:     map[names.ID]names.Instance{},
		revision: 1,
		svc: cutover.ECSService{
			ARN: "arn:aws:ecs:ap-south-1:123456789012:service/prod/orders", Status: "ACTIVE", Controller: "ECS", Launch: "FARGATE",
			MinPercent: 100, MaxPercent: p.maxPercent, ContainerPort: 8080, Ports: []int32{8080}, RegistryID: "srv-1",
			TaskDefinition: "arn:aws:ecs:ap-south-1:123456789012:task-definition/orders:7",
		},
		target: cutover.Target{Found: true, Headless: true, Ports: []int32{p.targetPort}},
		ops:    map[string]cutover.OpStatus{},
		react:  map[registrar.Kind]time.Duration{},
		flips:  map[names.ID]int{},
		held:   map[names.ID]time.Time{},
	}
	if p.caches > 0 {
		t.bounds.Caches = []cutover.Cache{{Name: "jvm", For: p.caches}}
	}
	t.svc.Desired = p.tasks
	for range p.tasks {
		t.startTask()
	}
	for range p.pods {
		t.addPod(true)
	}
	return t
}

func zone(n int) string { return "ap-south-1" + string(rune('a'+(n-1)%3)) }

// startTask lets ECS start one more task and register it.
func (t *town) startTask() {
	t.tasks++
	n := t.tasks
	task := cutover.Task{
		ID: names.ID(fmt.Sprintf("task-%02d", n)), IPv4: netip.AddrFrom4([4]byte{10, 0, 1, byte(n)}),
		Zone: zone(n), Status: "RUNNING",
	}
	t.svc.Tasks = append(t.svc.Tasks, task)
	t.count()
	t.put(t.asECS(task))
}

// asECS is the registration that ECS makes for a task in awsvpc mode.
func (t *town) asECS(task cutover.Task) names.Instance {
	a := map[string]string{
		"AWS_INSTANCE_IPV4": task.IPv4.String(), "AWS_INSTANCE_PORT": "8080", "AVAILABILITY_ZONE": task.Zone, "REGION": t.spec.Source.Region,
		"ECS_CLUSTER_NAME": t.spec.Source.Cluster, "ECS_SERVICE_NAME": t.spec.Source.Service, "ECS_TASK_DEFINITION_FAMILY": "orders",
	}
	if t.settings.CustomHealth {
		a["AWS_INIT_HEALTH_STATUS"] = "HEALTHY"
	}
	return names.Instance{ID: task.ID, Attributes: a}
}

func (t *town) count() {
	t.svc.Running = 0
	for _, k := range t.svc.Tasks {
		if k.Runs() {
			t.svc.Running++
		}
	}
	t.svc.Pending = max(0, t.svc.Desired-t.svc.Running)
}

// stopTask takes a task out of the name, as ECS does, and stops it a little later.
func (t *town) stopTask(id names.ID) {
	for k := range t.svc.Tasks {
		if t.svc.Tasks[k].ID == id {
			t.svc.Tasks[k].Stop = true
		}
	}
	t.count()
	t.drop(id)
	t.at(4*time.Second, "task "+string(id)+" stops", func() {
		t.svc.Tasks = slices.DeleteFunc(t.svc.Tasks, func(k cutover.Task) bool { return k.ID == id })
		t.count()
	})
}

// schedule brings the tasks to desiredCount. It fails if a task is stopped whose
// address a client may still hold.
func (t *town) schedule() (err error) {
	var run []cutover.Task
	for _, k := range t.svc.Tasks {
		if k.Runs() {
			run = append(run, k)
		}
	}
	t.expose()
	for n := len(run) - 1; n >= t.svc.Desired; n-- {
		if until := t.held[run[n].ID]; until.After(t.now) {
			err = fmt.Errorf("%s: %s is stopped and may be held until %s", t.clock(t.now), run[n].ID, t.clock(until))
		}
		t.stopTask(run[n].ID)
	}
	for n := len(run); n < t.svc.Desired; n++ {
		t.at(30*time.Second, "a task starts", func() {
			if t.svc.Running < t.svc.Desired {
				t.startTask()
			}
		})
	}
	t.count()
	return err
}

func (t *town) addPod(ready bool) {
	t.podsMade++
	n := t.podsMade
	t.pods = append(t.pods, names.Endpoint{
		Namespace: "shop", Service: "orders", Pod: fmt.Sprintf("orders-%d", n), UID: fmt.Sprintf("pod-%d", n),
		IPv4: netip.AddrFrom4([4]byte{10, 0, 64, byte(n)}), Port: 8080, Zone: zone(n), Ready: ready,
	})
}

// expose notes how long clients may hold what is answered at this moment. It is
// called before everything that changes an answer.
func (t *town) expose() {
	for id := range t.inst {
		if !t.answered(id) {
			continue
		}
		until := t.now.Add(t.bounds.Propagation + time.Duration(t.settings.MaxTTL())*time.Second + t.bounds.CacheSum())
		if until.After(t.held[id]) {
			t.held[id] = until
		}
	}
}

// answered: Route 53 answers with what is healthy, or with all if nothing is.
func (t *town) answered(id names.ID) bool {
	i, ok := t.inst[id]
	if !ok || i.Health != names.Unhealthy {
		return ok
	}
	for _, x := range t.inst {
		if x.Health != names.Unhealthy {
			return false
		}
	}
	return true
}

func (t *town) put(i names.Instance) {
	t.expose()
	old, had := t.inst[i.ID]
	i = i.Clone()
	i.Health = names.HealthUnknown
	if t.settings.CustomHealth {
		i.Health = names.Healthy
		if had {
			i.Health = old.Health
		}
	}
	t.inst[i.ID] = i
	t.revision++
}

func (t *town) drop(id names.ID) {
	t.expose()
	if _, ok := t.inst[id]; ok {
		delete(t.inst, id)
		t.revision++
	}
}

func (t *town) at(d time.Duration, what string, do func()) {
	t.late = append(t.late, late{t.now.Add(d), what, do})
}

// advance moves the clock and lets happen what is due, in order.
func (t *town) advance(d time.Duration) {
	end := t.now.Add(d)
	for {
		k := -1
		for n, l := range t.late {
			if !l.at.After(end) && (k < 0 || l.at.Before(t.late[k].at)) {
				k = n
			}
		}
		if k < 0 {
			break
		}
		l := t.late[k]
		t.late = slices.Delete(t.late, k, k+1)
		if l.at.After(t.now) {
			t.now = l.at
		}
		t.logf("%s", l.what)
		l.do()
	}
	t.now = end
}

func (t *town) view() names.View {
	v := names.View{Settings: t.settings, Revision: t.revision}
	if t.revisionUnknown {
		v.Revision = 0
	}
	v.Settings.Records = slices.Clone(t.settings.Records)
	for _, i := range t.inst {
		v.Instances = append(v.Instances, i.Clone())
	}
	names.SortInstances(v.Instances)
	return v
}

// observe gathers what one step may know. The reads began a moment ago.
func (t *town) observe() cutover.Observed {
	at := t.now.Add(-200*time.Millisecond - t.nameAge)
	svc := t.svc
	svc.Tasks = slices.Clone(t.svc.Tasks)
	tgt := t.target
	tgt.Endpoints, tgt.Replicas = slices.Clone(t.pods), len(t.pods)
	o := cutover.Observed{
		Now: t.now, Spec: t.spec, Ref: t.ref, Bounds: t.bounds,
		Name: names.Known(t.view(), at), Source: names.Known(svc, at), Target: names.Known(tgt, at),
		Ops: map[string]cutover.OpStatus{}, Command: t.command, Findings: slices.Clone(t.findings), Saved: t.saved,
		Denied: t.denied, Deleting: t.deleting, Terminating: t.terminating,
	}
	for op, st := range t.ops {
		o.Ops[op] = st
	}
	o.Gone = t.nameGone
	if t.nameUnknown != "" {
		o.Name = names.Unknown[names.View](t.nameUnknown, at)
	}
	if t.ecsUnknown != "" {
		o.Source = names.Unknown[cutover.ECSService](t.ecsUnknown, at)
	}
	if t.podsUnknown != "" {
		o.Target = names.Unknown[cutover.Target](t.podsUnknown, at)
	}
	return o
}

func (t *town) load() (s cutover.State, err error) {
	if len(t.state) > 0 {
		err = json.Unmarshal(t.state, &s)
	}
	return s, err
}

// step is one step of the engine over the town: the same order, nothing else.
// It fails on whatever Next must never do.
func (t *town) step() (cutover.Decision, registrar.Batch, error) {
	s, err := t.load()
	if err != nil {
		return cutover.Decision{}, registrar.Batch{}, err
	}
	o := t.observe()
	before := mustJSON(s)
	d := cutover.Next(s, o)
	if err := cutover.Check(s, o, d); err != nil {
		return d, registrar.Batch{}, err
	}
	if again := cutover.Next(s, o); !bytes.Equal(mustJSON(d), mustJSON(again)) {
		return d, registrar.Batch{}, errors.New("the same input gave another decision")
	}
	if !bytes.Equal(before, mustJSON(s)) {
		return d, registrar.Batch{}, errors.New("Next changed the state it was given")
	}
	if d.Release {
		t.released = true
		return d, registrar.Batch{}, nil
	}

	des := registrar.Merge(names.Fact[[]names.Endpoint]{V: o.Target.V.Endpoints, At: o.Target.At, Unknown: o.Target.Unknown}, d.Intent, o.Name, o.Now)
	b := registrar.Diff(des, o.Name, o.Now)
	var ops []registrar.Op
	for _, op := range b.Ops {
		if err := registrar.Guard(op, des, o.Name, o.Now); err != nil {
			t.logf("guard: %v", err)
			continue
		}
		ops = append(ops, op)
		des.Intent.Sent = record(des.Intent.Sent, op, o.Now)
		d.State.Sent = record(d.State.Sent, op, o.Now)
	}
	b.Ops = ops
	if kept, ok := d.State.Saved(); ok {
		t.saved = &kept
	}
	for _, a := range d.Acts {
		t.logf("act: %s %d", a.Kind, a.Desired)
		down := a.Desired < t.svc.Desired
		t.svc.Desired = a.Desired
		if err := t.schedule(); down && err != nil {
			return d, b, err
		}
	}
	if err := barrier(ops); err != nil {
		return d, b, err
	}
	for _, op := range ops {
		t.logf("write: %s %s", op.Kind, op.ID)
		counted := t.serving()
		t.send(op, d.State.Sent)
		if n := t.serving(); n < counted && n < max(1, d.Intent.Floor) {
			return d, b, fmt.Errorf("%s: %s %s left %d endpoints, the floor is %d", t.clock(t.now), op.Kind, op.ID, n, d.Intent.Floor)
		}
	}
	t.state = mustJSON(d.State)
	return d, b, nil
}

// serving counts what really serves under the name: read from the town itself.
func (t *town) serving() int {
	n := 0
	for id, i := range t.inst {
		pod := slices.ContainsFunc(t.pods, func(e names.Endpoint) bool { return e.ID() == id && e.Serves() })
		task := slices.ContainsFunc(t.svc.Tasks, func(k cutover.Task) bool { return k.ID == id && k.Runs() })
		if i.Health != names.Unhealthy && (pod || task) {
			n++
		}
	}
	return n
}

// barrier: nothing is withdrawn by choice in one batch with something that comes in.
func barrier(ops []registrar.Op) error {
	in := slices.ContainsFunc(ops, func(o registrar.Op) bool { return o.Kind == registrar.Register || o.Kind == registrar.SetHealthy })
	for _, o := range ops {
		if in && o.Kind.Withdraws() && !o.Lost {
			return fmt.Errorf("%s %s in one batch with a registration", o.Kind, o.ID)
		}
	}
	return nil
}

// record puts a write on record before it is sent.
func record(sent []registrar.Sent, op registrar.Op, now time.Time) []registrar.Sent {
	s := registrar.Sent{ID: op.ID, Kind: op.Kind, Attempt: 1, At: now}
	if op.Sent != nil {
		s.Attempt = op.Sent.Attempt + 1
	}
	sent = slices.DeleteFunc(slices.Clone(sent), func(x registrar.Sent) bool { return x.ID == op.ID && x.Kind == op.Kind })
	return append(sent, s)
}

// send lets a write have the effect that the mode gives it.
func (t *town) send(op registrar.Op, sent []registrar.Sent) {
	k := slices.IndexFunc(sent, func(s registrar.Sent) bool { return s.ID == op.ID && s.Kind == op.Kind })
	effect := func() { t.effect(op) }
	health := op.Kind == registrar.SetHealthy || op.Kind == registrar.SetUnhealthy
	id := ""
	if !health {
		t.opSeq++
		id = fmt.Sprintf("op-%d", t.opSeq)
	}
	switch t.writes {
	case writesLand:
		effect()
		sent[k].Op, t.ops[id] = id, cutover.OpSuccess
	case writesMute:
		effect()
	case writesLost:
	case writesSlow:
		sent[k].Op, t.ops[id] = id, cutover.OpPending
		t.at(time.Hour, fmt.Sprintf("%s %s lands", op.Kind, op.ID), func() { t.ops[id] = cutover.OpSuccess; effect() })
	case writesFail:
		sent[k].Op, t.ops[id] = id, cutover.OpFail
	}
}

// land lets everything that is under way have its effect now.
func (t *town) land() {
	for n := range t.late {
		if t.late[n].at.Sub(t.now) > 10*time.Minute {
			t.late[n].at = t.now
		}
	}
	t.advance(0)
}

func (t *town) effect(op registrar.Op) {
	switch op.Kind {
	case registrar.Register:
		t.put(op.Instance)
	case registrar.Remove:
		t.drop(op.ID)
	case registrar.SetUnhealthy:
		t.flip(op.ID, names.Unhealthy)
	case registrar.SetHealthy:
		t.flip(op.ID, names.Healthy)
	case registrar.SetRecords:
		t.expose()
		t.settings = op.Settings
	case registrar.ScaleSource:
	}
	after, ok := t.react[op.Kind]
	if !ok || !slices.ContainsFunc(t.svc.Tasks, func(k cutover.Task) bool { return k.ID == op.ID }) {
		return
	}
	t.at(after, "ECS undoes the "+string(op.Kind)+" of "+string(op.ID), func() {
		k := slices.IndexFunc(t.svc.Tasks, func(k cutover.Task) bool { return k.ID == op.ID && k.Runs() })
		_, in := t.inst[op.ID]
		switch {
		case k < 0:
		case op.Kind == registrar.SetUnhealthy && in:
			t.flip(op.ID, names.Healthy)
		case op.Kind == registrar.Remove && !in:
			t.put(t.asECS(t.svc.Tasks[k]))
		}
	})
}

// flip changes custom health after Cloud Map's waiting time; a call the other
// way within it cancels the first.
func (t *town) flip(id names.ID, h names.Health) {
	t.flips[id]++
	call := t.flips[id]
	i, ok := t.inst[id]
	if !ok || i.Health == h {
		return
	}
	t.at(t.bounds.Health, string(id)+" turns "+string(h), func() {
		i, ok := t.inst[id]
		if !ok || t.flips[id] != call || !t.settings.CustomHealth {
			return
		}
		t.expose()
		i.Health = h
		t.inst[id] = i
		t.expose()
	})
}

func (t *town) say(v cutover.Verb, gate string) {
	t.nonce++
	t.command = &cutover.Command{Verb: v, Nonce: fmt.Sprint(t.nonce), By: "sre", Reason: "test", Gate: gate, Generation: t.spec.Generation}
}

func (t *town) logf(format string, a ...any) {
	t.log = append(t.log, fmt.Sprintf("%s  %s", t.clock(t.now), fmt.Sprintf(format, a...)))
}

func (t *town) clock(at time.Time) string {
	return at.Sub(epoch).Round(100 * time.Millisecond).String()
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
