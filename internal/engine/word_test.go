package engine_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
)

// tells is an engine that leaves to TellName what there is to say.
func tells(d *desk, heard *int) *engine.Engine {
	return d.engine(func(c *engine.Config) {
		c.Word = func(context.Context, names.Ref) { *heard++ }
	})
}

// What is to be said in Kubernetes holds up no step: TellName says the newest of it.
func TestTellName(t *testing.T) {
	d, heard := gated(t), 0
	e := tells(d, &heard)
	d.settle(e)
	if len(d.standings) != 0 || len(d.opened) != 0 || heard < 3 {
		t.Fatalf("a step told %+v and opened %q; %d times there was something to say", d.standings, d.opened, heard)
	}
	if err := e.TellName(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	if st := d.standing(); st.Registered != "True" || !slices.Equal(d.opened, []string{engine.OpenedRegistered}) {
		t.Errorf("told %+v, opened %q", st, d.opened)
	}
	d.standings = nil
	if err := e.TellName(t.Context(), ref); err != nil || d.standings != nil {
		t.Errorf("told twice: %+v (%v)", d.standings, err)
	}
}

// A pod that was opened and that a cache still shows closed is not opened again for a
// while.
func TestTellNameBesideAnOldCache(t *testing.T) {
	d, heard := gated(t), 0
	e := tells(d, &heard)
	d.settle(e)
	began := d.now
	for _, after := range []time.Duration{0, time.Second, 20 * time.Second, 31 * time.Second} {
		d.now = began.Add(after)
		d.gathered.Endpoints.V[0].Gated = true
		d.steady(e, 1)
		if err := e.TellName(t.Context(), ref); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.opened) != 2 {
		t.Errorf("opened %d times", len(d.opened))
	}
}

// What could not be said is said the next time, unless there is something newer.
func TestTellNameAgain(t *testing.T) {
	d, heard := gated(t), 0
	e := tells(d, &heard)
	d.settle(e)
	refused := errors.New("the API server does not answer")
	d.fail["Open"] = refused
	if err := e.TellName(t.Context(), ref); !errors.Is(err, refused) {
		t.Errorf("told in spite of it: %v", err)
	}
	if st := d.standing(); st.Registered != "True" {
		t.Errorf("one that fails does not keep it from the others: %+v", st)
	}
	delete(d.fail, "Open")
	d.standings = nil
	if err := e.TellName(t.Context(), ref); err != nil || d.standing().Registered != "True" || len(d.opened) != 1 {
		t.Errorf("told %+v, opened %q (%v)", d.standings, d.opened, err)
	}

	d.on = func(call string) {
		if call == "Open orders-1 Registered" {
			d.on = nil
			d.gathered.Endpoints.V[0].Ready = false // a step beside it has newer word
			d.steady(e, 1)
		}
	}
	d.gathered.Endpoints.V[0].Gated = true
	d.now = d.now.Add(time.Minute)
	d.steady(e, 1)
	d.fail["Open"] = refused
	if err := e.TellName(t.Context(), ref); !errors.Is(err, refused) {
		t.Errorf("told in spite of it: %v", err)
	}
	if err := e.TellName(t.Context(), ref); err != nil || d.standing().Reason != engine.AllUnready {
		t.Errorf("told %+v (%v)", d.standings, err)
	}
}
