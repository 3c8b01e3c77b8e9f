package dns

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tranship/tranship/lab/cloud"
)

// TestResolver runs the scenarios in testdata/resolver. Commands:
//
//	set name=N type=T ttl=S   records of a name, one per line of input; none: gone
//	soa ttl=S minimum=S       the zone's SOA; ttl=none: the server sends none
//	ask t=D name=N type=T     a query, D after the start
func TestResolver(t *testing.T) {
	z := newZone()
	r := NewResolver(z, Config{Seed: 1})
	datadriven.RunTest(t, "testdata/resolver", func(t *testing.T, d *datadriven.TestData) string {
		var name, qtype, at, ttl, minimum string
		for key, to := range map[string]*string{"name": &name, "type": &qtype, "t": &at, "ttl": &ttl, "minimum": &minimum} {
			d.MaybeScanArgs(t, key, to)
		}
		switch d.Cmd {
		case "set":
			z.set(name, qtype, seconds(t, ttl), lines(d.Input)...)
			return ""
		case "soa":
			if ttl == "none" {
				z.soa = nil
				return ""
			}
			z.soa = &cloud.Record{Name: "shop.internal.", Type: "SOA", TTL: seconds(t, ttl),
				Data: "ns-1.example. hostmaster.example. 1 7200 900 1209600 " + minimum}
			return ""
		case "ask":
			after, err := time.ParseDuration(at)
			if err != nil {
				d.Fatalf(t, "%v", err)
			}
			return show(r.Lookup(epoch.Add(after), name, qtype))
		}
		d.Fatalf(t, "no command %s", d.Cmd)
		return ""
	})
}

func seconds(t *testing.T, s string) (n uint32) {
	t.Helper()
	if s == "" {
		return 0
	}
	if _, err := fmt.Sscan(s, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func lines(s string) []string { return strings.Fields(s) }

func show(r Reply) string {
	var b strings.Builder
	source := "asked"
	if r.FromCache {
		source = "cache"
	}
	fmt.Fprintf(&b, "%s, %s, said at %v\n", r.Rcode, source, r.At.Sub(epoch))
	for _, rec := range r.Records {
		fmt.Fprintf(&b, "%s %d %s %s\n", rec.Name, rec.TTL, rec.Type, rec.Data)
	}
	if r.SOA != nil {
		fmt.Fprintf(&b, "SOA %d\n", r.SOA.TTL)
	}
	return b.String()
}

func TestResolverReplays(t *testing.T) {
	run := func(seed uint64) (out []Reply, asked []string) {
		z := newZone()
		z.set("a.internal.", "A", 5, "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4")
		r := NewResolver(z, Config{Seed: seed})
		for i := range 200 {
			out = append(out, r.Lookup(epoch.Add(time.Duration(i)*time.Second), "a.internal", "A"))
		}
		return out, z.asked
	}
	first, asked := run(7)
	again, askedAgain := run(7)
	if diff := cmp.Diff(first, again) + cmp.Diff(asked, askedAgain); diff != "" {
		t.Errorf("the same seed replays otherwise:\n%s", diff)
	}
	other, _ := run(8)
	if cmp.Equal(first, other) {
		t.Error("the seed makes no difference")
	}
	// 200 s at a TTL of 5 s are 40 misses, spread over the servers; and every
	// address comes first now and then.
	if len(asked) != 40 {
		t.Errorf("%d queries went to the servers, want 40", len(asked))
	}
	servers, firsts := map[string]bool{}, map[string]bool{}
	for _, a := range asked {
		servers[a[:1]] = true
	}
	for _, r := range first {
		firsts[r.Records[0].Data] = true
	}
	if len(servers) != 4 || len(firsts) != 4 {
		t.Errorf("servers %v, first addresses %v: want four of each", servers, firsts)
	}
}

// The cache hands out copies: what a caller does to a reply stays with it.
func TestReplyIsTheCallers(t *testing.T) {
	z := newZone()
	z.set("a.internal.", "A", 5, "10.0.0.1")
	r := NewResolver(z, Config{Seed: 1})
	r.Lookup(epoch, "a.internal", "A").Records[0].Data = "broken"
	r.Lookup(epoch, "b.internal", "A").SOA.Data = "broken"
	if got := r.Lookup(epoch, "a.internal", "A"); !got.FromCache || got.Records[0].Data != "10.0.0.1" {
		t.Errorf("the cache was changed from outside: %+v", got)
	}
	if got := r.Lookup(epoch, "b.internal", "A"); !got.FromCache || got.SOA.Data != soaData {
		t.Errorf("the cache was changed from outside: %+v", got.SOA)
	}
}

func TestResolverForgets(t *testing.T) {
	z := newZone()
	r := NewResolver(z, Config{Seed: 1})
	for i := range 20_000 {
		r.Lookup(epoch.Add(time.Duration(i)*time.Second), fmt.Sprintf("n%d.internal", i), "A")
	}
	if n := len(r.clients.zone("").entries); n > 1024 {
		t.Errorf("%d entries are kept, of which 15 may be alive", n)
	}
}

func TestResolverWithoutServers(t *testing.T) {
	z := newZone()
	z.servers = 0
	if got := NewResolver(z, Config{Seed: 1}).Lookup(epoch, "a.internal", "A"); got.Rcode != ServFail {
		t.Errorf("%+v, want %s", got, ServFail)
	}
}

// However the zone changes: a reply is what the zone said at reply.At, no
// longer ago than its TTL then; what remains of the TTL never reaches beyond
// its end; and an answer that may be cached is asked for once.
func TestResolverHonoursTTL(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := newZone()
		z.soa.TTL = uint32(rapid.IntRange(0, 4).Draw(t, "soaTTL"))
		r := NewResolver(z, Config{Seed: rapid.Uint64().Draw(t, "seed")})
		type state struct {
			addrs []string
			ttl   uint32
		}
		said := map[time.Time]state{} // by the time of a miss
		now, zoneNow := epoch, state{}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(1, 1500).Draw(t, "ms")) * time.Millisecond)
			if rapid.IntRange(0, 2).Draw(t, "change") == 0 {
				zoneNow = state{ttl: uint32(rapid.IntRange(0, 4).Draw(t, "ttl"))}
				for i := range rapid.IntRange(0, 3).Draw(t, "n") {
					zoneNow.addrs = append(zoneNow.addrs, fmt.Sprintf("10.0.%d.%d", rapid.IntRange(0, 9).Draw(t, "addr"), i))
				}
				z.set("a.internal.", "A", zoneNow.ttl, zoneNow.addrs...)
				continue
			}
			before := len(z.asked)
			reply := r.Lookup(now, "A.Internal", "a")
			if asked := len(z.asked) > before; asked == reply.FromCache {
				t.Fatalf("FromCache is %t, a server was asked: %t", reply.FromCache, asked)
			}
			if !reply.FromCache {
				said[now] = zoneNow
			}
			was, ok := said[reply.At]
			if !ok {
				t.Fatalf("said at %v, when nobody was asked", reply.At)
			}
			var got []string
			for _, rec := range reply.Records {
				got = append(got, rec.Data)
			}
			slices.Sort(got)
			slices.Sort(was.addrs)
			if diff := cmp.Diff(was.addrs, got); diff != "" {
				t.Fatalf("not what the zone said at %v:\n%s", reply.At, diff)
			}
			var ttl, left uint32
			if len(was.addrs) == 0 {
				ttl, left = z.soa.TTL, reply.SOA.TTL
			} else {
				ttl, left = was.ttl, reply.Records[0].TTL
			}
			end := reply.At.Add(time.Duration(ttl) * time.Second)
			if reply.FromCache && !now.Before(end) {
				t.Fatalf("%v after its end", now.Sub(end))
			}
			if until := now.Add(time.Duration(left) * time.Second); until.After(end) || end.Sub(until) >= time.Second {
				t.Fatalf("a remaining TTL of %d s ends at %v, the answer at %v", left, until, end)
			}
		}
	})
}

func TestReplyAddrs(t *testing.T) {
	r := Reply{Records: []cloud.Record{
		{Type: "CNAME", Data: "b.internal."}, {Type: "A", Data: "10.0.0.1"}, {Type: "AAAA", Data: "fd00::1"}, {Type: "A", Data: "junk"},
	}}
	want := []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fd00::1")}
	if got := r.Addrs(); !slices.Equal(got, want) {
		t.Errorf("Addrs = %v, want %v", got, want)
	}
}

func BenchmarkLookup(b *testing.B) {
	eight := make([]string, 8)
	for i := range eight {
		eight[i] = fmt.Sprintf("10.0.0.%d", i+1)
	}
	z := newZone()
	z.set("cached.internal.", "A", 60, eight...)
	z.set("never.internal.", "A", 0, eight...)
	r := NewResolver(z, Config{Seed: 1})
	b.Run("cached", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r.Lookup(epoch, "cached.internal.", "A")
		}
	})
	b.Run("asked", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			z.asked = z.asked[:0]
			r.Lookup(epoch, "never.internal.", "A")
		}
	})
}
