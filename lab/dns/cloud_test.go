package dns

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
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

// BenchmarkScale compares what a question costs over the wire, past every cache,
// among ten services and among a thousand: `make bench-scale`.
func BenchmarkScale(b *testing.B) {
	for _, n := range []int{10, 1000} {
		c := cloud.New(cloud.Config{Seed: 1, VPC: wide()})
		f := cloud.Fleet{Namespace: "shop.internal"}
		for i := range n {
			f.Services = append(f.Services, cloud.FleetService{Name: fmt.Sprintf("svc-%04d", i), Tasks: 2})
		}
		if err := c.SeedFleet(f); err != nil {
			b.Fatal(err)
		}
		var mu sync.Mutex
		s, err := Serve("127.0.0.1:0", func(q Query) Reply {
			mu.Lock()
			defer mu.Unlock()
			return NewResolver(c, Config{}).Ask(epoch, q)
		})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = s.Stop(context.Background()) })
		for name, asked := range map[string]string{"answer": "svc-0003.shop.internal.", "nxdomain": "nobody.shop.internal."} {
			b.Run(fmt.Sprintf("%s/services=%d", name, n), func(b *testing.B) {
				conn, err := miekg.Dial("udp", s.Addr().String())
				if err != nil {
					b.Fatal(err)
				}
				defer func() { _ = conn.Close() }()
				for b.Loop() {
					if err := conn.WriteMsg(question(asked, miekg.TypeA)); err != nil {
						b.Fatal(err)
					}
					if _, err := conn.ReadMsg(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// wide is a VPC in which thousands of tasks have room.
func wide() (v cloud.VPC) {
	for _, cidr := range []string{"10.0.0.0/20", "10.0.16.0/20", "10.0.32.0/20"} {
		v.Zones = append(v.Zones, cloud.Zone{CIDR: netip.MustParsePrefix(cidr)})
	}
	return v
}
