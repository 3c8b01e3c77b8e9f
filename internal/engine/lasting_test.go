package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
)

// A name that is not there is asked for seldom and says so, so that whoever asks
// for it looks for it anew; with nobody who does, it is forgotten.
func TestGoneName(t *testing.T) {
	d := claimed(t, 1)
	e := d.engine()
	d.settle(e)
	d.fail["View"] = names.ErrNotFound
	e.Drifted(ref)
	d.calls = nil
	gone := 0
	for began := d.now; d.now.Sub(began) < 10*time.Minute; {
		res, err := e.StepName(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		if res.Gone {
			gone++
		}
		if st := d.standing(); st.Reason != engine.NameGone {
			t.Fatalf("told %+v", st)
		}
		d.now = res.At
	}
	if n := len(d.reads()); n > 12 || gone == 0 || len(d.writes()) > 0 {
		t.Errorf("%d reads in 10 minutes, said to be gone %d times, sent %q", n, gone, d.writes())
	}
	d.gathered.Claimants, d.gathered.Endpoints.V = nil, nil
	if res, err := e.StepName(t.Context(), ref); err != nil || !res.At.IsZero() {
		t.Errorf("nobody asks for it, and it is looked at again at %s, %v", res.At, err)
	}
}

// What was remembered before a crossing is not believed after it, nor watched
// meanwhile: a crossing writes, too.
func TestACrossingIsNotRemembered(t *testing.T) {
	d := claimed(t, 2)
	e := d.engine()
	d.settle(e)
	d.now = d.now.Add(5 * time.Minute)
	if _, ok := e.Watch(ref); !ok {
		t.Fatal("a name at rest is not watched")
	}
	d.migrate("shop", "orders", "uid-1", time.Hour)
	d.steady(e, 1)
	if w, ok := e.Watch(ref); ok {
		t.Errorf("watched in a crossing: %+v", w)
	}
	d.calls = nil
	if drifted, err := e.Sweep(t.Context(), ref); drifted || err != nil || len(d.calls) > 0 {
		t.Errorf("swept in a crossing: %t, %v, %q", drifted, err, d.calls)
	}
	d.gathered.Migrations = nil
	d.drop("eks-shop-orders-1") // as the crossing left it
	d.settle(e)
	if len(d.ids()) != 2 {
		t.Errorf("after the crossing: %v", d.ids())
	}
}

// Somebody who comes into a name of ours does not drain it: pods are replaced as
// before, and are told beside whom they are.
func TestAStrangerDoesNotDrainAName(t *testing.T) {
	d := claimed(t, 3)
	e := d.engine()
	d.settle(e)
	d.now = d.now.Add(5 * time.Minute)
	d.put(names.Instance{ID: "static-1", Health: names.HealthUnknown, Attributes: map[string]string{names.AttrIPv4: "10.9.9.9"}})
	e.Drifted(ref)
	d.gathered.Endpoints.V[1].Leaving = true
	d.gathered.Endpoints.V = append(d.gathered.Endpoints.V[1:], pod("shop", "orders", 4))
	d.settle(e)
	if st := d.standing(); fmt.Sprint(d.ids()) != "[eks-shop-orders-3 eks-shop-orders-4 static-1]" || st.Held != "" || !strings.Contains(st.Text, "beside 1 of others") {
		t.Errorf("in the name: %v, told %+v", d.ids(), st)
	}
	// Once nothing of ours is in it, it is theirs.
	d.gathered.Endpoints.V = nil
	d.settle(e)
	d.gathered.Endpoints.V = []names.Endpoint{pod("shop", "orders", 5)}
	d.settle(e)
	if fmt.Sprint(d.ids()) != "[static-1]" || !strings.Contains(d.held, "static-1") {
		t.Errorf("in the name: %v, held %q", d.ids(), d.held)
	}
}

// What is lost leaves a name that is held, too: its address will be another's.
func TestLostLeaveAHeldName(t *testing.T) {
	d := claimed(t, 2)
	e := d.engine()
	d.settle(e)
	d.now = d.now.Add(5 * time.Minute)
	d.put(names.Instance{ID: "static-1", Health: names.HealthUnknown, Attributes: map[string]string{names.AttrIPv4: "10.9.9.9"}})
	e.Drifted(ref)
	d.exists["eks-shop-orders-2"] = true
	d.gathered.Claimants = []engine.Claimant{{Key: key("store", "orders")}}
	d.gathered.Endpoints.V = []names.Endpoint{pod("store", "orders", 7)}
	d.steady(e, 5)
	if fmt.Sprint(d.ids()) != "[eks-shop-orders-2 static-1]" {
		t.Errorf("in the name: %v, held %q", d.ids(), d.held)
	}
}

// What another namespace left in the name, and nobody asks for, leaves, and then
// the name is free.
func TestLeftoversDoNotKeepAName(t *testing.T) {
	d := claimed(t, 2)
	e := d.engine()
	d.settle(e)
	d.now = d.now.Add(5 * time.Minute)
	d.exists["eks-shop-orders-2"] = true
	d.gathered.Claimants = []engine.Claimant{{Key: key("store", "orders")}}
	d.gathered.Endpoints.V = []names.Endpoint{pod("store", "orders", 7)}
	if _, err := e.StepName(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	if st := d.standing(); !strings.Contains(st.Held, "Service shop/orders of another namespace has it") {
		t.Errorf("told %+v", st)
	}
	d.settle(e)
	if fmt.Sprint(d.ids()) != "[eks-store-orders-7]" {
		t.Errorf("in the name: %v, told %+v", d.ids(), d.standings)
	}
}

// That a name drifted is known until it was read.
func TestDriftOutlivesAFailedRead(t *testing.T) {
	d := claimed(t, 2)
	e := d.engine()
	d.settle(e)
	d.drop("eks-shop-orders-1")
	e.Drifted(ref)
	d.fail["View"] = names.ErrThrottled
	d.steady(e, 3)
	delete(d.fail, "View")
	d.settle(e)
	if len(d.ids()) != 2 {
		t.Errorf("in the name: %v", d.ids())
	}
}

// A write that rests on a fresh look waits for one: what is remembered does not do.
func TestNoFreshLookNoWrite(t *testing.T) {
	ttl := int64(30)
	d := claimed(t, 1)
	d.made = owner
	e := d.engine(func(c *engine.Config) { c.Creator = d })
	d.settle(e)
	d.now = d.now.Add(time.Hour)
	d.gathered.Claimants[0].TTL = &ttl
	lb := names.Endpoint{Namespace: "shop", Service: "orders", Target: "10.0.99.1", Ready: true}
	d.gathered.Endpoints.V = append(d.gathered.Endpoints.V, lb)
	d.fail["View"] = names.ErrThrottled
	d.calls = nil
	d.steady(e, 5)
	if w := d.writes(); len(w) > 0 {
		t.Errorf("sent from memory: %q", w)
	}
	delete(d.fail, "View")
	d.settle(e)
	if d.view.Settings.MaxTTL() != 30 || !slices.Contains(d.ids(), "10.0.99.1") {
		t.Errorf("TTL %d, in the name %v", d.view.Settings.MaxTTL(), d.ids())
	}
}

// A migration that finds no name, because of a wrong word in it, takes nothing
// from the name that its Service keeps; one that may be of this name comes first.
func TestAwaitedMigration(t *testing.T) {
	d := claimed(t, 2)
	e := d.engine()
	d.gathered.Claimants[0].Awaited = true
	d.steady(e, 30)
	if len(d.writes()) > 0 || !strings.Contains(d.held, "ServiceMigration leads to it") {
		t.Errorf("sent %q, held %q", d.writes(), d.held)
	}
	d.gathered.Claimants[0].Awaited = false
	d.settle(e)
	d.gathered.Claimants[0].Awaited = true
	d.gathered.Endpoints.V = append(d.gathered.Endpoints.V[1:], pod("shop", "orders", 3))
	d.settle(e)
	if fmt.Sprint(d.ids()) != "[eks-shop-orders-2 eks-shop-orders-3]" || d.held != "" {
		t.Errorf("in the name: %v, held %q", d.ids(), d.held)
	}
}

// A write that AWS refused for a pod that is gone meanwhile is no reason to look
// at the name for ever.
func TestRefusedAndNotWantedAnyMore(t *testing.T) {
	d := claimed(t, 1)
	e := d.engine()
	d.settle(e)
	d.gathered.Endpoints.V = append(d.gathered.Endpoints.V, pod("shop", "orders", 2))
	d.fail["Register"] = names.ErrThrottled
	if _, err := e.StepName(t.Context(), ref); err == nil {
		t.Fatal("not throttled")
	}
	d.gathered.Endpoints.V = d.gathered.Endpoints.V[:1]
	d.settle(e)
	if st := d.standing(); st.Registered != "True" || d.now.Sub(epoch) > time.Hour {
		t.Errorf("told %+v at %s", st, d.now)
	}
}

// Of two Services that ask for one name the pods of both are in it, with the
// smaller of the TTLs that they ask for; one behind both is in it once.
func TestTwoServicesOneName(t *testing.T) {
	long, short := int64(120), int64(20)
	d := claimed(t, 2)
	d.made = owner
	d.gathered.Claimants = []engine.Claimant{{Key: key("shop", "orders"), TTL: &long}, {Key: key("shop", "orders-too"), TTL: &short}}
	d.gathered.Endpoints.V = append(d.gathered.Endpoints.V, pod("shop", "orders-too", 3))
	e := d.engine(func(c *engine.Config) { c.Creator = d })
	d.settle(e)
	if len(d.ids()) != 3 || d.view.Settings.MaxTTL() != 20 {
		t.Errorf("in the name: %v, TTL %d", d.ids(), d.view.Settings.MaxTTL())
	}
	for _, st := range d.standings {
		if st.Registered != "True" || len(st.Problems) > 0 {
			t.Errorf("told %+v", st)
		}
	}
	// The one with the short TTL goes: its pods leave, the other's stay.
	d.gathered.Claimants, d.gathered.Endpoints.V = d.gathered.Claimants[:1], d.gathered.Endpoints.V[:2]
	d.settle(e)
	if len(d.ids()) != 2 || d.view.Settings.MaxTTL() != 120 {
		t.Errorf("in the name: %v, TTL %d", d.ids(), d.view.Settings.MaxTTL())
	}
}
