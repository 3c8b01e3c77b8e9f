package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// A registration that took long is proved only from its end, whatever it says of
// when it was sent.
func TestProofCountsFromTheEnd(t *testing.T) {
	d := gated(t)
	e := d.engine()
	d.on = func(call string) {
		if strings.HasPrefix(call, "Operation") && d.now.Sub(epoch) < 40*time.Second {
			d.ops[strings.TrimPrefix(call, "Operation ")] = cutover.OpPending
		} else if strings.HasPrefix(call, "Operation") {
			d.ops[strings.TrimPrefix(call, "Operation ")] = cutover.OpSuccess
		}
	}
	d.settle(e)
	if took := d.now.Sub(epoch); !slices.Equal(d.opened, []string{engine.OpenedRegistered}) || took < 100*time.Second {
		t.Errorf("opened %q after %s", d.opened, took)
	}
}

// What each of a batch says of when it was sent is true of it, not of the first.
func TestSinceIsWhenItIsSent(t *testing.T) {
	d := claimed(t, 2)
	d.takes["Register"] = 20 * time.Second
	d.steady(d.engine(), 1)
	var last time.Time
	for _, i := range d.view.Instances {
		if since, _ := i.Since(); since.After(last) {
			last = since
		}
	}
	if last.Sub(epoch) < 20*time.Second {
		t.Errorf("the second was sent %s after the first", last.Sub(epoch))
	}
}

// The last but one on its way out: somebody may have taken the other, so nobody
// relies on memory.
func TestLeavingRestsOnAFreshLook(t *testing.T) {
	d := claimed(t, 2)
	e := d.engine()
	d.settle(e)
	d.now = d.now.Add(10 * time.Minute)
	d.drop("eks-shop-orders-1")
	d.gathered.Endpoints.V[1].Leaving = true
	d.steady(e, 1)
	if ids := d.ids(); slices.Index(ids, names.ID("eks-shop-orders-2")) < 0 {
		t.Errorf("in the name: %v", ids)
	}
	d.settle(e)
	if ids := d.ids(); !slices.Equal(ids, []names.ID{"eks-shop-orders-1"}) {
		t.Errorf("at last: %v", ids)
	}
}

// A call that failed is tried again although nothing else asks for one: how else
// would it be known that AWS answers?
func TestTroubleEnds(t *testing.T) {
	d := claimed(t, 1)
	e := d.engine()
	d.settle(e)
	d.fail["View"] = names.ErrUnreachable
	e.Drifted(ref)
	d.steady(e, 20)
	if st := d.standing(); st.Reason != engine.Unreachable {
		t.Fatalf("told %+v", st)
	}
	delete(d.fail, "View")
	d.settle(e)
	if st := d.standing(); st.Registered != "True" {
		t.Errorf("told %+v", st)
	}
}

// For how long nobody asks for an instance counts from when that is known.
func TestPartedCountsFromWhenItIsKnown(t *testing.T) {
	d := claimed(t, 1)
	e := d.engine()
	d.settle(e)
	d.exists[d.gathered.Endpoints.V[0].ID()] = true
	d.gathered.Claimants, d.gathered.Endpoints.V = nil, nil
	d.gathered.Partial = true
	d.steady(e, 60)
	d.gathered.Partial = false
	d.steady(e, 20)
	if len(d.ids()) != 1 {
		t.Error("gone within the TTL of the first look at everything")
	}
	d.settle(e)
	if len(d.ids()) != 0 {
		t.Errorf("for ever: %v", d.ids())
	}
}

// A look that took too long to rest a withdrawal on is taken again, soon.
func TestSlowLookIsTakenAgain(t *testing.T) {
	d := claimed(t, 2)
	e := d.engine()
	d.settle(e)
	d.now = d.now.Add(10 * time.Minute)
	d.gathered.Endpoints.V[1].Leaving = true
	d.takes["View"] = 3 * time.Second
	if res, err := e.StepName(t.Context(), ref); err != nil || len(d.ids()) != 2 || res.At.Sub(d.now) > 2*time.Second {
		t.Errorf("in the name %v, the next look in %s, %v", d.ids(), res.At.Sub(d.now), err)
	}
	delete(d.takes, "View")
	d.settle(e)
	if len(d.ids()) != 1 {
		t.Errorf("at last: %v", d.ids())
	}
}

// However rare the steps are, an operation is asked for before it is sent again.
func TestAskedBeforeSentAgain(t *testing.T) {
	d := claimed(t, 1)
	e := d.engine()
	for range 4 {
		if _, err := e.StepName(t.Context(), ref); err != nil {
			t.Fatal(err)
		}
		d.now = d.now.Add(2 * registrar.ResendKnown)
	}
	if st := d.standing(); len(d.writes()) != 1 || st.Registered != "True" {
		t.Errorf("sent %q, told %+v", d.writes(), st)
	}
}
