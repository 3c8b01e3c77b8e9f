package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
)

func key(namespace, name string) engine.Key { return engine.Key{Namespace: namespace, Name: name} }

// waits is what a migration was told last.
func (d *desk) waits(namespace, name string) (cutover.Wait, string) {
	o := d.outcomes[key(namespace, name)]
	return o.Decision.Wait, o.Holder
}

// The oldest has the name; of equal age, the one with the lower UID. The others
// are told who has it, and get nothing.
func TestOldestHasTheName(t *testing.T) {
	d := newDesk(t)
	d.migrate("shop", "young", "uid-0", time.Minute)
	d.migrate("shop", "old-b", "uid-b", time.Hour)
	d.migrate("shop", "old-a", "uid-a", time.Hour)
	e := d.engine()
	d.steps(e, func() bool { return d.phase("old-a") == cutover.Shift })
	for _, name := range []string{"young", "old-b"} {
		w, holder := d.waits("shop", name)
		if w.Reason != cutover.WaitPerson || !strings.Contains(w.Text, "shop/old-a") || holder != "shop/old-a" {
			t.Errorf("%s was told %+v, held by %q", name, w, holder)
		}
		if d.migration(name).State.Wrote {
			t.Errorf("%s has begun", name)
		}
	}
	d.steps(e, func() bool { return d.phase("old-a") == cutover.Migrated })
	for _, i := range d.view.Instances {
		if i.Attributes[names.AttrService] != "old-a" {
			t.Errorf("in the name is %+v", i)
		}
	}
}

// One that may not take the service does not hold the name, however old it is.
func TestDeniedHoldsNothing(t *testing.T) {
	d := newDesk(t)
	d.migrate("evil", "thief", "uid-0", 24*time.Hour)
	d.migrate("shop", "orders", "uid-1", time.Hour)
	e := d.engine(only("shop"))
	d.steps(e, func() bool { return d.phase("orders") == cutover.Migrated })
	if w, _ := d.waits("evil", "thief"); w.Reason == "" || w.Text == "" || d.migration("thief").State.Wrote {
		t.Errorf("told %+v", w)
	}
	// ECS cannot be read for a while, so nobody knows who may take it.
	d.fail["Service"] = names.ErrThrottled
	before := d.view.Instances
	for range 30 {
		if _, err := e.StepName(t.Context(), ref); err != nil {
			t.Fatal(err)
		}
		d.now = d.now.Add(10 * time.Second)
	}
	if len(d.view.Instances) != len(before) {
		t.Errorf("in the name were %v, now %v", before, d.view.Instances)
	}
	delete(d.fail, "Service")
	// The holder is deleted and let go: its Service keeps the name, as Release
	// leaves it.
	d.gathered.Claimants = []engine.Claimant{{Key: key("shop", "orders")}}
	d.gathered.Endpoints.V = []names.Endpoint{pod("shop", "orders", 1), pod("shop", "orders", 2)}
	d.gathered.Migrations = slices.DeleteFunc(d.gathered.Migrations, func(m engine.Migration) bool { return m.Name == "orders" })
	for range 30 {
		res, err := e.StepName(t.Context(), ref)
		if err != nil || !res.At.After(d.now) {
			t.Fatalf("%+v, %v", res, err)
		}
		d.now = d.now.Add(10 * time.Second)
	}
	if len(d.view.Instances) != len(before) {
		t.Errorf("the thief emptied the name: %v", d.view.Instances)
	}
	w, holder := d.waits("evil", "thief")
	if w.Reason != cutover.WaitDenied || !strings.Contains(w.Text, "not for namespace evil") || holder != "" {
		t.Errorf("told %+v, held by %q", w, holder)
	}
}

// Services that keep a name without a migration go on while somebody who may
// not take it tries to.
func TestDeniedDoesNotDisturbSteadyState(t *testing.T) {
	d := newDesk(t)
	d.view.Instances = nil
	d.gathered.Claimants = []engine.Claimant{{Key: key("shop", "orders")}}
	d.gathered.Endpoints.V = []names.Endpoint{pod("shop", "orders", 1), pod("shop", "orders", 2)}
	d.migrate("evil", "thief", "uid-0", 24*time.Hour)
	e := d.engine(only("shop"))
	for range 60 {
		if _, err := e.StepName(t.Context(), ref); err != nil {
			t.Fatal(err)
		}
		d.now = d.now.Add(2 * time.Second)
	}
	if len(d.view.Instances) != 2 || d.held != "" {
		t.Errorf("in the name are %v, held %q", d.view.Instances, d.held)
	}
}

// The word is taken back in mid-crossing, and another one waits who may: the
// first keeps the name, because what it changed is its to put in order.
func TestDeniedInMidCrossingKeepsTheName(t *testing.T) {
	d := newDesk(t)
	d.migrate("shop", "orders", "uid-1", time.Hour)
	d.migrate("other", "rival", "uid-2", time.Minute)
	allowed := true
	e := d.engine(func(c *engine.Config) {
		c.Permit = func(ns string, _ names.Source, _ map[string]string) string {
			if ns == "shop" && !allowed {
				return "not any more"
			}
			return ""
		}
	})
	d.steps(e, func() bool { return d.phase("orders") == cutover.Hold })
	allowed = false
	before := len(d.writes())
	for range 100 {
		if _, err := e.StepName(t.Context(), ref); err != nil {
			t.Fatal(err)
		}
		d.now = d.now.Add(10 * time.Second)
	}
	if w := d.writes()[before:]; len(w) > 0 || d.migration("rival").State.Wrote {
		t.Errorf("sent: %q; the rival began: %t", w, d.migration("rival").State.Wrote)
	}
	if w, _ := d.waits("shop", "orders"); w.Reason != cutover.WaitDenied {
		t.Errorf("told %+v", w)
	}
	// Its way back is open, and then the other one has the name.
	d.migration("orders").Spec.Goal = cutover.GoalSource
	d.steps(e, func() bool { return d.phase("orders") == cutover.RolledBack })
	d.steps(e, func() bool { return d.phase("rival") == cutover.Migrated })
}

// A migration that waits for the name and is deleted has nothing to wait for.
func TestRefusedAndDeletedIsReleased(t *testing.T) {
	d := newDesk(t)
	d.migrate("shop", "orders", "uid-1", time.Hour)
	d.migrate("shop", "second", "uid-2", time.Minute).Deleting = true
	if _, err := d.engine().StepName(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(d.calls, "Release second") || slices.Contains(d.calls, "Release orders") {
		t.Errorf("calls: %q", d.calls)
	}
}

// A deleted one that has begun goes back first.
func TestDeletedGoesBackFirst(t *testing.T) {
	d := newDesk(t)
	d.migrate("shop", "orders", "uid-1", time.Hour)
	e := d.engine()
	d.steps(e, func() bool { return d.phase("orders") == cutover.Shift })
	d.migration("orders").Deleting = true
	d.steps(e, func() bool { return slices.Contains(d.calls, "Release orders") })
	if d.phase("orders") != cutover.RolledBack || len(d.view.Instances) != 2 || d.view.Settings.MaxTTL() != 60 {
		t.Errorf("released in %s with %v, TTL %d", d.phase("orders"), d.view.Instances, d.view.Settings.MaxTTL())
	}
}

// The holder is deleted at the end of its crossing, and another one that waited,
// for another Service, has the name now: pods it does not know of are not gone.
func TestNextHolderKnowsOnlyItsOwn(t *testing.T) {
	d := newDesk(t)
	d.migrate("shop", "orders", "uid-1", time.Hour)
	d.migrate("shop", "second", "uid-2", time.Minute)
	e := d.engine()
	d.steps(e, func() bool { return d.phase("orders") == cutover.Migrated })
	d.gathered.Migrations = slices.DeleteFunc(d.gathered.Migrations, func(m engine.Migration) bool { return m.Name == "orders" })
	for range 60 {
		if _, err := e.StepName(t.Context(), ref); err != nil {
			t.Fatal(err)
		}
		d.now = d.now.Add(10 * time.Second)
	}
	for _, id := range []names.ID{"eks-shop-orders-1", "eks-shop-orders-2"} {
		if _, ok := d.view.Instance(id); !ok {
			t.Errorf("%s is not in the name any more", id)
		}
	}
}
