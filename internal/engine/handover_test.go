package engine_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// watchEmpty fails the test should the name ever have no instance.
func (d *desk) watchEmpty() {
	before := d.on
	d.on = func(call string) {
		if before != nil {
			before(call)
		}
		if len(d.view.Instances) == 0 {
			d.t.Errorf("empty at %s", call)
		}
	}
}

// To ExternalDNS and back: its ids, its description, and never an empty name.
func TestHandover(t *testing.T) {
	d := claimed(t, 2)
	e := d.engine()
	d.settle(e)
	d.watchEmpty()

	d.gathered.Claimants[0].Handover = &cutover.Handover{To: true, Owner: "me"}
	d.settle(e)
	want := "heritage=external-dns,external-dns/owner=me,external-dns/resource=service/shop/orders"
	if got := d.view.Settings.Description; got == nil || *got != want || fmt.Sprint(d.ids()) != "[10.0.64.1 10.0.64.2]" {
		t.Fatalf("description %v, instances %v", got, d.ids())
	}
	for _, i := range d.view.Instances {
		if !registrar.Plain(i) {
			t.Errorf("not as ExternalDNS would write it: %+v", i)
		}
	}
	if st := d.standing(); st.Reason != engine.HandedOver || st.Held != "" {
		t.Errorf("told %+v", st)
	}
	// It is ExternalDNS' now: pods come and go without us.
	d.calls = nil
	d.gathered.Endpoints.V = []names.Endpoint{pod("shop", "orders", 3)}
	d.settle(e)
	if len(d.writes()) != 0 {
		t.Errorf("sent %q", d.writes())
	}
	d.gathered.Endpoints.V = []names.Endpoint{pod("shop", "orders", 1), pod("shop", "orders", 2)}

	d.gathered.Claimants[0].Handover = &cutover.Handover{Owner: "me"}
	d.settle(e)
	if got := d.view.Settings.Description; got == nil || *got != "kept by tranship" || fmt.Sprint(d.ids()) != "[eks-shop-orders-1 eks-shop-orders-2]" {
		t.Fatalf("description %v, instances %v", got, d.ids())
	}
	if st := d.standing(); st.Registered != "True" || st.Reason != engine.TakenOver {
		t.Errorf("told %+v", st)
	}
}

// The name of another owner of ExternalDNS stays held, and so does one with ECS
// tasks in it.
func TestHandoverOfOthers(t *testing.T) {
	for what, change := range map[string]func(*desk){
		"another owner": func(d *desk) {
			text := names.Heritage{Owner: "you"}.String()
			d.view.Settings.Description = &text
		},
		"a task": func(d *desk) {
			d.put(names.Instance{ID: "task", Attributes: map[string]string{names.AttrECSCluster: "prod", names.AttrECSService: "orders"}})
		},
	} {
		d := claimed(t, 1)
		d.put(names.Instance{ID: "10.0.64.9", Attributes: map[string]string{names.AttrIPv4: "10.0.64.9"}})
		change(d)
		d.gathered.Claimants[0].Handover = &cutover.Handover{Owner: "me"}
		d.settle(d.engine())
		if len(d.writes()) != 0 || d.held == "" {
			t.Errorf("%s: sent %q, held %q", what, d.writes(), d.held)
		}
	}
}

// Taking over from ExternalDNS takes an administrator's word where there is one to ask.
func TestAdoptionNeedsPermission(t *testing.T) {
	d := claimed(t, 1)
	d.put(names.Instance{ID: "10.0.64.9", Attributes: map[string]string{names.AttrIPv4: "10.0.64.9"}})
	text := names.Heritage{Owner: "me"}.String()
	d.view.Settings.Description = &text
	d.gathered.Claimants[0].Handover = &cutover.Handover{Owner: "me"}
	var asked []string
	allowed := false
	e := d.engine(func(c *engine.Config) {
		c.Permit = func(ns string, src names.Source, _ map[string]string) string {
			asked = append(asked, ns+" "+src.String())
			if allowed {
				return ""
			}
			return "ask an administrator"
		}
	})
	d.settle(e)
	if len(d.writes()) != 0 || !slices.Contains(asked, "shop external-dns/me") {
		t.Errorf("sent %q, asked %q", d.writes(), asked)
	}
	allowed = true
	d.settle(e)
	if fmt.Sprint(d.ids()) != "[eks-shop-orders-1]" {
		t.Errorf("%v", d.ids())
	}
}

// A load balancer's registration has the same id on both sides: it changes hands
// without leaving.
func TestHandoverOfATarget(t *testing.T) {
	d := claimed(t, 0)
	const lb = "web-1.elb.eu-central-1.amazonaws.com"
	d.view.Settings.Routing = names.Weighted
	d.put(names.Instance{ID: lb, Attributes: map[string]string{names.AttrAlias: lb}})
	d.gathered.Endpoints.V = []names.Endpoint{{Namespace: "shop", Service: "orders", Target: lb, Ready: true}}
	d.gathered.Claimants[0].Handover = &cutover.Handover{Owner: ""}
	e := d.engine()
	d.watchEmpty()
	d.settle(e)
	if i, ok := d.view.Instance(lb); !ok || names.SideOf(i, owner, nil) != names.Ours {
		t.Errorf("%+v", d.view.Instances)
	}
	d.gathered.Claimants[0].Handover = &cutover.Handover{To: true, Owner: "me"}
	d.settle(e)
	if i, ok := d.view.Instance(lb); !ok || !registrar.Plain(i) {
		t.Errorf("%+v", d.view.Instances)
	}
}
