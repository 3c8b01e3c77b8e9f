package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// claimed is a desk of one Service with n ready pods and an empty name.
func claimed(t *testing.T, n int) *desk {
	d := newDesk(t)
	d.view.Instances = nil
	d.gathered.Claimants = []engine.Claimant{{Key: key("shop", "orders")}}
	for k := range n {
		d.gathered.Endpoints.V = append(d.gathered.Endpoints.V, pod("shop", "orders", k+1))
	}
	return d
}

// settle makes steps, each when the one before asked for it, until the name rests.
func (d *desk) settle(e *engine.Engine) {
	d.t.Helper()
	for range 200 {
		res, err := e.StepName(d.t.Context(), ref)
		if err != nil {
			d.t.Fatal(err)
		}
		if res.At.IsZero() || res.At.Sub(d.now) > time.Hour {
			return
		}
		d.now = res.At
	}
	d.t.Fatalf("never at rest; calls %q", d.calls[max(0, len(d.calls)-20):])
}

func (d *desk) ids() []names.ID {
	var out []names.ID
	for _, i := range d.view.Instances {
		out = append(out, i.ID)
	}
	return out
}

// reads are the calls that read AWS.
func (d *desk) reads() []string {
	return slices.DeleteFunc(slices.Clone(d.calls), func(c string) bool {
		return !strings.HasPrefix(c, "View") && !strings.HasPrefix(c, "Operation") && !strings.HasPrefix(c, "Revision")
	})
}

// A name that rests is looked at without a call, however often.
func TestRestCostsNoCall(t *testing.T) {
	d := claimed(t, 3)
	e := d.engine()
	d.settle(e)
	if st := d.standing(); st.Registered != "True" || st.Text != "3 in orders.shop.internal" || len(d.writes()) != 3 {
		t.Fatalf("told %+v, sent %q", st, d.writes())
	}
	d.calls = nil
	for range 50 {
		if _, err := e.StepName(t.Context(), ref); err != nil {
			t.Fatal(err)
		}
		d.now = d.now.Add(time.Minute)
	}
	if len(d.reads())+len(d.writes()) != 0 {
		t.Errorf("calls: %q", d.calls)
	}
	// A pod more is registered from memory: the operation is asked for, and the
	// name read once when all of it has ended.
	d.gathered.Endpoints.V = append(d.gathered.Endpoints.V, pod("shop", "orders", 4))
	d.settle(e)
	if r := d.reads(); len(d.writes()) != 1 || len(r) != 2 || r[1] != "View" {
		t.Errorf("calls: %q", d.calls)
	}
	// Once a day it is read whatever happens.
	d.calls = nil
	d.now = d.now.Add(24 * time.Hour)
	d.settle(e)
	if r := d.reads(); len(r) != 1 || r[0] != "View" {
		t.Errorf("calls: %q", d.calls)
	}
}

// What somebody else removed is put back, after one cheap look.
func TestSweepFindsDrift(t *testing.T) {
	d := claimed(t, 2)
	e := d.engine()
	if drifted, err := e.Sweep(t.Context(), ref); drifted || err != nil || len(d.calls) != 0 {
		t.Errorf("a name that nobody read: %t, %v, %q", drifted, err, d.calls)
	}
	d.settle(e)
	d.calls = nil
	if drifted, err := e.Sweep(t.Context(), ref); drifted || err != nil || len(d.calls) != 1 {
		t.Errorf("as it was: %t, %v, %q", drifted, err, d.calls)
	}
	d.drop("eks-shop-orders-1")
	d.fail["Revision"] = names.ErrThrottled
	if _, err := e.Sweep(t.Context(), ref); !errors.Is(err, names.ErrThrottled) {
		t.Errorf("throttled: %v", err)
	}
	delete(d.fail, "Revision")
	if drifted, err := e.Sweep(t.Context(), ref); !drifted || err != nil {
		t.Errorf("one is gone: %t, %v", drifted, err)
	}
	d.settle(e)
	if len(d.view.Instances) != 2 {
		t.Errorf("in the name: %v", d.ids())
	}
}

// What DNS must answer, and since when, is told of names that rest.
func TestWatch(t *testing.T) {
	d := claimed(t, 2)
	e := d.engine()
	if _, ok := e.Watch(ref); ok {
		t.Error("of a name that nobody read")
	}
	d.settle(e)
	w, ok := e.Watch(ref)
	if !ok || w.Name != "orders.shop.internal" || w.TTL != time.Minute || w.PerAnswer != names.MaxAnswers || len(w.Expect) != 2 || w.Expect[1].Addr.String() != "10.0.64.2" || !w.Expect[1].Since.Equal(epoch.Add(time.Second)) {
		t.Errorf("%+v %t", w, ok)
	}
	e.Drifted(ref)
	if _, ok := e.Watch(ref); ok {
		t.Error("of one that drifted")
	}
}

// An operation that fails is sent again, and people are told what Cloud Map said.
func TestFailedOperation(t *testing.T) {
	d := claimed(t, 1)
	e := d.engine()
	d.on = func(call string) {
		if strings.HasPrefix(call, "Operation") {
			d.ops[strings.TrimPrefix(call, "Operation ")] = cutover.OpFail
			d.why = "ACCESS_DENIED: Route 53 said no"
			d.drop("eks-shop-orders-1")
		}
	}
	for range 10 {
		d.steady(e, 1)
	}
	if st := d.standing(); st.Registered != "False" || st.Reason != engine.WriteFailed || !strings.Contains(st.Text, "Route 53 said no") {
		t.Errorf("told %+v", st)
	}
	if n := len(d.writes()); n < 2 || n > 9 {
		t.Errorf("sent %d times: %q", n, d.writes())
	}
	d.on = nil
	d.settle(e)
	if st := d.standing(); st.Registered != "True" || len(d.view.Instances) != 1 {
		t.Errorf("told %+v", st)
	}
}

// AWS does not answer: nothing leaves, people are told, and tries grow rare but
// not rarer than once in 20 s.
func TestOutage(t *testing.T) {
	d := claimed(t, 3)
	e := d.engine()
	d.settle(e)
	for _, call := range []string{"View", "Operation", "Register", "Deregister", "Revision"} {
		d.fail[call] = names.ErrUnreachable
	}
	// A node dies and takes a pod along; two new ones come.
	gone := d.gathered.Endpoints.V[0]
	d.gathered.Endpoints.V = append(d.gathered.Endpoints.V[1:], pod("shop", "orders", 4), pod("shop", "orders", 5))
	began := d.now
	d.calls = nil
	var told time.Time
	last := began
	for d.now.Sub(began) < 10*time.Minute {
		res, _ := e.StepName(t.Context(), ref)
		if st := d.standing(); st.Reason == engine.Unreachable && told.IsZero() {
			told = d.now
		}
		if res.At.Sub(d.now) > engine.LongestBackoff {
			t.Fatalf("at %s the next look is in %s", d.now.Sub(began), res.At.Sub(d.now))
		}
		last, d.now = d.now, res.At
	}
	if told.IsZero() || told.Sub(began) > time.Minute {
		t.Errorf("told after %s", told.Sub(began))
	}
	if len(d.view.Instances) != 3 {
		t.Errorf("in the name: %v", d.ids())
	}
	clear(d.fail)
	d.now = last.Add(engine.LongestBackoff)
	back := d.now
	for range 20 {
		res, err := e.StepName(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		if d.standing().Registered == "True" && !slices.Contains(d.ids(), gone.ID()) {
			break
		}
		d.now = res.At
	}
	if took := d.now.Sub(back); took > 40*time.Second || len(d.view.Instances) != 4 || slices.Contains(d.ids(), gone.ID()) {
		t.Errorf("after %s: %v, told %+v", took, d.ids(), d.standing())
	}
}

// A pod that nobody asks for any more stays for the TTL, and its Service may come
// back meanwhile; one that does not exist leaves at once.
func TestParted(t *testing.T) {
	d := claimed(t, 2)
	e := d.engine()
	d.settle(e)
	pods := d.gathered.Endpoints.V
	d.exists[pods[0].ID()] = true
	d.gathered.Claimants, d.gathered.Endpoints.V = nil, nil
	began := d.now
	d.steady(e, 5)
	if fmt.Sprint(d.ids()) != "[eks-shop-orders-1]" {
		t.Errorf("after %s: %v", d.now.Sub(began), d.ids())
	}
	d.steady(e, 20)
	if len(d.ids()) != 1 {
		t.Errorf("within the TTL: %v", d.ids())
	}
	d.gathered.Claimants, d.gathered.Endpoints.V = []engine.Claimant{{Key: key("shop", "orders")}}, pods[:1]
	d.settle(e)
	d.gathered.Claimants, d.gathered.Endpoints.V = nil, nil
	d.gathered.Unresolved = []string{"orders.shop.internal"}
	d.steady(e, 60)
	if len(d.ids()) != 1 {
		t.Errorf("while it may be asked for: %v", d.ids())
	}
	d.gathered.Unresolved, d.gathered.Partial = nil, true
	d.steady(e, 60)
	if len(d.ids()) != 1 {
		t.Errorf("before all were looked at: %v", d.ids())
	}
	d.gathered.Partial = false
	d.settle(e)
	if len(d.ids()) != 0 {
		t.Errorf("for ever: %v", d.ids())
	}
}

// All pods unready at once: what is in the name stays, and that is said.
func TestFailOpenIsTold(t *testing.T) {
	d := claimed(t, 2)
	e := d.engine()
	d.settle(e)
	for n := range d.gathered.Endpoints.V {
		d.gathered.Endpoints.V[n].Ready = false
	}
	d.settle(e)
	if st := d.standing(); len(d.ids()) != 2 || st.Registered != "False" || st.Reason != engine.AllUnready {
		t.Errorf("%v, told %+v", d.ids(), st)
	}
}

func TestPolicies(t *testing.T) {
	for policy, c := range map[registrar.Policy]struct{ unready, gone []names.ID }{
		registrar.Sync:       {[]names.ID{"eks-shop-orders-1"}, nil},
		registrar.UpsertOnly: {[]names.ID{"eks-shop-orders-1", "eks-shop-orders-2"}, nil},
		registrar.CreateOnly: {[]names.ID{"eks-shop-orders-1", "eks-shop-orders-2"}, []names.ID{"eks-shop-orders-1", "eks-shop-orders-2"}},
	} {
		d := claimed(t, 2)
		e := d.engine(func(c *engine.Config) { c.Policy = policy })
		d.settle(e)
		d.now = d.now.Add(5 * time.Minute)
		d.gathered.Endpoints.V[1].Ready = false
		d.settle(e)
		if !slices.Equal(d.ids(), c.unready) {
			t.Errorf("%s, unready: %v", policy, d.ids())
		}
		d.gathered.Endpoints.V = nil
		d.settle(e)
		if !slices.Equal(d.ids(), c.gone) {
			t.Errorf("%s, gone: %v", policy, d.ids())
		}
	}
	if _, err := engine.New(engine.Config{}); err == nil {
		t.Error("an engine without ports")
	}
}

// A dry run says each call once, just as it would be sent.
func TestDryRun(t *testing.T) {
	d := claimed(t, 1)
	d.migrate("shop", "orders", "uid-1", time.Hour)
	e := d.engine(func(c *engine.Config) { c.DryRun = true })
	d.steady(e, 3)
	d.gathered.Migrations = nil
	d.steady(e, 10)
	if len(d.writes()) != 0 || len(d.would) != 1 || !strings.HasPrefix(d.would[0], `RegisterInstance ServiceId=srv-1 InstanceId=eks-shop-orders-1 Attributes={"AWS_INSTANCE_IPV4":"10.0.64.1"`) {
		t.Errorf("sent %q, would %q", d.writes(), d.would)
	}
}

// What does not fit the service, or is over its bound, is told; what is in it stays.
func TestMisfits(t *testing.T) {
	d := claimed(t, 1)
	e := d.engine()
	d.settle(e)
	lb := names.Endpoint{Namespace: "shop", Service: "orders", Target: "web-1.elb.eu-central-1.amazonaws.com", Ready: true}
	d.exists["eks-shop-orders-1"] = true
	d.gathered.Endpoints.V = []names.Endpoint{lb}
	d.now = d.now.Add(time.Hour)
	d.steady(e, 120)
	if st := d.standing(); len(d.ids()) != 1 || st.Reason != engine.DoesNotFit || !strings.Contains(st.Text, "WEIGHTED") {
		t.Errorf("%v, told %+v", d.ids(), st)
	}

	d = claimed(t, 5)
	e = d.engine(func(c *engine.Config) { c.MostRecords = 3 })
	d.settle(e)
	if st := d.standing(); len(d.ids()) != 3 || st.Reason != engine.NameFull || !strings.Contains(st.Text, "2 more are left out") {
		t.Errorf("%v, told %+v", d.ids(), st)
	}
}

// A TTL is written into a service of our own, and told of another's.
func TestTTL(t *testing.T) {
	ttl := int64(30)
	d := claimed(t, 1)
	d.gathered.Claimants[0].TTL = &ttl
	e := d.engine()
	d.settle(e)
	if st := d.standing(); d.view.Settings.MaxTTL() != 60 || len(st.Problems) != 1 || st.Problems[0].Reason != engine.TTLNotOurs || st.Registered != "True" {
		t.Errorf("told %+v", st)
	}
	d = claimed(t, 1)
	d.gathered.Claimants[0].TTL = &ttl
	d.made = owner
	e = d.engine(func(c *engine.Config) { c.Creator = d })
	d.settle(e)
	if st := d.standing(); d.view.Settings.MaxTTL() != 30 || len(st.Problems) != 0 {
		t.Errorf("TTL %d, told %+v", d.view.Settings.MaxTTL(), st)
	}
}
