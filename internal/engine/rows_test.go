package engine_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// Behaviours of docs/externaldns.md that no other test here holds; the numbers
// are its rows.

// descriptions that a service may have, none of which says anything to us.
func descriptions() map[string]*string {
	out := map[string]*string{"none": nil}
	for what, text := range map[string]string{
		"as if it were ours": names.Heritage{Owner: owner, Resource: "service/shop/orders"}.String(),
		"another owner's":    names.Heritage{Owner: "other"}.String(),
		"a human's":          "orders of the shop, ask Ada",
	} {
		out[what] = &text
	}
	return out
}

// 1 to 6, 10, 12: pods come, are replaced and go beside the tasks of an ECS
// service. Nothing else is written, whatever the description says.
func TestBesideTasks(t *testing.T) {
	for what, description := range descriptions() {
		t.Run(what, func(t *testing.T) {
			d := newDesk(t)
			d.view.Settings.Description = description
			d.gathered.Claimants = []engine.Claimant{{Key: key("shop", "orders"), Open: true}}
			d.gathered.Endpoints.V = []names.Endpoint{pod("shop", "orders", 1), pod("shop", "orders", 2)}
			e := d.engine()
			d.watchEmpty()
			d.settle(e)
			for _, id := range []names.ID{"eks-shop-orders-1", "eks-shop-orders-2"} {
				if i, ok := d.view.Instance(id); !ok || i.Attributes[names.AttrOwner] != owner {
					t.Errorf("%s does not say whose it is: %+v", id, i)
				}
			}
			for range 3 { // the same process, and two that remember nothing
				d.calls = nil
				d.now = d.now.Add(25 * time.Hour)
				d.settle(e)
				if w := d.writes(); len(w) > 0 {
					t.Errorf("nothing changed, and sent: %q", w)
				}
				e = d.engine()
			}
			d.gathered.Endpoints.V = []names.Endpoint{pod("shop", "orders", 2), pod("shop", "orders", 3)}
			d.settle(e)
			if w := d.writes(); !slices.Equal(w, []string{"Register eks-shop-orders-3", "Deregister eks-shop-orders-1"}) {
				t.Errorf("a pod was replaced, sent: %q", w)
			}
			d.calls, d.gathered.Claimants, d.gathered.Endpoints.V = nil, nil, nil
			d.settle(e)
			if w := d.writes(); len(w) != 2 || fmt.Sprint(d.ids()) != "[task-1 task-2]" || d.view.Settings.Description != description {
				t.Errorf("the Service is gone, sent %q, in the name %v", w, d.ids())
			}
		})
	}
}

// 9: ECS drains to nothing after the pods have joined.
func TestTasksDrain(t *testing.T) {
	d := newDesk(t)
	d.gathered.Claimants = []engine.Claimant{{Key: key("shop", "orders"), Open: true}}
	d.gathered.Endpoints.V = []names.Endpoint{pod("shop", "orders", 1)}
	e := d.engine()
	d.watchEmpty()
	d.settle(e)
	for _, task := range []names.ID{"task-1", "task-2"} {
		d.drop(task)
		e.Drifted(ref)
		d.settle(e)
	}
	if len(d.writes()) != 1 || fmt.Sprint(d.ids()) != "[eks-shop-orders-1]" {
		t.Errorf("sent %q, in the name %v", d.writes(), d.ids())
	}
}

// 8: an alias has no place beside the tasks of a MULTIVALUE service.
func TestAliasBesideTasks(t *testing.T) {
	d := newDesk(t)
	d.gathered.Claimants = []engine.Claimant{{Key: key("shop", "orders"), Open: true}}
	d.gathered.Endpoints.V = []names.Endpoint{{Namespace: "shop", Service: "orders", Target: "web-1.elb.eu-central-1.amazonaws.com", Ready: true}}
	d.settle(d.engine())
	if st := d.standing(); len(d.writes()) > 0 || st.Reason != engine.DoesNotFit || !strings.Contains(st.Text, "WEIGHTED") {
		t.Errorf("sent %q, told %+v", d.writes(), st)
	}
}

// 11: an empty name is free, even where the description is another owner's: a
// stale one must not keep pods out. The description stays as it is.
func TestEmptyNameIsFree(t *testing.T) {
	for what, description := range descriptions() {
		d := claimed(t, 1)
		d.view.Settings.Description = description
		d.settle(d.engine())
		if w := d.writes(); len(w) != 1 || d.view.Settings.Description != description {
			t.Errorf("%s: sent %q", what, w)
		}
	}
}

// 14 to 17, 20: one load balancer is replaced by another. The old one stays until
// Cloud Map has said SUCCESS and every name server has the new one.
func TestTargetsOverlap(t *testing.T) {
	lb := func(n int) names.Endpoint {
		return names.Endpoint{Namespace: "shop", Service: "orders", Target: fmt.Sprintf("web-%d.elb.eu-central-1.amazonaws.com", n), Ready: true}
	}
	d := claimed(t, 0)
	d.view.Settings.Routing = names.Weighted
	d.gathered.Endpoints.V = []names.Endpoint{lb(1)}
	e := d.engine()
	d.settle(e)
	d.now = d.now.Add(time.Hour)
	d.watchEmpty()
	status := cutover.OpPending
	empty := d.on
	d.on = func(call string) {
		empty(call)
		if op, ok := strings.CutPrefix(call, "Operation "); ok {
			d.ops[op] = status
		}
	}
	d.calls, d.gathered.Endpoints.V = nil, []names.Endpoint{lb(2)}
	began := d.now
	d.steady(e, 6)
	in, out := "Register "+lb(2).Target, "Deregister "+lb(1).Target
	if w := d.writes(); !slices.Equal(w, []string{in}) {
		t.Errorf("while the operation runs: %q", w)
	}
	status = cutover.OpSuccess
	var left time.Time
	inner := d.on
	d.on = func(call string) {
		inner(call)
		if call == out {
			left = d.now
		}
	}
	d.settle(e)
	if w := d.writes(); !slices.Equal(w, []string{in, out}) || left.Sub(began) < 66*time.Second {
		t.Errorf("sent %q, the last after %s", w, left.Sub(began))
	}
}

// 16, 23: the last pod on its way out waits for its successor; one of several does not.
func TestLastPodWaitsForItsSuccessor(t *testing.T) {
	d := claimed(t, 2)
	e := d.engine()
	d.settle(e)
	d.now = d.now.Add(5 * time.Minute)
	d.watchEmpty()
	d.calls = nil
	d.gathered.Endpoints.V[0].Leaving = true
	began := d.now
	if _, err := e.StepName(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	if w := d.writes(); !slices.Equal(w, []string{"Deregister eks-shop-orders-1"}) || !d.now.Equal(began) {
		t.Errorf("one of two, sent %q", w)
	}
	d.gathered.Endpoints.V = d.gathered.Endpoints.V[1:]
	d.settle(e)
	d.calls = nil
	d.gathered.Endpoints.V[0].Leaving = true
	d.steady(e, 30)
	if w := d.writes(); len(w) > 0 {
		t.Errorf("the last one, sent %q", w)
	}
	d.gathered.Endpoints.V = append(d.gathered.Endpoints.V, pod("shop", "orders", 3))
	d.settle(e)
	if w := d.writes(); !slices.Equal(w, []string{"Register eks-shop-orders-3", "Deregister eks-shop-orders-2"}) {
		t.Errorf("replaced, sent %q", w)
	}
}

// 19: of pods of which nobody can say whether they exist, none leaves.
func TestUnknownPodsStay(t *testing.T) {
	d := claimed(t, 3)
	e := d.engine()
	d.settle(e)
	d.now = d.now.Add(5 * time.Minute)
	d.gathered.Endpoints.V = nil
	d.fail["Existing"] = errors.New("no route to the API server")
	d.steady(e, 60)
	if st := d.standing(); len(d.ids()) != 3 || !strings.Contains(st.Held, "no route to the API server") {
		t.Errorf("in the name %v, told %+v", d.ids(), st)
	}
	delete(d.fail, "Existing")
	d.settle(e)
	if len(d.ids()) != 0 {
		t.Errorf("gone, and in the name: %v", d.ids())
	}
}

// busy is a Cloud Map whose operations run until they are ended; what is asked of
// an instance meanwhile is a mistake.
type busy struct {
	*desk
	running map[names.ID]string
}

func (b *busy) start(id names.ID, op string, err error) (string, error) {
	if b.running[id] != "" {
		b.t.Errorf("two operations on %s at once", id)
	}
	b.running[id], b.ops[op] = op, cutover.OpPending
	return op, err
}

func (b *busy) end() {
	for _, op := range b.running {
		b.ops[op] = cutover.OpSuccess
	}
	clear(b.running)
}

func (b *busy) Register(ctx context.Context, r names.Ref, i names.Instance, token string) (string, error) {
	op, err := b.desk.Register(ctx, r, i, token)
	return b.start(i.ID, op, err)
}

func (b *busy) Deregister(ctx context.Context, r names.Ref, id names.ID) (string, error) {
	op, err := b.desk.Deregister(ctx, r, id)
	return b.start(id, op, err)
}

// 22: an instance that is to go while it comes, or to come while it goes, waits
// for the operation that runs.
func TestOneOperationAtATime(t *testing.T) {
	d := claimed(t, 1)
	target := names.Endpoint{Namespace: "shop", Service: "orders", Target: "10.0.99.1", Ready: true}
	both := slices.Concat(d.gathered.Endpoints.V, []names.Endpoint{pod("shop", "orders", 2), target})
	e := d.engine()
	d.settle(e)
	b := &busy{desk: d, running: map[names.ID]string{}}
	e.Writer = b
	d.calls = nil
	for range 4 { // they come and go faster than Cloud Map follows
		d.gathered.Endpoints.V = both
		d.steady(e, 2)
		d.gathered.Endpoints.V = both[:1]
		d.steady(e, 2)
		b.end()
		d.now = d.now.Add(time.Minute)
		d.steady(e, 1)
		d.gathered.Endpoints.V = both
		d.steady(e, 2)
		b.end()
	}
	e.Writer = d
	d.settle(e)
	if len(d.ids()) != 3 || !slices.Contains(d.writes(), "Deregister eks-shop-orders-2") {
		t.Errorf("in the name %v, sent %q", d.ids(), d.writes())
	}
}

// denying is AWS that lets us read all names but one.
type denying struct {
	*desk
	not names.Ref
}

func (x denying) View(ctx context.Context, r names.Ref) (names.View, error) {
	if r == x.not {
		return names.View{}, fmt.Errorf("GetService: %w", names.ErrDenied)
	}
	return x.desk.View(ctx, r)
}

// 24, 30: a name that may not be read says so, and keeps no other from going on.
func TestADeniedNameIsAlone(t *testing.T) {
	d := claimed(t, 1)
	far := names.Ref{Account: ref.Account, Region: ref.Region, NamespaceID: "ns-2", ServiceID: "srv-2"}
	e := d.engine(func(c *engine.Config) { c.Reader = denying{d, far} })
	for range 5 {
		if _, err := e.StepName(t.Context(), far); err != nil {
			t.Fatal(err)
		}
		if st := d.standing(); st.Registered != "Unknown" || st.Reason != engine.AccessDenied || len(d.writes()) > 0 {
			t.Errorf("sent %q, told %+v", d.writes(), st)
		}
		d.now = d.now.Add(2 * time.Second)
	}
	d.settle(e)
	if st := d.standing(); st.Registered != "True" || len(d.ids()) != 1 {
		t.Errorf("in the name %v, told %+v", d.ids(), st)
	}
}

// 34: a pod without an address makes no call.
func TestPodWithoutAddress(t *testing.T) {
	d := claimed(t, 1)
	d.gathered.Endpoints.V[0].IPv4 = netip.Addr{}
	d.settle(d.engine())
	if st := d.standing(); len(d.writes()) > 0 || st.Reason != engine.NoEndpoints {
		t.Errorf("sent %q, told %+v", d.writes(), st)
	}
}

// 37: many instances in one name cost no write at rest, not even of a process
// that remembers nothing, and scale-in removes just those that are gone.
func TestManyInstances(t *testing.T) {
	for _, n := range []int{150, 999} {
		d := claimed(t, n)
		unbounded := func(c *engine.Config) { c.MostRecords = -1 }
		e := d.engine(unbounded)
		d.settle(e)
		if len(d.ids()) != n || len(d.writes()) != n {
			t.Fatalf("%d in the name, %d writes", len(d.ids()), len(d.writes()))
		}
		d.calls = nil
		d.settle(e)
		e = d.engine(unbounded)
		d.settle(e)
		if w := d.writes(); len(w) > 0 {
			t.Errorf("%d at rest, sent %q", n, w)
		}
		d.now = d.now.Add(5 * time.Minute)
		gone := d.gathered.Endpoints.V[n-50:]
		d.gathered.Endpoints.V = d.gathered.Endpoints.V[:n-50]
		d.settle(e)
		if len(d.writes()) != 50 || len(d.ids()) != n-50 {
			t.Errorf("%d less 50: %d writes, %d in the name", n, len(d.writes()), len(d.ids()))
		}
		for _, ep := range gone {
			if !slices.Contains(d.writes(), "Deregister "+string(ep.ID())) {
				t.Errorf("%s is still in the name", ep.ID())
			}
		}
	}
}

// 41: what a look finds is sent in that look.
func TestSentInTheSameLook(t *testing.T) {
	d := claimed(t, 1)
	e := d.engine()
	d.settle(e)
	d.gathered.Endpoints.V = append(d.gathered.Endpoints.V, pod("shop", "orders", 2))
	at := d.now
	d.calls = nil
	if _, err := e.StepName(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	if w := d.writes(); !slices.Equal(w, []string{"Register eks-shop-orders-2"}) || !d.now.Equal(at) || len(d.reads()) > 0 {
		t.Errorf("calls %q", d.calls)
	}
}

// 42, 46, 47: owners whose ids begin alike share a name; each removes its own and
// neither deletes the other's service.
func TestOwnersThatAreAlike(t *testing.T) {
	d := claimed(t, 1)
	d.gathered.Claimants[0].Open = true
	d.made = owner + "-2"
	as := func(id string) *engine.Engine {
		return d.engine(func(c *engine.Config) { c.Bounds.Owner, c.Creator, c.DeleteEmpty = id, d, true })
	}
	d.settle(as(owner))
	d.gathered.Endpoints.V = []names.Endpoint{pod("shop", "orders", 2)}
	d.settle(as(owner + "-2"))
	if fmt.Sprint(d.ids()) != "[eks-shop-orders-1 eks-shop-orders-2]" {
		t.Fatalf("in the name: %v", d.ids())
	}
	d.gathered.Claimants, d.gathered.Endpoints.V = nil, nil
	d.settle(as(owner + "-2"))
	if fmt.Sprint(d.ids()) != "[eks-shop-orders-1]" {
		t.Errorf("after the one: %v", d.ids())
	}
	d.settle(as(owner))
	if len(d.ids()) != 0 || slices.Contains(d.calls, "DeleteService") {
		t.Errorf("after the other: %v, calls %q", d.ids(), d.calls)
	}
}

// 43: an empty service of ours is deleted under the policy sync alone, and a dry
// run only says so.
func TestCleanupObeysPolicy(t *testing.T) {
	for policy, deletes := range map[registrar.Policy]bool{registrar.Sync: true, registrar.UpsertOnly: false, registrar.CreateOnly: false} {
		for _, dry := range []bool{false, true} {
			d := claimed(t, 0)
			d.made = owner
			e := d.engine(func(c *engine.Config) { c.Creator, c.DeleteEmpty, c.Policy, c.DryRun = d, true, policy, dry })
			d.settle(e)
			d.gathered.Claimants = nil
			d.settle(e)
			if got := slices.Contains(d.calls, "DeleteService"); got != (deletes && !dry) || (len(d.would) == 1) != (deletes && dry) {
				t.Errorf("%s, dry %t: deleted %t, would %q", policy, dry, got, d.would)
			}
		}
	}
}
