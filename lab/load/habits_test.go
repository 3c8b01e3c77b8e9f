package load

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/lab/load/exposure"
	"github.com/tranship/tranship/lab/node/standin"
)

// standIns is a network of the lab's own stand-ins.
type standIns struct {
	town
	at map[string]standin.Instance
}

func (w standIns) Dial(ctx context.Context, _ netip.Addr, dst netip.AddrPort) (net.Conn, error) {
	in := w.at[serviceOf(dst.Addr())]
	if path, ok := strings.CutPrefix(in.Addr(), "unix:"); ok {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	return new(net.Dialer).DialContext(ctx, "tcp", in.Addr())
}

// Every habit gets its answers from a stand-in, and each is counted.
func TestEveryHabit(t *testing.T) {
	w := standIns{at: map[string]standin.Instance{}}
	for _, target := range w.targets(2) {
		in, err := standin.InProcess(t.Context(), standin.Options{Identity: standin.Identity{Platform: "ecs", Service: target.Service, Instance: "i"}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(in.Kill)
		w.at[target.Service] = in
	}
	r, err := New(Config{
		Network: w, Targets: w.targets(2), Rate: 200, Seed: 1, ClusterDNS: w.Lookup, Discover: w.Lookup,
		SlowFor: 50 * time.Millisecond, StreamFor: 50 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for enough := false; !enough; <-tick.C {
		enough = true
		got := r.Snapshot()
		for _, h := range Habits() {
			enough = enough && got.ByHabit[h].Requests > 0
		}
	}
	got := r.Stop()
	if got.Failed+got.CutOff != 0 {
		t.Errorf("%d failed, %d cut off: %+v", got.Failed, got.CutOff, got.Failures)
	}
	sum := 0
	for _, h := range Habits() {
		c := got.ByHabit[h]
		if c.Failed > 0 || c.LastAnswered.IsZero() {
			t.Errorf("%s: %+v", h, c)
		}
		if !h.Apart() {
			sum += c.Requests
		}
	}
	if sum != got.Requests {
		t.Errorf("%d requests, by habit %d without those apart", got.Requests, sum)
	}
}

// What never looks up again fails when its address is gone, for ever, and is
// counted apart.
func TestPinnedIsApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		gone := begin.Add(3 * time.Second)
		network := &planted{
			answer: func(int) (Answer, error) {
				a := Answer{Addrs: []netip.Addr{addr(1)}, TTL: time.Second}
				if time.Since(begin) > 2*time.Second {
					a.Addrs = []netip.Addr{addr(2)}
				}
				return a, nil
			},
			peers: map[netip.AddrPort]func(context.Context) (net.Conn, error){
				dst(2): overPipe(wellBehaved),
				dst(1): func(ctx context.Context) (net.Conn, error) {
					if !time.Now().Before(gone) {
						return nil, syscall.ECONNREFUSED
					}
					return overPipe(wellBehaved)(ctx)
				},
			},
		}
		ctx, cancel := context.WithTimeout(t.Context(), 9990*time.Millisecond)
		defer cancel()
		got, err := Run(ctx, Config{
			Network: network, Rate: 20, ClientsPerHabit: 1, Mix: even(TTL, Pinned),
			Targets: []Target{{Service: "svc-001", Host: "svc-001.shop.internal", Port: port}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got.Requests != 100 || got.Failed != 0 || len(got.Failures) != 0 || got.LongestOutageSeconds != 0 {
			t.Errorf("%d requests, %d failed (%+v); want 100 and none", got.Requests, got.Failed, got.Failures)
		}
		p := got.ByHabit[Pinned]
		if p.Requests != 100 || p.Failed < 65 || p.Failed > 75 || p.Kinds[Refused] != p.Failed {
			t.Errorf("pinned: %+v, want about 70 of 100 refused", p)
		}
		if at := p.LastAnswered; !at.Before(gone) || gone.Sub(at) > time.Second {
			t.Errorf("pinned was last answered at %s, want just before %s", at.Sub(begin), gone.Sub(begin))
		}
		if at := got.PerService["svc-001"].PinnedUntil; !at.Equal(p.LastAnswered) {
			t.Errorf("the service was last reached at %s, want %s", at.Sub(begin), p.LastAnswered.Sub(begin))
		}
	})
}

// A sampled failure implies one of the oracle: whatever the habit, a client that
// keeps to its declared bound can fail only while the oracle says that it may.
func TestFailuresImplyExposure(t *testing.T) {
	caches := Caches{Fixed: 6 * time.Second, ClusterDNS: 4 * time.Second, Discover: 3 * time.Second}
	for _, h := range []Habit{None, TTL, Fixed30, SameSubnet, Slow, CoreDNS, Discover} {
		for _, late := range []time.Duration{time.Second, 12 * time.Second} { // the stop, after the address left the answers
			t.Run(string(h)+late.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					begin := time.Now()
					left := begin.Add(5 * time.Second)
					gone := left.Add(late)
					const ttl = 2 * time.Second
					views := []exposure.View{
						{At: begin, TTL: ttl, Addrs: []netip.Addr{addr(1), addr(2)}},
						{At: left, TTL: ttl, Addrs: []netip.Addr{addr(2)}},
					}
					now := func() Answer {
						if time.Now().Before(left) {
							return Answer{Addrs: views[0].Addrs, TTL: ttl}
						}
						return Answer{Addrs: views[1].Addrs, TTL: ttl}
					}
					network := &planted{
						answer: func(int) (Answer, error) { return now(), nil },
						peers: map[netip.AddrPort]func(context.Context) (net.Conn, error){
							dst(2): overPipe(wellBehaved),
							dst(1): func(ctx context.Context) (net.Conn, error) {
								if !time.Now().Before(gone) {
									return nil, syscall.ECONNREFUSED
								}
								return overPipe(wellBehaved)(ctx)
							},
						},
					}
					// A cache of its own before the resolver: what it says is as old as the bound allows.
					var kept Answer
					var until time.Time
					cluster := func(context.Context, netip.Addr, string) (Answer, error) {
						if !time.Now().Before(until) {
							kept, until = now(), time.Now().Add(caches.ClusterDNS)
						}
						return kept, nil
					}
					cfg := Config{
						Network: network, Rate: 100, Mix: even(h), Caches: caches, SlowFor: time.Millisecond, Seed: 1,
						Targets: []Target{{Service: "svc-001", Host: "svc-001.shop.internal", Port: port}},
					}
					habits := caches.Bounds()
					switch h {
					case CoreDNS:
						cfg.ClusterDNS = cluster
					case Discover:
						cfg.Discover, habits = network.Lookup, caches.DiscoverBounds()
						for i := range views {
							views[i].TTL = 0
						}
					default:
					}
					ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
					defer cancel()
					got, err := Run(ctx, cfg)
					if err != nil {
						t.Fatal(err)
					}
					rep := exposure.Find(exposure.Input{
						Views: views, Habits: habits, From: begin, To: time.Now(),
						Serving: []exposure.Serving{{Addr: addr(1), From: begin, To: gone}, {Addr: addr(2), From: begin}},
					})
					for _, f := range got.Failures {
						at := f.At.Add(time.Duration(f.TookSeconds * float64(time.Second)))
						if !rep.Explains(string(h), netip.MustParseAddrPort(f.Address).Addr(), f.At, at) {
							t.Fatalf("failed at %s, which the oracle does not explain: %+v", f.At.Sub(begin), rep.Exposures)
						}
					}
					// With one second there is something to explain, for who holds at all; with twelve nothing fails.
					if wants := late == time.Second && h != None; wants != (got.Failed > 0) {
						t.Errorf("%d failed", got.Failed)
					}
				})
			})
		}
	}
}

func TestBounds(t *testing.T) {
	var names []string
	for _, b := range (Caches{}).Bounds() {
		names = append(names, b.Name+" "+b.Extra.String())
	}
	want := []string{"none 0s", "ttl 0s", "fixed30 30s", "pool 0s", "samesubnet 0s", "slow 0s", "grpc 0s", "stream 0s", "coredns 30s"}
	if d := cmp.Diff(want, names); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]exposure.Habit{{Name: "discover", Extra: 7 * time.Second}}, Caches{Discover: 7 * time.Second}.DiscoverBounds()); d != "" {
		t.Error(d)
	}
	if _, ok := (Caches{}).Bound(Pinned); ok {
		t.Error("who never looks up again has a bound")
	}
}

// A planted server that closes early, and was never told to stop, fails every
// habit that reaches it.
func TestEarlyCloseFailsEveryHabit(t *testing.T) {
	for _, h := range Habits() {
		t.Run(string(h), func(t *testing.T) {
			var dials atomic.Int64
			network := &planted{
				answer: says(time.Minute, addr(1)),
				peers: map[netip.AddrPort]func(context.Context) (net.Conn, error){dst(1): func(ctx context.Context) (net.Conn, error) {
					dials.Add(1)
					return overPipe(func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) })(ctx)
				}},
			}
			_, ask := single(t, h, Config{Network: network, ClusterDNS: network.Lookup, Discover: network.Lookup, Timeouts: Timeouts{Request: time.Minute}})
			got := ask()
			if got.failure == nil || !got.cut() || got.cutOff || dials.Load() != 1 {
				t.Errorf("got %+v (cut off %t) after %d dials; want one failure by its end", got.failure, got.cutOff, dials.Load())
			}
			if errors.Is(got.err, context.DeadlineExceeded) {
				t.Errorf("it waited for a time-out: %v", got.err)
			}
		})
	}
}
