package names_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tranship/tranship/internal/names"
)

var now = time.Date(2026, 1, 5, 9, 0, 0, 500, time.UTC)

func TestSideOf(t *testing.T) {
	src := &names.Source{Cluster: "prod", Service: "orders"}
	ecs := map[string]string{names.AttrECSCluster: "prod", names.AttrECSService: "orders"}
	with := func(kv ...string) map[string]string {
		m := map[string]string{names.AttrECSCluster: "prod", names.AttrECSService: "orders"}
		for n := 0; n < len(kv); n += 2 {
			m[kv[n]] = kv[n+1]
		}
		return m
	}
	for _, c := range []struct {
		what  string
		attrs map[string]string
		owner string
		src   *names.Source
		want  names.Side
	}{
		{"our mark", map[string]string{names.AttrOwner: "a"}, "a", src, names.Ours},
		{"another cluster's mark", map[string]string{names.AttrOwner: "b"}, "a", src, names.Foreign},
		{"another's mark on a task's attributes", with(names.AttrOwner, "b"), "a", src, names.Foreign},
		{"our mark on a task's attributes", with(names.AttrOwner, "a"), "a", src, names.Ours},
		{"an empty mark is nobody's", map[string]string{names.AttrOwner: ""}, "", src, names.Foreign},
		{"a task of the crossing", ecs, "a", src, names.FromSource},
		{"a task without a crossing", ecs, "a", nil, names.Foreign},
		{"a task of another service", with(names.AttrECSService, "payments"), "a", src, names.Foreign},
		{"the same service in another cluster", with(names.AttrECSCluster, "test"), "a", src, names.Foreign},
		{"nothing at all", nil, "a", src, names.Foreign},
		{"nothing at all, and no source either", nil, "a", &names.Source{Cluster: "x", Service: "y"}, names.Foreign},
	} {
		if got := names.SideOf(names.Instance{ID: "i", Attributes: c.attrs}, c.owner, c.src); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}

// fit is what cluster a registers in a service with A records.
func fit(t *testing.T, e names.Endpoint, customHealth bool) names.Instance {
	t.Helper()
	i, err := names.Fit(e, names.Settings{Name: "orders", Namespace: "shop.internal", Records: []names.Record{{Type: "A", TTL: 60}}, CustomHealth: customHealth}, "a")
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestEndpoint(t *testing.T) {
	e := names.Endpoint{Namespace: "shop", Service: "orders", Pod: "orders-1", UID: "u1", IPv4: netip.MustParseAddr("10.0.64.1"), Port: 8080, Zone: "z", Ready: true}
	i := fit(t, e, true)
	want := names.Instance{ID: "eks-u1", Attributes: map[string]string{
		"AWS_INSTANCE_IPV4": "10.0.64.1", "AWS_INSTANCE_PORT": "8080", "AVAILABILITY_ZONE": "z", "AWS_INIT_HEALTH_STATUS": "HEALTHY",
		"tranship.dev/owner": "a", "tranship.dev/namespace": "shop", "tranship.dev/service": "orders", "tranship.dev/pod": "orders-1", "tranship.dev/pod-uid": "u1",
	}}
	if diff := cmp.Diff(want, i); diff != "" {
		t.Error(diff)
	}
	if ip, ok := i.IPv4(); !ok || ip != e.IPv4 || i.Port() != 8080 {
		t.Errorf("read back: %s %t %d", ip, ok, i.Port())
	}
	if names.SideOf(i, "a", nil) != names.Ours {
		t.Error("not ours")
	}
	bare := fit(t, names.Endpoint{UID: "u2", IPv4: e.IPv4}, false)
	for _, k := range []string{names.AttrPort, names.AttrZone, names.AttrInitHealth} {
		if _, ok := bare.Attributes[k]; ok {
			t.Errorf("%s is written although there is none", k)
		}
	}
	for _, c := range []struct {
		change func(*names.Endpoint)
		serves bool
	}{
		{func(*names.Endpoint) {}, true},
		{func(e *names.Endpoint) { e.Ready = false }, false},
		{func(e *names.Endpoint) { e.Leaving = true }, false},
		{func(e *names.Endpoint) { e.IPv4 = netip.Addr{} }, false},
		{func(e *names.Endpoint) { e.IPv4 = netip.MustParseAddr("2001:db8::1") }, false},
		{func(e *names.Endpoint) { e.IPv4, e.IPv6 = netip.Addr{}, netip.MustParseAddr("2001:db8::1") }, true},
		{func(e *names.Endpoint) { e.IPv4, e.Target = netip.Addr{}, "lb.example.com" }, true},
	} {
		x := e
		if c.change(&x); x.Serves() != c.serves {
			t.Errorf("%+v serves: %t", x, x.Serves())
		}
	}
}

// The time of a registration, rounded up, is not part of what is compared.
func TestSince(t *testing.T) {
	e := names.Endpoint{UID: "u1", IPv4: netip.MustParseAddr("10.0.64.1")}
	i := fit(t, e, true)
	if _, ok := i.Since(); ok {
		t.Error("a time that nobody wrote")
	}
	j := fit(t, e, false).WithSince(now)
	at, ok := j.Since()
	if !ok || at.Before(now) || at.After(now.Add(2*time.Second)) {
		t.Errorf("sent at %s, read back %s", now, at)
	}
	if !i.SameAttributes(j) || !j.SameAttributes(i) {
		t.Error("initial health and time make a difference")
	}
	k := j.Clone()
	k.Attributes[names.AttrIPv4] = "10.0.64.2"
	if j.SameAttributes(k) || j.Attributes[names.AttrIPv4] != "10.0.64.1" {
		t.Error("another address makes none, or the clone shares it")
	}
	if !(names.Instance{}).SameAttributes(names.Instance{Attributes: map[string]string{}}) {
		t.Error("no attributes and none")
	}
}

func TestValid(t *testing.T) {
	ok := func() names.Instance {
		return names.Instance{ID: "eks-1", Attributes: map[string]string{"AWS_INSTANCE_IPV4": "10.0.0.1"}}
	}
	if err := ok().Valid(); err != nil {
		t.Error(err)
	}
	many := map[string]string{}
	for n := range names.MaxAttributes + 1 {
		many[fmt.Sprint("k", n)] = ""
	}
	for what, change := range map[string]func(*names.Instance){
		"no id":       func(i *names.Instance) { i.ID = "" },
		"long id":     func(i *names.Instance) { i.ID = names.ID(strings.Repeat("x", 65)) },
		"id with gap": func(i *names.Instance) { i.ID = "a b" },
		"attributes":  func(i *names.Instance) { i.Attributes = many },
		"no key":      func(i *names.Instance) { i.Attributes[""] = "x" },
		"long key":    func(i *names.Instance) { i.Attributes[strings.Repeat("k", 256)] = "x" },
		"long value":  func(i *names.Instance) { i.Attributes["k"] = strings.Repeat("v", 1025) },
	} {
		i := ok()
		if change(&i); i.Valid() == nil {
			t.Errorf("%s: valid", what)
		}
	}
}

// A View finds every instance by its id, and no other.
func TestViewInstance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfDistinct(rapid.StringMatching(`[a-z-]{0,3}`), rapid.ID[string]).Draw(t, "ids")
		var v names.View
		for _, id := range ids {
			v.Instances = append(v.Instances, names.Instance{ID: names.ID(id), Attributes: map[string]string{"id": id}})
		}
		names.SortInstances(v.Instances)
		ask := rapid.StringMatching(`[a-z-]{0,3}`).Draw(t, "ask")
		i, ok := v.Instance(names.ID(ask))
		if ok != slices.Contains(ids, ask) || ok && i.Attributes["id"] != ask {
			t.Fatalf("%q in %q: %t %+v", ask, ids, ok, i)
		}
	})
}

func TestFact(t *testing.T) {
	f := names.Known(7, now)
	if !f.OK() || !f.Younger(time.Second, now.Add(999*time.Millisecond)) || f.Younger(time.Second, now.Add(time.Second)) {
		t.Errorf("%+v", f)
	}
	for _, f := range []names.Fact[int]{{}, {V: 7}, names.Unknown[int]("throttled", now), names.Unknown[int]("", now)} {
		if f.OK() || f.Younger(time.Hour, now) || f.Unknown == "" && !f.At.IsZero() {
			t.Errorf("%+v is taken for known", f)
		}
	}
}

func TestSettings(t *testing.T) {
	s := names.Settings{Name: "orders", Namespace: "shop.internal", Records: []names.Record{{Type: "A", TTL: 60}, {Type: "AAAA", TTL: 300}}}
	if s.DNSName() != "orders.shop.internal" || s.MaxTTL() != 300 || !s.HasType("AAAA") || s.HasType("SRV") {
		t.Errorf("%+v", s)
	}
	low := s.WithTTL(5)
	if low.MaxTTL() != 5 || s.MaxTTL() != 300 || low.SameTTLs(s.Records) || !s.SameTTLs(slices.Clone(s.Records)) {
		t.Errorf("%+v, %+v", s, low)
	}
	if (names.Settings{}).MaxTTL() != 0 {
		t.Error("a TTL of no record")
	}
}

// Refs are told apart in every part, and ordered in one way.
func TestRef(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SampledFrom([]string{"", "a", "b"})
		draw := func(name string) names.Ref {
			return names.Ref{Account: part.Draw(t, name), Region: part.Draw(t, name), NamespaceID: part.Draw(t, name), ServiceID: part.Draw(t, name)}
		}
		a, b, c := draw("a"), draw("b"), draw("c")
		if (a.Compare(b) == 0) != (a == b) || (a.String() == b.String()) != (a == b) || a.Compare(b) != -b.Compare(a) {
			t.Fatalf("%v and %v", a, b)
		}
		if a.Compare(b) <= 0 && b.Compare(c) <= 0 && a.Compare(c) > 0 {
			t.Fatalf("%v, %v, %v", a, b, c)
		}
		if a.IsZero() != (a == names.Ref{}) {
			t.Fatalf("%v", a)
		}
	})
}
