package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/pace"
)

// Registrations whose turn it is not are no failure, nothing is remembered of them,
// and what leaves is taken out meanwhile.
func TestNoStepWaitsForItsTurn(t *testing.T) {
	d := claimed(t, 2)
	e := d.engine()
	d.settle(e)
	d.now = d.now.Add(5 * time.Minute)
	d.fail["Register"] = fmt.Errorf("%w: %w: later", names.ErrThrottled, pace.ErrNotYet)
	d.gathered.Endpoints.V[0].Leaving = true
	d.gathered.Endpoints.V = append(d.gathered.Endpoints.V, pod("shop", "orders", 3), pod("shop", "orders", 4))
	d.calls, d.entries = nil, nil
	var at []time.Duration
	for range 8 {
		res, err := e.StepName(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		at = append(at, res.At.Sub(d.now))
		d.now = res.At
	}
	registers, out := 0, 0
	for _, w := range d.writes() {
		switch w {
		case "Register eks-shop-orders-3", "Register eks-shop-orders-4":
			registers++
		case "Deregister eks-shop-orders-1":
			out++
		}
	}
	if out != 1 || registers < 4 || registers > 8 {
		t.Errorf("one try in each step, and one deregistration: %q", d.writes())
	}
	if at[0] > 250*time.Millisecond || at[len(at)-1] > 4*time.Second {
		t.Errorf("the next looks came after %v", at)
	}
	if st := d.standing(); st.Reason != engine.Registering || st.Text != "1 of 3 are in orders.shop.internal" {
		t.Errorf("told %+v", st)
	}
	for _, entry := range d.entries {
		if entry.Err != nil {
			t.Errorf("journalled: %+v", entry)
		}
	}
	delete(d.fail, "Register")
	d.settle(e)
	if fmt.Sprint(d.ids()) != "[eks-shop-orders-2 eks-shop-orders-3 eks-shop-orders-4]" {
		t.Errorf("in the name: %v", d.ids())
	}
}
