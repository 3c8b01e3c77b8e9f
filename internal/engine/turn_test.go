package engine_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/pace"
)

// budget lets registrations through as an account's rate does.
type budget struct {
	*desk
	pacer *pace.Pacer
	asked int
	sent  []time.Duration // after epoch
}

const registers pace.Op = "servicediscovery:RegisterInstance"

func (b *budget) Register(ctx context.Context, ref names.Ref, i names.Instance, token string) (string, error) {
	b.asked++
	who, ok := pace.Returns(ctx)
	if !ok {
		b.t.Errorf("%s: it does not say who comes again", i.ID)
	}
	if at, ok := b.pacer.Take(b.now, registers, who); !ok {
		return "", fmt.Errorf("%w: %w", names.ErrThrottled, &pace.NotYet{Op: registers, At: at})
	}
	b.sent = append(b.sent, b.now.Sub(epoch))
	return b.desk.Register(ctx, ref, i, token)
}

// rated is a desk with a budget of a registration every ten seconds.
func rated(t *testing.T, d *desk) (*budget, *engine.Engine) {
	t.Helper()
	p, err := pace.New([]pace.Rate{{Op: registers, PerSecond: 0.1, Burst: 1}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	b := &budget{desk: d, pacer: p}
	return b, d.engine(func(c *engine.Config) { c.Writer = b })
}

// Registrations whose turn it is not are no failure, nothing is remembered of them,
// and what leaves is taken out meanwhile. At their turn they are sent, and until
// then nobody looks for their sake.
func TestNoStepWaitsForItsTurn(t *testing.T) {
	d := claimed(t, 2)
	b, e := rated(t, d)
	d.settle(e)
	d.now = epoch.Add(5 * time.Minute)
	for other := range 4 { // until 30 s from now
		b.pacer.Take(d.now, registers, fmt.Sprint(other))
	}
	d.gathered.Endpoints.V[0].Leaving = true
	d.gathered.Endpoints.V = append(d.gathered.Endpoints.V, pod("shop", "orders", 3), pod("shop", "orders", 4))
	d.calls, d.entries, b.sent, b.asked = nil, nil, nil, 0
	var at []time.Duration
	for d.now.Before(epoch.Add(5*time.Minute + 70*time.Second)) {
		at = append(at, d.now.Sub(epoch)-5*time.Minute)
		res, err := e.StepName(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		if st := d.standing(); len(at) == 3 && (st.Reason != engine.Registering || st.Text != "1 of 3 are in orders.shop.internal") {
			t.Errorf("told %+v", st)
		}
		d.now = res.At
	}
	if diff := cmp.Diff([]time.Duration{5*time.Minute + 40*time.Second, 5*time.Minute + 50*time.Second}, b.sent); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	if w := d.writes(); len(w) != 3 || w[0] != "Deregister eks-shop-orders-1" {
		t.Errorf("sent %q", w)
	}
	// The deregistration is asked for, and the name read again once it is quiet.
	if len(at) > 16 || b.asked > 16 {
		t.Errorf("%d times asked, in the steps at %v", b.asked, at)
	}
	for _, entry := range d.entries {
		if entry.Err != nil {
			t.Errorf("journalled: %+v", entry)
		}
	}
	d.settle(e)
	if fmt.Sprint(d.ids()) != "[eks-shop-orders-2 eks-shop-orders-3 eks-shop-orders-4]" {
		t.Errorf("in the name: %v", d.ids())
	}
}

// Nothing but its turn makes a name look that has nothing under way, and a look
// for another reason costs it nothing.
func TestOneStepAtItsTurn(t *testing.T) {
	d := claimed(t, 1)
	b, e := rated(t, d)
	d.settle(e)
	d.now = epoch.Add(5 * time.Minute)
	b.pacer.Take(d.now, registers, "another")
	d.gathered.Endpoints.V = append(d.gathered.Endpoints.V, pod("shop", "orders", 2))
	b.sent = nil
	for _, after := range []time.Duration{0, time.Second, 9 * time.Second} {
		d.now = epoch.Add(5*time.Minute + after)
		res, err := e.StepName(t.Context(), ref)
		if want := epoch.Add(5*time.Minute + 10*time.Second); err != nil || !res.At.Equal(want) {
			t.Errorf("the look after %v: the next is at %v, want %v (%v)", after, res.At, want, err)
		}
	}
	d.now = epoch.Add(5*time.Minute + 10*time.Second)
	if _, err := e.StepName(t.Context(), ref); err != nil || len(b.sent) != 1 {
		t.Errorf("at its turn %d are sent (%v)", len(b.sent), err)
	}
}

// An error that tells no turn is tried again as whatever is in motion.
func TestATurnThatIsNotTold(t *testing.T) {
	d := claimed(t, 1)
	e := d.engine()
	d.fail["Register"] = fmt.Errorf("%w: %w: later", names.ErrThrottled, pace.ErrNotYet)
	d.steady(e, 3)
	if w := d.writes(); len(w) < 2 {
		t.Errorf("tried %d times", len(w))
	}
	delete(d.fail, "Register")
	d.settle(e)
	if len(d.ids()) != 1 {
		t.Errorf("in the name: %v", d.ids())
	}
}

// rationed is a Reader with a rate.
type rationed struct {
	*desk
	pacer *pace.Pacer
}

const views pace.Op = "servicediscovery:GetService"

func (r rationed) View(ctx context.Context, ref names.Ref) (names.View, error) {
	who, _ := pace.Returns(ctx)
	if at, ok := r.pacer.Take(r.now, views, who); !ok {
		return names.View{}, fmt.Errorf("%w: %w", names.ErrThrottled, &pace.NotYet{Op: views, At: at})
	}
	return r.desk.View(ctx, ref)
}

// A name that cannot be read yet is read at its turn, and nobody is told that AWS
// does not answer.
func TestAReadingWaitsForItsTurn(t *testing.T) {
	d := claimed(t, 1)
	p, err := pace.New([]pace.Rate{{Op: views, PerSecond: 0.1, Burst: 1}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	e := d.engine(func(c *engine.Config) { c.Reader = rationed{d, p} })
	p.Take(d.now, views, "another")
	for _, after := range []time.Duration{0, 3 * time.Second} {
		d.now = epoch.Add(after)
		res, err := e.StepName(t.Context(), ref)
		if err != nil || !res.At.Equal(epoch.Add(10*time.Second)) || len(d.standings) != 0 {
			t.Errorf("after %v: the next look is at %v, told %+v (%v)", after, res.At, d.standings, err)
		}
	}
	d.now = epoch.Add(10 * time.Second)
	d.steady(e, 1)
	if w := d.writes(); len(w) != 1 || len(d.standings) != 1 {
		t.Errorf("sent %q, told %+v", w, d.standings)
	}

	// What was written has to be seen, and its reading has no turn yet.
	for range 60 {
		res, err := e.StepName(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		d.now = res.At
		at := d.now
		p.Take(d.now, views, "another")
		if res, err = e.StepName(t.Context(), ref); err != nil || res.At.Sub(at) < 100*time.Millisecond {
			t.Fatalf("looked at %v, and again %v later (%v)", at, res.At.Sub(at), err)
		}
		if res.At.Sub(at) > time.Hour {
			break
		}
	}

	// Later, what is known goes on to count.
	d.settle(e)
	e.Drifted(ref)
	d.now = d.now.Add(time.Minute)
	p.Take(d.now, views, "another")
	began := d.now
	res, err := e.StepName(t.Context(), ref)
	if err != nil || res.At.Sub(began) != 10*time.Second || d.standing().Registered != "True" {
		t.Errorf("the next look is after %v, told %+v (%v)", res.At.Sub(began), d.standing(), err)
	}
	d.calls, d.now = nil, res.At
	d.steady(e, 1)
	if !slices.Contains(d.calls, "View") {
		t.Errorf("called %q", d.calls)
	}
}
