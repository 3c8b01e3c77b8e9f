package dns

import (
	"testing"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/tranship/tranship/lab/cloud"
)

var _ Authority = (*cloud.Cloud)(nil)

// The model's own answers go through cache and wire.
func TestOverTheModel(t *testing.T) {
	c := cloud.New(cloud.Config{Seed: 1, Start: epoch})
	err := c.SeedFleet(cloud.Fleet{Namespace: "shop.internal", Services: []cloud.FleetService{
		{Name: "orders", Tasks: 12, TTL: 5 * time.Second},
		{Name: "grpc", Tasks: 3, TTL: 5 * time.Second, SRV: true},
	}})
	if err != nil {
		t.Fatal(err)
	}
	r := NewResolver(c, Config{Seed: 1})
	first := r.Lookup(epoch, "orders.shop.internal", "A")
	if len(first.Addrs()) != 8 || first.FromCache || first.Records[0].TTL != 5 {
		t.Errorf("12 tasks: %+v, want eight with TTL 5", first)
	}
	if again := r.Lookup(epoch.Add(4*time.Second), "orders.shop.internal", "A"); !again.FromCache || again.Records[0].TTL != 1 {
		t.Errorf("4 s later: %+v, want the cache's with TTL 1", again)
	}
	for name, want := range map[string]string{
		"nobody.shop.internal": cloud.NXDomain, "orders.example.com": cloud.Refused,
	} {
		if got := r.Lookup(epoch, name, "A"); got.Rcode != want {
			t.Errorf("%s: %s, want %s", name, got.Rcode, want)
		}
	}
	if got := r.Lookup(epoch, "nobody.shop.internal", "A"); got.SOA == nil || !got.FromCache {
		t.Errorf("absence: %+v, want it cached, with its SOA", got)
	}

	srv := r.Lookup(epoch, "grpc.shop.internal", "SRV")
	if len(srv.Records) != 3 {
		t.Fatalf("SRV: %+v, want three", srv)
	}
	for _, rec := range srv.Records {
		rr, err := wire(rec, "grpc.shop.internal.")
		if err != nil {
			t.Fatal(err)
		}
		srv, ok := rr.(*miekg.SRV)
		if !ok {
			t.Fatalf("%v became a %T", rec, rr)
		}
		host := srv.Target
		if got := r.Lookup(epoch, host, "A"); len(got.Addrs()) != 1 {
			t.Errorf("%s: %+v, want the address of the instance", host, got)
		}
	}
}
