package vpc

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPoolSubnets(t *testing.T) {
	p, err := NewPool(PoolConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for zone, want := range map[string]string{
		"ap-south-1a": "10.0.64.0/20", "ap-south-1b": "10.0.80.0/20", "ap-south-1c": "10.0.96.0/20",
	} {
		if got := p.Subnet(zone); got != netip.MustParsePrefix(want) {
			t.Errorf("Subnet(%s) = %v, want %s", zone, got, want)
		}
		first, err := p.Allocate(epoch, zone)
		if err != nil {
			t.Fatal(err)
		}
		// .0 to .3 are AWS's.
		if want := netip.MustParsePrefix(want).Addr().Next().Next().Next().Next(); first != want {
			t.Errorf("first of %s = %v, want %v", zone, first, want)
		}
		if got := p.Zone(first); got != zone {
			t.Errorf("Zone(%v) = %q, want %q", first, got, zone)
		}
	}
	if got := p.Zone(netip.MustParseAddr("10.0.112.1")); got != "" {
		t.Errorf("zone of an address outside = %q", got)
	}
	if p.Subnet("elsewhere").IsValid() {
		t.Error("a zone that isn't there has a subnet")
	}
	if _, err := p.Allocate(epoch, "elsewhere"); !errors.Is(err, ErrNoZone) {
		t.Errorf("Allocate in a zone that isn't there: %v", err)
	}
}

func TestPoolSpreadsOverZones(t *testing.T) {
	p, err := NewPool(PoolConfig{})
	if err != nil {
		t.Fatal(err)
	}
	per := map[string]int{}
	for range 7 {
		a, err := p.Allocate(epoch, "")
		if err != nil {
			t.Fatal(err)
		}
		per[p.Zone(a)]++
	}
	if per["ap-south-1a"] != 3 || per["ap-south-1b"] != 2 || per["ap-south-1c"] != 2 {
		t.Errorf("7 addresses went to %v", per)
	}
}

func TestPoolCoolsDown(t *testing.T) {
	small := PoolConfig{Prefix: netip.MustParsePrefix("10.0.64.0/28"), Zones: []string{"z"}}
	p, err := NewPool(small)
	if err != nil {
		t.Fatal(err)
	}
	var all []netip.Addr
	for {
		a, err := p.Allocate(epoch, "z")
		if errors.Is(err, ErrNoAddress) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
	}
	if len(all) != 11 || all[10] != netip.MustParseAddr("10.0.64.14") {
		t.Fatalf("a /28 gave %v, want .4 to .14", all)
	}
	if !p.Release(epoch, all[3]) || p.Release(epoch, all[3]) {
		t.Error("Release must say true once")
	}
	if p.Release(epoch, netip.MustParseAddr("10.9.9.9")) || p.Release(epoch, netip.Addr{}) {
		t.Error("Release of what isn't ours must say false")
	}
	if a, err := p.Allocate(epoch.Add(DefaultCoolDown-1), "z"); !errors.Is(err, ErrNoAddress) {
		t.Errorf("got %v, %v while the only free address cools down", a, err)
	}
	if a, err := p.Allocate(epoch.Add(DefaultCoolDown), "z"); err != nil || a != all[3] {
		t.Errorf("got %v, %v, want %v back", a, err, all[3])
	}
}

func TestPoolRefuses(t *testing.T) {
	for name, cfg := range map[string]PoolConfig{
		"too small": {Prefix: netip.MustParsePrefix("10.0.0.0/27"), Zones: []string{"a", "b", "c"}},
		"IPv6":      {Prefix: netip.MustParsePrefix("fd00::/64")},
		"twice":     {Zones: []string{"a", "a"}},
	} {
		if _, err := NewPool(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Whatever is asked in whatever order: no address is in two hands, none comes
// back before its time, each lies in its zone, and a second pool that is asked
// the same answers the same.
func TestPoolProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		coolDown := time.Duration(rapid.IntRange(0, 5).Draw(t, "coolDown")) * time.Second
		cfg := PoolConfig{Prefix: netip.MustParsePrefix("10.0.64.0/27"), Zones: []string{"a", "b"}, CoolDown: &coolDown}
		p, err := NewPool(cfg)
		if err != nil {
			t.Fatal(err)
		}
		twin, err := NewPool(cfg)
		if err != nil {
			t.Fatal(err)
		}
		now := epoch
		var held []netip.Addr
		released := map[netip.Addr]time.Time{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "wait")) * time.Second)
			if len(held) > 0 && rapid.Bool().Draw(t, "release") {
				i := rapid.IntRange(0, len(held)-1).Draw(t, "which")
				a := held[i]
				if !p.Release(now, a) || !twin.Release(now, a) {
					t.Fatalf("Release(%v) = false", a)
				}
				held = append(held[:i], held[i+1:]...)
				released[a] = now
				continue
			}
			zone := rapid.SampledFrom([]string{"a", "b", ""}).Draw(t, "zone")
			a, err := p.Allocate(now, zone)
			b, _ := twin.Allocate(now, zone)
			if a != b {
				t.Fatalf("the same calls gave %v and %v", a, b)
			}
			if err != nil {
				if !errors.Is(err, ErrNoAddress) {
					t.Fatal(err)
				}
				continue
			}
			if zone != "" && p.Zone(a) != zone {
				t.Fatalf("%v is not of zone %s", a, zone)
			}
			for _, h := range held {
				if h == a {
					t.Fatalf("%v was handed out twice", a)
				}
			}
			if at, ok := released[a]; ok && now.Before(at.Add(coolDown)) {
				t.Fatalf("%v was released at %v and is back at %v", a, at, now)
			}
			held = append(held, a)
		}
	})
}
