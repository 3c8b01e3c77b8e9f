package controller

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/tools/events"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/kube/source"
	"github.com/tranship/tranship/internal/names"
)

func TestParseCreate(t *testing.T) {
	got, err := parseCreate([]string{"shop=*.Shop.internal.", "team-*=api.example.com"})
	want := []mayCreate{{"shop", "*.shop.internal"}, {"team-*", "api.example.com"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(mayCreate{})); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for _, bad := range []string{"", "shop", "=x", "shop=", "shop=[", "[=x"} {
		if got, err := parseCreate([]string{bad}); err == nil || !strings.Contains(err.Error(), "--create "+bad) {
			t.Errorf("%q: %v, %v", bad, got, err)
		}
	}
}

func TestParseCreateNamespaces(t *testing.T) {
	got, err := parseCreateNamespaces([]string{"Shop.internal.=vpc-1", "example.com=public", "calls=http"})
	want := []engine.NewNamespace{
		{Name: "shop.internal", Kind: names.PrivateZone, VPC: "vpc-1"}, {Name: "example.com", Kind: names.PublicZone}, {Name: "calls", Kind: names.HTTPZone},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for _, bad := range []string{"", "shop.internal", "shop.internal=", "=public", "shop.internal=subnet-1"} {
		if got, err := parseCreateNamespaces([]string{bad}); err == nil || !strings.Contains(err.Error(), "--create-namespace "+bad) {
			t.Errorf("%q: %v, %v", bad, got, err)
		}
	}
}

func TestSettingsOf(t *testing.T) {
	ttl := int64(15)
	pods := source.Wish{Pods: true}
	to := func(targets ...string) source.Wish { return source.Wish{Targets: targets} }
	record := func(kind string) []names.Record { return []names.Record{{Type: kind, TTL: 60}} }
	for what, c := range map[string]struct {
		wish        source.Wish
		annotations map[string]string
		want        names.Settings
		err         string
	}{
		"pods":                  {pods, nil, names.Settings{Routing: names.Multivalue, Records: record("A")}, ""},
		"pods with a TTL":       {source.Wish{Pods: true, TTL: &ttl}, nil, names.Settings{Routing: names.Multivalue, Records: []names.Record{{Type: "A", TTL: 15}}}, ""},
		"addresses":             {to("10.0.0.1", "10.0.0.2"), nil, names.Settings{Routing: names.Multivalue, Records: record("A")}, ""},
		"IPv6 addresses":        {to("fd00::1"), nil, names.Settings{Routing: names.Multivalue, Records: record("AAAA")}, ""},
		"addresses of both":     {to("10.0.0.1", "fd00::1"), nil, names.Settings{Routing: names.Multivalue, Records: record("A")}, ""},
		"a load balancer":       {to("web-1.eu-central-1.elb.amazonaws.com"), nil, names.Settings{Routing: names.Weighted, Records: record("A")}, ""},
		"another host":          {to("web.example.com"), nil, names.Settings{Routing: names.Weighted, Records: record("CNAME")}, ""},
		"types by annotation":   {pods, map[string]string{v1alpha1.AnnotationRecordTypes: "aaaa, A,a"}, names.Settings{Routing: names.Multivalue, Records: []names.Record{{Type: "A", TTL: 60}, {Type: "AAAA", TTL: 60}}}, ""},
		"routing by annotation": {pods, map[string]string{v1alpha1.AnnotationRoutingPolicy: "weighted"}, names.Settings{Routing: names.Weighted, Records: record("A")}, ""},
		"custom health":         {pods, map[string]string{v1alpha1.AnnotationCustomHealth: "true"}, names.Settings{Routing: names.Multivalue, Records: record("A"), CustomHealth: true}, ""},
		"for the API alone":     {pods, map[string]string{v1alpha1.AnnotationRecordTypes: "http"}, names.Settings{Routing: names.Multivalue, Type: names.TypeHTTP}, ""},
		"and for DNS":           {pods, map[string]string{v1alpha1.AnnotationRecordTypes: "HTTP,A"}, names.Settings{}, "HTTP stands alone"},
		"no such routing":       {pods, map[string]string{v1alpha1.AnnotationRoutingPolicy: "LATENCY"}, names.Settings{}, "neither MULTIVALUE nor WEIGHTED"},
	} {
		svc := serviceObject()
		svc.Annotations = c.annotations
		got, err := settingsOf(svc, c.wish, DefaultTTL)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v", what, err)
			}
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %s %v", what, diff, err)
		}
	}
}

// maker creates services, and says what it was asked for.
type maker struct {
	zone names.Zone
	made []string
	err  error
}

func (m *maker) Zone(_ context.Context, host string) (names.Zone, error) {
	if !strings.HasSuffix(host, "."+m.zone.Name) {
		return names.Zone{}, names.ErrNotFound
	}
	return m.zone, nil
}

func (m *maker) CreateService(_ context.Context, _ names.Zone, s names.Settings, _ string) (names.Ref, error) {
	m.made = append(m.made, s.DNSName())
	return of("srv-made"), m.err
}

func (m *maker) CreateNamespace(_ context.Context, name string, _ names.ZoneKind, _, _ string) (string, error) {
	m.made = append(m.made, "namespace "+name)
	return "op", m.err
}

func (m *maker) Describe(context.Context, names.Ref) (names.Made, error) {
	return names.Made{}, errors.New("nobody asks")
}

func (m *maker) DeleteService(context.Context, names.Ref) error {
	return errors.New("nobody deletes")
}

// creates is a room whose controller may create names of shop.internal for
// namespace shop.
func (r *room) creates(m *maker, rules ...string) {
	r.t.Helper()
	may, err := parseCreate(rules)
	if err != nil {
		r.t.Fatal(err)
	}
	e, err := engine.New(engine.Config{
		Clock: &handClock{now: epoch}, Store: stub{}, Reader: stub{}, Writer: stub{}, Services: r.w, Creator: m,
		Journal: newJournal(logr.Discard(), events.NewFakeRecorder(1), r.c, prometheus.NewRegistry()),
		Bounds:  cutover.Bounds{Owner: "a", Propagation: 1, Operation: 1, Health: 1, Flight: 1, Fresh: 1},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.create = creating{engine: e, rules: may, ttl: DefaultTTL, namespaces: []engine.NewNamespace{
		{Name: "internal", Kind: names.PrivateZone, VPC: "vpc-1"}, {Name: "store.internal", Kind: names.PrivateZone, VPC: "vpc-1"},
	}}
}

// A service is created where an object asks for it and an administrator allows
// it; whoever has to do something is told what.
func TestWhoMayCreate(t *testing.T) {
	zone := names.Zone{ID: "ns", Name: "shop.internal", Kind: names.PrivateZone}
	asks := map[string]string{v1alpha1.AnnotationCreate: "true"}
	wish := source.Wish{Kind: source.KindService, Namespace: "shop", Object: "orders", Host: "api.shop.internal", Pods: true}
	missing := errors.Join(names.ErrNotFound)
	for what, c := range map[string]struct {
		change      func(*source.Wish)
		annotations map[string]string
		unasked     bool
		rules       []string
		fails       error
		made        string
		err         string
	}{
		"asked and allowed":       {nil, asks, false, []string{"shop=*.shop.internal"}, nil, "api.shop.internal", ""},
		"not asked":               {nil, nil, false, []string{"shop=*.shop.internal"}, nil, "", "tranship.dev/create"},
		"all are asked for":       {nil, nil, true, []string{"shop=*.shop.internal"}, nil, "api.shop.internal", ""},
		"all, and nobody may":     {nil, nil, true, nil, nil, "", "tranship.dev/create"},
		"another namespace":       {nil, asks, false, []string{"store=*.shop.internal"}, nil, "", "--create shop=api.shop.internal"},
		"another name":            {nil, asks, false, []string{"shop=*.store.internal"}, nil, "", "--create shop=api.shop.internal"},
		"no address yet":          {func(w *source.Wish) { w.Pods = false }, asks, false, []string{"shop=*"}, nil, "", "once Service shop/orders has an address"},
		"records that clash":      {nil, map[string]string{v1alpha1.AnnotationCreate: "true", v1alpha1.AnnotationRecordTypes: "A,CNAME"}, false, []string{"shop=*"}, nil, "", "do not stand together"},
		"AWS refuses":             {nil, asks, false, []string{"shop=*"}, names.ErrDenied, "api.shop.internal", "denied"},
		"a namespace of its name": {func(w *source.Wish) { w.Host = "api.eu.store.internal" }, asks, false, []string{"shop=*"}, nil, "namespace store.internal", "namespace store.internal is being created"},
		"no namespace anywhere":   {func(w *source.Wish) { w.Host = "api.example.com" }, asks, false, []string{"shop=*"}, nil, "", "not found"},
	} {
		r, m, w := newRoom(t), &maker{zone: zone, err: c.fails}, wish
		r.creates(m, c.rules...)
		r.create.unasked = c.unasked
		if c.change != nil {
			c.change(&w)
		}
		svc := serviceObject()
		svc.Annotations = c.annotations
		ref, created, err := r.create.service(t.Context(), svc, w, missing)
		if made := strings.Join(m.made, " "); made != c.made || created != (c.err == "") || created && ref != of("srv-made") {
			t.Errorf("%s: made %q, %t, %v", what, made, created, ref)
		}
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
