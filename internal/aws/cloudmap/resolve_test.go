package cloudmap_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"

	"github.com/tranship/tranship/internal/names"
)

func TestRef(t *testing.T) {
	f, c, _ := build()
	src := names.Source{Account: account, Region: region, Cluster: "c", Service: "orders"}
	for _, id := range []string{"srv-1", "arn:aws:servicediscovery:eu-central-1:123456789012:service/srv-1", "srv-1"} {
		if got, err := c.Ref(t.Context(), src, id); err != nil || got != orders {
			t.Errorf("%s: %v, %v", id, got, err)
		}
	}
	if len(f.calls) != 1 {
		t.Errorf("calls %v, want one", f.calls)
	}
	if _, err := c.Ref(t.Context(), src, ""); !errors.Is(err, names.ErrNotFound) || !strings.Contains(err.Error(), "c/orders has no Cloud Map registry") {
		t.Errorf("no registry: %v", err)
	}
	if _, err := c.Ref(t.Context(), src, "srv-9"); !errors.Is(err, names.ErrNotFound) {
		t.Errorf("an unknown service: %v", err)
	}
}

func TestLookup(t *testing.T) {
	for name, want := range map[string]names.Ref{
		"orders.shop.internal":   orders,
		"Orders.Shop.Internal.":  orders,
		"payments.shop.internal": {Account: account, Region: region, NamespaceID: "ns-shop", ServiceID: "srv-2"},
		"a.b.shop.internal":      {Account: account, Region: region, NamespaceID: "ns-shop", ServiceID: "srv-3"},
		// As in DNS: the longest zone answers, though a shorter one has the name;
		// one that is not in DNS does not count; no half labels.
		"missing.shop.internal":    {},
		"orders.shop":              {},
		"orders.elsewhere":         {},
		"x.very.shop.internal":     {},
		"orders.workshop.internal": {},
		"shop.internal":            {},
	} {
		_, c, _ := build()
		got, err := c.Lookup(t.Context(), name)
		if got != want || (want.IsZero() != errors.Is(err, names.ErrNotFound)) || (err != nil && !want.IsZero()) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestLookupOfTwoNamespacesWithOneName(t *testing.T) {
	f, c, clk := build()
	f.namespaces = append(f.namespaces, f.namespaces[1])
	f.namespaces[4].Id = sdk.String("ns-shop-other-vpc")
	if got, err := c.Lookup(t.Context(), "orders.shop.internal"); err != nil || got != orders {
		t.Errorf("one of them has it: %v, %v", got, err)
	}
	f.services = append(f.services, &types.Service{Id: sdk.String("srv-5"), Name: sdk.String("orders"), NamespaceId: sdk.String("ns-shop-other-vpc")})
	clk.t = clk.t.Add(time.Hour)
	if _, err := c.Lookup(t.Context(), "orders.shop.internal"); !errors.Is(err, names.ErrInvalid) || !strings.Contains(err.Error(), "srv-1 and srv-5") {
		t.Errorf("both have it: %v", err)
	}
}

func TestLookupRemembersWhatItFound(t *testing.T) {
	f, c, clk := build()
	look := func(name string) (names.Ref, []string) {
		t.Helper()
		f.calls = nil
		got, err := c.Lookup(t.Context(), name)
		if err != nil && !errors.Is(err, names.ErrNotFound) {
			t.Fatal(err)
		}
		return got, f.calls
	}
	look("orders.shop.internal")
	if _, calls := look("payments.shop.internal"); len(calls) != 0 {
		t.Errorf("the listing was made again: %v", calls)
	}
	if _, calls := look("new.shop.internal"); len(calls) != 0 {
		t.Errorf("a name that is not there is looked for again at once: %v", calls)
	}
	f.services = append(f.services, &types.Service{Id: sdk.String("srv-9"), Name: sdk.String("new"), NamespaceId: sdk.String("ns-shop")})
	clk.t = clk.t.Add(11 * time.Second)
	if got, _ := look("new.shop.internal"); got.ServiceID != "srv-9" {
		t.Errorf("a new name is not found after 11 s: %v", got)
	}
	if _, calls := look("orders.shop.internal"); len(calls) != 0 {
		t.Errorf("what was found is looked for again: %v", calls)
	}

	// The service is deleted and made again under another id.
	f.services[0].Id = sdk.String("srv-1b")
	if _, err := c.View(t.Context(), orders); !errors.Is(err, names.ErrNotFound) {
		t.Fatalf("the old id is still there: %v", err)
	}
	if got, _ := look("orders.shop.internal"); got.ServiceID != "srv-1b" {
		t.Errorf("after a not found the old id is given: %v", got)
	}
}

func TestLookupTellsNotFoundFromCouldNotLook(t *testing.T) {
	for _, op := range []string{"ListNamespaces", "ListServices"} {
		f, c, _ := build()
		f.answers[op] = []error{nil, throttled()} // the second page
		if _, err := c.Lookup(t.Context(), "orders.shop.internal"); !errors.Is(err, names.ErrThrottled) || errors.Is(err, names.ErrNotFound) {
			t.Errorf("%s: %v", op, err)
		}
		if got, err := c.Lookup(t.Context(), "orders.shop.internal"); err != nil || got != orders {
			t.Errorf("%s, again: %v, %v", op, got, err)
		}
	}
}
