package engine_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
)

// steady makes n steps of a name without a migration.
func (d *desk) steady(e *engine.Engine, n int) {
	d.t.Helper()
	for range n {
		res, err := e.StepName(d.t.Context(), ref)
		if err != nil {
			d.t.Fatal(err)
		}
		if len(d.gathered.Claimants) > 0 && !res.At.After(d.now) {
			d.t.Fatalf("the next look is at %s, it is %s", res.At, d.now)
		}
		d.now = d.now.Add(2 * time.Second)
	}
}

// A Service that asks for a name that ECS holds gets nothing in, and is told
// who holds it; the annotation opens the name.
func TestHeldSaysByWhom(t *testing.T) {
	d := newDesk(t)
	d.gathered.Claimants = []engine.Claimant{{Key: key("shop", "orders")}}
	d.gathered.Endpoints.V = []names.Endpoint{pod("shop", "orders", 1)}
	e := d.engine()
	d.steady(e, 30)
	if w := d.writes(); len(w) > 0 {
		t.Errorf("sent: %q", w)
	}
	if !strings.Contains(d.held, "ECS service prod/orders") || !strings.Contains(d.held, "2 live instances") {
		t.Errorf("held: %q", d.held)
	}
	d.gathered.Claimants[0].Open = true
	d.steady(e, 3)
	if _, ok := d.view.Instance("eks-shop-orders-1"); !ok || len(d.view.Instances) != 3 || d.held != "" {
		t.Errorf("opened: %v, held %q", d.view.Instances, d.held)
	}
	if w := d.writes(); len(w) != 1 {
		t.Errorf("sent: %q", w)
	}
}

func TestHeldByOthersThanECS(t *testing.T) {
	for who, i := range map[string]names.Instance{
		"owner cluster-b":   {ID: "eks-x", Attributes: map[string]string{names.AttrOwner: "cluster-b"}},
		"instance static-1": {ID: "static-1", Attributes: map[string]string{names.AttrIPv4: "10.9.9.9"}},
	} {
		d := newDesk(t)
		d.view.Instances = []names.Instance{i}
		d.gathered.Claimants = []engine.Claimant{{Key: key("shop", "orders")}}
		d.gathered.Endpoints.V = []names.Endpoint{pod("shop", "orders", 1)}
		d.steady(d.engine(), 3)
		if !strings.Contains(d.held, who) || len(d.writes()) > 0 {
			t.Errorf("held %q, sent %q", d.held, d.writes())
		}
	}
}

// A Service that may not claim the name brings nothing in, and keeps the name
// from nobody.
func TestDeniedClaim(t *testing.T) {
	d := newDesk(t)
	d.view.Instances = nil
	d.gathered.Claimants = []engine.Claimant{
		{Key: key("evil", "orders"), Denied: "not allowed", Open: true}, {Key: key("shop", "orders")},
	}
	d.gathered.Endpoints.V = []names.Endpoint{pod("evil", "orders", 1), pod("shop", "orders", 1)}
	e := d.engine()
	d.steady(e, 5)
	if len(d.view.Instances) != 1 || d.view.Instances[0].ID != "eks-shop-orders-1" {
		t.Errorf("in the name: %v", d.view.Instances)
	}
	// Its annotation does not let it in beside others either; whoever is in the
	// name already stays what it is.
	d.put(names.Instance{ID: "static-1"})
	e.Drifted(ref)
	d.gathered.Endpoints.V = append(d.gathered.Endpoints.V, pod("shop", "orders", 2))
	d.steady(e, 5)
	if len(d.view.Instances) != 3 || !strings.Contains(d.held, "evil/orders may not claim this name") {
		t.Errorf("in the name: %v, held %q", d.view.Instances, d.held)
	}
	// Alone it is told so.
	d = newDesk(t)
	d.view.Instances = nil
	d.gathered.Claimants = []engine.Claimant{{Key: key("evil", "orders"), Denied: "not allowed"}}
	d.gathered.Endpoints.V = []names.Endpoint{pod("evil", "orders", 1)}
	d.steady(d.engine(), 5)
	if len(d.writes()) > 0 || !strings.Contains(d.held, "not allowed") {
		t.Errorf("sent %q, held %q", d.writes(), d.held)
	}
}

// A write that is under way is not sent again at once; one that was lost is.
func TestSteadyRemembersItsWrites(t *testing.T) {
	d := newDesk(t)
	d.view.Instances = nil
	d.gathered.Claimants = []engine.Claimant{{Key: key("shop", "orders")}}
	d.gathered.Endpoints.V = []names.Endpoint{pod("shop", "orders", 1)}
	d.fail["Register"] = names.ErrUnreachable
	e := d.engine()
	for range 5 {
		_, err := e.StepName(t.Context(), ref)
		if len(d.writes()) == 1 && err != nil && !errors.Is(err, names.ErrUnreachable) {
			t.Fatal(err)
		}
		d.now = d.now.Add(2 * time.Second)
	}
	if w := d.writes(); len(w) != 1 {
		t.Errorf("within 10 s: %q", w)
	}
	delete(d.fail, "Register")
	d.steady(e, 1)
	if w := d.writes(); len(w) != 2 || len(d.view.Instances) != 1 {
		t.Errorf("after 10 s: %q", w)
	}
	d.steady(e, 30)
	if w := d.writes(); len(w) != 2 {
		t.Errorf("settled, and sent: %q", w)
	}
	// A look at a name that nobody asks for costs nothing.
	d.gathered.Claimants, d.calls = nil, nil
	d.steady(e, 1)
	if len(d.calls) != 1 {
		t.Errorf("calls: %q", d.calls)
	}
}

// A Service that is gone leaves the name, its last pod too; one whose endpoints
// are not known stays.
func TestSteadyLeaving(t *testing.T) {
	d := newDesk(t)
	d.view.Instances = nil
	d.gathered.Claimants = []engine.Claimant{{Key: key("shop", "orders")}}
	d.gathered.Endpoints.V = []names.Endpoint{pod("shop", "orders", 1), pod("shop", "orders", 2)}
	e := d.engine()
	d.steady(e, 3)
	d.gathered.Endpoints.Unknown = "not synced"
	d.gathered.Endpoints.V = nil
	d.steady(e, 30)
	if st := d.standing(); len(d.view.Instances) != 2 || st.Registered != "Unknown" || st.Text != "not synced" {
		t.Errorf("not known: %v, told %+v", d.view.Instances, st)
	}
	d.gathered.Endpoints.Unknown = ""
	d.steady(e, 3)
	if len(d.view.Instances) != 0 {
		t.Errorf("gone: %v", d.view.Instances)
	}
}

// The name cannot be read: nothing is sent.
func TestSteadyUnknown(t *testing.T) {
	d := newDesk(t)
	d.view.Instances = nil
	d.gathered.Claimants = []engine.Claimant{{Key: key("shop", "orders")}}
	d.gathered.Endpoints.V = []names.Endpoint{pod("shop", "orders", 1)}
	d.fail["View"] = names.ErrThrottled
	d.steady(d.engine(), 10)
	if st := d.standing(); len(d.writes()) > 0 || st.Registered != "Unknown" || st.Reason != engine.Throttled || !strings.Contains(st.Text, "throttled") {
		t.Errorf("sent %q, told %+v", d.writes(), st)
	}
}
