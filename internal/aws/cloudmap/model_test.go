package cloudmap_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/aws/cloudmap"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/lab/cloud"
)

// until lets the model run until an operation has ended well.
func until(t *testing.T, model *cloud.Cloud, c *cloudmap.Client, ref names.Ref, op string) {
	t.Helper()
	for range 1000 {
		st, err := c.Operation(t.Context(), ref, op)
		if err != nil || st.Status == cutover.OpFail {
			t.Fatalf("operation %s: %+v, %v", op, st, err)
		}
		if st.Status == cutover.OpSuccess {
			return
		}
		next, ok := model.NextEvent()
		if !ok {
			break
		}
		model.Advance(next)
	}
	t.Fatalf("operation %s does not end", op)
}

// A name from nothing to nothing, over the model: what was asked for is what is
// read, and each step says what stands in its way.
func TestNameIsMadeAndTakenAway(t *testing.T) {
	model := cloud.New(cloud.Config{Seed: 11})
	cfg := model.Config()
	c := cloudmap.New(model.CloudMap(), cfg.Account, cfg.Region, model.Now, cloudmap.Tags(map[string]string{names.TagOwner: "blue"}))
	ctx, here := t.Context(), names.Ref{Account: cfg.Account, Region: cfg.Region}

	for _, kind := range []names.ZoneKind{names.PrivateZone, names.PublicZone, names.HTTPZone} {
		name, vpc := strings.ToLower(strings.ReplaceAll(string(kind), "_", "-"))+".example", ""
		if kind == names.PrivateZone {
			vpc = cfg.VPC.ID
		}
		op, err := c.CreateNamespace(ctx, name, kind, vpc, "token-"+name)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := c.CreateNamespace(ctx, name, kind, vpc, "token-"+name); err != nil || again != op {
			t.Errorf("%s, under way: %q, %v", name, again, err)
		}
		until(t, model, c, here, op)
		if again, err := c.CreateNamespace(ctx, name, kind, vpc, "token-"+name); err != nil || again != "" {
			t.Errorf("%s, there: %q, %v", name, again, err)
		}
		zone, err := c.Zone(ctx, "orders."+name)
		if err != nil || zone.Name != name || zone.Kind != kind || (zone.HostedZone == "") != (kind == names.HTTPZone) {
			t.Fatalf("%s: %+v, %v", name, zone, err)
		}

		want := names.Settings{Name: "orders", Namespace: name, CustomHealth: true, Description: sdk.String("ours")}
		switch kind {
		case names.HTTPZone:
			want.Type = "HTTP"
		case names.PublicZone, names.PrivateZone:
			want.Routing, want.Records = "MULTIVALUE", []names.Record{{Type: "A", TTL: 10}, {Type: "AAAA", TTL: 30}}
		}
		ref, err := c.CreateService(ctx, zone, want, "token-orders")
		if err != nil {
			t.Fatal(name, err)
		}
		if got, err := c.CreateService(ctx, zone, want, "token-orders"); err != nil || got != ref {
			t.Errorf("%s, once more: %v, %v", name, got, err)
		}
		if got, err := c.CreateService(ctx, zone, want, "another"); !errors.Is(err, names.ErrConflict) || got != ref {
			t.Errorf("%s, another's: %v, %v", name, got, err)
		}
		v, err := c.View(ctx, ref)
		if kind != names.HTTPZone {
			want.Type = "DNS_HTTP"
		}
		want.NegativeTTL = zone.NegativeTTL
		if diff := cmp.Diff(want, v.Settings); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
		if m, err := c.Describe(ctx, ref); err != nil || !m.By("blue") || m.Created.IsZero() {
			t.Errorf("%s: %+v, %v", name, m, err)
		}

		before, err := c.Revision(ctx, ref)
		if err != nil {
			t.Fatal(name, err)
		}
		op, err = c.Register(ctx, ref, names.Instance{ID: "a", Attributes: map[string]string{"AWS_INSTANCE_IPV4": "10.0.0.1", "AWS_INSTANCE_IPV6": "fd00::1"}}, "t")
		if err != nil {
			t.Fatal(name, err)
		}
		if err := c.DeleteService(ctx, ref); !errors.Is(err, names.ErrConflict) {
			t.Errorf("%s, with an instance on its way: %v", name, err)
		}
		until(t, model, c, ref, op)
		model.Advance(model.Now().Add(time.Minute)) // the data plane lags
		if after, err := c.Revision(ctx, ref); err != nil || after == before {
			t.Errorf("%s: revision %d, then %d, %v", name, before, after, err)
		}
		if op, err = c.Deregister(ctx, ref, "a"); err != nil {
			t.Fatal(name, err)
		}
		until(t, model, c, ref, op)
		home := here
		home.NamespaceID = zone.ID
		if m, err := c.Describe(ctx, home); err != nil || !m.By("blue") || m.Holds != 1 {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
		if _, err := c.DeleteNamespace(ctx, home); !errors.Is(err, names.ErrConflict) {
			t.Errorf("%s, with a service in it: %v", name, err)
		}
		for range 2 {
			if err := c.DeleteService(ctx, ref); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if op, err = c.DeleteNamespace(ctx, home); err != nil || op == "" {
			t.Fatal(name, op, err)
		}
		until(t, model, c, here, op)
		if op, err = c.DeleteNamespace(ctx, home); err != nil || op != "" {
			t.Errorf("%s, gone: %q, %v", name, op, err)
		}
		if _, err := c.Zone(ctx, "orders."+name); !errors.Is(err, names.ErrNotFound) {
			t.Errorf("%s, gone: %v", name, err)
		}
	}
}

// What is refused here without a call, the model refuses, too, and for the same
// reason: none of our rules is stricter than AWS's, and none is missing.
func TestCreatableAgreesWithTheModel(t *testing.T) {
	model := cloud.New(cloud.Config{Seed: 12})
	cfg := model.Config()
	c := cloudmap.New(model.CloudMap(), cfg.Account, cfg.Region, model.Now)
	zones := map[names.ZoneKind]names.Zone{}
	for _, kind := range []names.ZoneKind{names.PrivateZone, names.PublicZone, names.HTTPZone} {
		vpc := ""
		if kind == names.PrivateZone {
			vpc = cfg.VPC.ID
		}
		op, err := c.CreateNamespace(t.Context(), "a.example", kind, vpc, "t")
		if err != nil {
			t.Fatal(err)
		}
		until(t, model, c, names.Ref{Account: cfg.Account, Region: cfg.Region}, op)
		only := cloudmap.New(model.CloudMap(), cfg.Account, cfg.Region, model.Now, cloudmap.ZoneKinds(kind))
		if zones[kind], err = only.Zone(t.Context(), "x.a.example"); err != nil {
			t.Fatal(err)
		}
	}
	records := func(ttl int64, types ...string) (out []names.Record) {
		for _, r := range types {
			out = append(out, names.Record{Type: r, TTL: ttl})
		}
		return out
	}
	check := &names.HealthCheck{Type: "HTTP", ResourcePath: "/", FailureThreshold: 1}
	n, refused := 0, 0
	for _, kind := range []names.ZoneKind{names.PrivateZone, names.PublicZone, names.HTTPZone} {
		for _, set := range [][]names.Record{
			nil, records(60, "A"), records(0, "AAAA"), records(60, "A", "AAAA"), records(60, "SRV"), records(60, "CNAME"),
			records(60, "A", "CNAME"), records(60, "A", "SRV"), records(60, "A", "A"), records(60, "TXT"), records(-1, "A"), records(1<<31, "A"),
		} {
			for _, routing := range []string{"MULTIVALUE", "WEIGHTED"} {
				for _, custom := range []bool{true, false} {
					for _, h := range []*names.HealthCheck{nil, check} {
						for _, api := range []string{"", "HTTP"} {
							n++
							s := names.Settings{Name: fmt.Sprintf("svc-%d", n), Type: api, Routing: routing, Records: set, CustomHealth: custom, HealthCheck: h}
							ours := s.Creatable(zones[kind])
							if ours != nil {
								refused++
							}
							// The model gets what the client would send if nothing were checked before.
							if theirs := create(t, model, zones[kind], s); (ours == nil) != (theirs == nil) {
								t.Errorf("%s %+v: ours %v, the model's %v", kind, s, ours, theirs)
							}
						}
					}
				}
			}
		}
	}
	if refused == 0 || refused == n {
		t.Errorf("%d of %d refused", refused, n)
	}
}

func create(t *testing.T, model *cloud.Cloud, zone names.Zone, s names.Settings) error {
	t.Helper()
	in := &servicediscovery.CreateServiceInput{Name: sdk.String(s.Name), NamespaceId: sdk.String(zone.ID), CreatorRequestId: sdk.String(s.Name)}
	if s.Type == "HTTP" {
		in.Type = types.ServiceTypeOptionHttp
	}
	if len(s.Records) > 0 {
		in.DnsConfig = &types.DnsConfig{RoutingPolicy: types.RoutingPolicy(s.Routing)}
		for _, r := range s.Records {
			in.DnsConfig.DnsRecords = append(in.DnsConfig.DnsRecords, types.DnsRecord{Type: types.RecordType(r.Type), TTL: sdk.Int64(r.TTL)})
		}
	}
	if s.CustomHealth {
		in.HealthCheckCustomConfig = &types.HealthCheckCustomConfig{}
	}
	if h := s.HealthCheck; h != nil {
		in.HealthCheckConfig = &types.HealthCheckConfig{Type: types.HealthCheckType(h.Type), ResourcePath: sdk.String(h.ResourcePath), FailureThreshold: sdk.Int32(h.FailureThreshold)}
	}
	_, err := model.CloudMap().CreateService(t.Context(), in)
	return err
}
