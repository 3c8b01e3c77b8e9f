package probe

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// world is a DNS that tests change.
type world struct {
	mu     sync.Mutex
	addrs  map[string][]netip.Addr
	broken map[string]bool
	asked  []time.Time
	open   int
	most   int           // questions at the same time
	takes  time.Duration // to answer
}

func (w *world) Ask(ctx context.Context, host string, f Family) (Answer, error) {
	w.mu.Lock()
	w.asked = append(w.asked, time.Now())
	w.open++
	w.most = max(w.most, w.open)
	w.mu.Unlock()
	select {
	case <-time.After(w.takes):
	case <-ctx.Done():
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open--
	if ctx.Err() != nil || w.broken[host] {
		return Answer{}, errors.New("SERVFAIL")
	}
	a := Answer{TTL: ttl}
	for _, x := range w.addrs[host] {
		if FamilyOf(x) == f {
			a.Addrs = append(a.Addrs, x)
		}
	}
	return a, nil
}

// watching runs a Watch over the world for some time, and returns what it reported.
func watching(t *testing.T, c Config, during func()) []Finding {
	t.Helper()
	var found []Finding
	reporting := false
	c.Report = func(_ context.Context, f Finding) {
		if reporting {
			t.Error("two reports at once")
		}
		reporting = true
		found = append(found, f)
		reporting = false
	}
	w, err := NewWatch(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Start(ctx) }()
	during()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	return found
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		six := netip.MustParseAddr("fd00::1")
		w := &world{addrs: map[string][]netip.Addr{host: append(some(0, 1), six), "b.internal": some(2)}, broken: map[string]bool{}}
		old := time.Now().Add(-time.Hour)
		all := []Name{
			{Host: host, TTL: ttl, Expect: []Expected{{nth(0), old}, {nth(1), old}, {six, old}}},
			{Host: "b.internal", TTL: ttl, Expect: []Expected{{nth(2), old}}},
			{Host: "b.internal", TTL: ttl}, // a second Service of the same name
		}
		began := time.Now()
		var gone time.Time
		found := watching(t, Config{Resolver: w, Names: func() []Name { w.mu.Lock(); defer w.mu.Unlock(); return all }}, func() {
			<-time.After(time.Minute)
			w.mu.Lock()
			w.addrs[host], gone = some(0), time.Now()
			w.broken["b.internal"] = true
			w.mu.Unlock()
			<-time.After(time.Minute)
			w.mu.Lock()
			all = all[:1]
			w.mu.Unlock()
			<-time.After(time.Minute)
		})
		var missed time.Time
		looks := map[string]int{}
		for _, f := range found {
			looks[f.Host]++
			switch {
			case f.At.Before(gone) && (len(f.Missing) > 0 || f.Unknown != ""):
				t.Errorf("%+v, when all was well", f)
			case f.Host == "b.internal" && !f.At.Before(gone) && (f.Unknown != "SERVFAIL" || len(f.Missing) > 0):
				t.Errorf("%+v, when nobody answered", f)
			case f.Host == host && len(f.Missing) == 2 && missed.IsZero():
				missed = f.At
				if diff := cmp.Diff([]netip.Addr{nth(1), six}, f.Missing, byAddr); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			}
		}
		if missed.IsZero() || missed.Sub(gone) > defaultEvery+ttl {
			t.Errorf("noticed after %s", missed.Sub(gone))
		}
		if looks["b.internal"] > 5 || looks[host] < 6 {
			t.Errorf("looks %v in %s", looks, time.Since(began))
		}
	})
}

// Many names are spread over time, and one that is not answered does not hold
// the others up.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all []Name
		w := &world{addrs: map[string][]netip.Addr{}, broken: map[string]bool{}, takes: 200 * time.Millisecond}
		for i := range 200 {
			n := Name{Host: fmt.Sprintf("s-%03d.internal", i), TTL: ttl, Expect: []Expected{{nth(i), time.Now().Add(-time.Hour)}}}
			all = append(all, n)
			w.addrs[n.Host] = some(i)
		}
		found := watching(t, Config{Resolver: w, Names: func() []Name { return all }, PerSecond: 20}, func() { <-time.After(25 * time.Second) })
		if len(found) != len(all) {
			t.Errorf("%d findings for %d names", len(found), len(all))
		}
		if took := w.asked[len(w.asked)-1].Sub(w.asked[0]); took < 9900*time.Millisecond || took > 11*time.Second {
			t.Errorf("200 questions at 20 a second took %s", took)
		}
		if w.most > atOnce || w.most < 4 {
			t.Errorf("%d questions at the same time", w.most)
		}
	})
}

// Ended in the middle, it ends at once and reports nothing that it did not see.
func TestWatchEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{takes: time.Hour}
		all := []Name{{Host: host, Expect: expected(1)}, {Host: "b.internal", Expect: expected(1)}}
		began := time.Now()
		found := watching(t, Config{Resolver: w, Names: func() []Name { return all }}, func() { <-time.After(time.Second) })
		if len(found) != 0 || time.Since(began) != time.Second || w.open != 0 {
			t.Errorf("%v after %s, %d questions open", found, time.Since(began), w.open)
		}
	})
}

// While something is unsure it is looked at as soon as there is news.
func TestUnsureIsLookedAtSooner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{addrs: map[string][]netip.Addr{host: some(0, 1, 2, 3, 4, 5, 6, 7)}}
		n := Name{Host: host, TTL: ttl}
		for _, e := range expected(9) {
			n.Expect = append(n.Expect, Expected{e.Addr, time.Now().Add(-time.Hour)})
		}
		found := watching(t, Config{Resolver: w, Names: func() []Name { return []Name{n} }, Every: 5 * time.Minute}, func() { <-time.After(3 * time.Minute) })
		i := slices.IndexFunc(found, func(f Finding) bool { return len(f.Missing) == 1 })
		if i < 5 || found[i].At.Sub(found[0].At) > 2*time.Minute {
			t.Errorf("found at look %d of %d", i, len(found))
		}
	})
}

func TestWatchNeeds(t *testing.T) {
	w := &world{}
	good := Config{Resolver: w, Names: func() []Name { return nil }, Report: func(context.Context, Finding) {}}
	if _, err := NewWatch(good); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*Config){
		"resolver": func(c *Config) { c.Resolver = nil }, "names": func(c *Config) { c.Names = nil }, "report": func(c *Config) { c.Report = nil },
		"every": func(c *Config) { c.Every = -1 }, "rate": func(c *Config) { c.PerSecond = -1 }, "propagation": func(c *Config) { c.Propagation = -1 },
	} {
		bad := good
		change(&bad)
		if _, err := NewWatch(bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
