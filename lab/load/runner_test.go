package load

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/lab/rpc"
)

// town is a network of services svc-001, svc-002, …: the name of each has two
// addresses, both served by serve.
type town struct {
	lookup func(Answer) Answer // may spoil an answer; nil
	serve  func(service string) func(net.Conn)
}

func (w town) Lookup(_ context.Context, _ netip.Addr, name string) (Answer, error) {
	n := name[len("svc-00")] - '0'
	a := Answer{Addrs: []netip.Addr{addr(10 * n), addr(10*n + 1)}, TTL: 5 * time.Second}
	if w.lookup != nil {
		a = w.lookup(a)
	}
	return a, nil
}

func (w town) Dial(ctx context.Context, _ netip.Addr, dst netip.AddrPort) (net.Conn, error) {
	return overPipe(w.serve(serviceOf(dst.Addr())))(ctx)
}

func serviceOf(a netip.Addr) string { return "svc-00" + string('0'+a.As4()[3]/10) }

func named(service string) string {
	return response("200 OK", "", strings.Replace(identity, "svc-001", service, 1))
}

// plain are the habits that any network serves.
var plain = []Habit{None, TTL, Fixed30, Pool, SameSubnet}

// even is a mix of those habits.
func even(habits ...Habit) map[Habit]float64 {
	m := map[Habit]float64{}
	for _, h := range habits {
		m[h] = 1
	}
	return m
}

func (w town) targets(n int) (out []Target) {
	for i := range n {
		s := "svc-00" + string(rune('1'+i))
		out = append(out, Target{Service: s, Host: s + ".shop.internal.", Port: port})
	}
	return out
}

func kindly(service string) func(net.Conn) { return answers(named(service), asksToClose) }

func TestRunCountsEachRequestOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked, spoiled atomic.Int64
		w := town{serve: func(service string) func(net.Conn) {
			if service != "svc-002" {
				return kindly(service)
			}
			// Every seventh connection to it ends early.
			if asked.Add(1)%7 == 0 {
				return func(c net.Conn) {
					_, _ = c.Read(make([]byte, 4096))
					spoiled.Add(1)
				}
			}
			return kindly(service)
		}}
		ctx, cancel := context.WithTimeout(t.Context(), 9995*time.Millisecond)
		defer cancel()
		got, err := Run(ctx, Config{Network: w, Targets: w.targets(4), Rate: 100, Seed: 1, Mix: even(plain...)})
		if err != nil {
			t.Fatal(err)
		}
		if got.Requests != 1000 || got.Failed != int(spoiled.Load()) || got.Failed == 0 || got.FailuresByKind[EOF] != got.Failed || got.CutOff != 0 {
			t.Errorf("%d requests, %d failed (%v), %d cut off; want 1000, %d all eof, 0",
				got.Requests, got.Failed, got.FailuresByKind, got.CutOff, spoiled.Load())
		}
		for _, h := range plain {
			if got.ByHabit[h].Requests != 200 {
				t.Errorf("habit %s made %d requests, want 200", h, got.ByHabit[h].Requests)
			}
		}
		for s, c := range got.PerService {
			if c.Requests != 250 || s != "svc-002" && c.Failed != 0 || c.AnsweredBy["ecs"] != 250-c.Failed {
				t.Errorf("service %s: %+v, want 250 requests", s, c)
			}
		}
		if len(got.Failures) != min(got.Failed, 100) {
			t.Errorf("%d witnesses of %d failures", len(got.Failures), got.Failed)
		}
		for _, f := range got.Failures {
			if f.Service != "svc-002" || f.Kind != EOF || f.Address == "" || f.Client == "" || f.Error == "" || f.At.IsZero() {
				t.Errorf("witness %+v", f)
			}
		}
		if got.FellBehind || got.Skipped != 0 || got.AchievedRate < 99 || got.AchievedRate > 101 {
			t.Errorf("pace: %v of %v per second, %d skipped, fell behind %v", got.AchievedRate, got.Rate, got.Skipped, got.FellBehind)
		}

		text, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		var again Result
		if err := json.Unmarshal(text, &again); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got, again); diff != "" {
			t.Errorf("through JSON (-was +is):\n%s", diff)
		}
	})
}

func TestRunSeesTheNameEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		w := town{
			serve: kindly,
			lookup: func(a Answer) Answer {
				if s := time.Since(begin); s >= 10*time.Second && s < 15*time.Second {
					return Answer{Rcode: "NXDOMAIN"}
				}
				return a
			},
		}
		r, err := New(Config{Network: w, Targets: w.targets(1), Rate: 10, Mix: map[Habit]float64{None: 1}})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-time.After(12*time.Second + 50*time.Millisecond)
		synctest.Wait()
		if got := r.Snapshot(); got.Failed != 21 || got.EmptyAnswerSeconds != 2.05 || got.LongestOutageSeconds != 2 {
			t.Errorf("in between: %d failed, empty for %v s, outage %v s; want 21, 2.05, 2", got.Failed, got.EmptyAnswerSeconds, got.LongestOutageSeconds)
		}
		<-time.After(8 * time.Second)
		got := r.Stop()
		want := &Outage{Habit: None, Service: "svc-001", From: begin.Add(10 * time.Second), To: begin.Add(15 * time.Second)}
		if diff := cmp.Diff(want, got.LongestOutage); diff != "" {
			t.Errorf("outage (-want +got):\n%s", diff)
		}
		if got.Failed != 50 || got.FailuresByKind[NXDomain] != 50 || got.EmptyAnswerSeconds != 5 || got.LongestOutageSeconds != 5 {
			t.Errorf("%d failed (%v), empty for %v s, outage %v s; want 50 nxdomain, 5, 5",
				got.Failed, got.FailuresByKind, got.EmptyAnswerSeconds, got.LongestOutageSeconds)
		}
		if again := r.Snapshot(); !cmp.Equal(again, got) {
			t.Errorf("after the end the result still changes:\n%s", cmp.Diff(got, again))
		}
	})
}

// Arrivals don't wait for answers while there is room; without room it is said,
// and what is in flight at the end is finished.
func TestRunFallsBehind(t *testing.T) {
	slow := town{serve: func(service string) func(net.Conn) {
		return func(c net.Conn) {
			r := make([]byte, 4096)
			if _, err := c.Read(r); err != nil {
				return
			}
			<-time.After(4 * time.Second)
			_, _ = io.WriteString(c, named(service))
		}
	}}
	for _, tc := range []struct {
		name        string
		concurrency int
		requests    int
		behind      bool
	}{
		{name: "room", concurrency: 512, requests: 200},
		{name: "no room", concurrency: 2, requests: 6, behind: true}, // two each at 0, 4 and 8 s
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 9990*time.Millisecond)
				defer cancel()
				begin := time.Now()
				got, err := Run(ctx, Config{Network: slow, Targets: slow.targets(2), Rate: 20, Concurrency: tc.concurrency, Mix: map[Habit]float64{TTL: 1}})
				if err != nil {
					t.Fatal(err)
				}
				if got.Requests != tc.requests || got.Failed != 0 {
					t.Errorf("%d requests, %d failed, want %d and 0", got.Requests, got.Failed, tc.requests)
				}
				if got.FellBehind != tc.behind || (got.Skipped > 0) != tc.behind {
					t.Errorf("fell behind %v (%d skipped, lag %v s), want %v", got.FellBehind, got.Skipped, got.WorstLagSeconds, tc.behind)
				}
				if end := time.Since(begin); end < 12*time.Second {
					t.Errorf("ended after %v, with requests in flight", end)
				}
			})
		})
	}
}

// The same early ends, of a peer that was told to stop: counted apart.
func TestRunCountsCutOffApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := town{serve: func(string) func(net.Conn) {
			return func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) }
		}}
		ctx, cancel := context.WithTimeout(t.Context(), 995*time.Millisecond)
		defer cancel()
		got, err := Run(ctx, Config{
			Network: w, Targets: w.targets(1), Rate: 100, Mix: even(plain...),
			Stopped: func(d netip.AddrPort) (time.Time, bool) { return time.Now(), d.Addr() == addr(10) },
		})
		if err != nil {
			t.Fatal(err)
		}
		if got.CutOff == 0 || got.Failed == 0 || got.CutOff+got.Failed != 100 || got.Requests != 100 {
			t.Errorf("%d requests, %d cut off, %d failed; want some of each, 100 together", got.Requests, got.CutOff, got.Failed)
		}
		for _, f := range got.Failures {
			if f.Address != netip.AddrPortFrom(addr(11), port).String() {
				t.Errorf("failed at the address that was told to stop: %+v", f)
			}
		}
		if s := got.PerService["svc-001"]; s.CutOff != got.CutOff || s.Failed != got.Failed {
			t.Errorf("per service %+v, in all %d cut off, %d failed", s, got.CutOff, got.Failed)
		}
	})
}

// Over real sockets, against the standard library's server.
func TestRunOverTCP(t *testing.T) {
	const enough = 500
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var served atomic.Int64
	network := serverTown(t, func() {
		if served.Add(1) == enough {
			cancel()
		}
	})
	got, err := Run(ctx, Config{Network: network, Targets: network.targets(2), Rate: 2000, Seed: 3, Mix: even(plain...)})
	if err != nil {
		t.Fatal(err)
	}
	if got.Requests < enough || got.Failed+got.CutOff != 0 || got.Requests != int(served.Load()) {
		t.Errorf("%d requests (%d served), %d failed, %d cut off: %+v", got.Requests, served.Load(), got.Failed, got.CutOff, got.Failures)
	}
}

// tcpTown is a town whose services are standard servers on real sockets.
type tcpTown struct {
	town
	at map[string]string
}

func (w tcpTown) Dial(ctx context.Context, _ netip.Addr, dst netip.AddrPort) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", w.at[serviceOf(dst.Addr())])
}

func serverTown(t testing.TB, each func()) tcpTown {
	t.Helper()
	w := tcpTown{at: map[string]string{}}
	for _, target := range w.targets(2) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		body := strings.Replace(identity, "svc-001", target.Service, 1)
		server := &http.Server{ReadHeaderTimeout: time.Minute, Protocols: bothProtocols(), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			each()
			if r.ProtoMajor == 2 {
				say(w, body)
				rpc.SetStatus(w.Header(), rpc.OK, "")
				return
			}
			_, _ = io.WriteString(w, body)
		})}
		w.at[target.Service] = l.Addr().String()
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = server.Serve(l)
		}()
		t.Cleanup(func() {
			_ = server.Close()
			<-done
		})
	}
	return w
}

func TestConfig(t *testing.T) {
	fine := func() Config {
		return Config{Network: town{}, Targets: town{}.targets(2), Rate: 1}
	}
	for _, tc := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"fine", func(*Config) {}, ""},
		{"no network", func(c *Config) { c.Network = nil }, "Network is missing"},
		{"no target", func(c *Config) { c.Targets = nil }, "Targets is empty"},
		{"no port", func(c *Config) { c.Targets[0].Port = 0 }, "needs a service, a host and a port"},
		{"named twice", func(c *Config) { c.Targets[1] = c.Targets[0] }, "two targets"},
		{"no rate", func(c *Config) { c.Rate = 0 }, "Rate is 0"},
		{"strange habit", func(c *Config) { c.Mix = map[Habit]float64{"nosy": 1} }, `habit "nosy"`},
		{"no share", func(c *Config) { c.Mix = map[Habit]float64{TTL: 0} }, "no share above 0"},
		{"small subnet", func(c *Config) { c.Subnets = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/29")} }, "too small"},
		{"IPv6 subnet", func(c *Config) { c.Subnets = []netip.Prefix{netip.MustParsePrefix("fd00::/64")} }, "too small"},
		{"negative", func(c *Config) { c.Concurrency = -1 }, "at least 1"},
		{"no cluster DNS", func(c *Config) { c.Mix = even(CoreDNS) }, "habit coredns has nobody to ask"},
		{"no DiscoverInstances", func(c *Config) { c.Mix = even(Discover) }, "habit discover has nobody to ask"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := fine()
			tc.change(&c)
			_, err := Run(canceled(t), c)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("error %v, want %q in it", err, tc.want)
			}
		})
	}
}

func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// Clients have addresses of their own, in each subnet, away from its beginning.
func TestClientsAreSpread(t *testing.T) {
	r, err := New(Config{
		Network: town{}, Targets: town{}.targets(1), Rate: 1, ClientsPerHabit: 4, Mix: even(plain...),
		Subnets: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24"), netip.MustParsePrefix("10.0.16.0/20")},
	})
	if err != nil {
		t.Fatal(err)
	}
	seen, per := map[netip.Addr]bool{}, map[netip.Prefix]int{}
	for _, list := range r.clients {
		for _, c := range list {
			seen[c.addr] = true
			for _, s := range r.cfg.Subnets {
				if s.Contains(c.addr) {
					per[s]++
				}
			}
		}
	}
	if len(seen) != 20 || per[r.cfg.Subnets[0]] != 10 || per[r.cfg.Subnets[1]] != 10 {
		t.Errorf("%d addresses, by subnet %v; want 20, 10 in each", len(seen), per)
	}
	if first := r.clients[0][0].addr; first != netip.MustParseAddr("10.0.0.254") {
		t.Errorf("first client is %s, want 10.0.0.254", first)
	}
	if second := r.clients[0][1].addr; second != netip.MustParseAddr("10.0.31.254") {
		t.Errorf("second client is %s, want 10.0.31.254", second)
	}
}
