package engine_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

const owner = "cluster-a"

var (
	epoch = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	ref   = names.Ref{Account: "123456789012", Region: "ap-south-1", NamespaceID: "ns-1", ServiceID: "srv-1"}
	src   = names.Source{Account: "123456789012", Region: "ap-south-1", Cluster: "prod", Service: "orders"}
)

// desk is every port of the engine, in memory. It takes down each call in
// order, and any of them can be made to fail or to take its time.
type desk struct {
	t     *testing.T
	now   time.Time
	calls []string
	fail  map[string]error         // by call, as it is taken down, or by its first word
	takes map[string]time.Duration // the same
	on    func(call string)        // runs in the middle of a call

	gathered engine.Gathered
	outcomes map[engine.Key]engine.Outcome
	held     string
	version  int

	standings []engine.Standing
	exists    map[names.ID]bool // pods that nothing leads to
	would     []string
	made      string // the owner that the service is marked with
	why       string // of operations that fail
	opened    []string

	view names.View
	ops  map[string]cutover.OpStatus
	svcs map[names.Source]cutover.ECSService

	entries []engine.Entry
	events  []cutover.Event
}

func newDesk(t *testing.T) *desk {
	d := &desk{
		t: t, now: epoch, fail: map[string]error{}, exists: map[names.ID]bool{}, takes: map[string]time.Duration{},
		outcomes: map[engine.Key]engine.Outcome{}, ops: map[string]cutover.OpStatus{}, svcs: map[names.Source]cutover.ECSService{},
		view: names.View{Revision: 1, Settings: names.Settings{
			Name: "orders", Namespace: "shop.internal", Type: "DNS_HTTP", Routing: "MULTIVALUE", Records: []names.Record{{Type: "A", TTL: 60}},
		}},
	}
	d.gathered.Targets = map[engine.Key]names.Fact[cutover.Target]{}
	d.gathered.Endpoints = names.Known[[]names.Endpoint](nil, epoch)
	svc := cutover.ECSService{
		ARN: "arn:orders", Status: "ACTIVE", Controller: "ECS", MinPercent: 100, MaxPercent: 200, ContainerPort: 8080, RegistryID: "srv-1",
		TaskDefinition: "arn:aws:ecs:ap-south-1:123456789012:task-definition/orders:7", Desired: 2, Running: 2,
	}
	for n := range 2 {
		task := cutover.Task{ID: names.ID(fmt.Sprintf("task-%d", n+1)), IPv4: netip.AddrFrom4([4]byte{10, 0, 1, byte(n + 1)}), Zone: "ap-south-1a", Status: "RUNNING"}
		svc.Tasks = append(svc.Tasks, task)
		d.put(names.Instance{ID: task.ID, Health: names.HealthUnknown, Attributes: map[string]string{
			names.AttrIPv4: task.IPv4.String(), names.AttrECSCluster: "prod", names.AttrECSService: "orders",
		}})
	}
	d.svcs[src] = svc
	return d
}

func (d *desk) put(i names.Instance) {
	d.view.Instances = slices.DeleteFunc(d.view.Instances, func(x names.Instance) bool { return x.ID == i.ID })
	d.view.Instances = append(d.view.Instances, i)
	names.SortInstances(d.view.Instances)
	d.view.Revision++
}

func (d *desk) drop(id names.ID) {
	d.view.Instances = slices.DeleteFunc(d.view.Instances, func(x names.Instance) bool { return x.ID == id })
	d.view.Revision++
}

// pod is a ready one of a Service.
func pod(namespace, service string, n int) names.Endpoint {
	return names.Endpoint{
		Namespace: namespace, Service: service, Pod: fmt.Sprintf("%s-%d", service, n), UID: fmt.Sprintf("%s-%s-%d", namespace, service, n),
		IPv4: netip.AddrFrom4([4]byte{10, 0, 64, byte(n)}), Port: 8080, Ready: true,
	}
}

// migrate adds a ServiceMigration with two ready pods, of this age.
func (d *desk) migrate(namespace, name, uid string, age time.Duration) *engine.Migration {
	key := engine.Key{Namespace: namespace, Name: name}
	d.version++
	d.gathered.Migrations = append(d.gathered.Migrations, engine.Migration{
		Key: key, UID: uid, Created: epoch.Add(-age), ResourceVersion: fmt.Sprint(d.version),
		Spec: cutover.Spec{
			UID: uid, Generation: 1, Goal: cutover.GoalTarget, Source: src, Service: key.String(), Kind: cutover.KindRequest,
			Withdrawal: registrar.Deregister, RecordTTL: 10, StageFor: 0, Steps: []cutover.Step{{Share: 50, Soak: time.Second}},
		},
	})
	d.gathered.Targets[key] = names.Known(cutover.Target{
		Found: true, Headless: true, Ports: []int32{8080}, Endpoints: []names.Endpoint{pod(namespace, name, 1), pod(namespace, name, 2)},
	}, epoch)
	return &d.gathered.Migrations[len(d.gathered.Migrations)-1]
}

func (d *desk) migration(name string) *engine.Migration {
	for n := range d.gathered.Migrations {
		if d.gathered.Migrations[n].Name == name {
			return &d.gathered.Migrations[n]
		}
	}
	d.t.Fatalf("no migration %s", name)
	return nil
}

func (d *desk) engine(change ...func(*engine.Config)) *engine.Engine {
	d.t.Helper()
	c := engine.Config{
		Clock: d, Store: d, Reader: d, Writer: d, Services: d, Journal: d,
		Bounds: cutover.Bounds{
			Owner: owner, Propagation: time.Minute, Operation: 6 * time.Second, Health: 30 * time.Second,
			TaskStart: time.Minute, Flight: 18 * time.Second, Fresh: 2 * time.Second,
		},
	}
	for _, f := range change {
		f(&c)
	}
	e, err := engine.New(c)
	if err != nil {
		d.t.Fatal(err)
	}
	return e
}

// call takes a call down; err is how it ends.
func (d *desk) call(name string, args ...any) error {
	s := name
	if len(args) > 0 {
		s += " " + fmt.Sprint(args...)
	}
	d.calls = append(d.calls, s)
	if d.on != nil {
		d.on(s)
	}
	for _, key := range []string{s, name} {
		d.now = d.now.Add(d.takes[key])
		if err := d.fail[key]; err != nil {
			return err
		}
	}
	return nil
}

// writes are the calls that change AWS.
func (d *desk) writes() []string {
	var out []string
	for _, c := range d.calls {
		for _, w := range []string{"Register", "Deregister", "SetHealth", "UpdateSettings", "Scale"} {
			if c == w || len(c) > len(w) && c[:len(w)+1] == w+" " {
				out = append(out, c)
			}
		}
	}
	return out
}

// steps makes steps of 2 s until there is something there.
func (d *desk) steps(e *engine.Engine, there func() bool) {
	d.t.Helper()
	for range 2000 {
		if _, err := e.StepName(d.t.Context(), ref); err != nil {
			d.t.Fatal(err)
		}
		if there() {
			return
		}
		d.now = d.now.Add(2 * time.Second)
	}
	d.t.Fatal("never there")
}

func (d *desk) phase(name string) cutover.Phase { return d.migration(name).State.Phase }

func (d *desk) Now() time.Time { return d.now }

func (d *desk) Gather(context.Context, names.Ref) (engine.Gathered, error) {
	if err := d.call("Gather"); err != nil {
		return engine.Gathered{}, err
	}
	g := d.gathered
	g.Migrations = slices.Clone(g.Migrations)
	g.Claimants = slices.Clone(g.Claimants)
	g.Targets = map[engine.Key]names.Fact[cutover.Target]{}
	for k, t := range d.gathered.Targets {
		t.At = d.now
		g.Targets[k] = t
	}
	g.Endpoints.At = d.now
	return g, nil
}

// save is the optimistic lock.
func (d *desk) save(m engine.Migration, change func(*engine.Migration)) (string, error) {
	have := d.migration(m.Name)
	if have.ResourceVersion != m.ResourceVersion {
		return "", fmt.Errorf("%s has version %s, not %s: %w", m.Key, have.ResourceVersion, m.ResourceVersion, names.ErrConflict)
	}
	d.version++
	have.ResourceVersion = fmt.Sprint(d.version)
	change(have)
	return have.ResourceVersion, nil
}

func (d *desk) SaveState(_ context.Context, m engine.Migration, o engine.Outcome) (string, error) {
	if err := d.call("SaveState", m.Name); err != nil {
		return "", err
	}
	d.outcomes[m.Key] = o
	return d.save(m, func(h *engine.Migration) { h.State = o.Decision.State })
}

func (d *desk) SaveOriginal(_ context.Context, m engine.Migration, s cutover.Saved) (string, error) {
	if err := d.call("SaveOriginal", m.Name); err != nil {
		return "", err
	}
	return d.save(m, func(h *engine.Migration) { h.Saved = &s })
}

func (d *desk) Release(_ context.Context, m engine.Migration) error {
	return d.call("Release", m.Name)
}

func (d *desk) Tell(_ context.Context, _ names.Ref, standings []engine.Standing) error {
	d.standings, d.held = standings, ""
	for _, st := range standings {
		d.held += st.Held + ";"
	}
	d.held = strings.Trim(d.held, ";")
	return nil
}

func (d *desk) Existing(_ context.Context, instances []names.Instance) ([]names.ID, error) {
	var out []names.ID
	for _, i := range instances {
		if d.exists[i.ID] {
			out = append(out, i.ID)
		}
	}
	return out, d.fail["Existing"]
}

func (d *desk) Open(_ context.Context, openings []engine.Opening) error {
	for _, o := range openings {
		if err := d.call("Open", o.Pod.Pod, " ", o.Reason); err != nil {
			return err
		}
		for n := range d.gathered.Endpoints.V {
			if ep := &d.gathered.Endpoints.V[n]; ep.UID == o.Pod.UID {
				ep.Gated = false
			}
		}
	}
	return nil
}

func (d *desk) Revision(context.Context, names.Ref) (int64, error) {
	return d.view.Revision, d.call("Revision")
}

func (d *desk) Would(e engine.Entry) { d.would = append(d.would, e.Why) }

func (d *desk) Opened(o engine.Opening) { d.opened = append(d.opened, o.Reason) }

// standing is how the only claimant stands.
func (d *desk) standing() engine.Standing {
	d.t.Helper()
	if len(d.standings) != 1 {
		d.t.Fatalf("%d standings", len(d.standings))
	}
	return d.standings[0]
}

func (d *desk) View(context.Context, names.Ref) (names.View, error) {
	if err := d.call("View"); err != nil {
		return names.View{}, err
	}
	v := d.view
	v.Instances = nil
	for _, i := range d.view.Instances {
		v.Instances = append(v.Instances, i.Clone())
	}
	return v, nil
}

func (d *desk) Operation(_ context.Context, _ names.Ref, id string) (cutover.Operation, error) {
	if err := d.call("Operation", id); err != nil {
		return cutover.Operation{}, err
	}
	st, ok := d.ops[id]
	if !ok {
		return cutover.Operation{}, names.ErrNotFound
	}
	return cutover.Operation{Status: st, Why: d.why}, nil
}

// op makes an operation that has ended.
func (d *desk) op() string {
	id := fmt.Sprintf("op-%d", len(d.ops)+1)
	d.ops[id] = cutover.OpSuccess
	return id
}

func (d *desk) Register(_ context.Context, _ names.Ref, i names.Instance, token string) (string, error) {
	if token == "" {
		return "", errors.New("no token")
	}
	if err := d.call("Register", i.ID); err != nil {
		return "", err
	}
	i = i.Clone()
	i.Health = names.HealthUnknown
	d.put(i)
	return d.op(), nil
}

func (d *desk) Deregister(_ context.Context, _ names.Ref, id names.ID) (string, error) {
	if err := d.call("Deregister", id); err != nil {
		return "", err
	}
	d.drop(id)
	return d.op(), nil
}

func (d *desk) SetHealth(_ context.Context, _ names.Ref, id names.ID, h names.Health) error {
	return d.call("SetHealth", id, h)
}

func (d *desk) UpdateSettings(_ context.Context, _ names.Ref, s names.Settings) (string, error) {
	if err := d.call("UpdateSettings", s.MaxTTL()); err != nil {
		return "", err
	}
	d.view.Settings = s
	return d.op(), nil
}

func (d *desk) Service(_ context.Context, s names.Source) (cutover.ECSService, error) {
	if err := d.call("Service", s); err != nil {
		return cutover.ECSService{}, err
	}
	svc, ok := d.svcs[s]
	if !ok {
		return cutover.ECSService{}, names.ErrNotFound
	}
	svc.Tasks, svc.Tags = slices.Clone(svc.Tasks), maps.Clone(svc.Tags)
	return svc, nil
}

func (d *desk) Scale(_ context.Context, s names.Source, n int) error {
	if err := d.call("Scale", n); err != nil {
		return err
	}
	svc := d.svcs[s]
	for k := range svc.Tasks[:max(0, len(svc.Tasks)-n)] {
		d.drop(svc.Tasks[len(svc.Tasks)-1-k].ID)
	}
	svc.Tasks = svc.Tasks[:min(n, len(svc.Tasks))]
	svc.Desired, svc.Running = n, len(svc.Tasks)
	d.svcs[s] = svc
	return nil
}

func (d *desk) Wrote(e engine.Entry)                { d.entries = append(d.entries, e) }
func (d *desk) Event(_ engine.Key, e cutover.Event) { d.events = append(d.events, e) }
func only(namespace string) func(*engine.Config) {
	return func(c *engine.Config) {
		c.Permit = func(ns string, s names.Source, _ map[string]string) string {
			if ns == namespace {
				return ""
			}
			return s.String() + " is not for namespace " + ns
		}
	}
}
