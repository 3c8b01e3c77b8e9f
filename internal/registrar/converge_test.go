package registrar_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// drawDesk is any name with any pods and any intent.
func drawDesk(t *rapid.T) *desk {
	d := newDesk()
	d.settings.CustomHealth = rapid.Bool().Draw(t, "custom health")
	health := func() names.Health {
		if !d.settings.CustomHealth {
			return names.HealthUnknown
		}
		return rapid.SampledFrom([]names.Health{names.Healthy, names.Healthy, names.Unhealthy}).Draw(t, "health")
	}
	d.in = registrar.Intent{
		Owner: owner, Proof: 66 * time.Second, Floor: rapid.IntRange(-1, 4).Draw(t, "floor"),
		Ours: registrar.Admit{
			Mode: rapid.SampledFrom([]registrar.Mode{registrar.AdmitAll, registrar.AdmitMost, registrar.AdmitKeep, registrar.AdmitNone}).Draw(t, "mode"),
			Max:  rapid.IntRange(-1, 5).Draw(t, "most"),
		},
		Service: rapid.SampledFrom([]string{"", "shop/orders"}).Draw(t, "service"),
	}
	for n := range rapid.IntRange(0, 5).Draw(t, "pods") {
		uid := fmt.Sprintf("pod-%d", n+1)
		e := podOf(uid)
		e.Ready, e.Leaving = rapid.IntRange(0, 3).Draw(t, "ready") > 0, rapid.IntRange(0, 4).Draw(t, "leaving") == 0
		if rapid.IntRange(0, 4).Draw(t, "there") > 0 {
			d.pods = append(d.pods, e)
		}
		if rapid.Bool().Draw(t, "in the name") {
			i := fit(t, e, d.settings)
			if rapid.Bool().Draw(t, "of another Service") {
				i.Attributes[names.AttrService] = "other"
			}
			if rapid.Bool().Draw(t, "with a time") {
				i = i.WithSince(d.now.Add(-time.Duration(rapid.IntRange(0, 100).Draw(t, "since")) * time.Second))
			}
			i.Health = health()
			d.inst[i.ID] = i
		}
	}
	if crossing := rapid.Bool().Draw(t, "crossing"); crossing {
		d.in.Source, d.in.Running = &source, []names.ID{}
		if rapid.Bool().Draw(t, "lowered") {
			ttl := int64(10)
			d.in.TTL = &ttl
		}
	}
	for n := range rapid.IntRange(0, 4).Draw(t, "tasks") {
		i := taskOf(fmt.Sprintf("task-%d", n+1))
		i.Health = health()
		in := rapid.Bool().Draw(t, "task in the name")
		if in {
			d.inst[i.ID] = i
		}
		runs := rapid.IntRange(0, 3).Draw(t, "runs") > 0
		if d.in.Source == nil {
			continue
		}
		if runs {
			d.in.Running = append(d.in.Running, i.ID)
		}
		switch rapid.IntRange(0, 2).Draw(t, "wish") {
		case 0:
			way := registrar.Deregister
			if d.settings.CustomHealth && rapid.Bool().Draw(t, "by health") {
				way = registrar.CustomHealth
			}
			d.in.Out = append(d.in.Out, registrar.Out{ID: i.ID, Way: way})
		case 1:
			if runs {
				d.in.Back = append(d.in.Back, taskOf(string(i.ID)))
			}
		}
	}
	for n := range rapid.IntRange(0, 2).Draw(t, "strangers") {
		id := names.ID(fmt.Sprintf("static-%d", n+1))
		d.inst[id] = names.Instance{ID: id, Health: health(), Attributes: map[string]string{names.AttrOwner: "cluster-b"}}
	}
	return d
}

// counted is the second, dumber reading of what counts towards the floor.
func (d *desk) counted() int {
	n := 0
	for _, id := range slices.Sorted(maps.Keys(d.inst)) {
		i := d.inst[id]
		unresolved := slices.ContainsFunc(d.in.Sent, func(s registrar.Sent) bool { return s.ID == id })
		if i.Health == names.Unhealthy || unresolved {
			continue
		}
		for _, e := range d.pods {
			if e.Ready && !e.Leaving && "eks-"+e.UID == string(id) && i.Attributes[names.AttrOwner] == owner {
				n++
			}
		}
		if d.in.Source != nil && i.Attributes[names.AttrECSService] == "orders" && slices.Contains(d.in.Running, id) {
			n++
		}
	}
	return n
}

// TestConverges: batch after batch, with the guard in front of each write, a
// name comes to what is desired of it, or stays where the floor holds it; on the
// way it never goes below the floor, nothing foreign is touched, and nothing is
// withdrawn by choice beside something that comes in.
func TestConverges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDesk(t)
		strangers := d.strangers()
		for round := range 40 {
			des := registrar.Merge(d.source(), d.in, d.view(), d.now)
			b := registrar.Diff(des, d.view(), d.now)
			if again := registrar.Diff(registrar.Merge(d.source(), d.in, d.view(), d.now), d.view(), d.now); !cmp.Equal(b, again) {
				t.Fatalf("not the same batch: %s", cmp.Diff(b, again))
			}
			if b.Stage == registrar.StageSettled {
				if len(b.Ops) > 0 {
					t.Fatalf("settled, and yet %v", b.Ops)
				}
				d.settled(t, des)
				return
			}
			done := 0
			for _, op := range b.Ops {
				if registrar.Guard(op, des, d.view(), d.now) != nil {
					continue
				}
				if op.Kind.Withdraws() && !op.Lost && b.Stage != registrar.StageWithdraw {
					t.Fatalf("%s: %s %s by choice", b.Stage, op.Kind, op.ID)
				}
				before := d.counted()
				d.effect(op)
				done++
				if n := d.counted(); n < before && n < max(1, d.in.Floor) {
					t.Fatalf("%s %s (%s) left %d, the floor is %d", op.Kind, op.ID, op.Why, n, d.in.Floor)
				}
			}
			if diff := cmp.Diff(strangers, d.strangers()); diff != "" {
				t.Fatalf("others' instances:\n%s", diff)
			}
			if done == 0 && b.Stage == registrar.StageWithdraw {
				return // the guard holds the rest, for the floor's sake
			}
			if done == 0 {
				t.Fatalf("round %d: stuck in %s with %+v", round, b.Stage, b.Ops)
			}
			d.now = d.now.Add(2 * time.Second)
		}
		t.Fatal("no end")
	})
}

// strangers are the instances that are neither ours nor of the crossing's service.
func (d *desk) strangers() map[names.ID]names.Instance {
	m := map[names.ID]names.Instance{}
	for id, i := range d.inst {
		if names.SideOf(i, owner, d.in.Source) == names.Foreign {
			m[id] = i
		}
	}
	return m
}

// settled: what is in the name is what was asked for.
func (d *desk) settled(t *rapid.T, des registrar.Desired) {
	t.Helper()
	for _, want := range des.Register {
		if have, ok := d.inst[want.ID]; !ok || !have.SameAttributes(want) || have.Health == names.Unhealthy {
			t.Fatalf("settled without %s: %+v", want.ID, have)
		}
	}
	for _, l := range des.Leave {
		t.Fatalf("settled with %s, which leaves: %s", l.ID, l.Why)
	}
	for _, o := range d.in.Out {
		if have, ok := d.inst[o.ID]; ok && (o.Way == registrar.Deregister || have.Health != names.Unhealthy) {
			t.Fatalf("settled with %s, which is kept out", o.ID)
		}
	}
	if d.in.TTL != nil && d.settings.Records[0].TTL != *d.in.TTL {
		t.Fatalf("settled with TTL %d", d.settings.Records[0].TTL)
	}
}

// mayGo is the second, dumber Guard: what it lets through, and nothing else,
// may be written. It reads the desk and not the core's helpers.
func (d *desk) mayGo(op registrar.Op, des registrar.Desired) bool {
	have, in := d.inst[op.ID]
	ours := have.Attributes[names.AttrOwner] == owner
	ofSource := d.in.Source != nil && have.Attributes[names.AttrOwner] == "" && have.Attributes[names.AttrECSService] == "orders"
	if des.Intent.Hold != "" || d.nameNo != "" {
		return false
	}
	switch op.Kind {
	case registrar.SetRecords:
		return d.in.TTL != nil || d.in.Records != nil
	case registrar.Register, registrar.SetHealthy:
		wanted := slices.ContainsFunc(des.Register, func(i names.Instance) bool { return i.ID == op.ID })
		return wanted && (!in || ours || ofSource)
	case registrar.Remove, registrar.SetUnhealthy:
		switch {
		case !in:
			return true
		case !ours && !ofSource:
			return false
		case ofSource && !slices.ContainsFunc(d.in.Out, func(o registrar.Out) bool { return o.ID == op.ID }):
			return false
		case ours && !slices.ContainsFunc(des.Leave, func(l registrar.Leaving) bool { return l.ID == op.ID }):
			return false
		case ours && op.Lost:
			return true
		case d.age >= 2*time.Second:
			return false
		}
		before := d.counted()
		without := *d
		without.inst = maps.Clone(d.inst)
		delete(without.inst, op.ID)
		after := without.counted()
		return after >= max(1, d.in.Floor) || after > 0 && after == before
	case registrar.ScaleSource:
	}
	return false
}

func TestGuardAgainstASecondReading(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDesk(t)
		d.age = rapid.SampledFrom([]time.Duration{0, time.Second, 2 * time.Second, time.Minute}).Draw(t, "age")
		if rapid.IntRange(0, 9).Draw(t, "known") == 0 {
			d.nameNo = "throttled"
		}
		ids := append(slices.Sorted(maps.Keys(d.inst)), "eks-pod-1", "eks-pod-2", "task-1", "nobody")
		for range rapid.IntRange(0, 3).Draw(t, "unresolved") {
			d.in.Sent = append(d.in.Sent, registrar.Sent{
				ID: rapid.SampledFrom(ids).Draw(t, "sent id"), Kind: rapid.SampledFrom([]registrar.Kind{registrar.Register, registrar.Remove, registrar.SetUnhealthy}).Draw(t, "sent"), At: d.now,
			})
		}
		op := registrar.Op{
			Kind: rapid.SampledFrom([]registrar.Kind{
				registrar.Register, registrar.Remove, registrar.SetUnhealthy, registrar.SetHealthy, registrar.SetRecords, registrar.ScaleSource, "Nothing",
			}).Draw(t, "kind"),
			ID: rapid.SampledFrom(ids).Draw(t, "id"), Lost: rapid.Bool().Draw(t, "lost"),
		}
		op.Instance = names.Instance{ID: op.ID}
		des := registrar.Merge(d.source(), d.in, d.view(), d.now)
		err := registrar.Guard(op, des, d.view(), d.now)
		if want := d.mayGo(op, des); want != (err == nil) {
			t.Fatalf("%s %s (lost %t): the guard says %v, the second reading %t", op.Kind, op.ID, op.Lost, err, want)
		}
	})
}
