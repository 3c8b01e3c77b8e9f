package engine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
)

// gated is a desk of one Service with a pod that waits for its gate.
func gated(t *testing.T) *desk {
	d := claimed(t, 1)
	d.gathered.Endpoints.V[0].Gated, d.gathered.Endpoints.V[0].ReadyAt = true, d.now
	return d
}

// A gate opens once the registration is proved: its operation has ended, and the
// bound has passed.
func TestGateOpensWhenProved(t *testing.T) {
	d := gated(t)
	e := d.engine()
	began := d.now
	d.settle(e)
	if !slices.Equal(d.opened, []string{engine.OpenedRegistered}) {
		t.Fatalf("opened %q", d.opened)
	}
	at := slices.Index(d.calls, "Open orders-1 Registered")
	if took := d.now.Sub(began); at < 0 || took < 60*time.Second || took > 66*time.Second {
		t.Errorf("after %s: %q", d.now.Sub(began), d.calls)
	}
}

// Another process, which remembers nothing, waits from its first look: the one
// before it may have been slow to send what says that it was sent then.
func TestGateAfterRestart(t *testing.T) {
	d := gated(t)
	e := d.engine()
	d.steady(e, 3)
	d.now = epoch.Add(50 * time.Second)
	e = d.engine()
	d.steady(e, 1)
	if len(d.opened) != 0 {
		t.Errorf("opened after 50 s: %q", d.opened)
	}
	d.settle(e)
	if !slices.Equal(d.opened, []string{engine.OpenedRegistered}) || d.now.Sub(epoch) < 110*time.Second || d.now.Sub(epoch) > 120*time.Second {
		t.Errorf("opened %q at %s", d.opened, d.now.Sub(epoch))
	}
}

// Whoever is not to be in the name does not wait for it.
func TestGateOfAHeldName(t *testing.T) {
	d := gated(t)
	d.put(names.Instance{ID: "static-1"})
	e := d.engine()
	d.steady(e, 2)
	if !slices.Equal(d.opened, []string{engine.OpenedNotWanted}) || len(d.writes()) != 0 {
		t.Errorf("opened %q, sent %q", d.opened, d.writes())
	}
}

// An outage does not stop a rollout for ever, unless the policy wants it to.
func TestGateTimesOut(t *testing.T) {
	for _, closed := range []bool{false, true} {
		d := gated(t)
		d.fail["View"], d.fail["Register"] = names.ErrUnreachable, names.ErrUnreachable
		e := d.engine(func(c *engine.Config) { c.GateTimeout, c.GateClosed = 5*time.Minute, closed })
		began := d.now
		for d.now.Sub(began) < 10*time.Minute && len(d.opened) == 0 {
			res, _ := e.StepName(t.Context(), ref)
			d.now = res.At
		}
		want := []string{engine.OpenedTimedOut}
		if closed {
			want = nil
		}
		if !slices.Equal(d.opened, want) || !closed && d.now.Sub(began) > 6*time.Minute {
			t.Errorf("closed %t: opened %q after %s", closed, d.opened, d.now.Sub(began))
		}
	}
}

// A pod that is not ready, or leaves, keeps its gate.
func TestGateOfAPodThatDoesNotServe(t *testing.T) {
	for _, change := range []func(*names.Endpoint){
		func(e *names.Endpoint) { e.Ready = false },
		func(e *names.Endpoint) { e.Leaving = true },
	} {
		d := gated(t)
		change(&d.gathered.Endpoints.V[0])
		e := d.engine()
		d.steady(e, 60)
		if len(d.opened) != 0 {
			t.Errorf("opened %q", d.opened)
		}
	}
}
