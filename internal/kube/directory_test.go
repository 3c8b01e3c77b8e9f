package kube

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/kube/source"
	"github.com/tranship/tranship/internal/names"
)

func key(ns, name string) cutover.Key { return cutover.Key{Namespace: ns, Name: name} }

// claims are of these names.
func claims(refs ...names.Ref) []Claim {
	var out []Claim
	for _, r := range refs {
		out = append(out, Claim{Ref: r, Wish: source.Wish{Kind: source.KindService, Host: r.ServiceID + ".x", Pods: true}})
	}
	return out
}

// What is not known is told until it is.
func TestDirectoryUnknown(t *testing.T) {
	d := NewDirectory()
	if partial, hosts := d.Unknown(); !partial || len(hosts) != 0 {
		t.Errorf("at the start: %t %v", partial, hosts)
	}
	d.Complete()
	d.SetUnresolved(key("shop", "b"), []string{"b.x", "a.x"})
	d.SetUnresolved(key("shop", "a"), []string{"a.x"})
	partial, hosts := d.Unknown()
	if diff := cmp.Diff([]string{"a.x", "b.x"}, hosts); diff != "" || partial {
		t.Error(diff, partial)
	}
	d.SetUnresolved(key("shop", "b"), nil)
	if _, hosts = d.Unknown(); len(hosts) != 1 {
		t.Error(hosts)
	}
	a := names.Ref{ServiceID: "a"}
	d.SetClaims(key("shop", "a"), claims(a))
	d.SetMigration(key("shop", "m"), names.Ref{ServiceID: "0"})
	if diff := cmp.Diff([]names.Ref{{ServiceID: "0"}, a}, d.All()); diff != "" {
		t.Error(diff)
	}
	if got := d.Claims(key("shop", "a"), a); len(got) != 1 || got[0].Wish.Host != "a.x" || len(d.Claims(key("shop", "a"), names.Ref{ServiceID: "b"})) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestDirectory(t *testing.T) {
	a, b, c := names.Ref{ServiceID: "a"}, names.Ref{ServiceID: "b"}, names.Ref{ServiceID: "c"}
	d := NewDirectory()
	check := func(what string, got, want []names.Ref) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	orders, sel := key("shop", "orders"), map[string]string{"app": "orders", "tier": "web"}
	check("claims", d.SetClaims(orders, claims(b, a)), []names.Ref{a, b})
	d.SetSelector(orders, sel)
	check("a migration leads to it", d.SetTarget(key("shop", "move"), orders), []names.Ref{a, b})
	check("again", d.SetTarget(key("shop", "move"), orders), nil)
	if !d.Awaited(orders) || d.Awaited(key("other", "orders")) {
		t.Error("a migration without a name is awaited by its Service alone")
	}
	check("resolved", d.SetMigration(key("shop", "move"), c), []names.Ref{a, b, c})
	check("resolved again", d.SetMigration(key("shop", "move"), c), []names.Ref{c})
	sel["app"] = "changed by the caller"
	if d.Awaited(orders) {
		t.Error("still awaited")
	}

	check("of the Service", d.OfService(orders), []names.Ref{a, b, c})
	check("of another", d.OfService(key("other", "orders")), nil)
	pod := map[string]string{"app": "orders", "tier": "web", "more": "labels"}
	check("of a pod", d.OfPod("shop", pod), []names.Ref{a, b, c})
	check("of a pod elsewhere", d.OfPod("other", pod), nil)
	check("of another pod", d.OfPod("shop", map[string]string{"app": "orders"}), nil)
	ms, ss := d.Of(c)
	if diff := cmp.Diff([]cutover.Key{key("shop", "move")}, ms); diff != "" || len(ss) != 0 {
		t.Error(diff, ss)
	}

	check("resolved anew", d.SetMigration(key("shop", "move"), a), []names.Ref{a, b, c})
	check("target gone", d.SetTarget(key("shop", "move"), cutover.Key{}), []names.Ref{a, b})
	check("fewer claims", d.SetClaims(orders, claims(b)), []names.Ref{a, b})
	check("deleted", d.SetMigration(key("shop", "move"), names.Ref{}), []names.Ref{a})
	d.SetSelector(orders, nil)
	check("no pods", d.OfPod("shop", pod), nil)
}
