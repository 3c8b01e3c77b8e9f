package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

func TestNewWantsEverything(t *testing.T) {
	d := newDesk(t)
	whole := d.engine().Config
	for what, take := range map[string]func(*engine.Config){
		"clock":    func(c *engine.Config) { c.Clock = nil },
		"store":    func(c *engine.Config) { c.Store = nil },
		"reader":   func(c *engine.Config) { c.Reader = nil },
		"writer":   func(c *engine.Config) { c.Writer = nil },
		"services": func(c *engine.Config) { c.Services = nil },
		"journal":  func(c *engine.Config) { c.Journal = nil },
		"owner":    func(c *engine.Config) { c.Bounds.Owner = "" },
		"flight":   func(c *engine.Config) { c.Bounds.Flight = 0 },
		"fresh":    func(c *engine.Config) { c.Bounds.Fresh = -1 },
	} {
		c := whole
		take(&c)
		if _, err := engine.New(c); err == nil {
			t.Errorf("without %s: no error", what)
		}
	}
}

// The whole way over the ports: the calls of a step come in the order that the
// contract has, and the crossing comes to its end.
func TestCrossing(t *testing.T) {
	d := newDesk(t)
	d.migrate("shop", "orders", "uid-1", time.Hour)
	e := d.engine()
	d.steps(e, func() bool { return d.phase("orders") == cutover.Migrated && d.view.Settings.MaxTTL() == 60 })
	want := []string{
		"UpdateSettings 10", "Register eks-shop-orders-1", "Register eks-shop-orders-2", "Deregister task-2", "Deregister task-1",
		"Scale 1", "Scale 0", "UpdateSettings 60",
	}
	if diff := cmp.Diff(want, d.writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	if len(d.entries) != len(want) {
		t.Errorf("%d writes in the journal, %d were made", len(d.entries), len(want))
	}
	o := d.outcomes[engine.Key{Namespace: "shop", Name: "orders"}]
	if o.In != 2 || o.Left != 0 || o.Foreign != 0 || len(o.Rollback) == 0 {
		t.Errorf("told: %d in, %d left, %d foreign, rollback %v", o.In, o.Left, o.Foreign, o.Rollback)
	}
}

// before says that a comes before b in what was called.
func before(t *testing.T, calls []string, a, b string) {
	t.Helper()
	x, y := slices.Index(calls, a), slices.Index(calls, b)
	if x < 0 || y < 0 || x > y {
		t.Errorf("%q is to come before %q: %q", a, b, calls)
	}
}

// The operations are asked for before the name is read, so that the effect of
// one that ended is in the read; and everything is stored before anything is sent.
func TestOrderOfOneStep(t *testing.T) {
	d := newDesk(t)
	d.migrate("shop", "orders", "uid-1", time.Hour)
	e := d.engine()
	d.steps(e, func() bool { return len(d.writes()) == 1 })
	before(t, d.calls, "SaveOriginal orders", "UpdateSettings 10")
	last := d.calls[slices.Index(d.calls, "SaveOriginal orders"):]
	if diff := cmp.Diff([]string{"SaveOriginal orders", "SaveState orders", "UpdateSettings 10", "SaveState orders"}, last); diff != "" {
		t.Errorf("the first write (-want +got):\n%s", diff)
	}
	d.calls = nil
	d.now = d.now.Add(2 * time.Second)
	d.steps(e, func() bool { return true })
	before(t, d.calls, "Gather", "Service prod/orders")
	before(t, d.calls, "Operation op-1", "View")
	before(t, d.calls, "View", "SaveState orders")
}

// A conflict, or any failure to store, means that nothing is sent at all.
func TestNothingIsSentThatWasNotStored(t *testing.T) {
	boom := errors.New("boom")
	for _, call := range []string{"SaveState orders", "SaveOriginal orders"} {
		for _, err := range []error{names.ErrConflict, boom} {
			d := newDesk(t)
			d.migrate("shop", "orders", "uid-1", time.Hour)
			e := d.engine()
			d.fail[call] = err
			for range 5 {
				_, got := e.StepName(t.Context(), ref)
				if call == "SaveState orders" && !errors.Is(got, err) {
					t.Errorf("%s fails with %v: the step says %v", call, err, got)
				}
				d.now = d.now.Add(time.Minute)
			}
			if w := d.writes(); len(w) > 0 {
				t.Errorf("%s fails with %v, and still: %q", call, err, w)
			}
		}
	}
}

// The same for what stops tasks, and with somebody else writing in between.
func TestAnotherProcessStoredMeanwhile(t *testing.T) {
	d := newDesk(t)
	d.migrate("shop", "orders", "uid-1", time.Hour)
	e := d.engine()
	d.steps(e, func() bool { return d.phase("orders") == cutover.Hold })
	n := len(d.writes())
	d.on = func(call string) {
		if call == "View" {
			d.version++
			d.migration("orders").ResourceVersion = fmt.Sprint(d.version)
		}
	}
	for range 60 {
		if _, err := e.StepName(t.Context(), ref); !errors.Is(err, names.ErrConflict) {
			t.Fatalf("the step says %v", err)
		}
		d.now = d.now.Add(10 * time.Second)
	}
	if w := d.writes(); len(w) > n {
		t.Errorf("sent nevertheless: %q", w[n:])
	}
}

// Every write is on record before it is sent, with the time of it.
func TestSentIsOnRecordFirst(t *testing.T) {
	d := newDesk(t)
	d.migrate("shop", "orders", "uid-1", time.Hour)
	e := d.engine()
	checked := 0
	d.on = func(call string) {
		kind, id, _ := strings.Cut(call, " ")
		want := map[string]registrar.Kind{
			"Register": registrar.Register, "Deregister": registrar.Remove, "UpdateSettings": registrar.SetRecords, "Scale": registrar.ScaleSource,
		}[kind]
		if want == "" {
			return
		}
		checked++
		if !slices.ContainsFunc(d.migration("orders").State.Sent, func(s registrar.Sent) bool {
			return s.Kind == want && (string(s.ID) == id || s.ID == "") && !s.At.IsZero()
		}) {
			t.Errorf("%s is not on record: %+v", call, d.migration("orders").State.Sent)
		}
	}
	d.steps(e, func() bool { return d.phase("orders") == cutover.Migrated })
	if checked < 7 {
		t.Errorf("only %d writes were looked at", checked)
	}
}

// What AWS refused has no effect, and is marked so, to be sent again soon; what
// was not answered is not.
func TestRefusedIsMarkedFailed(t *testing.T) {
	for err, failed := range map[error]bool{
		names.ErrThrottled: true, names.ErrDenied: true, names.ErrInvalid: true, names.ErrUnreachable: false,
	} {
		d := newDesk(t)
		d.migrate("shop", "orders", "uid-1", time.Hour)
		e := d.engine()
		d.fail["UpdateSettings"] = err
		for range 3 {
			if _, got := e.StepName(t.Context(), ref); got != nil {
				if !errors.Is(got, err) {
					t.Errorf("the step says %v, not %v", got, err)
				}
				break
			}
			d.now = d.now.Add(2 * time.Second)
		}
		sent := d.migration("orders").State.Sent
		if len(sent) != 1 || sent[0].Failed != failed || sent[0].Op != "" {
			t.Errorf("%v: on record is %+v", err, sent)
		}
		if k := len(d.entries) - 1; k < 0 || !errors.Is(d.entries[k].Err, err) {
			t.Errorf("%v: in the journal is %+v", err, d.entries)
		}
	}
}

// What will not be taken later either is told as an event, with AWS's own words;
// what passes by itself is not.
func TestRefusedIsTold(t *testing.T) {
	for err, told := range map[error]bool{
		names.ErrDenied: true, names.ErrInvalid: true, names.ErrThrottled: false, names.ErrUnreachable: false,
	} {
		for _, call := range []string{"UpdateSettings", "Scale"} {
			d := newDesk(t)
			d.migrate("shop", "orders", "uid-1", time.Hour)
			e := d.engine()
			d.fail[call] = fmt.Errorf("%s of orders: %w", call, err)
			for n := 0; ; n++ {
				if _, got := e.StepName(t.Context(), ref); got != nil {
					break
				}
				if n == 1000 {
					t.Fatalf("%s never failed", call)
				}
				d.now = d.now.Add(2 * time.Second)
			}
			got := slices.ContainsFunc(d.events, func(x cutover.Event) bool {
				return x.Warning && x.Reason == "WriteRefused" && strings.Contains(x.Message, call+" of orders")
			})
			if got != told {
				t.Errorf("%s, %v: told %t, events %+v", call, err, got, d.events)
			}
		}
	}
}

// A failing write does not stop the others.
func TestOneFailureIsNotAll(t *testing.T) {
	d := newDesk(t)
	d.gathered.Claimants = []engine.Claimant{{Key: engine.Key{Namespace: "shop", Name: "orders"}, Open: true}}
	d.gathered.Endpoints.V = []names.Endpoint{pod("shop", "orders", 1), pod("shop", "orders", 2)}
	d.fail["Register eks-shop-orders-1"] = names.ErrInvalid
	if _, err := d.engine().StepName(t.Context(), ref); !errors.Is(err, names.ErrInvalid) {
		t.Errorf("the step says %v", err)
	}
	if _, ok := d.view.Instance("eks-shop-orders-2"); !ok {
		t.Errorf("in the name: %+v", d.view.Instances)
	}
}

// A context that ends in the middle of a batch ends the batch. What was not
// sent stays on record as if it had been: pessimistic, and sent again later.
func TestCancelledInTheMiddleOfABatch(t *testing.T) {
	d := newDesk(t)
	d.migrate("shop", "orders", "uid-1", time.Hour).Spec.Steps = nil
	e := d.engine()
	d.steps(e, func() bool { return d.phase("orders") == cutover.Hold })
	// Both tasks come back at once.
	d.migration("orders").Spec.Goal = cutover.GoalSource
	ctx, cancel := context.WithCancel(t.Context())
	n := len(d.writes())
	d.on = func(call string) {
		if strings.HasPrefix(call, "Register task") {
			cancel()
		}
	}
	if _, err := e.StepName(ctx, ref); !errors.Is(err, context.Canceled) {
		t.Errorf("the step says %v", err)
	}
	if w := d.writes(); len(w) != n+1 {
		t.Errorf("sent: %q", w[n:])
	}
	if sent := d.migration("orders").State.Sent; len(sent) != 2 {
		t.Errorf("on record: %+v", sent)
	}
	d.on, d.now = nil, d.now.Add(time.Minute)
	d.steps(e, func() bool { return d.phase("orders") == cutover.RolledBack })
}

// slow makes storing take so long that the read it rests on is too old.
func slow(d *desk, e *engine.Engine) (refused []string) {
	d.takes["SaveState"] = 3 * time.Second
	n := len(d.writes())
	_, err := e.StepName(d.t.Context(), ref)
	if err != nil {
		d.t.Error(err)
	}
	delete(d.takes, "SaveState")
	return d.writes()[n:]
}

// Storing took so long that the read is too old: what withdraws is dropped and
// taken off the record; the next step sends it.
func TestStaleViewDropsWithdrawals(t *testing.T) {
	d := newDesk(t)
	d.migrate("shop", "orders", "uid-1", time.Hour)
	e := d.engine()
	d.steps(e, func() bool { return d.migration("orders").State.Step == 1 })
	for range 200 {
		if w := slow(d, e); len(w) > 0 {
			t.Fatalf("sent on an old read: %q", w)
		}
		for _, s := range d.migration("orders").State.Sent {
			if s.Kind.Withdraws() {
				t.Fatalf("on record, and never sent: %+v", s)
			}
		}
	}
	if len(d.migration("orders").State.Out) == 0 {
		t.Fatal("there was nothing to withdraw: the test shows nothing")
	}
	d.steps(e, func() bool { return d.phase("orders") == cutover.Hold })
}

// The same where an earlier attempt may still land: that one stays on record.
func TestStaleViewKeepsTheEarlierAttempt(t *testing.T) {
	d := newDesk(t)
	d.migrate("shop", "orders", "uid-1", time.Hour)
	e := d.engine()
	d.fail["Deregister"] = names.ErrUnreachable
	unresolved := func() []registrar.Sent {
		return slices.DeleteFunc(slices.Clone(d.migration("orders").State.Sent), func(s registrar.Sent) bool { return s.Kind != registrar.Remove })
	}
	for len(unresolved()) == 0 {
		_, _ = e.StepName(t.Context(), ref)
		d.now = d.now.Add(2 * time.Second)
	}
	first := unresolved()
	d.now = first[0].At.Add(registrar.Resend)
	slow(d, e)
	if diff := cmp.Diff(first, unresolved()); diff != "" {
		t.Errorf("the record of what may still land (-before +after):\n%s", diff)
	}
}

// No task is stopped on an old read either.
func TestStaleViewStopsNoTask(t *testing.T) {
	d := newDesk(t)
	d.migrate("shop", "orders", "uid-1", time.Hour)
	e := d.engine()
	d.steps(e, func() bool { return d.phase("orders") == cutover.Hold })
	d.now = d.migration("orders").State.Entered.Add(10 * time.Minute)
	for range 10 {
		if w := slow(d, e); len(w) > 0 {
			t.Fatalf("stopped on an old read: %q", w)
		}
	}
	if d.phase("orders") != cutover.Drain {
		t.Fatalf("in %s there is nothing to stop: the test shows nothing", d.phase("orders"))
	}
	d.steps(e, func() bool { return d.phase("orders") == cutover.Migrated })
}

// Nothing that could not be read is taken for gone.
func TestWhatIsNotKnown(t *testing.T) {
	for _, call := range []string{"View", "Service"} {
		d := newDesk(t)
		d.migrate("shop", "orders", "uid-1", time.Hour)
		e := d.engine()
		d.steps(e, func() bool { return d.phase("orders") == cutover.Hold })
		d.fail[call] = names.ErrThrottled
		n := len(d.writes())
		for range 100 {
			res, err := e.StepName(t.Context(), ref)
			if err != nil || res.Wait.Reason != cutover.WaitUnknown || !res.At.After(d.now) {
				t.Fatalf("%s throttled: %+v, %v", call, res, err)
			}
			d.now = d.now.Add(10 * time.Second)
		}
		if w := d.writes(); len(w) > n {
			t.Errorf("%s throttled, and sent: %q", call, w[n:])
		}
	}
	d := newDesk(t)
	d.fail["Gather"] = errors.New("not synced")
	if _, err := d.engine().StepName(t.Context(), ref); err == nil {
		t.Error("nothing was gathered, and no error")
	}
}

// The original is kept outside the status before anything is written, and again
// where what is kept belongs to another object or an earlier crossing.
func TestOriginalIsKept(t *testing.T) {
	d := newDesk(t)
	m := d.migrate("shop", "orders", "uid-1", time.Hour)
	m.Saved = &cutover.Saved{Schema: 1, For: cutover.Pin{UID: "of the object it was copied from"}, Original: cutover.Original{Desired: 9}}
	e := d.engine()
	d.steps(e, func() bool { return len(d.writes()) > 0 })
	want := cutover.Original{Records: []names.Record{{Type: "A", TTL: 60}}, Desired: 2, Capacity: 2}
	if s := d.migration("orders").Saved; s.For.UID != "uid-1" || !cmp.Equal(s.Original, want) {
		t.Errorf("kept is %+v", s)
	}
	// Back, and forward again with another TTL and more tasks.
	d.migration("orders").Spec.Goal = cutover.GoalSource
	d.steps(e, func() bool { return d.phase("orders") == cutover.RolledBack })
	d.view.Settings = d.view.Settings.WithTTL(120)
	d.migration("orders").Spec.Goal = cutover.GoalTarget
	d.steps(e, func() bool { return d.phase("orders") == cutover.Prepare })
	if s := d.migration("orders").Saved; s.Original.Records[0].TTL != 120 {
		t.Errorf("kept for the second crossing is %+v", s)
	}
	n := 0
	for _, c := range d.calls {
		if c == "SaveOriginal orders" {
			n++
		}
	}
	if n != 2 {
		t.Errorf("stored %d times", n)
	}
}
