package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
)

func (d *desk) Zone(_ context.Context, host string) (names.Zone, error) {
	if !strings.HasSuffix(host, ".shop.internal") {
		return names.Zone{}, fmt.Errorf("%w: no namespace holds %s", names.ErrNotFound, host)
	}
	return names.Zone{ID: "ns-1", Name: "shop.internal", Kind: names.PrivateZone}, d.call("Zone")
}

func (d *desk) CreateService(_ context.Context, _ names.Zone, s names.Settings, token string) (names.Ref, error) {
	if len(token) != 32 {
		d.t.Errorf("token %q", token)
	}
	return ref, d.call("CreateService", s.Name, " ", s.Records, " ", s.Routing)
}

func (d *desk) CreateNamespace(_ context.Context, name string, kind names.ZoneKind, vpc, _ string) (string, error) {
	return "op-ns", d.call("CreateNamespace", name, " ", kind, " ", vpc)
}

func (d *desk) Describe(context.Context, names.Ref) (names.Made, error) {
	return names.Made{Tags: map[string]string{names.TagOwner: d.made}}, d.call("Describe")
}

func (d *desk) DeleteService(context.Context, names.Ref) error { return d.call("DeleteService") }

func TestCreate(t *testing.T) {
	a := names.Settings{Routing: names.Multivalue, Records: []names.Record{{Type: "A", TTL: 60}}}
	private := &engine.NewNamespace{Name: "new.internal", Kind: names.PrivateZone, VPC: "vpc-1"}
	for what, c := range map[string]struct {
		host    string
		want    names.Settings
		ns      *engine.NewNamespace
		change  func(*engine.Config)
		fails   error
		err     error
		call    string
		wouldBe bool
	}{
		"made":                {"api.v1.shop.internal", a, nil, nil, nil, nil, "CreateService api.v1 [{A 60}] MULTIVALUE", false},
		"made by somebody":    {"api.shop.internal", a, nil, nil, names.ErrConflict, nil, "CreateService api [{A 60}] MULTIVALUE", false},
		"refused":             {"api.shop.internal", a, nil, nil, names.ErrDenied, names.ErrDenied, "CreateService api [{A 60}] MULTIVALUE", false},
		"none is created":     {"api.shop.internal", a, nil, func(c *engine.Config) { c.Creator = nil }, nil, names.ErrNotFound, "", false},
		"nowhere":             {"api.new.internal", a, nil, nil, nil, names.ErrNotFound, "", false},
		"a namespace first":   {"api.new.internal", a, private, nil, nil, names.ErrNotFound, "CreateNamespace new.internal DNS_PRIVATE vpc-1", false},
		"not below it":        {"api.old.internal", a, private, nil, nil, names.ErrNotFound, "", false},
		"records that clash":  {"api.shop.internal", names.Settings{Routing: names.Multivalue, Records: []names.Record{{Type: "A", TTL: 60}, {Type: "CNAME", TTL: 60}}}, nil, nil, nil, names.ErrInvalid, "", false},
		"a dry run":           {"api.shop.internal", a, nil, func(c *engine.Config) { c.DryRun = true }, nil, names.ErrNotFound, "", true},
		"a dry run, no space": {"api.new.internal", a, private, func(c *engine.Config) { c.DryRun = true }, nil, names.ErrNotFound, "", true},
	} {
		d := newDesk(t)
		d.fail["CreateService"] = c.fails
		e := d.engine(func(cfg *engine.Config) {
			cfg.Creator = d
			if c.change != nil {
				c.change(cfg)
			}
		})
		got, err := e.Create(t.Context(), c.host, c.want, c.ns)
		if c.err == nil && (err != nil || got != ref) || c.err != nil && !errors.Is(err, c.err) {
			t.Errorf("%s: %v, %v", what, got, err)
		}
		if calls := strings.Join(d.calls, "; "); !strings.HasSuffix(calls, c.call) || c.call == "" && strings.Contains(calls, "Create") || c.wouldBe != (len(d.would) == 1) {
			t.Errorf("%s: calls %q, would %q", what, calls, d.would)
		}
	}
}

// A service that we made goes once nobody asks for it and it is empty, where the
// policy says so; another's stays.
func TestDeleteEmpty(t *testing.T) {
	for _, c := range []struct {
		made    string
		policy  bool
		deletes int
	}{{owner, true, 1}, {owner, false, 0}, {"somebody", true, 0}, {"", true, 0}} {
		d := claimed(t, 1)
		d.made = c.made
		e := d.engine(func(cfg *engine.Config) { cfg.Creator, cfg.DeleteEmpty = d, c.policy })
		d.settle(e)
		d.gathered.Claimants, d.gathered.Endpoints.V = nil, nil
		d.settle(e)
		n := 0
		for _, call := range d.calls {
			if call == "DeleteService" {
				n++
			}
		}
		if n != c.deletes || len(d.ids()) != 0 {
			t.Errorf("%+v: deleted %d times, instances %v", c, n, d.ids())
		}
	}
}

// A Service that came back meanwhile gives the name its full time again.
func TestDeleteEmptyCountsAnew(t *testing.T) {
	d := claimed(t, 1)
	d.made = owner
	e := d.engine(func(cfg *engine.Config) { cfg.Creator, cfg.DeleteEmpty = d, true })
	d.settle(e)
	claimants := d.gathered.Claimants
	d.gathered.Claimants, d.gathered.Endpoints.V = nil, nil
	d.steady(e, 10)
	d.gathered.Claimants = claimants
	d.steady(e, 10)
	d.now = d.now.Add(time.Hour)
	d.gathered.Claimants = nil
	d.steady(e, 10)
	if slices.Contains(d.calls, "DeleteService") {
		t.Errorf("deleted at once: %q", d.calls)
	}
	// Nor is it deleted while somebody may ask for it who could not look it up.
	d.gathered.Unresolved = []string{"orders.shop.internal"}
	d.steady(e, 200)
	if slices.Contains(d.calls, "DeleteService") {
		t.Errorf("deleted while it may be asked for: %q", d.calls)
	}
	d.gathered.Unresolved = nil
	d.settle(e)
	if !slices.Contains(d.calls, "DeleteService") {
		t.Errorf("never deleted: %q", d.calls)
	}
}
