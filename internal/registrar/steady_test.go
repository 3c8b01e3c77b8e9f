package registrar_test

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// steadyDesk is a name without a crossing, and since when each instance is in it.
type steadyDesk struct {
	*desk
	came map[names.ID]time.Time
}

// drawSteady is any such name, with any pods, policy and hand-over.
func drawSteady(t *rapid.T) steadyDesk {
	d := steadyDesk{newDesk(), map[names.ID]time.Time{}}
	put := func(i names.Instance) {
		at := d.now.Add(-time.Duration(rapid.IntRange(0, 100).Draw(t, "since")) * time.Second)
		if i.Attributes[names.AttrOwner] == owner && rapid.Bool().Draw(t, "with a time") {
			i = i.WithSince(at)
		} else if i.Attributes[names.AttrOwner] == owner {
			at = time.Time{} // from before times were written down
		}
		i.Health = names.HealthUnknown
		d.inst[i.ID], d.came[i.ID] = i, at
	}
	d.in = registrar.Intent{
		Owner: owner, Floor: 1, Proof: 66 * time.Second, Most: rapid.SampledFrom([]int{0, 0, 3, 6}).Draw(t, "bound"),
		Policy: rapid.SampledFrom([]registrar.Policy{"", registrar.Sync, registrar.UpsertOnly, registrar.CreateOnly}).Draw(t, "policy"),
		Ours:   registrar.Admit{Mode: rapid.SampledFrom([]registrar.Mode{registrar.AdmitAll, registrar.AdmitAll, registrar.AdmitKeep}).Draw(t, "mode")},
	}
	switch rapid.IntRange(0, 3).Draw(t, "hand-over") {
	case 0:
		d.in.Plain, d.in.Ours.Mode = true, registrar.AdmitAll // a held name is not handed over
	case 1:
		d.in.Adopt, d.in.Ours.Mode = true, registrar.AdmitAll
	}
	plain := func(target string) {
		i, err := names.FitPlain(names.Endpoint{Target: target}, d.settings)
		if err != nil {
			t.Fatal(err)
		}
		put(i)
	}
	for n := range rapid.IntRange(0, 5).Draw(t, "pods") {
		e := podOf(fmt.Sprintf("pod-%d", n+1))
		if rapid.IntRange(0, 4).Draw(t, "is a target") == 0 {
			e = targetOf(e.IPv4.String())
		}
		e.Ready, e.Leaving = rapid.IntRange(0, 3).Draw(t, "ready") > 0, rapid.IntRange(0, 4).Draw(t, "leaving") == 0
		asked := rapid.IntRange(0, 4).Draw(t, "asked for") > 0
		if asked {
			d.pods = append(d.pods, e)
		}
		if rapid.Bool().Draw(t, "in the name") {
			i := fit(t, e, d.settings)
			if rapid.IntRange(0, 3).Draw(t, "as it was written long ago") == 0 {
				i.Attributes[names.AttrZone] = "elsewhere"
				e.Extra = map[string]string{names.AttrZone: "here"}
			}
			put(i)
			if !asked && rapid.Bool().Draw(t, "exists") {
				d.in.Existing = append(d.in.Existing, i.ID)
				if rapid.Bool().Draw(t, "stays") {
					d.in.Stay = append(d.in.Stay, i.ID)
				}
			}
		}
		if e.Target == "" && rapid.IntRange(0, 3).Draw(t, "as ExternalDNS wrote it") == 0 {
			plain(e.IPv4.String())
		}
	}
	d.in.Abandoned = len(d.pods) == 0 && rapid.Bool().Draw(t, "abandoned")
	for n := range rapid.IntRange(0, 2).Draw(t, "strangers") {
		if rapid.Bool().Draw(t, "stranger is plain") {
			plain(fmt.Sprintf("10.9.9.%d", n+1))
			continue
		}
		put(names.Instance{ID: names.ID(fmt.Sprintf("static-%d", n+1)), Attributes: map[string]string{names.AttrOwner: "cluster-b"}})
	}
	return d
}

// young fills in which registrations without a time of their own are new.
func (d steadyDesk) young() {
	d.in.Young = nil
	for _, id := range slices.Sorted(maps.Keys(d.inst)) {
		if registrar.Plain(d.inst[id]) && d.now.Before(d.came[id].Add(d.in.Proof)) {
			d.in.Young = append(d.in.Young, id)
		}
	}
}

// behind is the pod or target of ours behind an instance, whoever registered it.
func (d steadyDesk) behind(i names.Instance) (names.Endpoint, bool) {
	for _, e := range d.pods {
		at := e.IPv4
		if e.Target != "" {
			at = netip.MustParseAddr(e.Target)
		}
		if a, ok := i.IPv4(); ok && a == at {
			return e, true
		}
	}
	return names.Endpoint{}, false
}

// serve counts the instances behind which a pod of ours serves; old ones alone,
// which every name server has, or all.
func (d steadyDesk) serve(old bool) int {
	n := 0
	for id, i := range d.inst {
		if e, ok := d.behind(i); ok && e.Serves() && (!old || !d.now.Before(d.came[id].Add(d.in.Proof))) {
			n++
		}
	}
	return n
}

// others are the instances that nothing may ever be done to.
func (d steadyDesk) others() map[names.ID]names.Instance {
	m := map[names.ID]names.Instance{}
	for id, i := range d.inst {
		_, ours := d.behind(i)
		if i.Attributes[names.AttrOwner] != owner && !(d.in.Adopt && registrar.Plain(i)) && !(d.in.Plain && ours) {
			m[id] = i.Clone()
		}
	}
	return m
}

// TestSteadyConverges: from any start, with any policy and hand-over, what is
// wanted comes to be in the name. On the way others' instances are as they were,
// what serves never becomes nothing, and what goes by choice goes only when
// something else is known everywhere.
func TestSteadyConverges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawSteady(t)
		others := d.others()
		for range 40 {
			d.young()
			des := registrar.Merge(d.source(), d.in, d.view(), d.now)
			b := registrar.Diff(des, d.view(), d.now)
			done := 0
			for _, op := range b.Ops {
				if registrar.Guard(op, des, d.view(), d.now) == nil {
					d.write(t, op)
					done++
				}
			}
			if diff := cmp.Diff(others, d.others()); diff != "" {
				t.Fatalf("others' instances:\n%s", diff)
			}
			switch {
			case done > 0:
				d.now = d.now.Add(2 * time.Second)
			case des.Waiting > 0 && d.now.Sub(epoch) < 10*time.Minute:
				d.now = d.now.Add(d.in.Proof)
			default:
				d.rests(t, des, b)
				return
			}
		}
		t.Fatal("no end")
	})
}

// write lets one write happen and judges it.
func (d steadyDesk) write(t *rapid.T, op registrar.Op) {
	t.Helper()
	have, in := d.inst[op.ID]
	serving := d.serve(false)
	e, asked := d.behind(have)
	d.effect(op)
	if now, ok := d.inst[op.ID]; ok && (!in || now.Attributes[names.AttrIPv4] != have.Attributes[names.AttrIPv4]) {
		d.came[op.ID] = d.now // its record is another one
	}
	switch {
	case d.in.Policy == registrar.CreateOnly && (op.Kind != registrar.Register || in):
		t.Fatalf("create-only, and %s %s", op.Kind, op.ID)
	case d.in.Policy == registrar.UpsertOnly && op.Kind == registrar.Remove && asked && !e.Leaving:
		t.Fatalf("upsert-only, and %s leaves, whose pod is there", op.ID)
	case serving > 0 && d.serve(false) == 0:
		t.Fatalf("%s %s (%s) left nothing that serves", op.Kind, op.ID, op.Why)
	}
	if why := registrar.Why(op.Why); op.Kind != registrar.Remove || why == registrar.PodGone || why == registrar.Unclaimed && d.in.Abandoned {
		return
	}
	if d.serve(true) == 0 && (d.in.Plain || d.in.Adopt || len(d.others()) == 0) {
		t.Fatalf("%s left (%s) before anything else was known everywhere", op.ID, op.Why)
	}
}

// rests: what is wanted is in the name, and what is not is out of it, as far as
// the policy lets it and something else is there to answer.
func (d steadyDesk) rests(t *rapid.T, des registrar.Desired, b registrar.Batch) {
	t.Helper()
	for _, want := range des.Register {
		have, ok := d.inst[want.ID]
		_, other := d.others()[want.ID]
		if !ok || d.in.Policy != registrar.CreateOnly && !other && !have.Covers(want) {
			t.Fatalf("at rest without %s: %v", want.ID, have)
		}
	}
	if des.Waiting > 0 && des.Over == 0 && d.serve(true) > 0 && !d.in.Adopt {
		t.Fatalf("%d wait for ever, and %d serve", des.Waiting, d.serve(true))
	}
	if d.in.Policy == registrar.CreateOnly {
		return
	}
	for id, i := range d.inst {
		_, asked := d.behind(i)
		exists := slices.Contains(d.in.Existing, id) || i.Attributes[names.AttrPodUID] == ""
		if i.Attributes[names.AttrOwner] == owner && !asked && !exists {
			t.Fatalf("at rest with %s, whose pod is gone; refused: %v", id, b.Ops)
		}
	}
}
