package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// object is the ServiceMigration in the API server: everything as bytes, as it
// would be stored.
type object struct {
	version int
	state   []byte
	saved   []byte
	command []byte
	spec    cutover.Spec
	lost    bool
	nonce   int
	created time.Time
}

func newObject(w *world) *object {
	return &object{
		version: 1, created: w.now,
		spec: cutover.Spec{
			UID: "11111111-2222-3333-4444-555555555555", Generation: 1, Goal: cutover.GoalTarget,
			Source:  names.Source{Account: w.account, Region: w.region, Cluster: ecsCluster, Service: svcName},
			Service: "default/" + svcName, Kind: cutover.KindRequest,
			Withdrawal: w.sc.Withdrawal, RecordTTL: 10,
			Steps:    []cutover.Step{{Share: 50, Soak: 10 * time.Second}},
			StageFor: 15 * time.Second, StageBy: 30 * time.Minute,
		},
	}
}

// store is the API server as one process sees it.
type store struct {
	w *world
	a *actor
}

var storeKey = engine.Key{Namespace: "default", Name: svcName}

// Gather reads the object and the pods.
func (s *store) Gather(context.Context, names.Ref) (engine.Gathered, error) {
	w := s.w
	s.a.pause(w.latency())
	o := w.obj
	if w.sc.Faults.StatusLost > 0 && !o.lost && w.fault(3) && len(o.saved) > 0 {
		o.lost, o.state = true, nil
		o.version++
		w.logf("the status is lost")
	}
	m := engine.Migration{
		Key: storeKey, UID: o.spec.UID, Created: o.created, Spec: o.spec,
		ResourceVersion: strconv.Itoa(o.version),
	}
	decode := func(b []byte, to any) {
		if len(b) == 0 {
			return
		}
		if err := json.Unmarshal(b, to); err != nil {
			w.violation("what was stored does not read back: %v", err)
		}
	}
	decode(o.state, &m.State)
	decode(o.saved, &m.Saved)
	decode(o.command, &m.Command)
	if w.sc.Told {
		m.Findings = w.findings()
	}
	g := engine.Gathered{
		Migrations: []engine.Migration{m},
		Targets: map[engine.Key]names.Fact[cutover.Target]{
			storeKey: names.Known(cutover.Target{
				Found: true, Headless: true, Ports: []int32{8080},
				Endpoints: w.kube.endpoints(), Replicas: w.sc.Pods,
			}, w.now),
		},
	}
	return g, nil
}

// findings is what a doctor would have found on a scratch service.
func (w *world) findings() []cutover.Finding {
	return []cutover.Finding{
		{Way: registrar.Deregister, Reaction: reaction(w.sc.Reactions.Deregister), At: w.start},
		{Way: registrar.CustomHealth, Reaction: reaction(w.sc.Reactions.Health), At: w.start},
	}
}

// save is one optimistic write.
func (s *store) save(m engine.Migration, change func(*object)) (string, error) {
	w := s.w
	s.a.pause(w.latency())
	if w.fault(w.sc.Faults.CrashBefore) {
		w.crash(s.a.proc, "before a store")
		s.a.pause(0)
	}
	if strconv.Itoa(w.obj.version) != m.ResourceVersion {
		return "", fmt.Errorf("migration %s: %w", m.Key, names.ErrConflict)
	}
	change(w.obj)
	w.obj.version++
	if w.fault(w.sc.Faults.CrashAfter) {
		w.crash(s.a.proc, "after a store")
	}
	v := strconv.Itoa(w.obj.version)
	s.a.pause(w.latency())
	return v, nil
}

// SaveState stores the state as bytes, and bounds them.
func (s *store) SaveState(_ context.Context, m engine.Migration, o engine.Outcome) (string, error) {
	b, err := json.Marshal(o.Decision.State)
	if err != nil {
		return "", fmt.Errorf("encode the state: %w", err)
	}
	if len(b) > 48<<10 {
		s.w.violation("the state has %d bytes", len(b))
	}
	if string(b) == string(s.w.obj.state) && strconv.Itoa(s.w.obj.version) == m.ResourceVersion {
		return m.ResourceVersion, nil
	}
	return s.save(m, func(o *object) { o.state = b })
}

// SaveOriginal stores the annotation.
func (s *store) SaveOriginal(_ context.Context, m engine.Migration, sv cutover.Saved) (string, error) {
	b, err := json.Marshal(sv)
	if err != nil {
		return "", fmt.Errorf("encode the original: %w", err)
	}
	return s.save(m, func(o *object) { o.saved = b })
}

// Release is not part of these runs.
func (s *store) Release(context.Context, engine.Migration) error { return nil }

// Tell is not part of these runs.
func (s *store) Tell(context.Context, names.Ref, []engine.Standing) error { return nil }

// Existing are the pods that are there, whatever leads to them.
func (s *store) Existing(_ context.Context, instances []names.Instance) ([]names.ID, error) {
	var out []names.ID
	for _, i := range instances {
		if slices.ContainsFunc(s.w.kube.endpoints(), func(e names.Endpoint) bool { return e.ID() == i.ID }) {
			out = append(out, i.ID)
		}
	}
	return out, nil
}

// Open is not part of these runs.
func (s *store) Open(context.Context, []engine.Opening) error { return nil }
