package engine_test

import (
	"strings"
	"testing"

	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
)

// The pods of one Kubernetes namespace keep a name from another one's Service;
// where its own are in it already, it goes on.
func TestANameBelongsToItsNamespace(t *testing.T) {
	d := newDesk(t)
	d.view.Instances = nil
	d.gathered.Claimants = []engine.Claimant{{Key: key("shop", "orders")}}
	d.gathered.Endpoints.V = []names.Endpoint{pod("shop", "orders", 1)}
	e := d.engine()
	d.steady(e, 5)
	d.gathered.Claimants = []engine.Claimant{{Key: key("evil", "orders")}, {Key: key("shop", "orders")}}
	d.gathered.Endpoints.V = append(d.gathered.Endpoints.V, pod("evil", "orders", 1), pod("shop", "orders", 2))
	d.steady(e, 5)
	for _, i := range d.view.Instances {
		if i.Attributes[names.AttrNamespace] != "shop" {
			t.Errorf("in the name: %v", i)
		}
	}
	if len(d.view.Instances) != 2 {
		t.Errorf("the name has %d instances, want both of shop", len(d.view.Instances))
	}
	d.gathered.Claimants = d.gathered.Claimants[:1]
	d.steady(e, 1)
	if !strings.Contains(d.held, "Service shop/orders of another namespace has it") {
		t.Errorf("held: %q", d.held)
	}
}

// A tenant's own annotation does not open a name that ECS holds: an
// administrator's word for that ECS service does.
func TestJoiningNeedsPermission(t *testing.T) {
	d := newDesk(t)
	d.gathered.Claimants = []engine.Claimant{{Key: key("shop", "orders"), Open: true}}
	d.gathered.Endpoints.V = []names.Endpoint{pod("shop", "orders", 1)}
	e := d.engine()
	var asked names.Source
	e.Permit = func(_ string, src names.Source, _ map[string]string) string {
		asked = src
		return "ask an administrator"
	}
	d.steady(e, 3)
	if len(d.writes()) > 0 || !strings.Contains(d.held, "ask an administrator") {
		t.Errorf("sent %q, held %q", d.writes(), d.held)
	}
	if asked.Cluster != "prod" || asked.Service != "orders" || asked.Account != ref.Account {
		t.Errorf("asked about %+v", asked)
	}
	e.Permit = func(string, names.Source, map[string]string) string { return "" }
	d.steady(e, 3)
	if len(d.writes()) != 1 || d.held != "" {
		t.Errorf("sent %q, held %q", d.writes(), d.held)
	}
}
