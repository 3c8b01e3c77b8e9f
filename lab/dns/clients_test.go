package dns

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tranship/tranship/lab/cloud"
)

func asks(client string) func(r *Resolver, after time.Duration, name string) Reply {
	return func(r *Resolver, after time.Duration, name string) Reply {
		return r.Ask(epoch.Add(after), Query{netip.AddrPortFrom(netip.MustParseAddr(client), 40000), UDP, name, "A"})
	}
}

// Two clients of one zone share the zone's answer; a client of another zone gets
// one that was asked for later, and so may still hear what is gone for the first.
func TestCachesByClientAndZone(t *testing.T) {
	z := newZone()
	z.set("a.internal.", "A", 10, "10.0.0.1")
	r := NewResolver(z, Config{Zone: func(a netip.Addr) string { return a.String()[:6] }})
	one, two, far := asks("10.0.1.1"), asks("10.0.1.2"), asks("10.0.2.1")
	if got := one(r, 0, "a.internal"); got.FromCache || got.Records[0].TTL != 10 {
		t.Errorf("first: %+v", got)
	}
	if got := far(r, 4*time.Second, "a.internal"); got.FromCache || got.Records[0].TTL != 10 {
		t.Errorf("another zone: %+v, want it asked", got)
	}
	z.set("a.internal.", "A", 10, "10.0.0.2")
	for what, ask := range map[string]func(*Resolver, time.Duration, string) Reply{"itself": one, "its neighbour": two} {
		// The second time it is in the neighbour's own cache, too: with what remains.
		for range 2 {
			if got := ask(r, 9*time.Second, "a.internal"); !got.FromCache || got.Records[0].TTL != 1 || got.Records[0].Data != "10.0.0.1" {
				t.Errorf("%s: %+v, want 10.0.0.1 from a cache for 1 s", what, got)
			}
		}
	}
	if got := two(r, 10*time.Second, "a.internal"); got.FromCache || got.Records[0].Data != "10.0.0.2" {
		t.Errorf("at the end of the TTL: %+v, want it asked", got)
	}
	if got := far(r, 13*time.Second, "a.internal"); !got.FromCache || got.Records[0].Data != "10.0.0.1" {
		t.Errorf("another zone: %+v, want 10.0.0.1 still", got)
	}
	if got := far(r, 14*time.Second, "a.internal"); got.FromCache || got.Records[0].Data != "10.0.0.2" {
		t.Errorf("another zone at the end of the TTL: %+v, want it asked", got)
	}
}

// However many caches an answer goes through, nobody is given it later than its
// TTL after the authoritative server said it.
func TestCachesHoldNoLongerThanTTL(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := newZone()
		ttl := uint32(rapid.IntRange(1, 5).Draw(t, "ttl"))
		r := NewResolver(z, Config{Seed: rapid.Uint64().Draw(t, "seed"), Zone: func(a netip.Addr) string { return a.String()[:6] }})
		now, serial := epoch, 0
		said := map[string]time.Time{} // data to when it stopped being true
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(1, 1200).Draw(t, "ms")) * time.Millisecond)
			if serial == 0 || rapid.IntRange(0, 3).Draw(t, "change") == 0 {
				said[fmt.Sprintf("10.9.0.%d", serial)] = now
				serial++
				z.set("a.internal.", "A", ttl, fmt.Sprintf("10.9.0.%d", serial))
				continue
			}
			client := netip.AddrPortFrom(netip.MustParseAddr(fmt.Sprintf("10.0.%d.%d", rapid.IntRange(1, 2).Draw(t, "zone"), rapid.IntRange(1, 4).Draw(t, "client"))), 1)
			got := r.Ask(now, Query{client, UDP, "a.internal", "A"})
			data := got.Records[0].Data
			if end, over := said[data]; over && !now.Before(end.Add(time.Duration(ttl)*time.Second)) {
				t.Fatalf("%v gets %s, gone for %v at a TTL of %d s", client, data, now.Sub(end), ttl)
			}
			if until := now.Add(time.Duration(got.Records[0].TTL) * time.Second); until.After(got.At.Add(time.Duration(ttl) * time.Second)) {
				t.Fatalf("what remains of the TTL ends %v after it", until.Sub(got.At.Add(time.Duration(ttl)*time.Second)))
			}
		}
	})
}

func TestPacketLimit(t *testing.T) {
	z := newZone()
	z.set("a.internal.", "A", 5, "10.0.0.1")
	r := NewResolver(z, Config{PacketLimit: PacketsPerSecond})
	one, two := asks("10.0.1.1"), asks("10.0.1.2")
	dropped := 0
	for range 1500 {
		if one(r, 0, "a.internal").Dropped {
			dropped++
		}
	}
	if dropped != 1500-1024 {
		t.Errorf("%d of 1500 packets in a second were dropped, want %d", dropped, 1500-1024)
	}
	if two(r, 0, "a.internal").Dropped {
		t.Error("another interface's packet was dropped")
	}
	if one(r, time.Second, "a.internal").Dropped {
		t.Error("a packet of the next second was dropped")
	}
	free := NewResolver(z, Config{})
	for range 1500 {
		if one(free, 0, "a.internal").Dropped {
			t.Fatal("dropped without a limit")
		}
	}
}

// failing is a zone whose servers can be silenced.
type failing struct {
	*zone
	down bool
}

func (f *failing) Answer(server int, name, qtype string) cloud.Answer {
	if f.down {
		return cloud.Answer{Rcode: cloud.ServFail}
	}
	return f.zone.Answer(server, name, qtype)
}

func TestServeStale(t *testing.T) {
	for _, hold := range []time.Duration{0, time.Minute} {
		z := &failing{zone: newZone()}
		z.set("a.internal.", "A", 5, "10.0.0.1")
		r := NewResolver(z, Config{ServeStale: hold})
		one := asks("10.0.1.1")
		one(r, 0, "a.internal")
		z.down = true
		for after, want := range map[time.Duration]string{
			4 * time.Second: "cache", 5 * time.Second: "stale", 64 * time.Second: "stale", 65 * time.Second: ServFail,
		} {
			if want == "stale" && hold == 0 {
				want = ServFail
			}
			got := one(r, after, "a.internal")
			is := got.Rcode
			switch {
			case got.Stale && len(got.Records) == 1 && got.Records[0].TTL == 0:
				is = "stale"
			case got.FromCache && len(got.Records) == 1:
				is = "cache"
			}
			if is != want {
				t.Errorf("ServeStale %v, %v after the answer: %+v, want %s", hold, after, got, want)
			}
		}
		z.down = false
		if got := one(r, 70*time.Second, "a.internal"); got.Stale || got.Rcode != cloud.NoError {
			t.Errorf("once the servers answer again: %+v", got)
		}
	}
}

// Clients that are gone are forgotten.
func TestClientsAreForgotten(t *testing.T) {
	z := newZone()
	z.set("a.internal.", "A", 5, "10.0.0.1")
	r := NewResolver(z, Config{})
	for i := range 20_000 {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		r.Ask(epoch.Add(time.Duration(i)*time.Second), Query{netip.AddrPortFrom(a, 1), UDP, "a.internal", "A"})
	}
	if n := len(r.clients.known); n > 1024 {
		t.Errorf("%d clients are kept, of which 5 hold anything", n)
	}
}
