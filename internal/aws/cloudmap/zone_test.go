package cloudmap_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"

	"github.com/tranship/tranship/internal/aws/cloudmap"
	"github.com/tranship/tranship/internal/names"
)

func TestZone(t *testing.T) {
	f, c, _ := build()
	f.namespaces[1].Properties.DnsProperties.HostedZoneId = sdk.String("Z1")
	f.namespaces = append(f.namespaces, types.NamespaceSummary{Id: sdk.String("ns-apis"), Name: sdk.String("apis"), Type: types.NamespaceTypeHttp})
	for host, want := range map[string]names.Zone{
		"new.shop.internal":     {ID: "ns-shop", Name: "shop.internal", Kind: names.PrivateZone, HostedZone: "Z1", NegativeTTL: 15},
		"A.B.Shop.Internal.":    {ID: "ns-shop", Name: "shop.internal", Kind: names.PrivateZone, HostedZone: "Z1", NegativeTTL: 15},
		"x.very.shop.internal":  {ID: "ns-shop", Name: "shop.internal", Kind: names.PrivateZone, HostedZone: "Z1", NegativeTTL: 15}, // DNS comes first
		"orders.other.internal": {ID: "ns-root", Name: "internal", Kind: names.PrivateZone, NegativeTTL: 900},
		"orders.apis":           {ID: "ns-apis", Name: "apis", Kind: names.HTTPZone},
	} {
		want.Account, want.Region = account, region
		if got, err := c.Zone(t.Context(), host); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", host, got, err, want)
		}
	}
	for _, host := range []string{"", ".", "internal", "orders.elsewhere", "orders.shop.internal.elsewhere"} {
		if got, err := c.Zone(t.Context(), host); !errors.Is(err, names.ErrNotFound) {
			t.Errorf("%q: %+v, %v", host, got, err)
		}
	}
}

// Many namespaces are not all named; none is said, too.
func TestZoneSaysWhichThereAre(t *testing.T) {
	f, c, _ := build()
	for n := range 20 {
		f.namespaces = append(f.namespaces, types.NamespaceSummary{Id: sdk.String(fmt.Sprintf("ns-%d", n)), Name: sdk.String(fmt.Sprintf("z%02d", n)), Type: types.NamespaceTypeHttp})
	}
	if _, err := c.Zone(t.Context(), "x.y"); err == nil || !strings.HasSuffix(err.Error(), "holds the name x.y; there is internal, op.internal, shop.internal, very.shop.internal, z00, z01, z02, z03, z04, z05 and 14 more") {
		t.Errorf("%v", err)
	}
	f, c, _ = build()
	f.namespaces = nil
	if _, err := c.Zone(t.Context(), "x.y"); err == nil || !strings.HasSuffix(err.Error(), "; there is none") {
		t.Errorf("%v", err)
	}
}

// A private and a public namespace of one name: the type decides.
func TestZoneKinds(t *testing.T) {
	two := func(kinds ...names.ZoneKind) *cloudmap.Client {
		f, _, _ := build()
		f.namespaces = append(f.namespaces, types.NamespaceSummary{Id: sdk.String("ns-public"), Name: sdk.String("shop.internal"), Type: types.NamespaceTypeDnsPublic})
		f.services = append(f.services, &types.Service{Id: sdk.String("srv-p"), Name: sdk.String("orders"), NamespaceId: sdk.String("ns-public")})
		return cloudmap.New(f, account, region, time.Now, cloudmap.ZoneKinds(kinds...))
	}
	for _, try := range []struct {
		kind    names.ZoneKind
		ns, srv string
	}{{names.PrivateZone, "ns-shop", "srv-1"}, {names.PublicZone, "ns-public", "srv-p"}} {
		c := two(try.kind)
		if z, err := c.Zone(t.Context(), "new.shop.internal"); err != nil || z.ID != try.ns {
			t.Errorf("%s: %v, %v", try.kind, z, err)
		}
		if r, err := c.Lookup(t.Context(), "orders.shop.internal"); err != nil || r.ServiceID != try.srv {
			t.Errorf("%s: %v, %v", try.kind, r, err)
		}
	}
	c := two()
	if _, err := c.Zone(t.Context(), "new.shop.internal"); !errors.Is(err, names.ErrInvalid) || !strings.Contains(err.Error(), "ns-public (DNS_PUBLIC) and ns-shop (DNS_PRIVATE)") {
		t.Errorf("any: %v", err)
	}
	if _, err := c.Lookup(t.Context(), "orders.shop.internal"); !errors.Is(err, names.ErrInvalid) || !strings.Contains(err.Error(), "srv-p and srv-1") {
		t.Errorf("any: %v", err)
	}
	if _, err := two(names.PublicZone).Zone(t.Context(), "x.op.internal"); !errors.Is(err, names.ErrNotFound) || !strings.Contains(err.Error(), "no Cloud Map namespace of the type DNS_PUBLIC") {
		t.Errorf("none of that type: %v", err)
	}
}

// Names that only API calls know are found where DNS has none.
func TestLookupInHTTPNamespaces(t *testing.T) {
	f, c, _ := build()
	f.services = append(f.services,
		&types.Service{Id: sdk.String("srv-h"), Name: sdk.String("api"), NamespaceId: sdk.String("ns-http")},
		&types.Service{Id: sdk.String("srv-d"), Name: sdk.String("both.very"), NamespaceId: sdk.String("ns-shop")},
		&types.Service{Id: sdk.String("srv-b"), Name: sdk.String("both"), NamespaceId: sdk.String("ns-http")})
	for range 2 { // the second time from memory
		for host, want := range map[string]string{"api.very.shop.internal": "srv-h", "both.very.shop.internal": "srv-d"} {
			if got, err := c.Lookup(t.Context(), host); err != nil || got.ServiceID != want {
				t.Errorf("%s: %v, %v", host, got, err)
			}
		}
		f.calls = nil
	}
	if len(f.calls) != 0 {
		t.Errorf("calls %v", f.calls)
	}
}
