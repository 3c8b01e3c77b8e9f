package cloudmap_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tranship/tranship/internal/aws/cloudmap"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
)

var shop = names.Zone{Account: account, Region: region, ID: "ns-shop", Name: "shop.internal", Kind: names.PrivateZone}

func wanted() names.Settings {
	return names.Settings{
		Name: "Cart", Namespace: "shop.internal", Description: sdk.String("made for shop/cart"), Routing: "MULTIVALUE",
		Records: []names.Record{{Type: "A", TTL: 10}, {Type: "AAAA", TTL: 20}}, CustomHealth: true,
	}
}

func TestCreateService(t *testing.T) {
	f, c, _ := build(cloudmap.Tags(map[string]string{names.TagOwner: "blue", "cluster": "one"}))
	if _, err := c.Lookup(t.Context(), "cart.shop.internal"); !errors.Is(err, names.ErrNotFound) {
		t.Fatal(err)
	}
	ref, err := c.CreateService(t.Context(), shop, wanted(), "token-1")
	if err != nil || ref.NamespaceID != "ns-shop" || ref.ServiceID == "" {
		t.Fatalf("%v, %v", ref, err)
	}
	want := &servicediscovery.CreateServiceInput{
		Name: sdk.String("cart"), NamespaceId: sdk.String("ns-shop"), CreatorRequestId: sdk.String("token-1"), Description: sdk.String("made for shop/cart"),
		DnsConfig: &types.DnsConfig{RoutingPolicy: types.RoutingPolicyMultivalue, DnsRecords: []types.DnsRecord{
			{Type: types.RecordTypeA, TTL: sdk.Int64(10)}, {Type: types.RecordTypeAaaa, TTL: sdk.Int64(20)},
		}},
		HealthCheckCustomConfig: &types.HealthCheckCustomConfig{},
		Tags: []types.Tag{
			{Key: sdk.String("cluster"), Value: sdk.String("one")}, {Key: sdk.String("tranship.dev/owner"), Value: sdk.String("blue")},
		},
	}
	if diff := cmp.Diff(want, f.inputs[0], cmpopts.IgnoreUnexported(*want, types.DnsConfig{}, types.DnsRecord{}, types.HealthCheckCustomConfig{}, types.Tag{})); diff != "" {
		t.Errorf("input (-want +got):\n%s", diff)
	}

	// It is known from now on, without a listing, and where it is, too.
	f.calls = nil
	if got, err := c.Lookup(t.Context(), "cart.shop.internal"); err != nil || got != ref || len(f.calls) != 0 {
		t.Errorf("%v, %v, calls %v", got, err, f.calls)
	}
	if got, err := c.CreateService(t.Context(), shop, wanted(), "token-1"); err != nil || got != ref {
		t.Errorf("the same once more: %v, %v", got, err)
	}
	got, err := c.CreateService(t.Context(), shop, wanted(), "token-2")
	if got != ref || !errors.Is(err, names.ErrConflict) || !strings.Contains(err.Error(), "there already") {
		t.Errorf("somebody else's: %v, %v", got, err)
	}
}

// A listing that began before, or does not have it yet, takes nothing away.
func TestWhatWasMadeStaysKnown(t *testing.T) {
	f, c, clk := build()
	ref, err := c.CreateService(t.Context(), shop, wanted(), "token-1")
	if err != nil {
		t.Fatal(err)
	}
	f.services = f.services[:len(f.services)-1] // ListServices lags
	if _, err := c.Lookup(t.Context(), "missing.shop.internal"); !errors.Is(err, names.ErrNotFound) {
		t.Fatal(err)
	}
	if got, err := c.Lookup(t.Context(), "cart.shop.internal"); err != nil || got != ref {
		t.Errorf("after a listing without it: %v, %v", got, err)
	}
	clk.t = clk.t.Add(2 * time.Minute)
	if _, err := c.Lookup(t.Context(), "missing.shop.internal"); !errors.Is(err, names.ErrNotFound) {
		t.Fatal(err)
	}
	if got, err := c.Lookup(t.Context(), "cart.shop.internal"); !errors.Is(err, names.ErrNotFound) {
		t.Errorf("listings without it for two minutes: %v, %v", got, err)
	}
}

func TestCreateServiceWhoseReplyIsLost(t *testing.T) {
	f, c, _ := build()
	f.lost["CreateService"] = true
	if _, err := c.CreateService(t.Context(), shop, wanted(), "token-1"); !errors.Is(err, names.ErrUnreachable) {
		t.Fatal(err)
	}
	if ref, err := c.CreateService(t.Context(), shop, wanted(), "token-1"); err != nil || !strings.HasPrefix(ref.ServiceID, "srv-made") {
		t.Errorf("%v, %v", ref, err)
	}
}

func TestCreateServiceForAPICallsAlone(t *testing.T) {
	f, c, _ := build()
	http := names.Zone{Account: account, Region: region, ID: "ns-http", Name: "very.shop.internal", Kind: names.HTTPZone}
	if _, err := c.CreateService(t.Context(), http, names.Settings{Name: "Cart", CustomHealth: true}, "t1"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.CreateService(t.Context(), shop, names.Settings{Name: "api", Type: "HTTP"}, "t2"); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"Cart", "api"} {
		in := f.inputs[i].(*servicediscovery.CreateServiceInput)
		if *in.Name != name || in.Type != types.ServiceTypeOptionHttp || in.DnsConfig != nil {
			t.Errorf("%s: %+v", name, in)
		}
	}
	if got, err := c.Lookup(t.Context(), "cart.very.shop.internal"); err != nil || got.NamespaceID != "ns-http" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestCreateServiceRefusesWithoutACall(t *testing.T) {
	f, c, _ := build()
	elsewhere, ttl, two, unrouted := shop, wanted(), wanted(), wanted()
	elsewhere.Account = "999999999999"
	ttl.Records[0].TTL = -1
	two.Namespace = "other.internal"
	unrouted.Routing = ""
	for what, try := range map[string]struct {
		zone names.Zone
		want names.Settings
	}{
		"another account": {elsewhere, wanted()}, "a TTL below 0": {shop, ttl}, "another zone": {shop, two},
		"no policy": {shop, unrouted}, "nothing": {shop, names.Settings{}},
	} {
		if ref, err := c.CreateService(t.Context(), try.zone, try.want, "t"); !errors.Is(err, names.ErrInvalid) || !ref.IsZero() {
			t.Errorf("%s: %v, %v", what, ref, err)
		}
	}
	if len(f.calls) != 0 {
		t.Errorf("calls %v", f.calls)
	}
}

func TestDeleteService(t *testing.T) {
	f, c, _ := build()
	if _, err := c.Lookup(t.Context(), "orders.shop.internal"); err != nil {
		t.Fatal(err)
	}
	if err := c.DeleteService(t.Context(), orders); !errors.Is(err, names.ErrConflict) || !strings.Contains(err.Error(), "in use") {
		t.Errorf("with instances in it: %v", err)
	}
	if _, err := c.Lookup(t.Context(), "orders.shop.internal"); err != nil {
		t.Errorf("a refusal forgets it: %v", err)
	}
	clear(f.instances)
	for range 2 { // the second time it is not there
		if err := c.DeleteService(t.Context(), orders); err != nil {
			t.Fatal(err)
		}
		if got, err := c.Lookup(t.Context(), "orders.shop.internal"); !errors.Is(err, names.ErrNotFound) {
			t.Errorf("still known: %v, %v", got, err)
		}
	}
}

func TestCreateNamespace(t *testing.T) {
	for kind, call := range map[names.ZoneKind]string{
		names.PrivateZone: "CreatePrivateDnsNamespace", names.PublicZone: "CreatePublicDnsNamespace", names.HTTPZone: "CreateHttpNamespace",
	} {
		f, c, _ := build()
		vpc := ""
		if kind == names.PrivateZone {
			vpc = "vpc-1"
		}
		host, here := "cart.new.example.", names.Ref{Account: account, Region: region}
		if _, err := c.Zone(t.Context(), host); !errors.Is(err, names.ErrNotFound) || !strings.Contains(err.Error(), "there is internal, op.internal, shop.internal, very.shop.internal") {
			t.Errorf("%s: %v", kind, err)
		}
		op, err := c.CreateNamespace(t.Context(), "new.example", kind, vpc, "token-new.example")
		if err != nil || op == "" || f.calls[len(f.calls)-1] != call {
			t.Fatalf("%s: %q, %v, calls %v", kind, op, err, f.calls)
		}
		if again, err := c.CreateNamespace(t.Context(), "new.example", kind, vpc, "token-new.example"); err != nil || again != "" {
			t.Errorf("%s, the same once more: %q, %v", kind, again, err)
		}
		if _, err := c.CreateNamespace(t.Context(), "new.example", kind, vpc, "another"); !errors.Is(err, names.ErrConflict) {
			t.Errorf("%s, another's: %v", kind, err)
		}
		f.operations[op].Status = types.OperationStatusSuccess
		if st, err := c.Operation(t.Context(), here, op); err != nil || st.Status != cutover.OpSuccess {
			t.Fatal(st, err)
		}
		z, err := c.Zone(t.Context(), host)
		if want := (names.Zone{Account: account, Region: region, ID: "ns-new.example", Name: "new.example", Kind: kind}); err != nil || z != want {
			t.Errorf("%s: %+v, %v", kind, z, err)
		}
		if kind == names.PublicZone && z.InDNS() != true || kind == names.HTTPZone && z.InDNS() {
			t.Errorf("%s in DNS: %v", kind, z.InDNS())
		}

		del, err := c.DeleteNamespace(t.Context(), names.Ref{Account: account, Region: region, NamespaceID: z.ID})
		if err != nil || del == "" {
			t.Errorf("%s: %q, %v", kind, del, err)
		}
		if op, err := c.DeleteNamespace(t.Context(), names.Ref{Account: account, Region: region, NamespaceID: z.ID}); err != nil || op != "" {
			t.Errorf("%s, gone: %q, %v", kind, op, err)
		}
		if _, err := c.Zone(t.Context(), host); !errors.Is(err, names.ErrNotFound) {
			t.Errorf("%s, after its end: %v", kind, err)
		}
	}
}

func TestNamespacesRefused(t *testing.T) {
	f, c, _ := build()
	for what, try := range map[string]func() error{
		"private without a VPC": func() error {
			_, err := c.CreateNamespace(t.Context(), "a.example", names.PrivateZone, "", "t")
			return err
		},
		"public with a VPC": func() error {
			_, err := c.CreateNamespace(t.Context(), "a.example", names.PublicZone, "vpc-1", "t")
			return err
		},
		"no name": func() error { _, err := c.CreateNamespace(t.Context(), "", names.HTTPZone, "", "t"); return err },
		"no kind": func() error { _, err := c.CreateNamespace(t.Context(), "a.example", "DNS", "", "t"); return err },
		"nothing to delete": func() error {
			_, err := c.DeleteNamespace(t.Context(), names.Ref{Account: account, Region: region})
			return err
		},
		"another account's": func() error {
			_, err := c.DeleteNamespace(t.Context(), names.Ref{Account: "999999999999", Region: region, NamespaceID: "ns-shop"})
			return err
		},
		"nothing to describe": func() error {
			_, err := c.Describe(t.Context(), names.Ref{Account: account, Region: region})
			return err
		},
	} {
		if err := try(); !errors.Is(err, names.ErrInvalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if len(f.calls) != 0 {
		t.Errorf("calls %v", f.calls)
	}
	if _, err := c.DeleteNamespace(t.Context(), names.Ref{Account: account, Region: region, NamespaceID: "ns-shop"}); !errors.Is(err, names.ErrConflict) {
		t.Errorf("with services in it: %v", err)
	}
}

func TestDescribe(t *testing.T) {
	f, c, clk := build()
	f.services[0].Arn, f.services[0].InstanceCount, f.services[0].CreateDate = sdk.String("arn:1"), sdk.Int32(3), &clk.t
	f.tags = map[string][]types.Tag{"arn:1": {{Key: sdk.String("tranship.dev/owner"), Value: sdk.String("blue")}}}
	got, err := c.Describe(t.Context(), orders)
	if diff := cmp.Diff(names.Made{Tags: map[string]string{names.TagOwner: "blue"}, Created: clk.t, Holds: 3}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if !got.By("blue") || got.By("green") || (names.Made{}).By("") {
		t.Error("whose it is")
	}
	f.answers["ListTagsForResource"] = []error{denied()}
	if _, err := c.Describe(t.Context(), orders); !errors.Is(err, names.ErrDenied) || !strings.Contains(err.Error(), "servicediscovery:ListTagsForResource") {
		t.Errorf("not allowed to look: %v", err)
	}
	if got, err := c.Describe(t.Context(), names.Ref{Account: account, Region: region, NamespaceID: "ns-shop"}); err != nil || got.By("blue") {
		t.Errorf("the namespace: %+v, %v", got, err)
	}
	for _, ref := range []names.Ref{{Account: account, Region: region, ServiceID: "srv-9"}, {Account: account, Region: region, NamespaceID: "ns-9"}} {
		if _, err := c.Describe(t.Context(), ref); !errors.Is(err, names.ErrNotFound) {
			t.Errorf("%v: %v", ref, err)
		}
	}
}

func TestRevision(t *testing.T) {
	f, c, _ := build()
	for n, want := range [][]string{{"GetService", "GetNamespace", "DiscoverInstancesRevision"}, {"DiscoverInstancesRevision"}} {
		f.calls = nil
		if got, err := c.Revision(t.Context(), orders); err != nil || got != 40 {
			t.Fatalf("%d, %v", got, err)
		}
		if diff := cmp.Diff(want, f.calls); diff != "" {
			t.Errorf("the %dth time, calls (-want +got):\n%s", n+1, diff)
		}
	}
	f.answers["DiscoverInstancesRevision"] = []error{denied()}
	if _, err := c.Revision(t.Context(), orders); !errors.Is(err, names.ErrDenied) {
		t.Errorf("denied: %v", err)
	}
	// After a Lookup or a View the names are known, too.
	f, c, _ = build()
	if _, err := c.View(t.Context(), orders); err != nil {
		t.Fatal(err)
	}
	f.calls = nil
	if _, err := c.Revision(t.Context(), orders); err != nil || len(f.calls) != 1 {
		t.Errorf("%v, calls %v", err, f.calls)
	}
	for _, ref := range []names.Ref{{}, {Account: "999999999999", Region: region, ServiceID: "srv-1"}} {
		if _, err := c.Revision(t.Context(), ref); !errors.Is(err, names.ErrInvalid) {
			t.Errorf("%v: %v", ref, err)
		}
	}
	missing := orders
	missing.ServiceID = "srv-9"
	if _, err := c.Revision(t.Context(), missing); !errors.Is(err, names.ErrNotFound) {
		t.Errorf("not there: %v", err)
	}
}
